"""cargo-deny: the diagnostics of `cargo deny --format json check` (0.11 on), and the licences of `cargo deny list`.

Diagnostics are one JSON object a line, on stderr, where lines of a log may stand between. A label's line is one of a
lock file that cargo-deny makes up for its messages, or of deny.toml: it is not one of the project's Cargo.lock.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary.facts import (
    Advisory,
    LicensedPackage,
    PolicyFinding,
    Report,
)
from repo_vitals.concerns.security_summary.formats import cargo_deny_list, values
from repo_vitals.concerns.security_summary.formats.cargo_deny_codes import (
    ADVISORIES,
    CHECKS,
    INDEX_FAILED,
    OLD_CODES,
    check_of,
)
from repo_vitals.concerns.security_summary.formats.cargo_deny_graph import located, package_of
from repo_vitals.sources.json_lines import lines
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import moment

if TYPE_CHECKING:
    from repo_vitals.report.model import Severity
    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

NAME = "cargo-deny"
_RECORDS = frozenset({"diagnostic", "summary", "log"})
_LEVELS: dict[str, Severity] = {"bug": "high", "error": "high", "warning": "medium"}
_OVERLOOKED = frozenset({"note", "help"})


@dataclass(kw_only=True)
class _Found:
    """What the lines say together."""

    advisories: list[Advisory] = field(default_factory=list)
    licenses: dict[tuple[str, str | None], LicensedPackage] = field(default_factory=dict)
    policy: list[PolicyFinding] = field(default_factory=list)
    checks: set[str] = field(default_factory=set)
    errors: Counter[str] = field(default_factory=Counter)      # by check, as listed
    counted: Counter[str] = field(default_factory=Counter)     # by check, as the summary has it
    reasons: dict[str, str] = field(default_factory=dict)      # why deny.toml overlooks an advisory, by its id
    ended: bool = False
    failures: int = 0
    index_failed: bool = False
    unused: int = 0
    unknown_checks: int = 0         # of a newer version's, that found errors


def recognises(outline: Outline) -> bool:
    """Whether the first object is one of the tool's records, or a list of licences."""
    return any(_is_record(one) for one in outline.records) or cargo_deny_list.recognises(outline)


def _is_record(value: object) -> bool:
    return (isinstance(value, dict) and isinstance(value.get("fields"), dict)
            and isinstance(value.get("type"), str) and value["type"] in _RECORDS)


def read(file: ReportFile) -> Report:
    """What the report says. Without the tool's summary at its end it is unfinished."""
    from repo_vitals.sources.json_outline import outline

    beginning = outline(file)
    if cargo_deny_list.recognises(beginning):
        return cargo_deny_list.read(file, NAME)
    found = _Found()
    with opened(file) as stream:
        is_any = False
        for line in lines(stream):
            if line.text is not None:
                continue        # of a log
            record = values.table(line.value, "a line")
            if not _is_record(record):
                raise Unreadable(f"has a record that is not cargo-deny's (line {line.number:,})")
            is_any = True
            _take(record["type"], record["fields"], found)
            values.bounded(len(found.advisories) + len(found.policy) + len(found.licenses), "diagnostics")
    if not is_any:
        raise Unreadable("has no diagnostics and no summary, as cargo-deny's has")
    return Report(
        shown=file.shown, format=NAME, tool=NAME, advisories=tuple(found.advisories),
        licenses=tuple(found.licenses.values()), policy=tuple(found.policy), checks=frozenset(found.checks),
        missing=tuple(_missing(found)), notes=_notes(found), ignored_ids=tuple(found.reasons))


def _take(kind: str, fields: dict[str, Any], found: _Found) -> None:
    if kind == "summary":
        found.ended = True
        for check, stats in fields.items():
            if check not in CHECKS:
                errors = values.optional_table(stats).get("errors")
                if isinstance(errors, int) and errors > 0:
                    found.unknown_checks += 1
            else:
                found.checks.add(CHECKS[check])
                found.counted[check] += values.count(values.table(stats, "a summary").get("errors"),
                                                     "the errors of its summary")
    elif kind == "log":
        level = fields.get("level")
        found.failures += isinstance(level, str) and level.upper() == "ERROR"
    else:
        _diagnostic(fields, found)


def _diagnostic(fields: dict[str, Any], found: _Found) -> None:
    severity = values.word(fields.get("severity"), _LEVELS.keys() | _OVERLOOKED)
    if severity is None:
        raise Unreadable("has a diagnostic of a severity that is not known")
    code = fields.get("code")
    code = OLD_CODES.get(code, code) if isinstance(code, str) else ""
    check = check_of(code, has_advisory=isinstance(fields.get("advisory"), dict))
    if code or "advisory" in fields:        # what has no code is about the configuration, and nothing was looked at
        found.checks.add(CHECKS[check])
    if severity in ("error", "bug"):
        found.errors[check] += 1
    if code in ADVISORIES or isinstance(fields.get("advisory"), dict):
        found.advisories.append(_advisory(code, severity, fields, found))
    elif code == "advisory-ignored":
        _ignored(fields, found)
    elif code in INDEX_FAILED:
        found.index_failed = True
    elif code in ("rejected", "unlicensed", "accepted", "no-license-field", "empty-license-field"):
        _license(code, severity, fields, found)
    elif severity in _LEVELS:
        if check in ("bans", "sources") or severity != "warning":
            package = package_of(fields)
            found.policy.append(PolicyFinding(
                check=check, code=code or "no code", level=_LEVELS[severity], source=NAME, package=package,
                title=values.optional_text(fields.get("message")) or code))
        else:
            found.unused += 1


def _advisory(code: str, severity: str, fields: dict[str, Any], found: _Found) -> Advisory:
    metadata = values.optional_table(fields.get("advisory"))
    notes = values.texts(fields.get("notes"))
    stated = next((note[4:] for note in notes if note.startswith("ID: ")), None)
    package = package_of(fields)
    if package is None:
        raise Unreadable("has an advisory that names no package")
    kind = ADVISORIES.get(code, "vulnerability")
    ids = ("yanked",) if kind == "yanked" else values.advisory_ids(
        metadata.get("id") or stated, values.texts(metadata.get("aliases")))
    paths, direct = located(fields)
    cvss = values.optional_text(metadata.get("cvss"))
    ignored = None
    if severity in _OVERLOOKED:
        ignored = found.reasons.get(ids[0], "deny.toml allows it")
    return Advisory(
        ids=ids, package=package, source=NAME, kind="withdrawn" if metadata.get("withdrawn") else kind,
        title=values.optional_text(metadata.get("title") or fields.get("message")) or "",
        vectors=(cvss,) if cvss else (), fixed=_fixed(notes), paths=paths, direct=direct,
        url=values.advisory_url(ids) or values.optional_text(metadata.get("url")),
        published=moment(metadata.get("date")), ignored=ignored)


def _fixed(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Versions of the note "Solution: Upgrade to >=1.2.3, <2.0.0 OR >=2.1.0 (try `cargo update -p …`)"."""
    start = "Solution: Upgrade to "
    for note in notes:
        if note.startswith(start):
            return tuple(note[len(start):].partition(" (try ")[0].split(" OR "))
    return ()


def _ignored(fields: dict[str, Any], found: _Found) -> None:
    """An entry of `ignore` in deny.toml that is used: its labels show the id, and the reason where there is one."""
    labels = values.tables(fields.get("labels"))
    if labels:
        identifier = _unquoted(labels[0].get("span"))
        reason = next((_unquoted(label.get("span")) for label in labels[1:]
                       if label.get("message") == "ignore reason"), "")
        if identifier:
            found.reasons[values.advisory_ids(identifier)[0]] = reason or "deny.toml ignores it"


def _unquoted(value: object) -> str:
    return (values.optional_text(value) or "").strip("\"'")


def _license(code: str, severity: str, fields: dict[str, Any], found: _Found) -> None:
    package = package_of(fields)
    if package is None:
        raise Unreadable("has a licence that belongs to no package")
    labels = values.tables(fields.get("labels"))
    expression = None
    if code in ("rejected", "accepted"):
        # The whole expression comes first, without a verdict; then each licence in it with one.
        expression = next((values.optional_text(label.get("span")) for label in labels
                           if not str(label.get("message") or "").startswith(("rejected", "accepted"))), None)
    rejected = None
    if code in ("rejected", "unlicensed") and severity in ("error", "bug", "warning") \
            and not (code == "unlicensed" and severity == "warning"):
        verdicts = [f"{values.optional_text(label.get('span'))}: {values.optional_text(label.get('message'))}"
                    for label in labels if str(label.get("message") or "").startswith("rejected")]
        rejected = "; ".join(verdicts)[:values.LONGEST] or values.optional_text(fields.get("message")) or code
    key = (package.name, package.version)
    known = found.licenses.get(key)
    found.licenses[key] = LicensedPackage(
        package=package, license=expression or (known.license if known else None), source=NAME,
        rejected=rejected or (known.rejected if known else None))


def _missing(found: _Found) -> list[str]:
    missing = []
    if not found.ended:
        missing.append("has no summary: the tool did not end its work" if not found.failures else
                       "the tool failed, perhaps for its configuration, and wrote no summary")
    elif found.failures:
        missing.append(f"the tool logged {found.failures:,} errors" if found.failures > 1
                       else "the tool logged an error")
    if found.ended and not found.checks:
        missing.append("its summary names no check")
    for check, counted in found.counted.items():
        if counted > found.errors[check]:
            missing.append(f"its summary counts {counted:,} errors of {check}, and {found.errors[check]:,} are listed")
    if found.unknown_checks:
        missing.append("its summary counts errors of a check that is not known")
    if found.index_failed:
        missing.append("the index of the registry could not be read, so yanked packages were not looked for")
    return missing


def _notes(found: _Found) -> tuple[str, ...]:
    if not found.unused:
        return ()
    return (f"{found.unused:,} warnings are about the tool's own configuration",) if found.unused > 1 \
        else ("1 warning is about the tool's own configuration",)
