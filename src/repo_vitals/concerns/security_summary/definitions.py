"""What every figure of security-summary means, in a sentence each."""
from __future__ import annotations

from repo_vitals.report.model import MetricDefinition

VULNERABILITIES = "vulnerabilities"
ALLOWED = "vulnerabilities_allowed"
AGE = "vulnerability_age_seconds"
OVERDUE = "vulnerabilities_overdue"
FIX_OVERDUE = "vulnerabilities_fix_overdue"
REMEDIATION = "vulnerability_remediation_mean_seconds"
LICENSE_VIOLATIONS = "license_violations"
LICENSES_UNKNOWN = "licenses_unknown"
UNMAINTAINED, UNSOUND, YANKED, NOTICES = "unmaintained", "unsound", "yanked", "advisory_notices"
SECRETS = "secrets_exposed"
CODE = "code_findings"
CODE_ALLOWED = "code_findings_allowed"
QUALITY = "code_quality_findings"
POLICY = "policy_violations"
READ = "sources_read"
INCOMPLETE = "sources_incomplete"

QUANTILES = ("0.5", "0.9")


def _count(name: str, definition: str, *labels: str) -> MetricDefinition:
    return MetricDefinition(name=name, unit="count", definition=definition, labels=labels)


def _seconds(name: str, definition: str, *labels: str) -> MetricDefinition:
    return MetricDefinition(name=name, unit="seconds", definition=definition, labels=labels)


METRICS: tuple[MetricDefinition, ...] = (
    _count(VULNERABILITIES, "Vulnerabilities that are not allowed, one for each package, installed version and set of "
           "ids that mean the same, over all sources; without a whole source a zero is unknown, and more is a lower "
           "bound", "severity"),
    _count(ALLOWED, "Vulnerabilities that the allowlist or a tool's own configuration accepts"),
    _seconds(AGE, "Age of the vulnerabilities that are not allowed, since first seen in this repository or since "
             "GitHub opened an alert, whichever was earlier, less the times in which they were gone; unknown without "
             "a history", "severity", "quantile"),
    _count(OVERDUE, "Vulnerabilities that are neither mended nor allowed, and older than the time that their severity "
           "gives to respond; unknown without a history", "severity"),
    _count(FIX_OVERDUE, "Vulnerabilities that are neither mended nor allowed, and older than the time that their "
           "severity gives to mend them; unknown without a history", "severity"),
    _seconds(REMEDIATION, "Mean time that vulnerabilities were there which were seen to be gone in the window, by a "
             "new and whole report of a tool that had told of them or GitHub's list of fixed alerts; unknown without a "
             "history", "severity"),
    _count(LICENSE_VIOLATIONS, "Packages whose licence the policy, or the tool that told of it, rejects"),
    _count(LICENSES_UNKNOWN, "Packages of which no source says a licence that can be judged"),
    _count(UNMAINTAINED, "Packages that an advisory calls unmaintained, one for each version, allowed ones left out"),
    _count(UNSOUND, "Packages that an advisory calls unsound, one for each version, allowed ones left out"),
    _count(YANKED, "Versions in use that were withdrawn from their registry, allowed ones left out"),
    _count(NOTICES, "Other informational advisories, allowed ones left out"),
    _count(SECRETS, "Secrets that the reports and alerts tell of, added up over them, and nothing else about them"),
    _count(CODE, "Security findings in code, workflows and infrastructure that are neither allowed nor suppressed, by "
           "level; the same tool's same finding counts once however many reports hold it, as the one says that "
           "takes it most gravely", "level"),
    _count(CODE_ALLOWED, "Security findings in code that the allowlist accepts, or that are suppressed in the code or "
           "by the tool"),
    _count(QUALITY, "Findings in code that are of style or quality, not of security"),
    _count(POLICY, "What cargo-deny objects to in bans and sources", "check"),
    _count(READ, "Reports and lists of alerts that were read"),
    _count(INCOMPLETE, "Sources that were asked for and could not be read, are not whole or too old"),
)

# Outputs of the action, each the value of one metric.
HEADLINES: dict[str, tuple[str, dict[str, str]]] = {
    **{f"vulnerabilities-{grade}": (VULNERABILITIES, {"severity": grade})
       for grade in ("critical", "high", "medium", "low")},
    "vulnerabilities-allowed": (ALLOWED, {}),
    **{f"overdue-{grade}": (OVERDUE, {"severity": grade}) for grade in ("critical", "high")},
    **{f"fix-overdue-{grade}": (FIX_OVERDUE, {"severity": grade}) for grade in ("critical", "high")},
    "license-violations": (LICENSE_VIOLATIONS, {}),
    "unmaintained": (UNMAINTAINED, {}),
    "yanked": (YANKED, {}),
    "secrets-exposed": (SECRETS, {}),
    **{f"code-findings-{grade}": (CODE, {"level": grade}) for grade in ("critical", "high")},
}
