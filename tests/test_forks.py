"""Work on several processors gives what it gives on one, whatever becomes of the forks; each case in a process of its
own, since the tests' processes have threads, beside which nothing is forked."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import repo_vitals
from repo_vitals import forks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are made on Linux only")
BEGINS = """
import os, signal, sys, threading
sys.path.insert(0, sys.argv[1])
from repo_vitals import forks
HERE = os.getpid()
def many(processors, work, items, seconds=60.0):
    forks.processors = lambda: processors
    return forks.mapped(work, items, seconds=seconds)
def place(item):
    return item, os.getpid() == HERE
"""
ENDS = """
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print("nothing is left")
"""


def alone(code: str) -> list[str]:
    """What it prints, a line each; a process that still runs at its end would keep it from ending so."""
    source = Path(repo_vitals.__file__).parent.parent
    done = subprocess.run([sys.executable, "-I", "-c", BEGINS + code + ENDS, str(source)], capture_output=True,
                          text=True, check=False, timeout=60)
    *lines, last = done.stdout.splitlines() or [""]
    assert (done.returncode, done.stderr, last) == (0, "", "nothing is left")
    return lines


def test_all_that_is_made_comes_in_the_items_order_from_as_many_processes_as_there_are_processors():
    lines = alone("""
for processors in range(1, 9):
    for count in (0, 1, 2, 7, 8, 9, 17):
        assert many(processors, lambda item: item * item, list(range(count))) == [item * item for item in range(count)]
print(len(set(many(3, lambda _: os.getpid(), list(range(9))))))
""")
    assert lines == ["3"]


def test_what_takes_no_time_is_made_in_one_process():
    assert alone("print(all(is_here for _, is_here in many(8, place, list(range(9)), seconds=0.1)))") == ["True"]


def test_nothing_is_forked_beside_threads():
    assert alone("""
ends = threading.Event()
threading.Thread(target=ends.wait).start()
print(all(is_here for _, is_here in many(8, place, list(range(9)))))
ends.set()
""") == ["True"]


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(0)", "raise MemoryError",
                                 "raise KeyboardInterrupt"])
def test_the_share_of_a_fork_that_ends_early_is_made_here(end):
    assert alone(f"""
def work(item):
    if item == 5 and os.getpid() != HERE:
        {end}
    return place(item)
made = many(4, work, list(range(16)))
print([item for item, _ in made] == list(range(16)), [item for item, is_here in made if is_here])
""") == ["True [0, 1, 4, 5, 8, 9, 12, 13]"]


def test_answers_that_a_pipe_does_not_hold_at_once_are_brought_whole():
    assert alone("print([len(one) for one in many(3, lambda size: b'x' * size, [10, 3_000_000, 5_000_000])])") == [
        "[10, 3000000, 5000000]"]


def test_a_mistake_of_the_work_is_raised_as_without_forks_and_ends_them():
    lines = alone("""
import time
def work(item):
    if os.getpid() != HERE:
        time.sleep(30)
    raise ValueError(f"item {item}")
try:
    many(4, work, list(range(8)))
except ValueError as error:
    print(error)
def far(item):
    return 8 // (item - 5)
try:
    many(4, far, list(range(8)))
except ZeroDivisionError as error:
    print(error)
""")
    assert lines == ["item 0", "integer division or modulo by zero"]


def test_where_no_process_is_to_be_had_the_work_is_done_here():
    assert alone("""
real, forked, files = os.fork, [], os.listdir("/proc/self/fd")
def fork():
    forked.append(1)
    if len(forked) > 1:
        raise BlockingIOError(11, "Resource temporarily unavailable")
    return real()
os.fork = fork
made = many(4, place, list(range(8)))
print([item for item, _ in made] == list(range(8)), [item for item, is_here in made if not is_here])
print(os.listdir("/proc/self/fd") == files)
""") == ["True [1, 5]", "True"]


def test_the_processors_that_this_process_may_use_are_counted():
    assert 1 <= forks.processors() <= 1024
