"""Which planted broken links are found in Markdown files, and how fast, beside markdown-link-check and lychee.

`python3 benchmarks/docs/measure.py [files …]` prints Markdown; 200 and 2,000 files unless said otherwise. Needs Linux
or macOS, npm with Node 20 or newer, and the environment that `bin/test` makes, which has lychee. All run offline on the
same tree, in turn. Which links are broken is known by how the tree is made.
"""
from __future__ import annotations

import json
import os
import posixpath
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent.parent
PINNED = "markdown-link-check@3.15.0"
SEED, LINKS, PARAGRAPHS = 7, 6, 2
ROUNDS = 3
WHERE = """import sys
sys.path.insert(0, {bin!r})
import bootstrap
print(bootstrap.environment(sorted(path.stem for path in (bootstrap.ROOT / "requirements").glob("*.lock")
                                   if path.stem != "base")))"""
HEADERS = ("files", "links", "way", "broken found", "missed", "invented", "seconds", "of which computing")
_FILE = re.compile(r"ERROR: \d+ dead links? found in (.*) !$")
_LINK = re.compile(r"\[✖\] (.*) → Status: ")

Links = set[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to check the tree."""

    command: list[str]
    found: Callable[[str, Path], Links]     # what it printed, and the folder, as broken links of files


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one run took, in seconds."""

    wall: float
    computing: float        # user and system time of the process and its children


def resolved(links: Links) -> Links:
    """Links with their targets as paths from the top and fragments decoded, as lychee names them."""
    found = set()
    for file, target in links:
        path, _, fragment = target.partition("#")
        there = posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(path))) if path else file
        found.add((file, f"{there}#{unquote(fragment)}" if fragment else there))
    return found


def by_us(printed: str, _folder: Path) -> Links:
    """What `ours.py` printed."""
    return resolved({(file, target) for file, target in json.loads(printed)["broken"]})


def by_lychee(printed: str, folder: Path) -> Links:
    """What lychee printed as JSON."""
    return {(posixpath.relpath(file, folder.as_posix()),
             unquote(error["url"]).removeprefix(f"file://{folder.as_posix()}/"))
            for file, errors in json.loads(printed)["error_map"].items() for error in errors}


def by_markdown_link_check(printed: str, _folder: Path) -> Links:
    """What markdown-link-check printed."""
    found, file = set(), ""
    for line in printed.splitlines():
        if match := _FILE.search(line):
            file = match[1].removeprefix("./")
        elif match := _LINK.search(line):
            found.add((file, match[1]))
    return resolved(found)


def run(way: Way, folder: Path) -> tuple[Links, Cost]:
    """Runs it over the folder. Broken links make some ways end with an error, so how it ended says nothing."""
    with (folder.parent / "printed").open("w+", encoding="utf-8") as printed:
        begun = time.perf_counter()
        process = subprocess.Popen(way.command, cwd=folder, stdout=printed, stderr=subprocess.STDOUT
                                   if "markdown-link-check" in way.command[1] else subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        wall = time.perf_counter() - begun
        printed.seek(0)
        return way.found(printed.read(), folder), Cost(wall=wall, computing=usage.ru_utime + usage.ru_stime)


def ways(folder: Path, environment: str, installed: Path, config: Path, files: list[str]) -> dict[str, Way]:
    """The three."""
    return {
        "docs-freshness": Way(command=[sys.executable, "-I", "-S", "-X", "utf8", str(ROOT / "benchmarks/docs/ours.py"),
                                       str(folder), str(ROOT / "src"), environment], found=by_us),
        "lychee": Way(command=[str(Path(environment) / "bin" / "lychee"), "--offline", "--include-fragments",
                               "--format", "json", "--no-progress",
                               *(str(folder / file) for file in files)], found=by_lychee),
        "markdown-link-check": Way(command=["node", str(installed / "node_modules" / ".bin" / "markdown-link-check"),
                                            "--config", str(config), "--quiet", "."], found=by_markdown_link_check),
    }


def measured(count: int, home: Path, environment: str) -> tuple[list[tuple[str, ...]], list[str]]:
    """The table's rows and the notes for a tree of so many files."""
    from support.planted_documents import planted

    tree = planted(seed=SEED, files=count, links=LINKS, paragraphs=PARAGRAPHS)
    folder = home / f"tree{count}" / "files"
    for path, text in tree.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    config = home / "offline.json"
    config.write_text(json.dumps({"ignorePatterns": [{"pattern": "^https?:"}]}), encoding="utf-8")
    truth = resolved(tree.broken)
    files = [path for path in tree.files if path.endswith(".md")]
    taken: dict[str, list[Cost]] = {}
    found: dict[str, Links] = {}
    for _ in range(ROUNDS):
        for name, way in ways(folder, environment, home, config, files).items():
            found[name], cost = run(way, folder)
            taken.setdefault(name, []).append(cost)
    rows, medians = [], {}
    for name, costs in taken.items():
        medians[name] = statistics.median(cost.computing for cost in costs)
        rows.append((f"{count:,}", f"{len(tree.broken | tree.working):,}", name,
                     f"{len(found[name] & truth):,} of {len(truth):,}", f"{len(truth - found[name]):,}",
                     f"{len(found[name] - truth):,}", f"{statistics.median(cost.wall for cost in costs):.2f}",
                     f"{medians[name]:.2f}"))
    ours = medians.pop("docs-freshness")
    notes = [f"- {count:,} files: docs-freshness computes {ours / theirs:.2f} times as long as {name}"
             for name, theirs in medians.items()]
    for name, links in found.items():
        kinds = [f"{file}: {target}" for file, target in sorted(links - truth)[:3]]
        notes += [f"- {name} invented, for one: `{kind}`" for kind in kinds[:1]]
    return rows, notes


def main() -> int:
    """Measures and prints."""
    counts = [int(count) for count in sys.argv[1:]] or [200, 2_000]
    sys.path.insert(0, str(ROOT / "tests"))
    told = subprocess.run([sys.executable, "-I", "-S", "-X", "utf8", "-c", WHERE.format(bin=str(ROOT / "bin"))],
                          check=True, stdout=subprocess.PIPE, text=True)
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    with TemporaryDirectory() as name:
        home = Path(name).resolve()
        subprocess.run(["npm", "install", "--silent", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund",
                        "--prefix", str(home), PINNED], check=True, stdout=subprocess.DEVNULL)
        for count in counts:
            more, said = measured(count, home, told.stdout.strip())
            rows += more
            notes += said
    table = [HEADERS, ("---",) * len(HEADERS), *rows]
    sys.stdout.write("\n".join([*("| " + " | ".join(cells) + " |" for cells in table), "", *notes, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
