"""What a person should look at. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage import definitions
from repo_vitals.concerns.coverage.per_cent import exactly, limit_per_cent, per_cent, points
from repo_vitals.concerns.coverage.words import MOST_RANGES, earlier_in_words, shown
from repo_vitals.plain_text import quotable
from repo_vitals.report.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repo_vitals.concerns.coverage.facts import Facts
    from repo_vitals.concerns.coverage.measure import Measured
    from repo_vitals.concerns.coverage.patch import Patch
    from repo_vitals.concerns.coverage.policy import Policy
    from repo_vitals.concerns.coverage.totals import Count
    from repo_vitals.report.model import Metric


def findings_of(
    metrics: Sequence[Metric], measured: Measured, facts: Facts, policy: Policy,
) -> tuple[Finding, ...]:
    """Breached limits, reports that could not be read, and added lines that did not run, the longest stretch first."""
    failed = [metric for metric in metrics if metric.status == "fail"]
    return (*(_breach(metric, measured, facts, policy) for metric in failed),
            *(_unusable(facts)),
            *(_doubtful(facts)), *(_beyond(facts)), *(_not_compared(facts)),
            *(() if measured.patch is None else _uncovered(measured.patch)))


def _breach(metric: Metric, measured: Measured, facts: Facts, policy: Policy) -> Finding:
    totals = facts.totals
    if metric.name == definitions.DROP_RATIO:
        assert measured.drop is not None  # noqa: S101 - what failed was compared
        assert facts.earlier is not None  # noqa: S101
        before = facts.earlier.lines
        return Finding(
            rule="coverage-dropped", subject="lines", severity="high",
            title=f"Line coverage dropped by {points(measured.drop)}",
            detail=f"It was {shown(before)} ({before.covered:,} of {before.valid:,}) at "
                   f"{earlier_in_words(facts.earlier)}, and is {shown(totals.lines)} ({totals.lines.covered:,} of "
                   f"{totals.lines.valid:,}). A drop of {limit_per_cent(policy.maximum_drop)} is allowed.")
    if metric.name == definitions.COMPONENT_RATIO:
        name = metric.labels["component"]
        limit = next(component.minimum for component in policy.components if component.name == name)
        return _below(f"Component {name}", "component-coverage-below-minimum", name, measured.components[name], "line",
                      limit)
    if metric.name == definitions.BRANCH_RATIO:
        return _below("Branch coverage", "branch-coverage-below-minimum", "branches", totals.branches, "branch",
                      policy.minimum_branch)
    if metric.name == definitions.PATCH_RATIO:
        assert measured.patch is not None  # noqa: S101 - what failed was measured
        return _below("Coverage of added lines", "patch-coverage-below-minimum", "added lines", measured.patch.lines,
                      "added line", policy.minimum_patch)
    return _below("Line coverage", "coverage-below-minimum", "lines", totals.lines, "line", policy.minimum)


def _below(what: str, rule: str, subject: str, lines: Count, noun: str, limit: float | None) -> Finding:
    assert limit is not None  # noqa: S101 - what failed has a limit
    assert lines.exact is not None  # noqa: S101 - and was measured
    nouns = "branches" if noun == "branch" else f"{noun}s"
    return Finding(
        rule=rule, subject=subject, severity="high",
        title=f"{what} is {per_cent(lines.exact, limit)}, below {limit_per_cent(limit)}",
        detail=f"{lines.covered:,} of {lines.valid:,} {nouns} are covered; {_missing(lines, limit):,} more would do.")


def _missing(lines: Count, limit: float) -> int:
    """How many more of the same lines would have to be covered."""
    wanted = exactly(limit) * lines.valid
    return -(-wanted.numerator // wanted.denominator) - int(lines.covered)


def _unusable(facts: Facts) -> Iterator[Finding]:
    for report in facts.unusable:
        yield Finding(rule="report-unreadable", subject=report.shown, severity="medium",
                      title=f"{report.shown} {report.why}",
                      detail="Without it the figures are not those of all reports, and there is no verdict.")
    for pattern in facts.unmatched:
        yield Finding(rule="report-missing", subject=pattern, severity="medium", title=f"No file matches {pattern}",
                      detail="Did the tests run, and was their coverage written before this step?")


def _doubtful(facts: Facts) -> Iterator[Finding]:
    """Figures that may be of other files than they seem."""
    for report in facts.reports:
        if report.is_left_out:
            yield Finding(rule="report-left-out", subject=report.shown, severity="medium",
                          title=f"{report.shown} tells totals and no files, and does not count",
                          detail="What it counts may be among the files that other reports tell: leave it out of "
                                 "`reports`, or have its tool list files.")
        if report.stale:
            yield Finding(rule="report-stale", subject=report.shown, severity="medium",
                          title=f"{report.shown} {report.stale}",
                          detail="Its figures may be another commit's: have the tests of this run write it.")
        if report.apart:
            count = len(report.apart)
            yield Finding(
                rule="paths-ambiguous", subject=report.shown, severity="medium",
                title=f"{report.shown}: {count:,} {'path is' if count == 1 else 'paths are'} perhaps other files than "
                      f"the same in other reports, such as {quotable(report.apart[0], limit=120)}",
                detail="They count for each report or module by itself, and no added line is found in them; paths from "
                       "the top of the repository, or `path-map`, tell which files they are.")


def _not_compared(facts: Facts) -> Iterator[Finding]:
    if facts.is_out_of_reach and facts.no_earlier:
        yield Finding(rule="drop-not-judged", subject="lines", severity="low",
                      title="Whether line coverage dropped can't be told, though the history knows commits",
                      detail=f"That is since {facts.no_earlier}.")


def _beyond(facts: Facts) -> Iterator[Finding]:
    if facts.beyond:
        count = len(facts.beyond)
        yield Finding(
            rule="lines-beyond-the-end", subject="lines", severity="medium",
            title=f"Reports name lines that {count:,} {'file does' if count == 1 else 'files do'} not have, such as "
                  f"{quotable(facts.beyond[0], limit=120)}",
            detail="They are perhaps of another commit, or of other files of that name.")


def _uncovered(patch: Patch) -> list[Finding]:
    """A finding a stretch. They inform: whether they are too many, the patch ratio's limit says."""
    stretches = sorted(((first, last, file.path) for file in patch.files for first, last in file.uncovered),
                       key=lambda one: (one[0] - one[1], one[2], one[0]))
    return [Finding(
        rule="added-lines-not-covered", subject=f"{path} line {first}", severity="info", file=path, line=first,
        end_line=last, title=f"{path}: {_lines(first, last)} added and not covered",
    ) for first, last, path in stretches[:MOST_RANGES]]


def _lines(first: int, last: int) -> str:
    return f"line {first} is" if first == last else f"lines {first} to {last} are"
