"""Reports of any other tool, by a jq program of the user's: `name: jq program` makes `name=path` a report.

The program gets the report's JSON (of a file with one JSON object a line: the list of them) and gives one object for
each finding:

    ids         text or list of texts: the tool's id first, then every alias. Must be there.
    package     text. Must be there.
    version, ecosystem, file, title, url    text
    line        whole number, from 1
    severity    critical, high, medium (or moderate), low, info (or none)
    cvss        a CVSS vector or a base score from 0 to 10, or a list of those
    fixed       text or list of texts: versions that mend it
    paths       list of lists of texts: each from a direct dependency down to the package
    direct      true or false
    epss        number from 0 to 1
    kind        vulnerability, unmaintained, unsound, yanked, notice or withdrawn
    published   ISO 8601
    ignored     text: why the tool was told to overlook it
    private     true for an advisory that is not public: it is counted, and nothing else of it is shown or kept

null is as if the field were not there; a field of another name is an error. No object is no finding.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from repo_vitals.concerns.security_summary import fields
from repo_vitals.concerns.security_summary.ecosystems import ecosystem
from repo_vitals.concerns.security_summary.facts import Advisory, Kind, Package, Report
from repo_vitals.errors import InputError
from repo_vitals.plain_text import one_line, quotable
from repo_vitals.report.jq_programs import LOADS, run_programs
from repo_vitals.sources.json_outline import outline
from repo_vitals.sources.json_reading import lines, whole
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from repo_vitals.sources.report_files import ReportFile

INPUT = "adapter"
TIME_LIMIT = 20.0           # seconds for one report, the process's start included
MEMORY_LIMIT = 2 << 30      # bytes of address space, where the system can limit it
_LONGEST = 10_000           # characters of one program
_LINE = re.compile(r"\s*([A-Za-z][A-Za-z0-9_.-]{0,59})\s*:(?!:)(.*)", re.DOTALL)
_KINDS: tuple[Kind, ...] = get_args(Kind)


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


def adapt(adapter: Adapter, file: ReportFile, *, now: datetime) -> Report:
    """What a report says by its adapter. `now` is jq's clock.

    Raises Unreadable where the file is no JSON, the program fails, or what it gives breaks the form above.
    """
    answers, stopped = run_programs([adapter.program], _document(file), now=now.timestamp(), gives="outputs",
                                    seconds=TIME_LIMIT, memory=MEMORY_LIMIT, named_by=INPUT)
    if not answers:
        raise Unreadable(f"can't be read by the adapter {adapter.name}: it was stopped, {stopped}")
    if "error" in answers[0]:
        raise Unreadable(f"can't be read by the adapter {adapter.name}: it {one_line(str(answers[0]['error']))}")
    advisories: list[Advisory] = []
    try:
        for output in answers[0]["outputs"]:
            advisories.append(_advisory(output, adapter.name))  # noqa: PERF401 - the error counts what was made
    except _Wrong as error:
        raise Unreadable(f"can't be read by the adapter {adapter.name}: output {len(advisories) + 1:,} {error}"
                         ) from None
    return Report(shown=file.shown, format=adapter.name, tool=adapter.name, advisories=tuple(advisories),
                  checks=frozenset({"vulnerabilities"}),
                  notes=() if advisories else ("its adapter gives no finding",))


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


class _Wrong(ValueError):
    """What is wrong with an output; the text follows its number."""


def _advisory(output: Any, source: str) -> Advisory:
    if not isinstance(output, dict):
        raise _Wrong("is no object")
    given = {key: value for key, value in output.items() if value is not None}
    for key in given:
        if key not in _FIELDS:
            near = get_close_matches(key, _FIELDS, 1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(_FIELDS)}"
            raise _Wrong(f'has the field "{quotable(key, limit=40)}", which is not known ({hint})')
    read = {key: _FIELDS[key](value, key) for key, value in given.items()}
    ids = fields.identifiers(read.get("ids", ()))
    for key, value in (("ids", ids), ("package", read.get("package"))):
        if not value:
            raise _Wrong(f'has no "{key}"')
    cvss = read.get("cvss", ())
    return Advisory(
        ids=ids, source=source, kind=read.get("kind", "vulnerability"), title=read.get("title", ""),
        package=Package(name=read["package"], version=read.get("version") or None, file=read.get("file") or None,
                        ecosystem=ecosystem(read.get("ecosystem", "")), line=read.get("line")),
        vectors=tuple(one for one in cvss if isinstance(one, str)),
        scores=tuple(("", float(one)) for one in cvss if not isinstance(one, str)), level=read.get("severity"),
        fixed=read.get("fixed", ()), paths=read.get("paths", ()), direct=read.get("direct"), epss=read.get("epss"),
        url=fields.web(read.get("url")), published=read.get("published"), ignored=read.get("ignored") or None,
        private=read.get("private", False))


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise _Wrong(f'has a "{key}" that is no text')
    return fields.clean(value)


def _texts(value: Any, key: str) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    return tuple(found for one in entries if (found := _text(one, key)))


def _paths(value: Any, key: str) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list) or not all(isinstance(one, list) for one in value):
        raise _Wrong(f'has "{key}" that are no list of lists')
    return tuple(_texts(one, key) for one in value)


def _severity(value: Any, key: str) -> Any:
    found = fields.severity(value) if isinstance(value, str) else None
    if found is None:
        raise _Wrong(f'has a "{key}" that is none of critical, high, medium, low, info')
    return found


def _cvss(value: Any, key: str) -> tuple[str | float, ...]:
    entries = value if isinstance(value, list) else [value]
    found: list[str | float] = []
    for one in entries:
        known = fields.vectors(one) if isinstance(one, str) else ()
        score = None if isinstance(one, str) else fields.number(one, least=0, most=10)
        if not known and score is None:
            raise _Wrong(f'has a "{key}" that is neither a CVSS vector nor a score from 0 to 10')
        found += known
        if score is not None:
            found.append(score)
    return tuple(found)


def _share(value: Any, key: str) -> float:
    found = None if isinstance(value, str) else fields.number(value, least=0, most=1)
    if found is None:
        raise _Wrong(f'has an "{key}" that is not from 0 to 1')
    return found


def _truth(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(f'has a "{key}" that is neither true nor false')
    return value


def _line(value: Any, key: str) -> int:
    found = fields.line(int(value) if isinstance(value, float) and value.is_integer() else value)
    if found is None:
        raise _Wrong(f'has a "{key}" that is no line')
    return found


def _kind(value: Any, key: str) -> Kind:
    if value not in _KINDS:
        raise _Wrong(f'has a "{key}" that is none of {", ".join(_KINDS)}')
    return value  # type: ignore[no-any-return]


def _instant(value: Any, key: str) -> datetime:
    found = fields.instant(value)
    if found is None:
        raise _Wrong(f'has a "{key}" that is no date')
    return found


_FIELDS: dict[str, Callable[[Any, str], Any]] = {
    "ids": _texts, "package": _text, "version": _text, "ecosystem": _text, "file": _text, "line": _line,
    "title": _text, "url": _text, "severity": _severity, "cvss": _cvss, "fixed": _texts, "paths": _paths,
    "direct": _truth, "epss": _share, "kind": _kind, "published": _instant, "ignored": _text,
    "private": _truth,
}
