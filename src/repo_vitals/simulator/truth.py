"""The community figures as the state itself tells them: the judge of what the product measures.

Written apart from the product and in another way: every thread is replayed event by event, curves and quantiles are
worked out in fractions from their definitions, nothing is clever. Definitions: docs/metrics.md.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from repo_vitals.simulator.model import Discussion, Issue, PullRequest
from repo_vitals.simulator.truth_figures import curve_quantile, mean, priority_of, sorts_work, type_7
from repo_vitals.simulator.truth_people import commit_figures

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.model import Repository, Said, Thread
    from repo_vitals.simulator.state import State

Labels = tuple[tuple[str, str], ...]
Figures = dict[tuple[str, Labels], "float | int | None"]
QUANTILES = (("0.5", Fraction(1, 2)), ("0.9", Fraction(9, 10)))
MARKER = "<!-- repo-vitals:"


def truth(state: State, *, now: datetime, window: timedelta = timedelta(days=30),
          response_target: timedelta = timedelta(hours=24), repository: Repository | None = None,
          ignore: Collection[str] = (), include_bots: bool = False, responders: str | Collection[str] = "anyone",
          viewer: str = "github-actions") -> Figures:
    """Every figure of community-metrics by name and sorted labels; None where there is nothing to measure.

    `responders` is `anyone`, `members` or logins; `viewer` is whose token asks: its own marked items are left out.
    """
    rules = _Rules(now=now, start=now - window, target=int(response_target.total_seconds()), viewer=viewer.lower(),
                   ignore=frozenset(_bare(login) for login in ignore), include_bots=include_bots,
                   responders=responders if isinstance(responders, str) else frozenset(_bare(n) for n in responders))
    home = repository or state.repositories()[0]
    found: Figures = {
        ("repository_stars", ()): home.stars, ("repository_forks", ()): home.forks,
        ("repository_watchers", ()): home.watchers,
    }
    lives = [_Life(thread, rules) for thread in home.threads.values() if thread.created_at < now]
    issues = [life for life in lives if isinstance(life.thread, Issue)]
    pulls = [life for life in lives if isinstance(life.thread, PullRequest)]
    found |= _counts(issues, pulls, rules, home)
    found |= _answering("issue", issues, rules)
    found |= _answering("pull_request", pulls, rules)
    found |= _issues_only([life for life in issues if life.in_cohort], rules)
    found |= _discussions([life for life in lives if isinstance(life.thread, Discussion) and life.in_cohort])
    found |= commit_figures(home, start=rules.start, end=now, ignore=rules.ignore)
    return found


@dataclass(frozen=True, kw_only=True)
class _Rules:
    now: datetime
    start: datetime
    target: int                             # seconds
    viewer: str
    ignore: frozenset[str]
    include_bots: bool
    responders: str | frozenset[str]

    def is_bot(self, account: Account | None) -> bool:
        if account is None or account.deleted:
            return False
        return account.kind == "Bot" or account.login.endswith("[bot]") or _bare(account.login) in self.ignore


def _bare(login: str) -> str:
    return login.lower().removesuffix("[bot]").removeprefix("@")


@dataclass
class _Life:
    """A thread as it stood at the rules' now, found by going through its events in order."""

    thread: Thread
    rules: _Rules
    closed_at: datetime | None = None               # the last closing, if no reopening followed
    drafts: list[tuple[datetime, bool]] = field(default_factory=list)       # from when on: draft or not

    def __post_init__(self) -> None:
        self.closed_at = self.closed_by(self.rules.now)
        thread = self.thread
        if isinstance(thread, PullRequest):
            turns = [(event.at, event.kind == "convert_to_draft") for event in thread.events
                     if event.kind in ("convert_to_draft", "ready_for_review")]
            # Nothing says how it was opened; the first turn was away from that.
            self.drafts = [(thread.created_at, not turns[0][1] if turns else thread.is_draft), *turns]

    def closed_by(self, moment: datetime) -> datetime | None:
        """The closing in force at a moment."""
        closed = None
        events = [event for event in self.thread.events if event.kind in ("closed", "reopened")]
        for event in events:
            if event.at <= moment:
                closed = event.at if event.kind == "closed" else None
        if not events and self.thread.closed_at is not None and self.thread.closed_at <= moment:
            closed = self.thread.closed_at
        return closed

    def is_draft(self, moment: datetime) -> bool:
        """Whether it was a draft just then."""
        state = False
        for at, draft in self.drafts:
            if at <= moment:
                state = draft
        return state

    def elapsed(self, moment: datetime) -> int:
        """Seconds on the clock: every stretch from creation to the moment in which it was no draft."""
        edges = sorted({self.thread.created_at, moment, *(at for at, _ in self.drafts)})
        total = timedelta(0)
        for begin, end in pairwise(edges):
            if begin >= self.thread.created_at and end <= moment and not self.is_draft(begin):
                total += end - begin
        return int(total.total_seconds())

    @property
    def left_out(self) -> bool:
        """By a bot or one of ours; a pull request that is a draft now too."""
        if isinstance(self.thread, PullRequest) and self.is_draft(self.rules.now):
            return True
        if self.rules.include_bots:
            return False
        author = self.thread.author
        ours = author is not None and author.login.lower() == self.rules.viewer and MARKER in self.thread.body
        return ours or self.rules.is_bot(author)

    @property
    def in_cohort(self) -> bool:
        """Opened in the window, and not left out."""
        return self.thread.created_at >= self.rules.start and not self.left_out

    @property
    def end(self) -> datetime:
        """Until when it was watched."""
        return self.closed_at or self.rules.now

    def _remarks(self) -> Iterator[tuple[datetime, Said]]:
        for comment in self.thread.comments:
            yield comment.created_at, comment
            for reply in comment.replies:
                yield reply.created_at, reply
        if isinstance(self.thread, PullRequest):
            for review in self.thread.reviews:
                if review.submitted_at is not None:
                    yield review.submitted_at, review

    def response(self) -> datetime | None:
        """The first response's instant; it may lie before the creation of what came from elsewhere."""
        instants = [at for at, said in self._remarks() if at <= self.rules.now and self._responds(at, said)]
        return min(instants, default=None)

    def _responds(self, at: datetime, said: Said) -> bool:
        author, by, rules = self.thread.author, said.author, self.rules
        author_gone, gone = author is None or author.deleted, by is None or by.deleted
        if said.minimised is not None or rules.is_bot(by) or self.is_draft(at):
            return False
        if gone:
            return not author_gone and rules.responders == "anyone"
        if not author_gone and author is by:
            return False
        if rules.responders == "anyone":
            return True
        if rules.responders == "members":
            return self.thread.repository.association(by) in ("OWNER", "MEMBER", "COLLABORATOR")
        return by is not None and _bare(by.login) in rules.responders

    def seconds_to_response(self) -> int | None:
        """On the clock; None without a response."""
        at = self.response()
        return None if at is None else self.elapsed(at)

    @property
    def time_is_known(self) -> bool:
        """False where the response is older than the thread."""
        at = self.response()
        return at is None or at >= self.thread.created_at

    @property
    def awaits(self) -> bool:
        """Open, past the target, and nobody answered."""
        return (self.closed_at is None and not self.left_out and self.response() is None
                and self.elapsed(self.rules.now) > self.rules.target)


def _counts(issues: list[_Life], pulls: list[_Life], rules: _Rules, home: Repository) -> Figures:
    def opened(lives: Iterable[_Life], since: datetime) -> int:
        return sum(1 for life in lives if life.thread.created_at >= since)

    def closed(lives: Iterable[_Life]) -> list[_Life]:
        return [life for life in lives if life.closed_at is not None and rules.start <= life.closed_at < rules.now]

    def merged(life: _Life) -> bool:
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


def _answering(kind: str, lives: list[_Life], rules: _Rules) -> Figures:
    cohort = [life for life in lives if life.in_cohort]
    known = [life for life in cohort if life.time_is_known]
    curve = [(life.elapsed(life.end), False) if (took := life.seconds_to_response()) is None else (took, True)
             for life in known]
    answered = [took for took, happened in curve if happened]
    resolved = [(life.elapsed(life.end), life.closed_at is not None) for life in cohort]
    found: Figures = {(f"{kind}_first_response_answered_mean_seconds", ()): mean(answered)}
    for name, q in QUANTILES:
        labels = (("quantile", name),)
        found[f"{kind}_first_response_seconds", labels] = curve_quantile(curve, q)
        found[f"{kind}_first_response_answered_seconds", labels] = type_7(answered, q)
        found[f"{kind}_resolution_seconds", labels] = curve_quantile(resolved, q)
    for priority in {priority_of(label.name for label in life.thread.labels) for life in cohort}:
        verdicts = [_verdict(life, rules) for life in known
                    if priority_of(label.name for label in life.thread.labels) == priority]
        met, due = verdicts.count("met"), verdicts.count("met") + verdicts.count("breached")
        found[f"{kind}_response_sla_ratio", (("priority", priority),)] = met / due if due else None
    return found


def _verdict(life: _Life, rules: _Rules) -> str:
    took = life.seconds_to_response()
    if took is not None:
        return "met" if took <= rules.target else "breached"
    if life.elapsed(life.end) > rules.target:
        return "breached"
    return "pending" if life.closed_at is None else "neither"


def _issues_only(cohort: list[_Life], rules: _Rules) -> Figures:
    triaged = []
    for life in cohort:
        first = min((event.at for event in life.thread.events
                     if event.kind == "labeled" and event.label is not None and event.at <= rules.now
                     and sorts_work(event.label.name)), default=None)
        triaged.append((life.elapsed(life.end), False) if first is None else (life.elapsed(first), True))
    found: Figures = {
        ("issue_response_ratio", ()): _share(sum(life.response() is not None for life in cohort), len(cohort)),
        ("issue_resolution_ratio", ()): _share(sum(life.closed_at is not None for life in cohort), len(cohort)),
    }
    for name, q in QUANTILES:
        found["issue_triage_seconds", (("quantile", name),)] = curve_quantile(triaged, q)
    return found


def _discussions(cohort: list[_Life]) -> Figures:
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


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
