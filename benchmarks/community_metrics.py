"""What a run of `community-metrics` costs, beside asking for every issue's comments as the replaced script does.

`python3 benchmarks/community_metrics.py [issues …]`, beside which 0.6 times as many pull requests and 0.1 times as many
discussions are simulated. Both ways meet the same simulated repository; the simulator counts their requests.
"""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
LAUNCHER = ["bash", str(ROOT / "bin" / "repo-vitals")]


@contextmanager
def simulator(issues: int) -> Iterator[dict[str, str]]:
    """A simulated GitHub; the environment that points there."""
    sizes = ["--issues", str(issues), "--pull-requests", str(issues * 6 // 10), "--discussions", str(issues // 10)]
    with subprocess.Popen([*LAUNCHER, "simulator", *sizes], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield dict(re.findall(r"(\w+)=(\S+)", process.stdout.readline()))
        finally:
            process.terminate()


def ask(where: dict[str, str], path: str) -> Any:
    """The JSON answer of the simulated API."""
    request = Request(where["GITHUB_API_URL"] + path, headers={"Authorization": f"Bearer {where['GITHUB_TOKEN']}"})
    with urlopen(request) as answer:
        return json.load(answer)


def ours(issues: int) -> tuple[int, int, float]:
    """Requests, GraphQL points and seconds of `community-metrics`, its start included."""
    with simulator(issues) as where, TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        begun = time.perf_counter()
        subprocess.run([*LAUNCHER, "community-metrics", "--report", str(report), "--fail-on", "never"],
                       env={**os.environ, **where, "GITHUB_ACTIONS": ""}, cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - begun
        cost = json.loads(report.read_text())["cost"]
        return len(ask(where, "/_simulator/log")), cost["graphql_points"], seconds


def one_by_one(issues: int) -> tuple[int, float]:
    """Requests and seconds of listing all issues and asking for the comments of each, as far as it got."""
    with simulator(issues) as where:
        base, begun, page = f"/repos/{where['GITHUB_REPOSITORY']}/issues", time.perf_counter(), 1
        try:
            while found := ask(where, f"{base}?state=all&per_page=100&page={page}"):
                for issue in found:
                    if issue["comments"]:
                        ask(where, f"{base}/{issue['number']}/comments?per_page=100")
                page += 1
        except OSError:     # the hour's 1,000 requests are spent
            pass
        return len(ask(where, "/_simulator/log")), time.perf_counter() - begun


def main() -> int:
    """Measures and prints."""
    sizes = [int(size) for size in sys.argv[1:]] or [1000]
    sys.stdout.write("issues | community-metrics: requests, points, seconds | one by one: requests, seconds | ratio\n")
    for issues in sizes:
        requests, points, seconds = ours(issues)
        theirs, longer = one_by_one(issues)
        spent = " (limit spent)" if theirs > 1000 else ""
        sys.stdout.write(f"{issues:6} | {requests}, {points}, {seconds:.1f} | {theirs}{spent}, {longer:.1f} | "
                         f"{theirs / requests:.0f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
