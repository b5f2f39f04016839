"""The program as a process: its end by a signal or while something of it waits, and streams that take nothing."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import repo_vitals
from repo_vitals.runtime.leaving import descendants
from support.covered import lcov

ENDING = """
import subprocess, sys, threading, time
sys.path.insert(0, sys.argv[1])
from repo_vitals.runtime.leaving import leave
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(child.pid)
threading.Thread(target=time.sleep, args=(60,)).start()
sys.exit(leave(3))
"""


ENDED = """
import os, sys, time
sys.path[:0] = sys.argv[1].split(os.pathsep)
from repo_vitals import __main__
from repo_vitals.runtime.leaving import begin, leave
from repo_vitals.scratch import scratch_folder
def waiting(*_):
    owner = type("Owner", (), {})()
    try:
        print(scratch_folder(owner, prefix="x-"), flush=True)
        for _ in range(600):    # one long sleep misses a signal that comes just as it begins
            time.sleep(0.1)
    finally:
        print("undone", flush=True)
__main__._dispatch = waiting
begin()
sys.exit(leave(__main__.main([])))
"""
SOURCE = str(Path(repo_vitals.__file__).parent.parent)
PATHS = os.pathsep.join([SOURCE, *sys.path])
on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals, pipes and devices")


@on_posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_that_ends_it_leaves_nothing_half_done_and_no_folder(tmp_path: Path, name: str) -> None:
    with subprocess.Popen([sys.executable, "-I", "-c", ENDED, PATHS], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env={**os.environ, "TMPDIR": str(tmp_path)}) as program:
        assert program.stdout is not None
        folder = Path(program.stdout.readline().strip())
        assert folder.is_dir()
        program.send_signal(getattr(signal, name))
        said, complained = program.communicate(timeout=50)
    assert (program.returncode, said, complained) == (128 + getattr(signal, name), "undone\n", "")
    assert not folder.exists()


FULL = "error: repo-vitals: standard output can't be written: No space left on device\n"
SAYING = """
import os, sys
sys.path[:0] = sys.argv[1].split(os.pathsep)
from repo_vitals.__main__ import main
from repo_vitals.runtime.leaving import begin, leave
begin()
sys.exit(leave(main(sys.argv[2:])))
"""


@on_posix
@pytest.mark.parametrize(("command", "streams", "code", "said"), [
    ("config check", ">&-", 0, ""), ("config check", ">&- 2>&-", 0, ""),
    ("config check", "| true", 141, ""),
    ("--version", ">/dev/full", 2, FULL), ("config check", ">/dev/full", 2, FULL)])
def test_streams_that_take_nothing_end_in_no_traceback(tmp_path: Path, command: str, streams: str, code: int,
                                                       said: str) -> None:
    if streams == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    script = f'set -o pipefail; ({"sleep 0.3; " * ("true" in streams)}exec "$0" -I -c "$1" "$2" {command}) {streams}'
    ended = subprocess.run(["bash", "-c", script, sys.executable, SAYING, PATHS], cwd=tmp_path, capture_output=True,
                           text=True, timeout=50, check=False)
    assert (ended.returncode, ended.stderr) == (code, said)


@on_posix
@pytest.mark.parametrize(("command", "streams", "code", "said"), [
    ("run --monitors coverage", "| true", 141, ""), ("coverage", "| true", 141, ""),
    ("run --monitors coverage", ">/dev/full", 2, FULL), ("coverage", ">/dev/full", 2, FULL)])
def test_what_was_measured_is_kept_though_nobody_reads_of_it(tmp_path: Path, command: str, streams: str, code: int,
                                                             said: str) -> None:
    if streams == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    (tmp_path / "lcov.info").write_text(lcov({"a.py": {1: 1}}), encoding="utf-8")
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_text(
        '[coverage]\nreports = ["lcov.info"]\nhistory = "kept"\n', encoding="utf-8")
    script = ('set -o pipefail; '
              f'({"sleep 0.3; " * ("true" in streams)}exec "$0" -I -c "$1" "$2" {command}) {streams}')
    environ = {**os.environ, "GITHUB_REPOSITORY": "acme/widget", "GITHUB_OUTPUT": str(tmp_path / "outputs"),
               "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    ended = subprocess.run(["bash", "-c", script, sys.executable, SAYING, PATHS], cwd=tmp_path, env=environ,
                           capture_output=True, text=True, timeout=50, check=False)
    assert (ended.returncode, ended.stderr) == (code, said)
    assert list((tmp_path / "kept").rglob("*.jsonl"))
    assert "\npass\n" in (tmp_path / "outputs").read_text()
    assert (tmp_path / "summary").read_text()


@pytest.mark.skipif(os.name == "nt", reason="Windows ends children with the job")
def test_a_thread_that_waits_keeps_neither_the_program_nor_what_it_started() -> None:
    begun = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", ENDING, SOURCE], capture_output=True, text=True,
                           timeout=50, check=False)
    assert (ended.returncode, ended.stderr) == (3, "")
    child = int(ended.stdout)
    while _runs(child) and time.monotonic() - begun < 40:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(process: int) -> bool:
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False).stdout
    return said.strip()[:1] not in ("", "Z")


def test_what_is_below_a_process_is_all_that_it_began_in_any_order() -> None:
    assert sorted(descendants({5: 4, 4: 2, 3: 2, 2: 1, 9: 8, 8: 8}, 2)) == [3, 4, 5]
