"""Figures of a community from facts. Pure: no clock, network, files or environment."""
from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.community_metrics import incidents, kpis
from repo_vitals.concerns.community_metrics.contributors import Mailmap, absence_factor, people, split_new
from repo_vitals.concerns.community_metrics.definitions import RECENT_DAYS, TIME_IN_LABELS
from repo_vitals.concerns.community_metrics.label_spans import first_put_on
from repo_vitals.concerns.community_metrics.labels import priority, triages
from repo_vitals.concerns.community_metrics.responses import (
    Clock,
    Policy,
    clock,
    closed_at,
    first_response,
    first_review,
    in_draft,
)
from repo_vitals.concerns.community_metrics.rows import count as _count
from repo_vitals.concerns.community_metrics.rows import quantiles as _quantiles
from repo_vitals.concerns.community_metrics.rows import share as _share
from repo_vitals.concerns.community_metrics.rows import survival as _survival
from repo_vitals.concerns.community_metrics.sla import NOTHING_AGREED, Levels, Obligation, Terms, levels, obligation
from repo_vitals.concerns.community_metrics.sla_report import metrics as sla_metrics
from repo_vitals.concerns.community_metrics.sla_rules import FIRST_RESPONSE
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import Metric, Window
from repo_vitals.stats.quantiles import mean
from repo_vitals.stats.survival import Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repo_vitals.concerns.community_metrics.facts import Facts, Item, Kind
    from repo_vitals.concerns.community_metrics.incidents import Clocked
    from repo_vitals.concerns.community_metrics.sla_rules import Duration
    from repo_vitals.stats.turns import Remark

_BACKLOG_POINTS = 8


@dataclass(frozen=True, kw_only=True)
class Case:
    """An item as it stood at a window's end."""

    item: Item
    closed_at: datetime | None
    response: Remark | None
    measured_at: datetime           # the window's end
    clock: Clock                    # by the calendar that counts for the item
    waited: timedelta               # time on the item's clock until its closing, or the window's end
    first: Obligation | None        # the first response under the rule that counts; None where it predates the item

    @property
    def response_predates_item(self) -> bool:
        """A transferred item can hold comments older than itself: answered, but nobody knows after how long."""
        return self.response is not None and self.response.at < self.item.created_at


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The figures of a window, and the cases that the report names."""

    window: Window
    metrics: tuple[Metric, ...]
    awaiting: tuple[Case, ...]      # issues and pull requests, longest wait first
    backlog: tuple[tuple[datetime, int], ...]   # open issues at some moments up to the window's end
    cohort: tuple[Case, ...]        # items opened in the window that take part, by kind and number
    levels: Levels | None           # None without rules of service level
    terms: Terms                    # what was agreed
    incidents: tuple[Clocked, ...]  # the phases of alerts that are incidents, of the window or going on


def measure(
    facts: Facts, *, window: Window, policy: Policy, response_target: Duration,
    mean_limit: Duration = timedelta(hours=48), terms: Terms = NOTHING_AGREED,
    time_in_labels: Sequence[str] = TIME_IN_LABELS,
) -> Measured:
    """Every figure over `window`, as of its end: what happened later is ignored.

    `response_target` is for the items to which no rule of `terms` for first responses applies. A `mean_limit` in
    business days makes the means of response count those days' time.
    """
    end = window.end
    responding = terms.falling_back(FIRST_RESPONSE, response_target)
    existing = [item for item in facts.items if item.created_at < end]
    cases = {kind: [_case(item, policy, responding, end) for item in existing
                    if item.kind == kind and not policy.leaves_out(item) and not in_draft(item, as_of=end)]
             for kind in ("issue", "pull_request", "discussion")}
    cohorts = {kind: [case for case in some if case.item.created_at in window] for kind, some in cases.items()}
    awaiting = {kind: [case for case in cases[kind] if _awaits(case)]
                for kind in ("issue", "pull_request")}
    metrics = [
        *_counters(facts),
        *_volume(existing, window),
        _count("issues_awaiting_response", len(awaiting["issue"])),
        _count("pull_requests_awaiting_response", len(awaiting["pull_request"])),
        *_answering("issue", cohorts["issue"], policy, mean_limit),
        *_answering("pull_request", cohorts["pull_request"], policy, mean_limit),
        *_triage(cohorts["issue"], end),
        _share("issue_response_ratio", (case.response is not None for case in cohorts["issue"])),
        _share("issue_resolution_ratio", (case.closed_at is not None for case in cohorts["issue"])),
        *_discussions(cohorts["discussion"], end),
        _closure(existing, window),
        *_quantiles("backlog_age_seconds", [(end - item.created_at).total_seconds()
                                            for item in _open(existing, "issue", end)]),
        *_contributors(facts, window, policy),
        *_reviews(cohorts["pull_request"], policy, end),
        *kpis.figures(facts, cohorts, window=window, policy=policy, labels=time_in_labels),
    ]
    if not facts.repository.issues_enabled:
        metrics = [_unmeasured(metric) if _about_issues(metric.name) else metric for metric in metrics]
    if not facts.repository.discussions_enabled:
        metrics = [_unmeasured(metric) if _about_discussions(metric.name) else metric for metric in metrics]
    metrics += kpis.rates(metrics, window)
    agreed = levels(existing, terms, policy, window) if terms.rules else None
    if agreed is not None:
        metrics += sla_metrics(agreed, issues_enabled=facts.repository.issues_enabled,
                               discussions_enabled=facts.repository.discussions_enabled)
    clocks = incidents.clocks(existing, window) if facts.repository.issues_enabled else ()
    metrics += incidents.metrics(clocks, window)
    return Measured(
        window=window,
        metrics=tuple(metrics),
        awaiting=tuple(sorted([*awaiting["issue"], *awaiting["pull_request"]],
                              key=lambda case: (-case.waited, case.item.number))),
        backlog=_backlog(existing, window) if facts.repository.issues_enabled else (),
        cohort=tuple(sorted((case for some in cohorts.values() for case in some),
                            key=lambda case: (case.item.kind, case.item.number))),
        levels=agreed,
        terms=terms,
        incidents=clocks,
    )


def _case(item: Item, policy: Policy, responding: Terms, end: datetime) -> Case:
    closing = closed_at(item, as_of=end)
    ticking = clock(item, as_of=end, calendar=policy.calendar_of(item))
    return Case(item=item, closed_at=closing, response=first_response(item, policy, as_of=end), measured_at=end,
                clock=ticking, first=obligation(item, FIRST_RESPONSE, responding, policy, as_of=end),
                waited=ticking.elapsed(closing or end))


def _awaits(case: Case) -> bool:
    return case.first is not None and case.first.is_owed and case.first.state == "breached"


def response_time(case: Case) -> timedelta | None:
    """Time on the item's clock until its first response; None without one, or when it is older than the item."""
    if case.response is None or case.response_predates_item:
        return None
    return case.clock.elapsed(case.response.at)


def _counters(facts: Facts) -> Iterable[Metric]:
    repository = facts.repository
    yield _count("repository_stars", repository.stars)
    yield _count("repository_forks", repository.forks)
    yield _count("repository_watchers", repository.watchers)


def _open(items: Iterable[Item], kind: Kind, at: datetime) -> list[Item]:
    return [item for item in items if item.kind == kind and item.created_at < at and closed_at(item, as_of=at) is None]


def _closed_within(items: Iterable[Item], kind: Kind, window: Window) -> list[Item]:
    return [item for item in items if item.kind == kind
            and (closing := closed_at(item, as_of=window.end)) is not None and closing in window]


def _backlog(items: Sequence[Item], window: Window) -> tuple[tuple[datetime, int], ...]:
    # The facts reach one window further back than this one starts.
    step = (window.end - window.start) / (_BACKLOG_POINTS // 2)
    moments = [window.end - step * back for back in reversed(range(_BACKLOG_POINTS))]
    return tuple((moment, len(_open(items, "issue", moment))) for moment in moments)


def _volume(items: Sequence[Item], window: Window) -> Iterable[Metric]:
    recent = Window(start=window.end - timedelta(days=RECENT_DAYS), end=window.end)

    def opened(kind: Kind, span: Window) -> int:
        return sum(item.kind == kind and item.created_at in span for item in items)
    merged = sum(item.merged_at is not None and item.merged_at in window for item in items)
    unmerged = [item for item in items if item.merged_at is None or item.merged_at > window.end]
    yield _count("issues_open", len(_open(items, "issue", window.end)))
    yield _count("pull_requests_open", len(_open(items, "pull_request", window.end)))
    yield _count("issues_opened", opened("issue", window))
    yield _count("issues_closed", len(_closed_within(items, "issue", window)))
    yield _count("pull_requests_opened", opened("pull_request", window))
    yield _count("pull_requests_merged", merged)
    yield _count("pull_requests_closed_unmerged", len(_closed_within(unmerged, "pull_request", window)))
    yield _count("issues_opened_recent", opened("issue", recent), days=str(RECENT_DAYS))
    yield _count("pull_requests_opened_recent", opened("pull_request", recent), days=str(RECENT_DAYS))
    yield _count("discussions_opened", opened("discussion", window))


def _answering(
    kind: str, cohort: Sequence[Case], policy: Policy, mean_limit: Duration,
) -> Iterable[Metric]:
    timed = [case for case in cohort if not case.response_predates_item]
    yield from _survival(f"{kind}_first_response_seconds", [_answered_or_censored(case) for case in timed])
    answered = [case for case in timed if case.response is not None]
    yield from _quantiles(f"{kind}_first_response_answered_seconds",
                          [span.total_seconds() for case in answered if (span := response_time(case)) is not None])
    limited = [replace(case.clock, calendar=policy.calendar_for(case.item, mean_limit)).elapsed(case.response.at)
               for case in answered if case.response is not None]
    yield Metric(name=f"{kind}_first_response_answered_mean_seconds", unit="seconds", samples=len(limited),
                 value=mean([span.total_seconds() for span in limited]))
    yield from _sla(f"{kind}_response_sla_ratio", timed)
    yield from _survival(f"{kind}_resolution_seconds", [
        Observation(case.waited.total_seconds(), case.closed_at is not None) for case in cohort])


def _reviews(cohort: Sequence[Case], policy: Policy, end: datetime) -> Iterable[Metric]:
    reviewed = [replace(case, response=first_review(case.item, policy, as_of=end)) for case in cohort]
    yield from _survival("pull_request_first_review_seconds", [
        _answered_or_censored(case) for case in reviewed if not case.response_predates_item])


def _answered_or_censored(case: Case) -> Observation:
    span = response_time(case)
    return Observation((case.waited if span is None else span).total_seconds(), span is not None)


def _sla(name: str, cases: Sequence[Case]) -> Iterable[Metric]:
    states = Counter((case.first.priority, case.first.state) for case in cases if case.first is not None)
    # Without any issue at all there is still one row, so that the figure is seen to be missing.
    for word in sorted({priority(case.item.labels) for case in cases} or {"none"}):
        met = states[word, "met"]
        judged = met + states[word, "breached"]
        yield Metric(name=name, value=met / judged if judged else None, unit="ratio", samples=judged,
                     labels={"priority": word})


def _triage(cohort: Sequence[Case], end: datetime) -> Iterable[Metric]:
    observations = []
    for case in cohort:
        labelled = first_put_on(case.item, triages, as_of=end)
        span = case.waited if labelled is None else case.clock.elapsed(labelled)
        observations.append(Observation(span.total_seconds(), labelled is not None))
    yield from _survival("issue_triage_seconds", observations)


def _discussions(cohort: Sequence[Case], end: datetime) -> Iterable[Metric]:
    yield from _survival("discussion_first_response_seconds",
                         [_answered_or_censored(case) for case in cohort if not case.response_predates_item])
    observations = []
    for case in cohort:
        if not case.item.is_answerable:
            continue
        chosen = case.item.answered_at
        if chosen is not None and chosen <= end:
            observations.append(Observation(case.clock.elapsed(chosen).total_seconds(), True))  # noqa: FBT003
        else:
            observations.append(Observation(case.waited.total_seconds(), False))  # noqa: FBT003
    yield from _survival("discussion_answer_seconds", observations)


def _closure(items: Sequence[Item], window: Window) -> Metric:
    at_start = len(_open(items, "issue", window.start))
    opened = sum(item.kind == "issue" and item.created_at in window for item in items)
    closed = len(_closed_within(items, "issue", window))
    base = at_start + opened
    return Metric(name="issue_closure_ratio", value=closed / base if base else None, unit="ratio", samples=base)


def _contributors(facts: Facts, window: Window, policy: Policy) -> Iterable[Metric]:
    names = ("contributors_active", "contributors_new", "contributors_returning", "contributor_absence_factor",
             "commits")
    if facts.repository.default_branch is None:
        yield from (Metric(name=name, value=None, unit="count", samples=0) for name in names)
        return
    persons = people((commit for commit in facts.commits if commit.at in window), Mailmap(facts.mailmap),
                     policy.ignored, known=facts.commits)
    first = split_new(persons, facts.seen_before)
    commits = sum(person.commits for person in persons)
    yield _count("contributors_active", len(persons))
    yield _count("contributors_new", first["new"])
    yield _count("contributors_returning", first["returning"])
    factor = absence_factor(persons)
    yield Metric(name="contributor_absence_factor", value=factor, unit="count", samples=commits)
    yield _count("commits", commits)


def _about_issues(name: str) -> bool:
    return name.startswith(("issue_", "issues_", "backlog_"))


def _about_discussions(name: str) -> bool:
    return name.startswith(("discussion_", "discussions_"))


def _unmeasured(metric: Metric) -> Metric:
    return Metric(name=metric.name, value=None, unit=metric.unit, samples=0, labels=metric.labels)
