"""What a conclusion says about the code, and in which order runs were decided. Pure."""
from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.ci_health.facts import Attempt, Run, Workflow
    from repo_vitals.concerns.ci_health.policy import Policy

FAILURES = frozenset({"failure", "timed_out", "startup_failure"})
CONCLUSIONS = ("success", "failure", "timed_out", "startup_failure", "cancelled", "skipped", "neutral", "stale",
               "action_required")
OTHER = "other"         # a conclusion that none of these is, or none at all


def verdict(conclusion: str | None, policy: Policy) -> bool | None:
    """Whether it succeeded; None where a conclusion says nothing about the code."""
    if conclusion == "success":
        return True
    if conclusion in FAILURES or (conclusion == "cancelled" and policy.cancelled_is_failure):
        return False
    return None


def outcome(run: Run, policy: Policy) -> bool | None:
    """The verdict of a run's newest attempt; None while it is under way."""
    return verdict(run.conclusion, policy) if run.is_completed else None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decisive attempt that is over."""

    run: Run
    attempt: int
    succeeded: bool
    at: datetime


def runs_of(workflow: Workflow, runs: Iterable[Run], policy: Policy) -> list[Run]:
    """A workflow's runs by the events that count, the newest first."""
    return sorted((run for run in runs if run.workflow_id == workflow.id and run.event in policy.events),
                  key=lambda run: run.key, reverse=True)


def newest_decisive(runs: Iterable[Run], policy: Policy) -> list[Run]:
    """The newest `last` decisive runs of `runs`, which come newest first."""
    found: list[Run] = []
    for run in runs:
        if len(found) == policy.last:
            break
        if outcome(run, policy) is not None:
            found.append(run)
    return found


def decisions(
    runs: Iterable[Run], earlier: Mapping[int, Mapping[int, Attempt | None]], policy: Policy,
) -> list[Decision]:
    """Every decisive attempt that is known, in the order of completion; at one instant by run, then by attempt."""
    found = []
    for run in runs:
        for number, attempt in earlier.get(run.id, {}).items():
            if attempt is not None and number < run.attempt:
                said = verdict(attempt.conclusion, policy)
                if said is not None:
                    found.append(Decision(run=run, attempt=number, succeeded=said, at=attempt.completed_at))
        said = outcome(run, policy)
        if said is not None:
            found.append(Decision(run=run, attempt=run.attempt, succeeded=said, at=run.updated_at))
    return sorted(found, key=lambda one: (one.at, one.run.key, one.attempt))


@dataclass(frozen=True, kw_only=True)
class Outage:
    """A span in which a branch was red for one workflow."""

    since: datetime
    until: datetime | None              # None: it lasts
    first: Run                          # the one that turned it red
    began_green: bool                   # False: nothing before it is known, so that it may have begun earlier

    def seconds(self, end: datetime) -> float:
        """How long it lasted, up to `end` if it does still."""
        return max(0.0, ((self.until or end) - self.since).total_seconds())


def outages(decided: Sequence[Decision]) -> list[Outage]:
    """The spans in which the branch was red, the oldest first; `decided` in the order of `decisions`.

    The branch is at each moment what the newest run (by creation) that was decided by then said in its newest decided
    attempt. So a run of an older commit that ends late, or is run again, changes nothing: it is not what the branch
    now has. What ends at one instant is taken together.
    """
    found: list[Outage] = []
    head: Decision | None = None
    green: bool | None = None
    since: Decision | None = None
    known_green = False
    for at, together in groupby(decided, key=lambda one: one.at):
        for one in together:
            if head is None or (one.run.key, one.attempt) >= (head.run.key, head.attempt):
                head = one
        if head is None or head.succeeded == green:
            continue
        green = head.succeeded
        if not green:
            since = head
        elif since is not None:
            found.append(Outage(since=since.at, until=at, first=since.run, began_green=known_green))
            since = None
        known_green = known_green or green
    if since is not None:
        found.append(Outage(since=since.at, until=None, first=since.run, began_green=known_green))
    return found
