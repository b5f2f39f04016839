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

from typing import TYPE_CHECKING, Any, get_args

from repo_vitals.concerns.security_summary import fields
from repo_vitals.concerns.security_summary.ecosystems import ecosystem
from repo_vitals.concerns.security_summary.facts import Advisory, Kind, Package, Report
from repo_vitals.sources.jq_adapters import Wrong, adapted, read_fields

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from repo_vitals.sources.jq_adapters import Adapter
    from repo_vitals.sources.report_files import ReportFile

_KINDS: tuple[Kind, ...] = get_args(Kind)


def adapt(adapter: Adapter, file: ReportFile, *, now: datetime) -> Report:
    """What a report says by its adapter. `now` is jq's clock.

    Raises Unreadable where the file is no JSON, the program fails, or what it gives breaks the form above.
    """
    advisories = adapted(adapter, file, lambda output: _advisory(output, adapter.name), now=now)
    return Report(shown=file.shown, format=adapter.name, tool=adapter.name, advisories=tuple(advisories),
                  checks=frozenset({"vulnerabilities"}),
                  notes=() if advisories else ("its adapter gives no finding",))


def _advisory(output: Any, source: str) -> Advisory:
    read = read_fields(output, _FIELDS)
    ids = fields.identifiers(read.get("ids", ()))
    for key, value in (("ids", ids), ("package", read.get("package"))):
        if not value:
            raise Wrong(f'has no "{key}"')
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
        raise Wrong(f'has a "{key}" that is no text')
    return fields.clean(value)


def _texts(value: Any, key: str) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    return tuple(found for one in entries if (found := _text(one, key)))


def _paths(value: Any, key: str) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list) or not all(isinstance(one, list) for one in value):
        raise Wrong(f'has "{key}" that are no list of lists')
    return tuple(_texts(one, key) for one in value)


def _severity(value: Any, key: str) -> Any:
    found = fields.severity(value) if isinstance(value, str) else None
    if found is None:
        raise Wrong(f'has a "{key}" that is none of critical, high, medium, low, info')
    return found


def _cvss(value: Any, key: str) -> tuple[str | float, ...]:
    entries = value if isinstance(value, list) else [value]
    found: list[str | float] = []
    for one in entries:
        known = fields.vectors(one) if isinstance(one, str) else ()
        score = None if isinstance(one, str) else fields.number(one, least=0, most=10)
        if not known and score is None:
            raise Wrong(f'has a "{key}" that is neither a CVSS vector nor a score from 0 to 10')
        found += known
        if score is not None:
            found.append(score)
    return tuple(found)


def _share(value: Any, key: str) -> float:
    found = None if isinstance(value, str) else fields.number(value, least=0, most=1)
    if found is None:
        raise Wrong(f'has an "{key}" that is not from 0 to 1')
    return found


def _truth(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f'has a "{key}" that is neither true nor false')
    return value


def _line(value: Any, key: str) -> int:
    found = fields.line(int(value) if isinstance(value, float) and value.is_integer() else value)
    if found is None:
        raise Wrong(f'has a "{key}" that is no line')
    return found


def _kind(value: Any, key: str) -> Kind:
    if value not in _KINDS:
        raise Wrong(f'has a "{key}" that is none of {", ".join(_KINDS)}')
    return value  # type: ignore[no-any-return]


def _instant(value: Any, key: str) -> datetime:
    found = fields.instant(value)
    if found is None:
        raise Wrong(f'has a "{key}" that is no date')
    return found


_FIELDS: dict[str, Callable[[Any, str], Any]] = {
    "ids": _texts, "package": _text, "version": _text, "ecosystem": _text, "file": _text, "line": _line,
    "title": _text, "url": _text, "severity": _severity, "cvss": _cvss, "fixed": _texts, "paths": _paths,
    "direct": _truth, "epss": _share, "kind": _kind, "published": _instant, "ignored": _text,
    "private": _truth,
}
