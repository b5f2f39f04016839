"""cargo-audit's JSON (`cargo audit --json`, 0.9 on), also as cargo-deny writes it: one object for each database."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary.facts import Advisory, Kind, Package, Report
from repo_vitals.concerns.security_summary.formats import values
from repo_vitals.sources.json_lines import lines
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

NAME = "cargo-audit"
_KINDS: dict[str, Kind] = {
    "unmaintained": "unmaintained", "unsound": "unsound", "yanked": "yanked", "notice": "notice",
    "informational": "notice",
}


@dataclass(kw_only=True)
class _Found:
    """What one or more of the tool's objects say together."""

    advisories: list[Advisory] = field(default_factory=list)
    checked: int | None = None
    database_at: datetime | None = None
    ignored: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def recognises(outline: Outline) -> bool:
    """Whether the file, or its first object of several, has the tool's list of vulnerabilities."""
    return bool(outline.records) and _is_audit(outline.records[0])


def _is_audit(record: dict[str, object]) -> bool:
    vulnerabilities = record.get("vulnerabilities")
    return (isinstance(vulnerabilities, dict) and "auditReportVersion" not in record
            and bool({"found", "count"} & vulnerabilities.keys())
            and isinstance(vulnerabilities.get("list", []), list))


def read(file: ReportFile) -> Report:
    """What the report says. Raises Unreadable where its count and its list disagree."""
    found = _Found()
    if _several(file):
        with opened(file) as stream:
            for line in lines(stream):
                if line.text is not None:
                    raise Unreadable(f"is no JSON in line {line.number:,}")
                _document(values.table(line.value, "a line"), found)
    else:
        with opened(file) as stream:
            _streamed(JsonText(stream), found)
    return Report(
        shown=file.shown, format=NAME, tool=NAME, advisories=tuple(found.advisories), checked=found.checked,
        checks=frozenset({"vulnerabilities"}), database_at=found.database_at,
        missing=tuple(dict.fromkeys(found.missing)), notes=tuple(dict.fromkeys(found.notes)),
        ignored_ids=tuple(dict.fromkeys(found.ignored)))


def _several(file: ReportFile) -> bool:
    from repo_vitals.sources.json_outline import outline

    return outline(file).kind == "lines"


def _streamed(text: JsonText, found: _Found) -> None:
    rest: dict[str, Any] = {}
    seen = False
    for key in text.members():
        if key == "vulnerabilities":
            seen = True
            if text.peek() != "{":
                raise Unreadable("has vulnerabilities that are no object")
            _vulnerabilities(_members(text), found)
        elif key in ("database", "lockfile", "settings", "warnings"):
            rest[key] = text.value()
        else:
            text.skip()
    text.end()
    if not seen:
        raise Unreadable("has no vulnerabilities, as cargo-audit's has")
    _rest(rest, found)


def _members(text: JsonText) -> Iterator[tuple[str, object]]:
    """The members of the object of vulnerabilities; of its list, one entry at a time, under the key "entry"."""
    for key in text.members():
        if key == "list" and text.peek() == "[":
            yield "list", []
            for entry in text.values():
                yield "entry", entry
        else:
            yield key, text.value()


def _document(document: dict[str, Any], found: _Found) -> None:
    if not _is_audit(document):
        raise Unreadable("has a line without vulnerabilities, as cargo-audit's has")
    inner = document["vulnerabilities"]
    members = [(key, value) for key, value in inner.items() if key != "list"]
    if "list" in inner:
        members += [("list", []), *(("entry", entry) for entry in inner["list"])]
    _vulnerabilities(iter(members), found)
    _rest(document, found)


def _vulnerabilities(members: Iterator[tuple[str, object]], found: _Found) -> None:
    claimed: int | None = None
    is_found: object = None
    has_list, listed = False, 0
    for key, value in members:
        if key == "entry":
            listed += 1
            found.advisories.append(_advisory(values.table(value, "a vulnerability"), None))
            values.bounded(len(found.advisories), "advisories")
        elif key == "list":
            values.listed(value, "list of vulnerabilities")
            has_list = True
        elif key == "count":
            claimed = values.count(value, "its count of vulnerabilities")
        elif key == "found":
            is_found = value
    if not has_list:
        raise Unreadable("has no list of vulnerabilities")
    if claimed is not None and claimed != listed:
        raise Unreadable(f"counts {claimed:,} vulnerabilities and lists {listed:,}")
    if isinstance(is_found, bool) and is_found != bool(listed):
        raise Unreadable(f"says that it {'found some' if is_found else 'found none'} and lists {listed:,}")


def _rest(document: dict[str, Any], found: _Found) -> None:
    for entry, kind in _warnings(document.get("warnings")):
        found.advisories.append(_advisory(entry, kind))
        values.bounded(len(found.advisories), "advisories")
    dependencies = values.optional_count(values.optional_table(document.get("lockfile")).get("dependency-count"),
                                         "its count of dependencies")
    if dependencies is not None:
        found.checked = max(found.checked or 0, dependencies)   # the same lock file against each database
        if not dependencies:
            found.missing.append("no package was looked at")
    updated = moment(values.optional_table(document.get("database")).get("last-updated"))
    if updated is not None:
        # The oldest of several tells how far the answer can be trusted.
        found.database_at = updated if found.database_at is None else min(found.database_at, updated)
    settings = values.optional_table(document.get("settings"))
    found.ignored += values.texts(settings.get("ignore"))
    if settings.get("severity") not in (None, "none"):
        found.notes.append("the tool was told to leave out vulnerabilities below a severity")
    for key, what in (("target_arch", "architectures"), ("target_os", "operating systems")):
        if settings.get(key):
            found.notes.append(f"the tool was told to look at some {what} only")


def _warnings(value: object) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Warnings with the kind that they are filed under: a map of lists by kind, or one list (before 0.13)."""
    if value is None:
        return
    if isinstance(value, dict):
        groups: list[tuple[str | None, object]] = list(value.items())
    else:
        groups = [(None, value)]
    for kind, entries in groups:
        for entry in values.listed(entries, "list of warnings of a kind"):
            yield values.table(entry, "a warning"), kind


def _advisory(entry: dict[str, Any], filed_under: str | None) -> Advisory:
    is_warning = filed_under is not None or "kind" in entry
    kind: object = entry.get("kind") if entry.get("kind") is not None else filed_under
    if isinstance(kind, dict) and len(kind) == 1:
        # rustsec 0.17 to 0.20: {"unmaintained": {"advisory": …, "versions": …}}
        (kind, inner), = kind.items()
        entry = {**entry, **values.optional_table(inner)}
    package = values.table(entry.get("package"), "a package")
    named = Package(name=values.text(package.get("name"), "name of a package"),
                    version=values.text(package.get("version"), "version of a package"), ecosystem="crates.io")
    metadata = entry.get("advisory")
    if metadata is None and kind == "yanked":
        return Advisory(ids=("yanked",), package=named, source=NAME, kind="yanked", title="yanked version")
    metadata = values.table(metadata, "an advisory")
    ids = values.advisory_ids(metadata.get("id"), values.texts(metadata.get("aliases")))
    versions = values.optional_table(entry.get("versions"))
    cvss = values.optional_text(metadata.get("cvss"))
    return Advisory(
        ids=ids, package=named, source=NAME, kind=_kind(metadata, kind, is_warning=is_warning),
        title=values.optional_text(metadata.get("title")) or "", vectors=(cvss,) if cvss else (),
        fixed=values.texts(versions.get("patched") or metadata.get("patched_versions")),
        url=values.advisory_url(ids) or values.optional_text(metadata.get("url")),
        published=moment(metadata.get("date")))


def _kind(metadata: dict[str, Any], filed_under: object, *, is_warning: bool) -> Kind:
    if metadata.get("withdrawn"):
        return "withdrawn"
    informational = metadata.get("informational")
    word = informational if isinstance(informational, str) else filed_under
    if isinstance(word, str) and word in _KINDS:
        return _KINDS[word]
    return "notice" if is_warning or informational is not None else "vulnerability"
