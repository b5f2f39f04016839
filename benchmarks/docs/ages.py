"""When each document was last changed, out of a long history, beside one `git log -1` for each of them.

`python3 benchmarks/docs/ages.py [documents commits]` prints Markdown; 10,000 documents over 50,000 commits unless said
otherwise. Needs Linux or macOS, git, and the environment that `bin/test` makes. When each was changed is known by how
the repository is made.
"""
from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = 5
SAMPLE = 100            # documents that are asked about one by one
WHERE = """import sys
sys.path.insert(0, {bin!r})
import bootstrap
print(bootstrap.environment(()))"""


def pass_alone(folder: Path, paths: list[str]) -> dict[str, float]:
    """The one pass in a process of its own, its imports among what it takes: Unix times by path."""
    told = subprocess.run([sys.executable, "-I", "-S", "-X", "utf8", __file__, "pass", str(folder), str(ROOT / "src"),
                           environment()], input=json.dumps(paths), check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, float] = json.loads(told.stdout)
    return answer


def in_the_pass() -> int:
    """What `pass_alone` starts. Collects garbage as `bin/repo-vitals` does."""
    import gc

    gc.set_threshold(20_000, 20)
    sys.path[:0] = sys.argv[3:]
    from datetime import datetime, timezone

    from repo_vitals.concerns.docs_freshness.facts import Document
    from repo_vitals.concerns.docs_freshness.past import PastPolicy, ask_git
    from repo_vitals.config.declare import Surroundings
    from repo_vitals.sources.checkout import Checkout

    documents = {path: Document(path=path, format="markdown") for path in json.load(sys.stdin)}
    past = ask_git(documents, {}, Checkout(Path(sys.argv[2]), os.environ), policy=PastPolicy(),
                   now=datetime.now(timezone.utc), surroundings=Surroundings())
    json.dump({path: age.changed.at.timestamp() for path, age in past.ages.items() if age.changed is not None},
              sys.stdout)
    return 0


def one_by_one(folder: Path, paths: list[str]) -> dict[str, float]:
    """What scripts do that do not look at the files' own times."""
    return {path: float(subprocess.run(["git", "log", "-1", "--format=%ct", "--", path], cwd=folder, check=True,
                                       stdout=subprocess.PIPE).stdout) for path in paths}


def command(folder: Path) -> None:
    """The action's own command: reads the documents, follows their links and the history, writes a report."""
    subprocess.run(["bash", str(ROOT / "bin" / "repo-vitals"), "docs-freshness", "--repository", "own/er", "--paths",
                    "**/*.md", "--report", str(folder.parent / "report.json")], cwd=folder, check=False,
                   env={**os.environ, "GITHUB_REPOSITORY": "own/er"}, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    json.loads((folder.parent / "report.json").read_bytes())


def environment() -> str:
    """The folder with the packages."""
    return subprocess.run([sys.executable, "-I", "-S", "-X", "utf8", "-c", WHERE.format(bin=str(ROOT / "bin"))],
                          check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def wrong(told: Mapping[str, float], truth: Mapping[str, float]) -> int:
    """How many of those asked about have another time than they should."""
    return sum(truth[path] != at for path, at in told.items())


def main() -> int:
    """Measures and prints."""
    if sys.argv[1:2] == ["pass"]:
        return in_the_pass()
    documents, commits = [int(count) for count in sys.argv[1:]] or [10_000, 50_000]
    sys.path.insert(0, str(ROOT / "tests"))
    from support.planted_history import make_documents

    with TemporaryDirectory() as name:
        folder = Path(name).resolve() / "tree"
        truth = make_documents(folder, documents=documents, commits=commits)
        subprocess.run(["git", "reset", "--quiet", "--hard"], cwd=folder, check=True)
        paths = sorted(truth)
        sample = paths[::max(1, len(paths) // SAMPLE)][:SAMPLE]
        took: dict[str, list[float]] = {"pass": [], "command": [], "each": []}
        bad = {"pass": 0, "each": 0}
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            told = pass_alone(folder, paths)
            took["pass"].append(time.perf_counter() - begun)
            bad["pass"] += wrong(told, truth) + len(truth) - len(told)
            begun = time.perf_counter()
            command(folder)
            took["command"].append(time.perf_counter() - begun)
        begun = time.perf_counter()
        bad["each"] = wrong(one_by_one(folder, sample), truth)
        took["each"].append((time.perf_counter() - begun) * len(paths) / len(sample))
    middle = {name: statistics.median(seconds) for name, seconds in took.items()}
    rows = [("way", "seconds", "lowest to highest", "wrong"), ("---",) * 4]
    for name, words in (("pass", "the pass over the history"), ("command", "the whole command"),
                        ("each", f"`git log -1` for each, by {len(sample)} of them")):
        rows.append((words, f"{middle[name]:,.1f}", f"{min(took[name]):,.1f} to {max(took[name]):,.1f}",
                     str(bad[name]) if name in bad else ""))
    sys.stdout.write("\n".join([f"{documents:,} documents, {commits:,} commits:", "",
                                *("| " + " | ".join(cells) + " |" for cells in rows), "",
                                f"- the pass takes {middle['pass'] / middle['each']:.4f} times as long", ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
