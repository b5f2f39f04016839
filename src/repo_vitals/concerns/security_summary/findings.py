"""What a person should look at. Pure."""
from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, TypedDict

from repo_vitals.clock import format_instant
from repo_vitals.concerns.security_summary.allowing import ALLOWLIST
from repo_vitals.concerns.security_summary.project_paths import relative_path
from repo_vitals.concerns.security_summary.severity import GRADES
from repo_vitals.config.allowlist import of
from repo_vitals.report.model import Finding
from repo_vitals.report.overdue import overdue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from repo_vitals.concerns.security_summary.facts import Facts
    from repo_vitals.concerns.security_summary.inputs import Policy
    from repo_vitals.concerns.security_summary.measure import CodeRow, Measured, Row
    from repo_vitals.concerns.security_summary.severity import Grade
    from repo_vitals.config.allowlist import Allowed
    from repo_vitals.report.model import Severity

MOST_OF_VULNERABILITIES = 1000  # that are each a finding, and milder kinds besides; their number is exact all the same
MOST_OF_CODE = 1000         # findings in code that are each a finding of the report; their number is exact all the same
MOST_OF_LICENSES = 1000     # packages whose licence is a finding; their number is exact all the same
_MOST_NAMED = 5             # versions, parents or lines in one sentence
_SAYS = {"unmaintained": "is unmaintained", "unsound": "is unsound", "yanked": "was withdrawn from its registry",
         "notice": "has a notice"}
_SEVERITIES: dict[Grade, Severity] = {"none": "info", "low": "low", "medium": "medium", "high": "high",
                                      "critical": "critical"}


class _Place(TypedDict):
    """A file of the repository and a line in it."""

    file: str | None
    line: int | None


def findings(measured: Measured, facts: Facts, policy: Policy, *, now: datetime) -> Iterator[Finding]:
    """All findings, vulnerabilities first."""
    standing = [row for row in measured.rows if row.waiver is None]
    vulnerable = [row for row in standing if row.entry.kind == "vulnerability" and not row.entry.private]
    for row in vulnerable[:MOST_OF_VULNERABILITIES]:       # the gravest first
        yield _vulnerability(row, policy)
    yield from _private([row for row in standing if row.entry.kind == "vulnerability" and row.entry.private], policy)
    if facts.seen is not None:
        late = (found for row in vulnerable if (found := _overdue(row, policy, now)) is not None)
        yield from islice(late, MOST_OF_VULNERABILITIES)
    milder = [row for row in standing if row.entry.kind in _SAYS and not row.entry.private]
    for row in milder[:MOST_OF_VULNERABILITIES]:
        yield _milder(row)
    yield from _code([row for row in measured.code if row.waiver is None], policy)
    yield from _secrets(facts)
    yield from _objections(facts)
    yield from _licenses(measured, policy)
    yield from _allowlist(measured, policy, now)
    yield from _sources(measured)


def severity_of(grade: Grade, fails_from: Grade) -> Severity:
    """A grade as a finding's severity; at most medium where it is not to fail, since high ones fail by themselves."""
    if GRADES.index(grade) < GRADES.index(fails_from) and GRADES.index(grade) > GRADES.index("medium"):
        return "medium"
    return _SEVERITIES[grade]


def _vulnerability(row: Row, policy: Policy) -> Finding:
    entry = row.entry
    says = [_graded(row)]
    if entry.fixed:
        says.append(f"Fixed in {_some(entry.fixed, between=' or ')}.")
    else:
        says.append("No fixed version is known.")
    if entry.parents and entry.direct is not True:
        says.append(f"Brought along by {_some(entry.parents)}.")
    says.append(f"Reported by {_some(entry.sources)}.")
    return Finding(
        rule="vulnerability", subject=entry.subject, severity=severity_of(row.grade, policy.fail_from),
        title=f"{_package(row)}: {entry.label}{f' {entry.title}' if entry.title else ''}", detail=" ".join(says),
        url=entry.url, since=row.first_seen,
        labels={"severity": row.grade, "package": entry.name, "id": entry.label,
                **({"ecosystem": entry.ecosystem} if entry.ecosystem else {})},
        **_place(entry.file, entry.line),
    )


def _private(rows: Sequence[Row], policy: Policy) -> Iterator[Finding]:
    if rows:
        worst = max((row.grade for row in rows), key=GRADES.index)
        yield Finding(rule="private-advisories", subject="private advisories",
                      severity=severity_of(worst, policy.fail_from),
                      title=f"{_number(len(rows), 'vulnerability', 'vulnerabilities')} of private advisories",
                      detail="They are counted here and described only where they are kept.",
                      labels={"severity": worst})


def _overdue(row: Row, policy: Policy, now: datetime) -> Finding | None:
    late = overdue((("a response", row.due), ("a fix", row.fix_due)), now)
    if late is None:
        return None
    return Finding(
        rule="overdue-vulnerability", subject=row.entry.subject, severity=severity_of(row.grade, policy.fail_from),
        title=f"{_package(row)}: {row.entry.label} is overdue",
        detail=f"{row.grade.capitalize()}; {late.words}. Mend it, or say in [[allow]] who does what until when.",
        url=row.entry.url, since=late.since,
        labels={"severity": row.grade, "package": row.entry.name, "id": row.entry.label},
    )


def _milder(row: Row) -> Finding:
    entry = row.entry
    known_as = f": {entry.ids[0]}" if entry.ids else ""
    brought = f" Brought along by {_some(entry.parents)}." if entry.parents and entry.direct is not True else ""
    return Finding(
        rule=entry.kind, subject=entry.subject, severity="low",
        title=f"{_package(row)} {_SAYS[entry.kind]}{known_as}{f' {entry.title}' if entry.title else ''}",
        detail=f"Reported by {_some(entry.sources)}.{brought}", url=entry.url,
        labels={"package": entry.name, **({"ecosystem": entry.ecosystem} if entry.ecosystem else {})},
        **_place(entry.file, entry.line),
    )


def _code(rows: Iterable[CodeRow], policy: Policy) -> Iterator[Finding]:
    """One for each rule of a tool in a file: its lines change with every edit of the file."""
    groups: dict[tuple[str, str, str], list[CodeRow]] = defaultdict(list)
    for row in rows:        # the gravest first
        groups[row.finding.source, row.finding.rule, row.finding.file or ""].append(row)
    for (source, rule, file), group in list(groups.items())[:MOST_OF_CODE]:
        first, number = group[0].finding, sum(row.finding.count for row in group)
        lines = sorted({row.finding.line for row in group if row.finding.line is not None})
        where = f" in {file}" if file else ""
        at = f", line{'s' if len(lines) > 1 else ''} {_some([str(line) for line in lines])}" if lines else ""
        opened = [row.finding.opened_at for row in group if row.finding.opened_at is not None]
        yield Finding(
            rule="code-finding", subject=f"{source} {rule} {file}",
            severity=severity_of(group[0].grade, policy.fail_code_from), title=f"{source}: {first.title or rule}",
            detail=f"{group[0].grade.capitalize()}; {_number(number, 'finding', 'findings')} of the rule {rule}"
                   f"{where}{at}.",
            url=first.url, since=min(opened, default=None),
            labels={"level": group[0].grade, "source": source, "code_rule": rule},
            **_place(file, lines[0] if lines else None),
        )


def _secrets(facts: Facts) -> Iterator[Finding]:
    told = [report for report in facts.reports if report.secrets]
    number = sum(report.secrets or 0 for report in told)
    if number:
        yield Finding(rule="secrets-exposed", subject="secrets", severity="critical",
                      title=f"{_number(number, 'secret is', 'secrets are')} exposed",
                      detail=f"Reported by {_some(sorted({report.format for report in told}))}; look there for which "
                             "they are, and revoke them.")


def _objections(facts: Facts) -> Iterator[Finding]:
    seen: set[str] = set()
    for report in facts.reports:
        for one in report.policy:
            package = "" if one.package is None else f"{one.package.name} {one.package.version or ''}".strip()
            subject = " ".join(part for part in (one.check, one.code, package) if part)
            if subject in seen:
                continue
            seen.add(subject)
            yield Finding(rule=f"policy-{one.check}", subject=subject, severity=one.level,
                          title=f"{package}: {one.title}" if package else one.title,
                          detail=f"{one.source} objects ({one.check}, {one.code}).")


def _licenses(measured: Measured, policy: Policy) -> Iterator[Finding]:
    wanted = [one for one in measured.licensing.packages
              if one.state == "denied" or (one.state == "unknown" and policy.licenses is not None)]
    for one in sorted(wanted, key=lambda one: one.state)[:MOST_OF_LICENSES]:
        name = f"{one.name} {one.version}" if one.version else one.name
        grave = one.state == "denied" or (policy.licenses is not None and policy.licenses.unknown == "fail")
        yield Finding(
            rule="license-not-allowed" if one.state == "denied" else "license-unknown", subject=one.subject,
            severity="high" if grave else "medium", title=f"{name}: {one.license or 'no licence is known'}",
            detail=f"{one.why[:1].upper()}{one.why[1:]}{f' ({one.by})' if one.by else ''}. "
                   f"Reported by {_some(one.sources)}.",
            labels={"package": one.name, **({"ecosystem": one.ecosystem} if one.ecosystem else {})},
            **_place(one.file, one.line),
        )
    if measured.coverage.sees_all("licenses"):
        for shown in measured.licensing.unused:
            yield Finding(rule="license-exception-unused", subject=shown, severity="low",
                          title=f"licenses: the exception for {shown} covers nothing",
                          detail="No source names such a package, or it needs none; remove it.")


def _allowlist(measured: Measured, policy: Policy, now: datetime) -> Iterator[Finding]:
    for one in of(policy.allowlist, "vulnerability", "license", "code"):
        state = measured.uses.state(one, now)
        if not measured.coverage.concerns(_CHECKS[one.concern]):
            continue        # another job, which looks for such things, has to see to it
        if state == "expired" and one.expires is not None:
            yield _of_allowlist(one, "allow-expired", "high", "has expired",
                                f"It ended on {format_instant(one.expires)}; what it allowed counts again. Mend it, or "
                                "decide anew.")
        elif state == "fixed":
            yield _of_allowlist(one, "allow-fixed", "high", "has ended, since there is a fix",
                                "It was to hold until a version mends it; "
                                f"{_some(measured.uses.fixed[one.number], between=' or ')} does.")
        elif state == "unused" and measured.coverage.sees_all(_CHECKS[one.concern]):
            yield _of_allowlist(one, "allow-unused", "low", "allows nothing",
                                "No source tells of such a thing any more; remove it, so that it can't hide another.")


_CHECKS = {"vulnerability": "vulnerabilities", "license": "licenses", "code": "code"}


def _of_allowlist(one: Allowed, rule: str, severity: Severity, what: str, detail: str) -> Finding:
    owner = f" Owner: {one.owner}." if one.owner else ""
    return Finding(rule=rule, subject=one.subject, severity=severity,
                   title=f"{ALLOWLIST}: {one.concern} {one.what}{f' in {one.package}' if one.package else ''} {what}",
                   detail=f"{detail} Its reason: {one.reason}.{owner}")


def _sources(measured: Measured) -> Iterator[Finding]:
    for one in measured.coverage.refused:
        if one.can_be_granted:
            yield Finding(rule="list-not-shown", subject=one.shown, severity="low", title=f"{one.shown} {one.why}",
                          detail="What they tell of is in no figure. Grant the permission, or leave them out with "
                                 "`alerts`.")
    for one in measured.coverage.unread:
        yield Finding(rule="unread-source", subject=one.shown, severity="medium", title=f"{one.shown} {one.why}",
                      detail="What it would have told is unknown.")
    for place, report in enumerate(measured.coverage.reports):
        if report.missing:
            yield Finding(rule="incomplete-source", subject=report.shown, severity="medium",
                          title=f"{report.shown} is not whole", detail="; ".join(report.missing[:_MOST_NAMED]) + ".")
        if place in measured.coverage.stale:
            yield Finding(rule="stale-source", subject=report.shown, severity="medium",
                          title=f"{report.shown} {measured.coverage.stale[place]}",
                          detail="What it does not tell of may be there by now.")


def _place(file: str | None, line: int | None) -> _Place:
    """Where an annotation stands. A path that leads out of the repository is no place there."""
    path = None if file is None else relative_path(file, "")
    return {"file": path, "line": None if path is None else line}


def _package(row: Row) -> str:
    return f"{row.entry.name} {row.entry.installed}" if row.entry.installed else row.entry.name


def _graded(row: Row) -> str:
    """How grave it is, and by what."""
    score = row.graded.score
    if score is not None:
        return f"{row.grade.capitalize()}, CVSS {score.version} {score.score:.1f}.".replace("CVSS  ", "CVSS ")
    if row.graded.basis == "rating":
        return f"{row.grade.capitalize()}, by a tool's word."
    return f"Unscored, counted as {row.grade}."


def _some(texts: Sequence[str], *, between: str = ", ") -> str:
    more = len(texts) - _MOST_NAMED
    return between.join(texts[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _number(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


