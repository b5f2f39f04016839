"""A user's jq programs in a process of their own, which gets the document and nothing else.

No environment, so no token; no folder of the user's to load modules from; a limit on memory and on time.
"""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

# jq's grammar has these at a program's very start only, and only these read files.
LOADS = re.compile(r"(?:\s|#[^\n]*(?:\n|$))*(module|import|include)\b")
_CHILD = Path(__file__).with_name("jq_child.py")


def run_programs(
    programs: Sequence[str], document: Any, *, now: float | None, gives: Literal["truth", "outputs"], seconds: float,
    memory: int, named_by: str,
) -> tuple[list[dict[str, Any]], str]:
    """Compile the programs and, with a document, run them: an answer for each, and why there are no more of them.

    An answer is {"error": words}, {"holds": whether an output is true} or {"outputs": all of them}. `now` is jq's
    clock. The answers arrive as lines of JSON, each flushed, so that when the process is stopped the first one without
    an answer is the one to name. Raises CouldNotMeasure where none can run.
    """
    task = {
        "paths": [entry for entry in sys.path if entry and Path(entry).is_absolute()],
        "memory": memory, "seconds": seconds, "now": now, "rules": list(programs), "gives": gives, "report": document,
    }
    # Windows can't start a process without SYSTEMROOT. TZ, since jq's local time would be the machine's.
    environment = {"TZ": "UTC"} | {key: os.environ[key] for key in ("SYSTEMROOT",) if key in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and script; the programs come on standard input
            [sys.executable, "-I", "-S", "-X", "utf8", str(_CHILD)], input=json.dumps(task).encode("ascii"),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=seconds, env=environment,
            cwd=Path(sys.executable).anchor or None, check=False,
        )
        output, stopped = done.stdout, f"it needed more than {memory >> 20} MiB of memory or crashed"
    except subprocess.TimeoutExpired as error:
        output, stopped = error.stdout or b"", f"it did not end within {seconds:g} s"
    except OSError as error:
        raise CouldNotMeasure(f"{named_by}: can't start Python to run them ({error.strerror})") from None
    first, *answers = _answers(output) or [{"fatal": f"Python to run them did not start within {seconds:g} s"}]
    if "fatal" in first:
        raise CouldNotMeasure(f"{named_by}: {one_line(str(first['fatal']))}")
    return answers, stopped


def _answers(output: bytes) -> list[dict[str, Any]]:
    answers = []
    for line in output.splitlines():
        try:
            answer = json.loads(line)
        except ValueError:
            break       # the line that was being written when the process was stopped
        answers.append(answer)
    return answers
