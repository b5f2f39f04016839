"""What reading SARIF costs, beside jq on the same file: `python3 benchmarks/readers/sarif.py [megabytes [rounds]]`.

It writes two files of that size: one of the shortest results, as many as fit, and one as CodeQL writes them, with
places, fingerprints and code flows. Both ways are called in turn, each in a process of its own, and must count the same
results. A file of 100 KB is measured too, from the start of Python to its end. Prints a Markdown table. jq has to be on
PATH.
"""
# ruff: noqa: T201 - a table is what this prints
from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).resolve().parents[2] / "src"
READ = f"""import sys
sys.path[:0] = [{str(SOURCE)!r}]
from pathlib import Path
from repo_vitals.concerns.security_summary.reading import read
from repo_vitals.sources.report_files import ReportFile
path = Path(sys.argv[1])
report = read(ReportFile(shown=path.name, path=path, size=path.stat().st_size, reader=None, literal=True))
print(sum(one.count for one in report.code))
"""
# The least that jq can do: each result's rule and level, as a script would take them.
JQ = "[.runs[].results[]|{ruleId,level}]|length"


def short(number: int) -> dict[str, object]:
    """The shortest result."""
    return {"ruleId": f"R{number % 50}", "level": "warning", "message": {"text": "m"}}


def codeql(number: int) -> dict[str, object]:
    """A result with its way through the code."""
    def place(line: int) -> dict[str, object]:
        return {"physicalLocation": {
            "artifactLocation": {"uri": f"src/module_{number % 977}/file.py", "uriBaseId": "%SRCROOT%",
                                 "index": number % 977},
            "region": {"startLine": line, "startColumn": 5, "endColumn": 48}}, "message": {"text": "ControlFlowNode"}}

    steps = [{"location": place(number % 1000 + step)} for step in range(8)]
    return {"ruleId": f"py/rule-{number % 50}", "ruleIndex": number % 50, "message": {
        "text": "This path depends on a [user-provided value](1)."}, "locations": [place(number % 1000)],
        "partialFingerprints": {"primaryLocationLineHash": f"{number:016x}:1",
                                "primaryLocationStartColumnFingerprint": "4"},
        "codeFlows": [{"threadFlows": [{"locations": steps}]}], "relatedLocations": [place(7)]}


def written(path: Path, size: int, one: object) -> int:
    """Write a file of about that many bytes; the number of its results."""
    rules = [{"id": f"py/rule-{number}", "defaultConfiguration": {"level": "error"}, "properties": {
        "tags": ["security"], "security-severity": "7.5"}} for number in range(50)]
    tool = {"driver": {"name": "big", "rules": rules}}
    count = 0
    with path.open("w", encoding="utf-8") as file:
        done = file.write('{"version":"2.1.0","runs":[{"tool":' + json.dumps(tool) + ',"results":[')
        while done < size:
            text = json.dumps(one(count), separators=(",", ":"))  # type: ignore[operator]
            done += file.write(f",{text}" if count else text)
            count += 1
        file.write("]}]}")
    return count


def measured(command: list[str]) -> tuple[float, float, float, str]:
    """(wall seconds, seconds of CPU, largest MB in memory, what it printed)"""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    told = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} failed with {process.returncode}")
    return (time.perf_counter() - start, usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024), told.strip())


def rows(path: Path, what: str, results: int, rounds: int) -> Iterator[str]:
    """The table's rows for a file."""
    ways = {"repo-vitals": [sys.executable, "-I", "-c", READ, str(path)], "jq": ["jq", JQ, str(path)]}
    taken: dict[str, list[tuple[float, float, float, str]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, command in ways.items():
            taken[name].append(measured(command))
            assert taken[name][-1][3] == str(results), (name, taken[name][-1][3], results)
    medians = {name: [statistics.median(one[place] for one in found) for place in range(3)]
               for name, found in taken.items()}
    for name, (wall, cpu, memory) in medians.items():
        against = medians["jq"][0] / wall
        yield (f"| {what} | {path.stat().st_size / 1e6:,.1f} | {results:,} | {name} | {wall:.2f} | {cpu:.2f} | "
               f"{memory:,.0f} | {against:.2f} |")


def main() -> int:
    """Write, measure, print."""
    size = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 200_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    if shutil.which("jq") is None:
        raise SystemExit("jq is not on PATH")
    print("| file | MB | results | way | seconds | CPU seconds | peak MB | speed, of jq's |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for what, one, length in (("shortest results", short, size), ("as CodeQL's", codeql, size),
                                  ("as CodeQL's", codeql, 100_000)):
            path = Path(folder) / "report.sarif"
            for row in rows(path, what, written(path, length, one), rounds):
                print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
