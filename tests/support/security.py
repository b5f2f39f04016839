"""Security facts told in few words."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary.facts import Advisory, CodeFinding, Facts, Package, Report
from repo_vitals.concerns.security_summary.inputs import Policy
from repo_vitals.concerns.security_summary.judge import judge
from repo_vitals.concerns.security_summary.measure import measure
from repo_vitals.concerns.security_summary.merge import merge
from repo_vitals.concerns.security_summary.windows import FIX, RESPONSE
from repo_vitals.report.model import Window
from repo_vitals.report.status import overall

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.measure import Measured
    from repo_vitals.report.model import Judgement

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)
WINDOW = Window(start=NOW - timedelta(days=30), end=NOW)
CRITICAL_31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"     # 9.8
MEDIUM_31 = "CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H"       # 5.5


def advisory(*ids: str, name: str = "left-pad", version: str | None = "1.0.0", ecosystem: str = "npm",
             source: str = "osv-scanner", file: str | None = None, line: int | None = None, **more: Any) -> Advisory:
    """An advisory about left-pad 1.0.0 of npm, unless told otherwise."""
    package = Package(name=name, version=version, ecosystem=ecosystem, file=file, line=line)
    return Advisory(ids=ids, package=package, source=source, **more)


def report(*advisories: Advisory, shown: str = "scan.json", format: str = "osv-scanner",  # noqa: A002
           checks: str = "vulnerabilities", **more: Any) -> Report:
    """A whole report that looked for `checks` (a word or several)."""
    return Report(shown=shown, format=format, advisories=advisories, checks=frozenset(checks.split()), **more)


def code(rule: str = "js/xss", **more: Any) -> CodeFinding:
    """A finding of CodeQL's, of high severity."""
    plain: dict[str, Any] = {"source": "CodeQL", "title": "Cross-site scripting", "level": "high", "file": "src/a.js",
                             "line": 3}
    return CodeFinding(rule=rule, **{**plain, **more})


def facts(*reports: Report, **more: Any) -> Facts:
    """What was read."""
    return Facts(repository="acme/widget", reports=reports,
                 entries=merge(one for report in reports for one in report.advisories), **more)


def policy(**more: Any) -> Policy:
    """The limits that hold unless something else is set."""
    return Policy(**{"respond_within": RESPONSE, "fix_within": FIX, **more})


def measured(given: Facts, **limits: Any) -> Measured:
    """The figures."""
    return measure(given, policy(**limits), WINDOW)


def judged(given: Facts, **limits: Any) -> Judgement:
    """The verdict."""
    return judge(measured(given, **limits), given, policy(**limits), now=NOW)


def status(judgement: Judgement) -> str:
    """The report's status."""
    return overall(judgement.metrics, judgement.findings)


def figure(judgement: Judgement | Measured, name: str, **labels: str) -> float | None:
    """A figure's value."""
    (found,) = (one for one in judgement.metrics if one.name == name and dict(one.labels) == labels)
    return found.value


def rules(judgement: Judgement) -> list[str]:
    """What the findings are about."""
    return [finding.rule for finding in judgement.findings]
