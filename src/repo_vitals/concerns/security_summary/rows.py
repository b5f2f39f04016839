"""What the report's data holds of entries, sources and the allowlist, as JSON values. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.security_summary.allowing import ignores_of
from repo_vitals.concerns.security_summary.sources import checks_of
from repo_vitals.config.allowlist import of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from repo_vitals.concerns.security_summary.allowing import Waiver
    from repo_vitals.concerns.security_summary.facts import Facts
    from repo_vitals.concerns.security_summary.inputs import Policy
    from repo_vitals.concerns.security_summary.measure import CodeRow, Measured, Row
    from repo_vitals.concerns.security_summary.windows import Windows

MOST_OF_CODE = 5000         # findings in code that stand one by one; the figures count all


def data(measured: Measured, facts: Facts, policy: Policy, *, now: datetime) -> dict[str, Any]:
    """The parts of the report's data that are this monitor's own."""
    open_rows = [row for row in measured.rows if not row.entry.private]
    return {
        "vulnerabilities": [_vulnerability(row) for row in open_rows if row.entry.kind == "vulnerability"],
        "informational": [_vulnerability(row) for row in open_rows if row.entry.kind != "vulnerability"],
        "private": sum(row.entry.private for row in measured.rows),
        "code": [_code(row) for row in measured.code[:MOST_OF_CODE]],
        "licenses": [{
            "package": one.name, "ecosystem": one.ecosystem or None, "version": one.version, "license": one.license,
            "sources": list(one.sources), "verdict": one.state, "why": one.why, "by": one.by or None,
            "reason": one.reason or None, "sources_disagree": one.disagree,
        } for one in measured.licensing.packages],
        "sources": list(_sources(measured, facts)),
        "allow": [{
            "number": one.number, "concern": one.concern, "what": one.what, "package": one.package,
            "version": one.version, "path": one.path, "reason": one.reason, "owner": one.owner,
            "expires": _instant(one.expires), "until_fixed": one.until_fixed, "state": measured.uses.state(one, now),
            "hits": measured.uses.hits.get(one.number, 0),
        } for one in of(policy.allowlist, "vulnerability", "license", "code")],
        "ignored_by_tools": [{"id": one.id, "where": one.where, "reason": one.reason, "until": _instant(one.until),
                              "expired": one.until is not None and now >= one.until}
                             for one in (*ignores_of(facts.reports), *facts.ignores)],
        "policy": {"fail_severity": policy.fail_from, "unscored_severity": policy.unscored,
                   "fail_code_severity": policy.fail_code_from, "respond_within": _windows(policy.respond_within),
                   "fix_within": _windows(policy.fix_within)},
        "sections": [section for section in (_table(measured, now), _read(measured, facts)) if section["rows"]],
    }


def _vulnerability(row: Row) -> dict[str, Any]:
    entry, score = row.entry, row.graded.score
    return {
        "ids": list(entry.ids), "package": entry.name, "ecosystem": entry.ecosystem or None,
        "installed": entry.installed, "fixed": list(entry.fixed), "kind": entry.kind,
        "severity": row.grade if entry.kind == "vulnerability" else None,
        "severity_from": row.graded.basis if entry.kind == "vulnerability" else None,
        "cvss": None if score is None else {"version": score.version or None, "score": score.score,
                                            "vector": score.vector},
        "epss": entry.epss, "title": entry.title, "url": entry.url, "sources": list(entry.sources),
        "paths": [list(path) for path in entry.paths], "parents": list(entry.parents), "direct": entry.direct,
        "files": sorted({one.package.file for one in entry.advisories if one.package.file}),
        "first_seen": _instant(row.first_seen), "age_seconds": None if row.age is None else row.age.total_seconds(),
        "due": _instant(row.due), "fix_due": _instant(row.fix_due), "allowed": _waiver(row.waiver),
    }


def _code(row: CodeRow) -> dict[str, Any]:
    one = row.finding
    return {"rule": one.rule, "source": one.source, "title": one.title, "level": row.grade, "score": one.score,
            "file": one.file, "line": one.line, "count": one.count, "url": one.url, "allowed": _waiver(row.waiver)}


def _waiver(waiver: Waiver | None) -> dict[str, Any] | None:
    if waiver is None:
        return None
    return {"by": waiver.by, "reason": waiver.reason, "owner": waiver.owner, "expires": _instant(waiver.expires),
            "until_fixed": waiver.until_fixed}


def _sources(measured: Measured, facts: Facts) -> Iterator[dict[str, Any]]:
    for place, report in enumerate(facts.reports):
        why = [*report.missing, *([measured.coverage.stale[place]] if place in measured.coverage.stale else [])]
        yield {"source": report.shown, "format": report.format, "tool": report.tool or None,
               "state": "incomplete" if report.missing else "stale" if why else "read",
               "why": "; ".join(why) or None, "checks": sorted(checks_of(report)),
               "made_at": _instant(report.made_at), "database_at": _instant(report.database_at),
               "packages": report.checked, "advisories": len(report.advisories), "code_findings": len(report.code),
               "notes": list(report.notes)}
    for state, ones in (("unread", facts.unread), ("refused", facts.refused)):
        for one in ones:
            yield {"source": one.shown, "format": None, "tool": None, "state": state, "why": one.why,
                   "checks": sorted(one.checks), "made_at": None, "database_at": None, "packages": None,
                   "advisories": None, "code_findings": None, "notes": []}


def _windows(windows: Windows) -> dict[str, float | None]:
    return {grade: None if span is None else span.total_seconds() for grade, span in windows.items() if grade != "none"}


def _table(measured: Measured, now: datetime) -> dict[str, Any]:
    rows = [_row(row, now) for row in measured.rows if row.entry.kind == "vulnerability" and not row.entry.private]
    headers = ["Severity", "Package", "Installed", "Advisory", "Fixed in", "Brought by", "Sources", "EPSS", "Due",
               "Allowed"]
    used = [place for place in range(len(headers)) if place in (0, 1) or any(row[place] for row in rows)]
    return {"title": "Vulnerabilities", "headers": [headers[place] for place in used],
            "rows": [[row[place] for place in used] for row in rows]}


def _row(row: Row, now: datetime) -> list[str]:
    entry, score = row.entry, row.graded.score
    severity = row.grade if score is None else f"{row.grade} ({score.score:.1f})"
    brought = "directly" if entry.direct else _few(entry.parents)
    allowed = "" if row.waiver is None else row.waiver.by + (f": {row.waiver.reason}" if row.waiver.reason else "")
    return [severity, entry.name, entry.installed or "", entry.label, _few(entry.fixed, between=" or "), brought,
            _few(entry.sources), "" if entry.epss is None else f"{entry.epss:.1%}",
            "" if row.waiver is not None else _due(row, now), allowed]


def _due(row: Row, now: datetime) -> str:
    """When a response is due, and when a fix where that is over or is all that is asked for."""
    response = "" if row.due is None else _day(row.due) + (", overdue" if now > row.due else "")
    fix = ""
    if row.fix_due is not None and (row.due is None or now > row.fix_due):
        fix = f"fix {_day(row.fix_due)}" + (", overdue" if now > row.fix_due else "")
    return "; ".join(part for part in (response, fix) if part)


def _day(moment: datetime) -> str:
    return format_instant(moment)[:16].replace("T", " ")


def _read(measured: Measured, facts: Facts) -> dict[str, Any]:
    return {"title": "What was read", "headers": ["Source", "Tool", "State"],
            "rows": [[str(one["source"]), str(one["tool"] or one["format"] or ""),
                      f"{one['state']}: {one['why']}" if one["why"] else str(one["state"])]
                     for one in _sources(measured, facts)]}


def _few(texts: tuple[str, ...], *, between: str = ", ") -> str:
    return between.join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)
