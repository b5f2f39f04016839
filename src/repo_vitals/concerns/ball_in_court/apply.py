"""Puts labels on and takes them off. Each by itself: none stands in another's way. The one stage that writes."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.ball_in_court.decide import ADD, REMOVE
from repo_vitals.concerns.ball_in_court.definitions import LABELLED, UNLABELLED
from repo_vitals.delivery.issues import Issues
from repo_vitals.delivery.labels import make_labels
from repo_vitals.delivery.pace import TooManyWrites
from repo_vitals.errors import BudgetSpent, FeatureDisabled, PermissionMissing, RepoVitalsError, TokenRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repo_vitals.concerns.ball_in_court.decide import Write
    from repo_vitals.report.model import Judgement, Metric
    from repo_vitals.sources.github_connection import GitHub

# What stands in the way of one write stands in the way of all.
_OF_ALL = (BudgetSpent, FeatureDisabled, PermissionMissing, TokenRefused, TooManyWrites)
_MOST_NAMED = 20        # items that a note names


def apply(github: GitHub, judgement: Judgement, *, label: str, dry_run: bool) -> Judgement:
    """The judgement with what was done and what failed. A failure is no exception but a part of it: the rest is done,
    and the next run, which looks at the labels that are there, does what is left.
    """
    planned: tuple[Write, ...] = judgement.planned
    if dry_run or not planned:
        return replace(judgement, notes=(*judgement.notes, *_told(planned, "dry-run: would have ")))
    issues = Issues(github, judgement.repository)
    notes: list[str] = []
    failures: list[RepoVitalsError] = []
    done: list[Write] = []
    if any(write.verb == ADD for write in planned):
        try:
            notes += make_labels(github, judgement.repository, [label], issues.pace)
        except RepoVitalsError as error:    # GitHub makes a plain one with the first item
            notes.append(f"the label was not looked at: {error}")
    for write in planned:
        try:
            _perform(issues, write)
        except RepoVitalsError as error:  # noqa: PERF203 - network calls
            failures.append(error)
            if isinstance(error, _OF_ALL):
                break
        else:
            done.append(write)
    return replace(
        judgement, notes=(*judgement.notes, *notes, *_told(done, "")),
        metrics=tuple(_counted(metric, done, label) for metric in judgement.metrics),
        failures=(*judgement.failures, *failures))


def _perform(issues: Issues, write: Write) -> None:
    if write.verb == ADD:
        issues.add_labels(write.number, [write.label])
    else:
        issues.remove_label(write.number, write.label)


def _counted(metric: Metric, done: Sequence[Write], label: str) -> Metric:
    """A figure of what was planned as one of what was done."""
    verb = {LABELLED: ADD, UNLABELLED: REMOVE}.get(metric.name)
    if verb is None or metric.value is None:
        return metric
    return replace(metric, value=sum(write.verb == verb and write.label == label for write in done))


def _told(writes: Sequence[Write], before: str) -> Iterator[str]:
    """What was done, or would have been, in a line for each label and verb."""
    by_kind: dict[tuple[str, str], list[int]] = {}
    for write in writes:
        by_kind.setdefault((write.verb, write.label), []).append(write.number)
    for (verb, label), numbers in by_kind.items():
        named = ", ".join(f"#{number}" for number in numbers[:_MOST_NAMED])
        more = len(numbers) - _MOST_NAMED
        yield (f"{before}{'put' if verb == ADD else 'taken'} the label {label} {'on' if verb == ADD else 'off'} {named}"
               + (f" and {more:,} more" if more > 0 else ""))
