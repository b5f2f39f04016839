"""What an earlier run of ours wrote, told apart from what tools say. Pure.

Uploaded to code scanning, the SARIF file of one run comes back among the alerts that the next one reads; a pattern such
as `*.sarif` may find the file itself. It tells of nothing that its own sources do not tell of.
"""
from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.security_summary.facts import Report

TOOL = "repo-vitals"        # as our SARIF files name us
# Every run of the file is ours, of whatever versions; the reader leaves our runs out of a file that holds others.
_OURS = re.compile(rf"{TOOL}(?: \S+)?(?:, {TOOL}(?: \S+)?)*", re.IGNORECASE)


def without_own(reports: Iterable[Report]) -> tuple[list[Report], tuple[str, ...]]:
    """The reports without our own results, files of ours left out as a whole, and what is to be said of that."""
    kept, files, results = [], 0, 0
    for report in reports:
        if report.format == "sarif" and _OURS.fullmatch(report.tool):
            files += 1
            continue
        advisories = tuple(one for one in report.advisories if one.source.lower() != TOOL)
        code = tuple(one for one in report.code if one.source.lower() != TOOL)
        own = len(report.advisories) - len(advisories) + len(report.code) - len(code)
        results += own
        kept.append(replace(report, advisories=advisories, code=code) if own else report)
    notes = [f"{number:,} {what}{' of' if number == 1 else 's of'} an earlier run of this action "
             f"{'is' if number == 1 else 'are'} left out"
             for number, what in ((files, "SARIF file"), (results, "alert")) if number]
    return kept, tuple(notes)
