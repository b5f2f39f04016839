"""Reports of any tool, by a jq program of the user's: `name: jq program` makes `name=path` a report.

The program gets the report's JSON (of a file with one JSON object a line: the list of them) and gives one object for
each of what the report holds. Which fields such an object has is the monitor's to say.
"""
from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import one_line, quotable
from repo_vitals.report.jq_programs import LOADS, run_programs
from repo_vitals.sources.json_lines import lines
from repo_vitals.sources.json_outline import outline
from repo_vitals.sources.json_reading import whole
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.sources.report_files import ReportFile

INPUT = "adapter"
TIME_LIMIT = 20.0           # seconds for one report, the process's start included
MEMORY_LIMIT = 2 << 30      # bytes of address space, where the system can limit it
_LONGEST = 10_000           # characters of one program
_LINE = re.compile(r"\s*([A-Za-z][A-Za-z0-9_.-]{0,59})\s*:(?!:)(.*)", re.DOTALL)
_Made = TypeVar("_Made")


class Wrong(ValueError):
    """What is wrong with an output; the text follows its number."""


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """One program, checked: it compiles."""

    name: str
    program: str        # jq


def parse_adapters(given: Sequence[str], *, taken: Collection[str] = ()) -> dict[str, Adapter]:
    """The adapters that some lines hold, by name; blank lines and lines that begin with `#` are none.

    `taken` are the names of formats that are read anyway. Raises InputError naming the line and what is wrong with it,
    a program that does not compile included.
    """
    found: dict[str, Adapter] = {}
    for number, text in enumerate(given, start=1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        one = _parse(number, text)
        if one.name in taken:
            raise InputError(f"{INPUT}: {one.name} is a format that is read without an adapter; choose another name")
        if one.name in found:
            raise InputError(f"{INPUT}: {one.name} is there twice")
        found[one.name] = one
    if found:
        answers, stopped = run_programs([one.program for one in found.values()], None, now=None, gives="outputs",
                                        seconds=TIME_LIMIT, memory=MEMORY_LIMIT, named_by=INPUT)
        for place, one in enumerate(found.values()):
            why = answers[place].get("error") if place < len(answers) else f"was stopped: {stopped}"
            if why is not None:
                raise InputError(f"{INPUT}: {one.name} {one_line(str(why))}")
    return found


def _parse(number: int, text: str) -> Adapter:
    match = _LINE.fullmatch(text)
    if match is None or not match[2].strip():
        raise InputError(f"{INPUT}: line {number} ({quotable(text.strip(), limit=60)}) is not of the form "
                         "`name: jq program`")
    name, program = match[1], match[2].strip()
    if len(program) > _LONGEST:
        raise InputError(f"{INPUT}: {name} is {len(program)} characters long; at most {_LONGEST} are read")
    if "\0" in program or any("\ud800" <= character <= "\udfff" for character in program):
        raise InputError(f"{INPUT}: {name} holds a character that is not text")
    loads = LOADS.match(program)
    if loads is not None:
        raise InputError(f"{INPUT}: {name} begins with {loads[1]}; adapters can't load files")
    return Adapter(name=name, program=program)


def adapted(adapter: Adapter, file: ReportFile, make: Callable[[Any], _Made], *, now: datetime) -> list[_Made]:
    """What `make` makes of each of the program's outputs. `now` is jq's clock.

    Raises Unreadable where the file is no JSON, the program fails, or `make` raises Wrong.
    """
    answers, stopped = run_programs([adapter.program], _document(file), now=now.timestamp(), gives="outputs",
                                    seconds=TIME_LIMIT, memory=MEMORY_LIMIT, named_by=INPUT)
    if not answers:
        raise Unreadable(f"can't be read by the adapter {adapter.name}: it was stopped, {stopped}")
    if "error" in answers[0]:
        raise Unreadable(f"can't be read by the adapter {adapter.name}: it {one_line(str(answers[0]['error']))}")
    found: list[_Made] = []
    try:
        for output in answers[0]["outputs"]:
            found.append(make(output))  # noqa: PERF401 - the error counts what was made
    except Wrong as error:
        raise Unreadable(f"can't be read by the adapter {adapter.name}: output {len(found) + 1:,} {error}") from None
    return found


def read_fields(output: Any, known: Mapping[str, Callable[[Any, str], Any]]) -> dict[str, Any]:
    """The fields of an output, each read by its own function. null is as if the field were not there.

    Raises Wrong for what is no object and for a field that is not known.
    """
    if not isinstance(output, dict):
        raise Wrong("is no object")
    given = {key: value for key, value in output.items() if value is not None}
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
            raise Wrong(f'has the field "{quotable(key, limit=40)}", which is not known ({hint})')
    return {key: known[key](value, key) for key, value in given.items()}


def _document(file: ReportFile) -> Any:
    if outline(file).kind == "lines":
        with opened(file) as stream:
            return [line.value for line in lines(stream) if line.text is None]
    with opened(file) as stream:
        # Read strictly first: jq would take the last of two equal keys and make null of NaN.
        found = whole(stream)
    if found is None:
        raise Unreadable("holds nothing but null")
    return found
