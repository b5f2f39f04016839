"""Which tools looked for findings in code, and which of them can be relied on to have told of all. Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.sources import checks_of

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.facts import Report
    from repo_vitals.concerns.security_summary.sources import Coverage

_VERSION = re.compile(r"\s+v?\d\S*$")


def slug(text: str) -> str:
    """A tool's name as part of a category: ASCII letters and digits, joined by hyphens."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text.lower())
    return "-".join(part for part in plain[:60].split("-") if part) or "tool"


def code_tools(coverage: Coverage) -> dict[str, bool]:
    """Each tool by its `slug`, and whether what it does not tell of is not there.

    It is not where none of its reports is cut or too old, and none is missing of which nobody knows whose it was.
    GitHub's own list of alerts is no tool.
    """
    nothing_missing = all(one.checks for one in coverage.unread)
    found: dict[str, bool] = {}
    for place, report in enumerate(coverage.reports):
        if report.format == "code-scanning" or "code" not in checks_of(report):
            continue
        whole = nothing_missing and not report.missing and place not in coverage.stale
        for name in _names(report):
            found[name] = whole and found.get(name, True)
    return found


def _names(report: Report) -> set[str]:
    """The tools of a report: those of its findings, and those that it names, each without its version."""
    known = {slug(one.source) for one in report.code}
    for one in report.tool.split(", "):
        if one.strip() and slug(one) not in known:
            known.add(slug(_VERSION.sub("", one)))
    return known or {slug(report.format)}
