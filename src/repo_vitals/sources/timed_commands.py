"""Commands that the user gave, run one at a time and timed: how long each took, and how much memory it had at most.

A command is run by `bash -c` in a session of its own, without input, its output in a log. What it leaves running in
that session's group of processes is killed with it. The inputs of our own step are taken out of its environment; all
else stays, as in a step of its own.
"""
from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from repo_vitals.errors import CallerError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LAST_BYTES = 4000
_LAST_LINES = 10


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended."""

    status: int                     # 0 to 255 as a shell says it; 128 and the number for a signal
    seconds: float                  # from its start to its end, by a clock that never goes back
    # Bytes of the largest of its processes at its largest; None where the system does not say it, and where that is
    # no more than this process has had itself: a new process begins as a copy of it, and the system counts that.
    peak_memory: int | None
    timed_out: bool = False


class Bash:
    """Runs commands. Raises CallerError where there is no bash."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        found = shutil.which("bash", path=environ.get("PATH"))
        if found is None:
            raise CallerError("performance-compare ab: there is no bash on PATH to run the commands with")
        self._program = found
        self._environ = {name: value for name, value in environ.items() if not name.startswith("INPUT_")}

    def run(self, command: str, *, folder: Path, log: Path, longest: float, extra: Mapping[str, str] | None = None,
            ) -> Ended:
        """Run a command to its end, at most `longest` seconds. Raises CallerError where it can't be started."""
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("wb") as output:
                begun = time.perf_counter()
                process = subprocess.Popen(     # noqa: S603 - the command is what the user gave
                    [self._program, "-c", command], cwd=folder, stdin=subprocess.DEVNULL, stdout=output,
                    stderr=subprocess.STDOUT, start_new_session=True, env={**self._environ, **(extra or {})})
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise CallerError(f"performance-compare ab: a command can't be started in {quotable(str(folder))} "
                              f"({reason})") from None
        with _killed_at_the_end(process), _limited(process, longest) as limit:
            status, peak = _waited(process)
            seconds = time.perf_counter() - begun
        return Ended(status=status, seconds=seconds, peak_memory=peak, timed_out=limit.is_set())


def last_lines(log: Path) -> list[str]:
    """The last lines of a log, as they stand there; none of one that can't be read."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _LAST_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()][-_LAST_LINES:]


def _waited(process: subprocess.Popen[bytes]) -> tuple[int, int | None]:
    if sys.platform == "win32":
        return process.wait(), None
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code       # so that nobody waits for it again
    import resource

    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kibibytes, macOS in bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) if usage.ru_maxrss > ours else None
    return code if code >= 0 else 128 - code, peak


@contextlib.contextmanager
def _limited(process: subprocess.Popen[bytes], longest: float) -> Iterator[threading.Event]:
    """Kills a command that takes too long; the event says whether it did."""
    over = threading.Event()

    def end() -> None:
        over.set()
        _kill(process)
    timer = threading.Timer(longest, end)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()


@contextlib.contextmanager
def _killed_at_the_end(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever happens, nothing of the command's own group of processes is left running."""
    try:
        yield
    finally:
        _kill(process)
        if process.returncode is None:
            process.wait()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            # The session's leader may be gone; its group is there as long as anybody is in it.
            os.killpg(process.pid, signal.SIGKILL)
