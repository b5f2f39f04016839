"""Histories that another tool kept, given as reports: which entries are one run, and which are of now. Pure."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.facts import Unusable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.performance_compare.facts import Key, Report, Result

_SHOWN = 12     # digits of a commit's name


def by_commit(report: Report) -> Report:
    """A history with one run for each commit, where the first of it stands."""
    if not report.run_commits:
        return report
    found: dict[str, dict[Key, tuple[Result, ...]]] = {}
    for commit, run in zip(report.run_commits, report.runs, strict=True):
        stored: dict[Key, tuple[Result, ...]] = {}
        for result in run:
            stored[result.key] = (*stored.get(result.key, ()), result)
        found.setdefault(commit, {}).update(stored)
    return replace(report, run_commits=tuple(found), run_suites=(), runs=tuple(
        tuple(result for results in stored.values() for result in results) for stored in found.values()))


def of_now(reports: Iterable[Report], commits: Iterable[str | None]) -> tuple[list[Report], list[Unusable]]:
    """What reports that are given as current ones say of the measured commit, and those that say nothing of it.

    Of a history those are the entries of the measured commit, of all suites, as one run; the others are of other code.
    `commits`: names of the measured commit. Where no entry is of it, nothing is known of now; where nobody knows one,
    the newest entry's commit is taken for it. A report that is no history is what it is.
    """
    measured = [commit for commit in commits if commit is not None]
    found: list[Report] = []
    unusable: list[Unusable] = []
    for report in reports:
        newest = report.run_commits[-1] if report.run_commits else ""
        own = [one for one in report.run_commits if one and any(commit.startswith(one) for commit in measured)]
        if own:
            found.append(_of(report, own[-1]))
        elif not newest:
            found.append(report)
        elif measured:
            unusable.append(Unusable(shown=report.shown, why=(
                f"says nothing of the measured commit {measured[0][:_SHOWN]}: its newest entry is of "
                f"{newest[:_SHOWN]}, and no other is of it")))
        else:
            found.append(_of(report, newest))
    return found, unusable


def _of(report: Report, commit: str) -> Report:
    merged = by_commit(report)
    passed = len(merged.run_commits) - 1
    which = "newest entry" if commit == report.run_commits[-1] else "entry of the measured commit"
    note = (f"its {which} is the current run, and {passed:,} of other commits are not; they are a baseline where "
            "`baseline-reports` names the file too")
    return replace(merged, runs=(), run_commits=(), results=merged.runs[merged.run_commits.index(commit)],
                   notes=(*report.notes, *([note] if passed else [])))
