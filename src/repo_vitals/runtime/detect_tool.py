"""`performance-compare detect`: the decisions alone, on values from standard input, for anyone to check."""
from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from repo_vitals.config.file import quoted
from repo_vitals.errors import InputError
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from repo_vitals.runtime.world import World

_HELP = """repo-vitals performance-compare detect < LINES

Reads one JSON object a line from standard input and answers each with one line of JSON, at once. Less is better in all
values. Empty lines are passed over.

{"task": "pairwise", "baseline": [{NAME: VALUE or [SAMPLE, …], …}, …], "current": [… the same …], "paired": false}
  Every object is a run, oldest first; all values are above 0. `paired`: run i of both sides was taken side by side.
  Answer: {"regressions": [NAME, …]}, the benchmarks that are slower for sure.

{"task": "series", "suite": {NAME: [VALUE or null, …], …}}
  Value i of every series is of the same run, oldest first; null is a run without a value.
  Answer: {"change_points": {NAME: [INDEX, …], …}}, the first run at each new level, counted from 0.

A line that is none of these is answered by {"error": "line N: …"}; the exit code is then 2 when all lines are read.
"""


class _Wrong(Exception):
    """What is wrong with a line, in words that follow its number."""


def main(arguments: Sequence[str], world: World) -> int:
    """Answer every line. Raises InputError at the end where some could not be answered."""
    if list(arguments) in (["--help"], ["-h"]):
        world.stdout.write(_HELP)
        return 0
    if arguments:
        raise InputError(f"performance-compare detect: {quoted(arguments[0])} is not known; it takes no options and "
                         "reads standard input")
    wrong, lines = 0, 0
    first = ""
    for number, line in enumerate(world.stdin, start=1):
        if not line.strip():
            continue
        lines += 1
        try:
            answer = _answer(line)
        except _Wrong as error:
            answer = {"error": f"line {number}: {error}"}
            wrong, first = wrong + 1, first or answer["error"]
        world.stdout.write(json.dumps(answer) + "\n")
        world.stdout.flush()
    if wrong:
        raise InputError(f"performance-compare detect: {wrong} of {lines} lines could not be answered; {first}")
    return 0


def _answer(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line.strip(), parse_constant=_no_number)
    except RecursionError:
        raise _Wrong("it is nested too deeply") from None
    except ValueError as error:         # JSONDecodeError and UnicodeDecodeError, and integers of too many digits
        raise _Wrong(f"it is not JSON ({quotable(str(error))})") from None
    task = asked.get("task") if isinstance(asked, dict) else None
    if task == "pairwise":
        return {"regressions": _regressions(asked)}
    if task == "series":
        return {"change_points": _change_points(asked)}
    raise _Wrong('it is no object whose task is "pairwise" or "series"')


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _regressions(asked: dict[str, Any]) -> list[str]:
    from repo_vitals.stats.comparison import compare

    paired = asked.get("paired", False)
    if not isinstance(paired, bool):
        raise _Wrong("paired is neither true nor false")
    baseline, current = _runs(asked, "baseline"), _runs(asked, "current")
    if paired and len(baseline) != len(current):
        raise _Wrong(f"paired runs come in pairs, but baseline has {len(baseline)} and current {len(current)}")
    found = compare(baseline, current, paired=paired).comparisons
    return sorted(str(name) for name, one in found.items() if one.verdict == "regressed")


def _runs(asked: dict[str, Any], side: str) -> list[dict[Hashable, float | Sequence[float]]]:
    runs = asked.get(side)
    if not isinstance(runs, list) or not all(isinstance(run, dict) for run in runs):
        raise _Wrong(f"{side} is no list of objects, one a run")
    return [{name: _sample(value, side) for name, value in run.items() if value is not None} for run in runs]


def _sample(value: object, side: str) -> float | Sequence[float]:
    values = [_number(one, side) for one in value] if isinstance(value, list) else [_number(value, side)]
    if not values:
        raise _Wrong(f"{side} has an empty list of samples")
    if min(values) <= 0:
        raise _Wrong(f"{side} has the value {min(values):g}, and only values above 0 have a ratio")
    return values if isinstance(value, list) else values[0]


def _change_points(asked: dict[str, Any]) -> dict[str, list[int]]:
    from repo_vitals.stats.change_points import change_points

    suite = asked.get("suite")
    if not isinstance(suite, dict) or not all(isinstance(values, list) for values in suite.values()):
        raise _Wrong("suite is no object of lists, one a series")
    series = {name: [None if value is None else _number(value, "suite") for value in values]
              for name, values in suite.items()}
    return {name: [point.index for point in points] for name, points in change_points(series).items()}


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong(f"{where} has a value that is no number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _Wrong(f"{where} has a number that is too large")
    return number
