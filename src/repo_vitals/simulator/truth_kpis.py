"""The figures beside response, resolution and volume, for the simulator's truth. Definitions: docs/metrics.md."""
from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from repo_vitals.simulator.model import Discussion, Issue, PullRequest
from repo_vitals.simulator.truth_figures import QUANTILES, curve_quantile, share, type_7
from repo_vitals.simulator.truth_moves import label_spans
from repo_vitals.simulator.truth_people import retention

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.truth_figures import Figures
    from repo_vitals.simulator.truth_lives import Life, Rules

TIMED_LABELS = ("status/needs-info", "status/blocked")
_PLEASED = frozenset({"THUMBS_UP", "HEART", "HOORAY", "ROCKET", "LAUGH"})
_DISPLEASED = frozenset({"THUMBS_DOWN", "CONFUSED"})
_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)


def kpi_figures(home: Repository, lives: Sequence[Life], rules: Rules, *, counts: Figures,
                time_in_labels: Collection[str]) -> Figures:
    """All of them. `counts` holds the figures of volume and contributors, of which some are told again as rates."""
    cohort = [life for life in lives if life.in_cohort]
    issues = [life for life in cohort if isinstance(life.thread, Issue)]
    pulls = [life for life in cohort if isinstance(life.thread, PullRequest)]
    opened = sum(1 for life in lives if isinstance(life.thread, Discussion) and life.is_recent)
    found: Figures = {("discussions_opened", ()): opened}
    found |= _reviews(pulls)
    found |= _drafts([life for life in lives if life.is_recent and not life.by_no_person
                      and isinstance(life.thread, PullRequest)])
    found |= _endings(pulls)
    found |= _reasons(issues)
    for label in dict.fromkeys(label.lower() for label in time_in_labels):
        times = [_time_in_label(life, label) for life in issues]
        found |= _typical("issue_label_seconds", [time for time in times if time is not None], label=label)
    found |= _answers([life for life in cohort if isinstance(life.thread, Discussion)])
    found |= _satisfaction(cohort)
    found["contributor_retention_ratio", ()] = retention(home, start=rules.start, end=rules.now, ignore=rules.ignore)
    span = rules.now - rules.start
    for name, rate, per in (("contributors_new", "contributors_new_per_month", _MONTH),
                            ("issues_opened", "issues_opened_per_week", _WEEK),
                            ("pull_requests_opened", "pull_requests_opened_per_week", _WEEK),
                            ("discussions_opened", "discussions_opened_per_week", _WEEK)):
        count = (counts | found)[name, ()]
        found[rate, ()] = None if count is None else float(Fraction(count) * Fraction(per / span))
    return found


def _typical(name: str, times: Sequence[int], **labels: str) -> Figures:
    """Both quantiles; no row at all where nothing was seen, but for figures without labels of their own."""
    if labels and not times:
        return {}
    return {(name, tuple(sorted([*labels.items(), ("quantile", q)]))): type_7(times, share_) for q, share_ in QUANTILES}


def _reviews(pulls: Sequence[Life]) -> Figures:
    observations = []
    for life in pulls:
        review = life.first_remark("anyone", only_reviews=True)
        if review is None:
            observations.append((life.elapsed(life.end), False))
        elif review[0] >= life.thread.created_at:
            observations.append((life.elapsed(review[0]), True))
    return {("pull_request_first_review_seconds", (("quantile", name),)): curve_quantile(observations, q)
            for name, q in QUANTILES}


def _drafts(pulls: Sequence[Life]) -> Figures:
    times = []
    for life in pulls:
        edges = sorted({life.thread.created_at, life.end, *(at for at, _ in life.drafts)})
        times.append(int(sum(((end - begin) for begin, end in pairwise(edges)
                              if end <= life.end and life.is_draft(begin)), timedelta(0)).total_seconds()))
    return _typical("pull_request_draft_seconds", times)


def _endings(pulls: Sequence[Life]) -> Figures:
    merged: list[int] = []
    unmerged: list[int] = []
    for life in pulls:
        if life.closed_at is not None and isinstance(life.thread, PullRequest):
            at = life.thread.merged_at
            (merged if at is not None and at <= life.rules.now else unmerged).append(life.elapsed(life.closed_at))
    return _typical("pull_request_merge_seconds", merged) | _typical("pull_request_closed_unmerged_seconds", unmerged)


def _reasons(issues: Sequence[Life]) -> Figures:
    """The reason is the one of now, as titles are."""
    times: dict[str, list[int]] = {}
    for life in issues:
        if life.closed_at is not None and isinstance(life.thread, Issue):
            reason = (life.thread.state_reason or "none").lower()
            times.setdefault(reason, []).append(life.elapsed(life.closed_at))
    found: Figures = {}
    for reason, seconds in times.items():
        found |= _typical("issue_closed_seconds", seconds, reason=reason)
    return found


def _time_in_label(life: Life, label: str) -> int | None:
    """Seconds between neighbouring events at whose beginning the issue was open with the label on; None: never on."""
    spans, now = label_spans(life, {label}), life.rules.now
    if not spans:
        return None
    edges = sorted({now, *(event.at for event in life.thread.events if event.at <= now),
                    *(begin for begin, _ in spans), *(end for _, end in spans if end is not None)})
    total = timedelta(0)
    for begin, end in pairwise(edges):
        if any(on <= begin and (off is None or begin < off) for on, off in spans) and life.closed_by(begin) is None:
            total += end - begin
    return int(total.total_seconds())


def _answers(discussions: Sequence[Life]) -> Figures:
    chosen = [life.thread.answer_chosen_at is not None and life.thread.answer_chosen_at <= life.rules.now
              for life in discussions if isinstance(life.thread, Discussion) and life.thread.category.answerable]
    return {("discussion_answer_ratio", ()): share(sum(chosen), len(chosen))}


def _satisfaction(cohort: Sequence[Life]) -> Figures:
    pleased = displeased = 0
    for life in cohort:
        first = life.first_remark()
        drawn = set() if first is None else {reaction.content for reaction in first[1].reactions}
        if drawn & _DISPLEASED:
            displeased += 1
        elif drawn & _PLEASED:
            pleased += 1
    return {("satisfaction_ratio", ()): share(pleased, pleased + displeased)}
