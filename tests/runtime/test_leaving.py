"""The program's end while something of it still waits."""
from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import repo_vitals
from repo_vitals.runtime.leaving import descendants

ENDING = """
import subprocess, sys, threading, time
sys.path.insert(0, sys.argv[1])
from repo_vitals.runtime.leaving import leave
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(child.pid)
threading.Thread(target=time.sleep, args=(60,)).start()
sys.exit(leave(3))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows ends children with the job")
def test_a_thread_that_waits_keeps_neither_the_program_nor_what_it_started() -> None:
    begun = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", ENDING, str(Path(repo_vitals.__file__).parent.parent)],
                           capture_output=True, text=True, timeout=50, check=False)
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
