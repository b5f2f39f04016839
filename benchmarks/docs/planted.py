"""How many planted faults `docs-freshness` finds, and what it invents.

`python3 benchmarks/docs/planted.py FOLDER [rounds]`. FOLDER is a git repository, or a folder with `history.fast-import`
and `all_tracked_paths.txt` (files that the history lacks are made, with lines of their own). In every round one of each
is planted into a copy at a random place: a broken link, a link to a heading that is renamed afterwards, a citation of a
file that is removed, moved or rewritten afterwards, and an install snippet with an old version. What the report then
has beyond that of the tree without them is found or invented.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = ["bash", str(ROOT / "bin" / "repo-vitals"), "docs-freshness", "--repository", "acme/planted", "--paths",
           "**/*.md", "--fail-on", "never", "--report"]
ENVIRON = {**{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_"))},
           "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
           **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
              for what, value in (("NAME", "Planter"), ("EMAIL", "planter@example.org"))}}
LINES = "".join(f"step_{number}(state)\n" for number in range(40))
SOURCES = (".rs", ".py", ".sh", ".nu", ".go", ".ts", ".js")
KINDS = ("broken link", "moved anchor", "stale citation", "stale version")


@dataclass
class Score:
    """Of one kind of fault."""

    planted: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)


def git(folder: Path, *arguments: str, feed: bytes = b"", time: int = 0) -> str:
    """What git says; commits are made at `time`, in Unix seconds."""
    when = {"GIT_AUTHOR_DATE": f"{time} +0000", "GIT_COMMITTER_DATE": f"{time} +0000"} if time else {}
    return subprocess.run(["git", *arguments], cwd=folder, env={**ENVIRON, **when}, input=feed, check=True,
                          capture_output=True).stdout.decode("utf-8", "replace")


def prepared(source: Path, folder: Path) -> int:
    """A repository of the source in the folder; when its last commit was made."""
    if (source / "history.fast-import").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
        git(folder, "fast-import", "--quiet", feed=(source / "history.fast-import").read_bytes())
        git(folder, "reset", "--quiet", "--hard", "main")
        for name in (source / "all_tracked_paths.txt").read_text().splitlines():
            path = folder / name
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(LINES if name.endswith(SOURCES) else "")
    else:
        git(folder, "clone", "--quiet", str(source), ".")
        git(folder, "checkout", "--quiet", "-B", "main")
    last = int(git(folder, "log", "-1", "--format=%ct"))
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "Make the rest", time=last + 60)
    return last + 60


def findings(folder: Path, now: int) -> dict[str, set[tuple[str, ...]]]:
    """What the report says, by kind: file and what is wrong in it."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "report.json"
        when = subprocess.run(["date", "-u", "-d", f"@{now}", "+%Y-%m-%dT%H:%M:%SZ"], capture_output=True, text=True,
                              check=True).stdout.strip()
        subprocess.run([*COMMAND, str(path)], cwd=folder, env={**ENVIRON, "REPO_VITALS_NOW": when}, check=True,
                       capture_output=True)
        data = json.loads(path.read_text())["data"]
    broken = [link for link in data["links"] if link["state"] == "broken"]
    return {"broken link": {(link["file"], link["target"]) for link in broken if "#" not in link["target"]},
            "moved anchor": {(link["file"], link["target"]) for link in broken if "#" in link["target"]},
            "stale citation": {(one["file"], one["cited"]) for one in data["citations"]},
            "stale version": {(one["file"], one["found"].lstrip("=^~ "))
                              for one in data["versions"] if not one["agrees"]}}


def insert(path: Path, text: str, chance: random.Random) -> None:
    """Put a paragraph between two others, outside of code and front matter."""
    lines = path.read_text(encoding="utf-8").split("\n")
    places, fence = [], ""
    start = next((at + 1 for at, line in enumerate(lines[1:], 1) if line == "---"), 0) if lines[:1] == ["---"] else 0
    for at, line in enumerate(lines):
        bare = line.strip()
        if fence:       # which only the like of it closes, without a word behind
            fence = "" if bare.startswith(fence) and not bare.strip(fence[0]) else fence
        elif bare.startswith(("```", "~~~")):
            fence = bare[:len(bare) - len(bare.lstrip(bare[0]))]
        elif at >= start and not bare:
            places.append(at)
    at = chance.choice(places) if places else len(lines)
    path.write_text("\n".join([*lines[:at], "", text, "", *lines[at:]]), encoding="utf-8")


def package(folder: Path) -> tuple[str, str] | None:
    """The name and version of the Cargo.toml or pyproject.toml at the top."""
    for name in ("Cargo.toml", "pyproject.toml"):
        text = (folder / name).read_text() if (folder / name).exists() else ""
        found = [re.search(rf'^{key} = "([^"]+)"', text, re.MULTILINE) for key in ("name", "version")]
        if all(found):
            return found[0][1], found[1][1]
    return None


def plant(folder: Path, chance: random.Random, start: int, number: int) -> dict[str, tuple[str, str]]:
    """Plant one of each into the checked-out tree; what a report should then name."""
    tracked = [path for path in git(folder, "ls-files", "-z").split("\0") if path]
    documents = [path for path in tracked if path.endswith(".md") and (folder / path).stat().st_size > 200
                 and not re.search(r"CHANGELOG|(?:^|/)(?:adrs?|decisions|rfcs)/|^tests/", path)]
    texts = "".join((folder / path).read_text(encoding="utf-8", errors="replace") for path in documents)
    sources = [path for path in tracked if path.endswith(SOURCES) and "/" in path and Path(path).name not in texts
               and len((folder / path).read_text(errors="replace").split("\n")) > 25]
    planted = {}

    def back(document: str, target: str) -> str:
        return os.path.relpath(target, Path(document).parent)

    document, other = chance.choice(documents), chance.choice(documents)
    wrong = chance.choice([other.swapcase(), f"{other}x", f"gone-{number}/{other}",
                           other.replace(".md", f"-{number}.md")])
    insert(folder / document, f"More is in [planted {number}]({back(document, wrong)}).", chance)
    planted["broken link"] = (document, back(document, wrong))

    document, other = chance.sample(documents, 2)
    target = f"{back(document, other)}#planted-heading-{number}"
    insert(folder / other, f"## Planted heading {number}", chance)
    insert(folder / document, f"More is in [planted {number}]({target}).", chance)
    planted["moved anchor"] = (document, target)
    renamed = folder / other

    cited = chance.choice(sources)
    # Where it is told how things were, what is gone and an old version are right.
    of_now = [path for path in documents if not re.search("migrat|histor|upgrad|news|release|changelog", path,
                                                                   re.IGNORECASE)]
    document = chance.choice([path for path in of_now if path != other])        # which is changed again below
    insert(folder / document, f"The steps are in `{cited}`, one by one.", chance)
    planted["stale citation"] = (document, cited)

    document = chance.choice(of_now)
    named = package(folder)
    if named is not None:
        insert(folder / document, f'```toml\n[dependencies]\n{named[0]} = "0.0.{number + 1}"\n```'
               if (folder / "Cargo.toml").exists() else f"```sh\npip install {named[0]}==0.0.{number + 1}\n```", chance)
        planted["stale version"] = (document, f"0.0.{number + 1}")
    git(folder, "commit", "--quiet", "--all", "-m", "Plant", time=start + 60)

    text = renamed.read_text(encoding="utf-8")
    renamed.write_text(text.replace(f"Planted heading {number}", f"Grown heading {number}"), encoding="utf-8")
    if chance.random() < 0.5:
        (folder / cited).unlink()
    elif chance.random() < 0.5:
        git(folder, "mv", cited, str(Path(cited).with_name(f"moved-{number}{Path(cited).suffix}")))
    else:
        (folder / cited).write_text("".join(f"other {line}" for line in LINES.splitlines(keepends=True)))
    git(folder, "commit", "--quiet", "--all", "-m", "Grow", time=start + 120)
    return planted


def main(source: str, rounds: int = 200) -> None:
    """Print the table."""
    scores = {kind: Score() for kind in KINDS}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        start = prepared(Path(source), folder)
        base = git(folder, "rev-parse", "HEAD").strip()
        before = findings(folder, start + 180)
        for number in range(rounds):
            git(folder, "reset", "--quiet", "--hard", base)
            planted = plant(folder, random.Random(number), start, number)
            after = findings(folder, start + 180)
            for kind, score in scores.items():
                new = after[kind] - before[kind]
                wanted = {planted[kind]} if kind in planted else set()
                score.planted += len(wanted)
                score.found += len(wanted & new)
                score.missed += [f"{number}: {file}: {what}" for file, what in wanted - new]
                score.invented += [f"{number}: {file}: {what}" for file, what in new - wanted]
    lines = ["| Planted | Times | Found | Invented |", "|---|---|---|---|"]
    lines += [f"| {kind} | {score.planted} | {score.found} | {len(score.invented)} |" for kind, score in scores.items()]
    lines += [f"{what} {kind}: {one}" for kind, score in scores.items()
              for what, which in (("missed", score.missed), ("invented", score.invented)) for one in which]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
