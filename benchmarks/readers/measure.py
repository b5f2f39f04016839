"""How long `coverage` takes over a Cobertura report, and how much memory, beside diff-cover over the same.

`python3 benchmarks/readers/measure.py [megabytes …]` prints Markdown; 0.1, 10 and 50 unless said otherwise. Needs Linux
or macOS, git, and the environment that `bin/test` makes, which has diff-cover. Both answer the same question in the
same repository, in turn: which share of the lines that a change adds is covered. A run counts if both answers agree.
"""
from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = ["bash", str(ROOT / "bin" / "repo-vitals"), "coverage", "--repository", "owner/name", "--fail-on", "never",
        "--history", "none", "--base", "main", "--reports", "coverage.xml", "--report", "ours.json"]
DIFF_COVER = ["coverage.xml", "--compare-branch", "main", "--format", "json:theirs.json", "--quiet"]
STARTED = """import sys
sys.path[:0] = {path!r}
from diff_cover.diff_cover_tool import main
sys.exit(main(["diff-cover", *{arguments!r}]))"""
WHERE = """import sys
sys.path.insert(0, {bin!r})
import bootstrap
print(bootstrap.environment(sorted(path.stem for path in (bootstrap.ROOT / "requirements").glob("*.lock")
                                   if path.stem != "base")))"""
LINES, CHANGED, FILES = 100, 10, 5          # lines of a file; lines and files that the change replaces
UNITS_OF_MEMORY = 1 if sys.platform == "darwin" else 1024
HEADERS = ("report", "way", "seconds", "of which computing", "peak MB", "MB a second")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one run took."""

    wall: float
    computing: float        # user and system time of the process and its children
    peak_bytes: int


def cost(command: list[str], folder: Path) -> Cost:
    """Runs a command, which must succeed."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env={**os.environ, "GITHUB_ACTIONS": "", "REPO_VITALS_PYTHON": sys.executable})
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:3]} ended with {process.returncode}: {said.decode(errors='replace')[-500:]}")
    return Cost(wall=time.perf_counter() - begun, computing=usage.ru_utime + usage.ru_stime,
                peak_bytes=usage.ru_maxrss * UNITS_OF_MEMORY)


def repository(folder: Path) -> None:
    """A repository whose branch `change` replaces some lines of some files of `main`."""
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], cwd=folder,
                       check=True, stdout=subprocess.DEVNULL)

    def write(changed: int) -> None:
        for number in range(FILES):
            rows = [f"let line{line} = {changed if line <= changed else 0};\n" for line in range(1, LINES + 1)]
            (folder / "src" / f"f{number}.rs").write_text("".join(rows), encoding="utf-8")

    (folder / "src").mkdir(parents=True)
    (folder / ".gitignore").write_text("*.json\ncoverage.xml\n", encoding="utf-8")
    git("init", "--quiet", "--initial-branch", "main")
    write(0)
    git("add", ".")
    git("commit", "--quiet", "--message", "base")
    git("checkout", "--quiet", "-b", "change")
    write(CHANGED)
    git("commit", "--quiet", "--all", "--message", "change")


def report(path: Path, megabytes: float) -> None:
    """A Cobertura report of about that size, as cargo-tarpaulin writes it: every second line of every file ran."""
    rows = "".join(f'<line number="{line}" hits="{line % 2}"/>' for line in range(1, LINES + 1))
    with path.open("w", encoding="utf-8") as file:
        size = file.write('<?xml version="1.0"?><coverage line-rate="0.5"><sources><source>.</source></sources>'
                          '<packages><package name="p"><classes>')
        number = 0
        while size < megabytes * 1e6:
            size += file.write(f'<class name="c{number}" filename="src/f{number}.rs"><methods/><lines>{rows}</lines>'
                               "</class>")
            number += 1
        file.write("</classes></package></packages></coverage>")


def agree(folder: Path) -> None:
    """Whether both found the same share of the change covered."""
    metrics = json.loads((folder / "ours.json").read_text(encoding="utf-8"))["metrics"]
    ours = next(metric["value"] for metric in metrics if metric["name"] == "coverage_patch_ratio")
    told = json.loads((folder / "theirs.json").read_text(encoding="utf-8"))
    theirs = 1 - told["total_num_violations"] / told["total_num_lines"]
    if told["total_num_lines"] != CHANGED * FILES or abs(ours - theirs) > 1e-9:
        raise SystemExit(f"the answers differ: {ours} and {theirs} of {told['total_num_lines']} lines")


def main() -> int:
    """Measures and prints."""
    sizes = [float(size) for size in sys.argv[1:]] or [0.1, 10, 50]
    found = subprocess.run([sys.executable, "-I", "-S", "-X", "utf8", "-c", WHERE.format(bin=str(ROOT / "bin"))],
                           check=True, stdout=subprocess.PIPE, text=True)
    theirs = [sys.executable, "-I", "-X", "utf8", "-c",
              STARTED.format(path=[found.stdout.strip()], arguments=DIFF_COVER)]
    subprocess.run([*OURS[:3], "--help"], check=True, stdout=subprocess.DEVNULL)        # makes its environment
    rows, notes = [], []
    for size in sizes:
        with TemporaryDirectory() as name:
            folder = Path(name)
            repository(folder)
            report(folder / "coverage.xml", size)
            rounds = 9 if size <= 1 else 3 if size <= 100 else 1
            taken: dict[str, list[Cost]] = {"coverage": [], "diff-cover": []}
            for _ in range(rounds):
                taken["coverage"].append(cost(OURS, folder))
                taken["diff-cover"].append(cost(theirs, folder))
                agree(folder)
        medians = {}
        for way, costs in taken.items():
            wall, computing = (statistics.median(values) for values in
                               zip(*((one.wall, one.computing) for one in costs), strict=True))
            medians[way] = computing
            rows.append((f"{size:g} MB", way, f"{wall:.2f}", f"{computing:.2f}",
                         f"{max(one.peak_bytes for one in costs) / 1e6:,.0f}", f"{size / computing:.1f}"))
        times = medians["diff-cover"] / medians["coverage"]
        notes.append(f"- {size:g} MB, {rounds} rounds: {times:.1f} times as fast as diff-cover, by computing time")
    table = [HEADERS, ("---",) * len(HEADERS), *rows]
    sys.stdout.write("\n".join([*("| " + " | ".join(cells) + " |" for cells in table), "", *notes, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
