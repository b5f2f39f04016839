"""How much `bin/repo-vitals` adds to a warm start over the same Python running the package itself.

`python3 benchmarks/launcher.py [rounds]`. Both ways run `--version` in turn, so that a busy machine slows both alike.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAUNCHER = ["bash", str(ROOT / "bin" / "repo-vitals"), "--version"]
WHERE = """import json, os, sys
sys.path.insert(0, {bin!r})
import bootstrap
print(json.dumps([sys.executable, str(bootstrap.environment(()))]))"""
DIRECT = """import sys
sys.path[:0] = {path!r}
from repo_vitals.__main__ import main
sys.exit(main(["--version"]))"""


def wall_seconds(command: list[str], environ: dict[str, str]) -> float:
    """Wall time of one call, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def summary(name: str, times: list[float]) -> str:
    """Median and range in milliseconds."""
    median, low, high = (1000 * seconds for seconds in (statistics.median(times), min(times), max(times)))
    return f"{name:<34} {median:6.0f} ms   ({low:.0f} to {high:.0f})"


def main() -> int:
    """Measures and prints."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    # The launcher's own choice of Python, without the shim that may stand in front of it.
    environ = {**os.environ, "REPO_VITALS_PYTHON": sys.executable}
    subprocess.run(LAUNCHER, env=environ, check=True, stdout=subprocess.DEVNULL)
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", WHERE.format(bin=str(ROOT / "bin"))],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    python, folder = json.loads(found.stdout)
    program = DIRECT.format(path=[str(ROOT / "src"), folder])
    direct, launched, shimmed = [], [], []
    for _ in range(rounds):
        direct.append(wall_seconds([python, "-I", "-X", "utf8", "-c", program], environ))
        launched.append(wall_seconds(LAUNCHER, environ))
        shimmed.append(wall_seconds(LAUNCHER, dict(os.environ)))
    added = statistics.median(launched) - statistics.median(direct)
    lines = (
        f"{rounds} rounds, Python {sys.version.split()[0]}",
        summary("the package run directly", direct),
        summary("bin/repo-vitals", launched),
        summary("bin/repo-vitals, python3 of PATH", shimmed),
        f"the launcher adds {added * 1000:.0f} ms",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
