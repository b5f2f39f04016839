"""cargo-deny's codes: which check each belongs to, and what versions before 0.13 called it. Plain data."""
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.facts import Kind

Check = Literal["advisories", "bans", "licenses", "sources"]

# Its checks, and what a report of ours calls them.
CHECKS: dict[str, str] = {
    "advisories": "vulnerabilities", "bans": "bans", "licenses": "licenses", "sources": "sources",
}
ADVISORIES: dict[str, Kind] = {
    "vulnerability": "vulnerability", "notice": "notice", "unmaintained": "unmaintained", "unsound": "unsound",
    "yanked": "yanked",
}
INDEX_FAILED = frozenset({"index-failure", "index-cache-load-failure"})
_OF_ADVISORIES = frozenset({
    "advisory-ignored", "yanked-ignored", "advisory-not-detected", "yanked-not-detected", "unknown-advisory",
    "prerelease-skipped", "advisory-ignore-expired", "advisory-ignore-disallowed-dependent",
}) | ADVISORIES.keys() | INDEX_FAILED
_OF_LICENSES = frozenset({
    "rejected", "accepted", "unlicensed", "skipped-private-workspace-crate", "license-not-encountered",
    "license-exception-not-encountered", "missing-clarification-file", "parse-error", "empty-license-field",
    "no-license-field", "gather-failure",
})
_OF_SOURCES = frozenset({
    "git-source-underspecified", "allowed-source", "allowed-by-organization", "source-not-allowed", "unmatched-source",
    "unmatched-organization",
})
OLD_CODES: dict[str, str] = {
    "A001": "vulnerability", "A002": "notice", "A003": "unmaintained", "A004": "unsound", "A005": "yanked",
    "A006": "index-failure", "A007": "advisory-not-detected", "A008": "unknown-advisory", "A009": "prerelease-skipped",
    "A010": "index-cache-load-failure",
    "B001": "banned", "B002": "allowed", "B003": "not-allowed", "B004": "duplicate", "B005": "skipped",
    "B006": "wildcard", "B007": "unmatched-skip", "B008": "allowed-by-wrapper", "B009": "unmatched-wrapper",
    "B012": "build-script-not-allowed",
    "L001": "rejected", "L002": "accepted", "L003": "unlicensed", "L004": "skipped-private-workspace-crate",
    "L005": "license-not-encountered", "L006": "license-exception-not-encountered",
    "L007": "missing-clarification-file",
    "S001": "git-source-underspecified", "S002": "allowed-source", "S003": "allowed-by-organization",
    "S004": "source-not-allowed", "S005": "unmatched-source", "S006": "unmatched-organization",
}


def check_of(code: str, *, has_advisory: bool) -> Check:
    """The check that a code belongs to. What is not known is of bans, which has most codes and gets most new ones."""
    if has_advisory or code in _OF_ADVISORIES or code.startswith(("advisory-", "yanked-")):
        return "advisories"
    if code in _OF_LICENSES or code.startswith("license-"):
        return "licenses"
    return "sources" if code in _OF_SOURCES else "bans"
