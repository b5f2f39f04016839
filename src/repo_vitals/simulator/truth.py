"""The community figures as the state itself tells them: the judge of what the product measures.

Written apart from the product and in another way: every thread is replayed event by event, curves and quantiles are
worked out in fractions from their definitions, nothing is clever. Definitions: docs/metrics.md.
"""
from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from repo_vitals.simulator.model import Discussion, Issue, PullRequest
from repo_vitals.simulator.truth_figures import QUANTILES, curve_quantile, mean, share, sorts_work, type_7
from repo_vitals.simulator.truth_kpis import TIMED_LABELS, kpi_figures
from repo_vitals.simulator.truth_lives import ALWAYS_ON, Life, Rules, bare
from repo_vitals.simulator.truth_moves import first_label
from repo_vitals.simulator.truth_people import commit_figures

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.state import State
    from repo_vitals.simulator.truth_figures import Figures
    from repo_vitals.simulator.truth_hours import Hours, WorkingDays

_NO_ALIASES: Mapping[str, str] = MappingProxyType({})


def rules_of(*, now: datetime, window: timedelta = timedelta(days=30),
             response_target: timedelta | WorkingDays = timedelta(hours=24),
             mean_limit: timedelta | WorkingDays = timedelta(hours=48), ignore: Collection[str] = (),
             include_bots: bool = False, responders: str | Collection[str] = "anyone", viewer: str = "github-actions",
             hours: Hours | None = None, always_on: Collection[str] = ALWAYS_ON,
             aliases: Mapping[str, str] = _NO_ALIASES) -> Rules:
    """What the truth is asked for, from what a user configures.

    `responders` is `anyone`, `members` or logins; `viewer` is whose token asks: its own marked items are left out.
    """
    return Rules(now=now, start=now - window, target=response_target, mean_limit=mean_limit, viewer=viewer.lower(),
                 ignore=frozenset(bare(login) for login in ignore), include_bots=include_bots, hours=hours,
                 always_on=always_on, aliases={name.lower(): meaning for name, meaning in aliases.items()},
                 responders=responders if isinstance(responders, str) else frozenset(bare(n) for n in responders))


def lives_of(home: Repository, rules: Rules) -> list[Life]:
    """Every thread that there was."""
    return [Life(thread, rules) for thread in home.threads.values() if thread.created_at < rules.now]


def truth(state: State, *, repository: Repository | None = None, kpis: bool = False,
          time_in_labels: Collection[str] = TIMED_LABELS, **asked: Any) -> Figures:
    """Every figure of community-metrics by name and sorted labels; None where there is nothing to measure.

    `asked` is what `rules_of` takes; `kpis` adds the figures beside response, resolution and volume.
    """
    rules, home = rules_of(**asked), repository or state.repositories()[0]
    found: Figures = {
        ("repository_stars", ()): home.stars, ("repository_forks", ()): home.forks,
        ("repository_watchers", ()): home.watchers,
    }
    lives = lives_of(home, rules)
    issues = [life for life in lives if isinstance(life.thread, Issue)]
    pulls = [life for life in lives if isinstance(life.thread, PullRequest)]
    found |= _counts(issues, pulls, rules, home)
    found |= _answering("issue", issues, rules)
    found |= _answering("pull_request", pulls, rules)
    found |= _issues_only([life for life in issues if life.in_cohort])
    found |= _discussions([life for life in lives if isinstance(life.thread, Discussion) and life.in_cohort])
    found |= commit_figures(home, start=rules.start, end=rules.now, ignore=rules.ignore)
    if kpis:
        found |= kpi_figures(home, lives, rules, counts=found, time_in_labels=time_in_labels)
    return found


def _counts(issues: list[Life], pulls: list[Life], rules: Rules, home: Repository) -> Figures:
    def opened(lives: Iterable[Life], since: datetime) -> int:
        return sum(1 for life in lives if life.thread.created_at >= since)

    def closed(lives: Iterable[Life]) -> list[Life]:
        return [life for life in lives if life.closed_at is not None and rules.start <= life.closed_at < rules.now]

    def merged(life: Life) -> bool:
        thread = life.thread
        return isinstance(thread, PullRequest) and thread.merged_at is not None and thread.merged_at <= rules.now
    week = rules.now - timedelta(days=7)
    days = (("days", "7"),)
    before = sum(1 for life in issues if life.thread.created_at < rules.start and life.closed_by(rules.start) is None)
    denominator = before + opened(issues, rules.start)
    ages = [int((rules.now - life.thread.created_at).total_seconds()) for life in issues if life.closed_at is None]
    found: Figures = {
        ("issues_open", ()): sum(1 for life in issues if life.closed_at is None),
        ("pull_requests_open", ()): sum(1 for life in pulls if life.closed_at is None),
        ("issues_opened", ()): opened(issues, rules.start), ("pull_requests_opened", ()): opened(pulls, rules.start),
        ("issues_opened_recent", days): opened(issues, week),
        ("pull_requests_opened_recent", days): opened(pulls, week),
        ("issues_closed", ()): len(closed(issues)),
        ("pull_requests_merged", ()): sum(
            1 for thread in home.pull_requests
            if thread.created_at < rules.now and thread.merged_at is not None
            and rules.start <= thread.merged_at < rules.now),
        ("pull_requests_closed_unmerged", ()): sum(1 for life in closed(pulls) if not merged(life)),
        ("issues_awaiting_response", ()): sum(1 for life in issues if life.awaits),
        ("pull_requests_awaiting_response", ()): sum(1 for life in pulls if life.awaits),
        ("issue_closure_ratio", ()): len(closed(issues)) / denominator if denominator else None,
    }
    for name, q in QUANTILES:
        found["backlog_age_seconds", (("quantile", name),)] = type_7(ages, q)
    return found


def _answering(kind: str, lives: list[Life], rules: Rules) -> Figures:
    cohort = [life for life in lives if life.in_cohort]
    known = [life for life in cohort if life.time_is_known]
    curve = [(life.elapsed(life.end), False) if (took := life.seconds_to_response()) is None else (took, True)
             for life in known]
    answered = [took for took, happened in curve if happened]
    resolved = [(life.elapsed(life.end), life.closed_at is not None) for life in cohort]
    means = [life.elapsed_by(at, life.clock(rules.mean_limit)[0]) for life in known
             if (at := life.response()) is not None]
    found: Figures = {(f"{kind}_first_response_answered_mean_seconds", ()): mean(means)}
    for name, q in QUANTILES:
        labels = (("quantile", name),)
        found[f"{kind}_first_response_seconds", labels] = curve_quantile(curve, q)
        found[f"{kind}_first_response_answered_seconds", labels] = type_7(answered, q)
        found[f"{kind}_resolution_seconds", labels] = curve_quantile(resolved, q)
    for priority in {life.priority for life in cohort}:
        verdicts = [_verdict(life) for life in known if life.priority == priority]
        met, due = verdicts.count("met"), verdicts.count("met") + verdicts.count("breached")
        found[f"{kind}_response_sla_ratio", (("priority", priority),)] = met / due if due else None
    return found


def _verdict(life: Life) -> str:
    answered_at = life.response()
    if life.is_late(answered_at or life.end):
        return "breached"
    if answered_at is not None:
        return "met"
    return "pending" if life.closed_at is None else "neither"


def _issues_only(cohort: list[Life]) -> Figures:
    triaged = []
    for life in cohort:
        first = first_label(life, sorts_work)
        triaged.append((life.elapsed(life.end), False) if first is None else (life.elapsed(first), True))
    found: Figures = {
        ("issue_response_ratio", ()): share(sum(life.response() is not None for life in cohort), len(cohort)),
        ("issue_resolution_ratio", ()): share(sum(life.closed_at is not None for life in cohort), len(cohort)),
    }
    for name, q in QUANTILES:
        found["issue_triage_seconds", (("quantile", name),)] = curve_quantile(triaged, q)
    return found


def _discussions(cohort: list[Life]) -> Figures:
    responses, answers = [], []
    for life in cohort:
        took = life.seconds_to_response()
        if life.time_is_known:
            responses.append((life.elapsed(life.end), False) if took is None else (took, True))
        thread = life.thread
        if isinstance(thread, Discussion) and thread.category.answerable:
            chosen = thread.answer_chosen_at
            given = chosen is not None and chosen <= life.rules.now
            answers.append((life.elapsed(chosen if given and chosen is not None else life.end), given))
    found: Figures = {}
    for name, q in QUANTILES:
        found["discussion_first_response_seconds", (("quantile", name),)] = curve_quantile(responses, q)
        found["discussion_answer_seconds", (("quantile", name),)] = curve_quantile(answers, q)
    return found
