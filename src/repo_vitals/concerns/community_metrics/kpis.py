"""Drafts, labels, endings, answers, satisfaction, growth: what the guides ask for beside response and resolution. Pure;
the definitions are those of docs/metrics.md."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.community_metrics.contributors import Mailmap, people
from repo_vitals.concerns.community_metrics.label_spans import standing
from repo_vitals.concerns.community_metrics.labels import folded
from repo_vitals.concerns.community_metrics.responses import clock, closed_at
from repo_vitals.concerns.community_metrics.rows import quantiles, share
from repo_vitals.report.model import Metric, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.facts import Facts, Item
    from repo_vitals.concerns.community_metrics.measure import Case
    from repo_vitals.concerns.community_metrics.responses import Policy

    Span = tuple[datetime, datetime]        # half-open

APPROVING = frozenset({"THUMBS_UP", "HEART", "HOORAY", "ROCKET", "LAUGH"})
DISAPPROVING = frozenset({"THUMBS_DOWN", "CONFUSED"})

_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)
# A count of the window -> the name it has as a rate, and per how long.
_RATES = {
    "contributors_new": ("contributors_new_per_month", _MONTH),
    "issues_opened": ("issues_opened_per_week", _WEEK),
    "pull_requests_opened": ("pull_requests_opened_per_week", _WEEK),
    "discussions_opened": ("discussions_opened_per_week", _WEEK),
}


def figures(
    facts: Facts, cohorts: Mapping[str, Sequence[Case]], *, window: Window, policy: Policy, labels: Sequence[str],
) -> Iterator[Metric]:
    """The figures of this module, but for the rates. `cohorts` are the window's cases that take part, by kind."""
    opened = [item for item in facts.items if item.created_at in window and not policy.leaves_out(item)]
    yield from quantiles("pull_request_draft_seconds", [
        draft_time(item, as_of=window.end).total_seconds() for item in opened if item.kind == "pull_request"])
    yield from _endings(cohorts["pull_request"], window.end)
    yield from _closings(cohorts["issue"])
    for label in {name.lower(): name for name in labels}.values():
        times = [label_time(item, label, as_of=window.end) for item in opened if item.kind == "issue"]
        yield from quantiles("issue_label_seconds", [time.total_seconds() for time in times if time is not None],
                             label=label)
    yield share("discussion_answer_ratio", (
        case.item.answered_at is not None and case.item.answered_at <= window.end
        for case in cohorts["discussion"] if case.item.is_answerable))
    yield share("satisfaction_ratio", (
        approved for cases in cohorts.values() for case in cases
        if (approved := _approved(case, facts.reactions)) is not None))
    yield _retention(facts, window, policy)


def rates(metrics: Iterable[Metric], window: Window) -> list[Metric]:
    """The counts that have a rate, per week or month; unmeasured where the count is."""
    found = []
    for metric in metrics:
        if metric.name in _RATES:
            name, per = _RATES[metric.name]
            value = None if metric.value is None else metric.value * (per / (window.end - window.start))
            found.append(Metric(name=name, value=value, unit=metric.unit, samples=metric.samples))
    return found


def draft_time(item: Item, *, as_of: datetime) -> timedelta:
    """How long a pull request was a draft, until its closing or `as_of`: calendar time, all spans together."""
    until = closed_at(item, as_of=as_of) or as_of
    return _together((start, min(end or until, until)) for start, end in clock(item, as_of=as_of).drafts)


def label_time(item: Item, label: str, *, as_of: datetime) -> timedelta | None:
    """How long a label stood on an item while that was open, until `as_of`: calendar time. None if it never had it.

    When it stood is read as for the pauses of service levels. Names are compared without case.
    """
    stood = standing(item, {folded(label)}, as_of=as_of)
    if not stood:
        return None
    changes = list(_state_changes(item))
    # What came from elsewhere can have been closed before it was created here.
    opened = _spans([(min([item.created_at, *(at for at, _ in changes)]), True), *changes], as_of)
    return _together((max(start, begin), min(end or as_of, finish))
                     for start, end in stood for begin, finish in opened)


def _state_changes(item: Item) -> Iterator[tuple[datetime, bool]]:
    """When the item closed (False) and reopened (True); a closing that left no event among them."""
    last = max((change.at for change in item.state_changes), default=None)
    yield from ((change.at, not change.closed) for change in item.state_changes)
    if item.closed_at is not None and (last is None or item.closed_at > last):
        yield item.closed_at, False


def _spans(changes: Iterable[tuple[datetime, bool]], as_of: datetime) -> list[Span]:
    """The spans during which something was so, from the moments at which it began (True) and ceased (False)."""
    spans: list[Span] = []
    began: datetime | None = None
    for at, begins in sorted(((at, begins) for at, begins in changes if at <= as_of), key=lambda change: change[0]):
        if begins:
            began = began or at
        elif began is not None:
            spans.append((began, at))
            began = None
    return spans if began is None else [*spans, (began, as_of)]


def _together(spans: Iterable[Span]) -> timedelta:
    return sum((max(end - start, timedelta(0)) for start, end in spans), timedelta(0))


def _endings(cohort: Iterable[Case], end: datetime) -> Iterator[Metric]:
    merged: list[float] = []
    unmerged: list[float] = []
    for case in cohort:
        if case.closed_at is not None:
            was_merged = case.item.merged_at is not None and case.item.merged_at <= end
            (merged if was_merged else unmerged).append(case.waited.total_seconds())
    yield from quantiles("pull_request_merge_seconds", merged)
    yield from quantiles("pull_request_closed_unmerged_seconds", unmerged)


def _closings(cohort: Iterable[Case]) -> Iterator[Metric]:
    times: dict[str, list[float]] = {}
    for case in cohort:
        if case.closed_at is not None:
            reason = (case.item.state_reason or "none").lower()
            times.setdefault(reason, []).append(case.waited.total_seconds())
    # Without any closed issue there is still one row, so that the figure is seen to be missing.
    for reason, values in sorted((times or {"completed": []}).items()):
        yield from quantiles("issue_closed_seconds", values, reason=reason)


def _approved(case: Case, reactions: Mapping[str, frozenset[str]]) -> bool | None:
    """Whether the reactions to a first response approve of it; None where they say neither."""
    drawn = frozenset() if case.response is None else reactions.get(case.response.node_id, frozenset())
    if drawn & DISAPPROVING:
        return False
    return True if drawn & APPROVING else None


def _retention(facts: Facts, window: Window, policy: Policy) -> Metric:
    def identities(span: Window) -> set[str]:
        # Learned from the commits of both spans, so that one person has one identity in both.
        commits = (commit for commit in facts.commits if commit.at in span)
        return {person.identity for person in people(commits, Mailmap(facts.mailmap), policy.ignored,
                                                     known=facts.commits)}
    earlier = identities(Window(start=window.start - (window.end - window.start), end=window.start))
    now = identities(window)
    return share("contributor_retention_ratio", (identity in now for identity in earlier))
