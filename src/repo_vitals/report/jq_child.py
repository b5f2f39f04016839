"""The process in which users' jq programs run; started by jq_programs.py as a script, with nothing but the standard
library.

Reads one JSON object on standard input, writes JSON objects on standard output, one a
line: that it is ready (or why not), then the answer of each program.
"""
from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

# What ends a whole jq program fails the rule: who says so that it can't go on must not pass for one that does not hold.
_PRELUDE = 'def halt: error("it halts"); def halt_error: error; def halt_error(code): error; '
_MOST_OUTPUTS = 100_000
_MOST_CHARACTERS = 64 * 1024 * 1024


def _limit(memory: int, seconds: float) -> None:
    """Bound memory and CPU time. The time is a second guard, for when the parent is gone and can't stop us."""
    try:
        import resource
    except ImportError:     # Windows
        return
    wanted = [(name, value) for name, value in (("RLIMIT_AS", memory), ("RLIMIT_CPU", int(seconds) + 1),
                                                ("RLIMIT_CORE", 0)) if hasattr(resource, name)]
    for name, value in wanted:
        with contextlib.suppress(OSError, ValueError):  # macOS refuses some
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))


def _outputs(program: Any, report: Any) -> dict[str, Any]:
    """Everything that the program gives, within bounds: it may give more than anyone could hold."""
    found, characters = [], 0
    for output in program.input_value(report):
        found.append(output)
        characters += len(json.dumps(output))
        if len(found) > _MOST_OUTPUTS or characters > _MOST_CHARACTERS:
            return {"error": f"gives more than {_MOST_OUTPUTS:,} outputs or {_MOST_CHARACTERS:,} characters"}
    return {"outputs": found}


def _answer(program: Any, report: Any) -> dict[str, Any]:
    """Whether any output is true. Every output is looked at: a rule that gives a number now and then is broken."""
    holds = False
    for output in program.input_value(report):
        if output is True:
            holds = True
        elif output is not False and output is not None:
            return {"error": f"must give true or false, gave {_shown(output)}"}
    return {"holds": holds}


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return f"{'an object' if isinstance(value, dict) else 'an array'} of {len(value)}"
    if isinstance(value, str):
        return f"the string {json.dumps(value[:40], ensure_ascii=False)}{'' if len(value) <= 40 else ' …'}"
    return f"the number {value}"


def main() -> None:
    """Compile each rule and, if there is a report, run it."""
    task = json.load(sys.stdin)
    sys.path[:] = [*task["paths"], *sys.path]
    out = sys.stdout

    def say(answer: dict[str, Any]) -> None:
        out.write(json.dumps(answer) + "\n")
        out.flush()

    try:
        import jq  # type: ignore[import-not-found]
    except ImportError as error:
        say({"fatal": f"the jq library can't be loaded ({error})"})
        return
    _limit(task["memory"], task["seconds"])
    say({"ready": True})
    for text in task["rules"]:
        try:
            program = jq.compile(text)
            if task["report"] is not None:
                program = jq.compile(f"def now: {task['now']!r}; {_PRELUDE}{text}")
        except ValueError as error:
            say({"error": f"is not a jq expression: {_first_line(str(error))}"})
            continue
        if task["report"] is None:
            say({"holds": False})
            continue
        try:
            say((_outputs if task["gives"] == "outputs" else _answer)(program, task["report"]))
        except (ValueError, RecursionError) as error:
            say({"error": f"failed: {_first_line(str(error))}"})


def _first_line(message: str) -> str:
    """jq's own words without its prefix and without the listing of the program below them."""
    first = message.strip().split("\n", 1)[0].removeprefix("jq: error: ").rstrip(":")
    return first.replace(" at <top-level>, line 1,", " at") or "unknown error"


if __name__ == "__main__":
    main()
