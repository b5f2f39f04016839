"""A thread as it stood at a moment, for the simulator's truth: replayed event by event, nothing clever."""
from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.model import Discussion, Event, PullRequest, Review
from repo_vitals.simulator.truth_figures import priority_of, same_priority, types_of
from repo_vitals.simulator.truth_hours import WEEKDAYS, Hours, WorkingDays

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.model import Said, Thread

MARKER = "<!-- repo-vitals:"
ALWAYS_ON = ("p0", "critical", "security")


def bare(login: str) -> str:
    """A login as logins are compared."""
    return login.lower().removesuffix("[bot]").removeprefix("@")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the truth is asked for: when, and who counts as what."""

    now: datetime
    start: datetime
    target: timedelta | WorkingDays = timedelta(hours=24)
    mean_limit: timedelta | WorkingDays = timedelta(hours=48)
    viewer: str = "github-actions"
    ignore: frozenset[str] = frozenset()
    include_bots: bool = False
    responders: str | frozenset[str] = "anyone"
    hours: Hours | None = None              # None: time is calendar time
    always_on: Collection[str] = ALWAYS_ON  # priorities and types whose clock never stops
    aliases: Mapping[str, str] = field(default_factory=dict)    # lower-case label to what it means

    def is_bot(self, account: Account | None) -> bool:
        """Whether someone is no person; who is deleted is one."""
        if account is None or account.deleted:
            return False
        return account.kind == "Bot" or account.login.endswith("[bot]") or bare(account.login) in self.ignore

    def means(self, label: str) -> str:
        """A label in our words."""
        return self.aliases.get(label.lower(), label)


@dataclass
class Life:
    """A thread as it stood at the rules' now, found by going through its events in order."""

    thread: Thread
    rules: Rules
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
        """The closing in force at a moment; of a discussion only that of now is known."""
        closed = None
        events = [event for event in self.thread.events if event.kind in ("closed", "reopened")
                  and not isinstance(self.thread, Discussion)]
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

    # -- labels --------------------------------------------------------------------------------------------------

    @property
    def labels(self) -> list[str]:
        """Its labels now, in our words."""
        return [self.rules.means(label.name) for label in self.thread.labels]

    @property
    def priority(self) -> str:
        """The most urgent that its labels name."""
        return priority_of(self.labels)

    @property
    def type(self) -> str:
        """The most pressing that its labels name."""
        return types_of(self.labels)[0] if types_of(self.labels) else "none"

    def label_events(self) -> list[tuple[datetime, str, bool]]:
        """When which label was put on (True) or taken off, up to now; a discussion's labels leave no trace."""
        return [(event.at, self.rules.means(event.label.name), event.kind == "labeled") for event in self._events()
                if event.label is not None and event.kind in ("labeled", "unlabeled")]

    def _events(self) -> list[Event]:
        if isinstance(self.thread, Discussion):
            return []
        return [event for event in self.thread.events if event.at <= self.rules.now]

    # -- time ----------------------------------------------------------------------------------------------------

    @property
    def never_stops(self) -> bool:
        """Whether its priority or one of its types is always on."""
        on = {word.lower() for word in self.rules.always_on}
        names = {self.priority, *types_of(self.labels)}
        return bool(on & names) or any(same_priority(word) == same_priority(self.priority) for word in on)

    def clock(self, span: timedelta | WorkingDays) -> tuple[Hours | None, int]:
        """What counts as time where the thread is held to a span, and the span's seconds of that."""
        hours = None if self.never_stops else self.rules.hours
        if isinstance(span, timedelta):
            return hours, int(span.total_seconds())
        if self.rules.hours is None and not self.never_stops:
            hours = WEEKDAYS
        return hours, int(span.days * (86_400 if hours is None else hours.day))

    def elapsed(self, moment: datetime) -> int:
        """Seconds on the thread's own clock."""
        return self.elapsed_by(moment, self.clock(timedelta(0))[0])

    def elapsed_by(self, moment: datetime, hours: Hours | None,
                   pauses: Collection[tuple[datetime, datetime]] = ()) -> int:
        """Seconds of every stretch from creation to the moment in which it was no draft and not paused."""
        created = self.thread.created_at
        edges = sorted({created, moment, *(at for at, _ in self.drafts), *(at for pause in pauses for at in pause)})
        total = 0
        for begin, end in pairwise(edges):
            paused = any(start <= begin < stop for start, stop in pauses)
            if begin >= created and end <= moment and not paused and not self.is_draft(begin):
                total += int((end - begin).total_seconds()) if hours is None else hours.seconds(begin, end)
        return total

    @property
    def end(self) -> datetime:
        """Until when it was watched."""
        return self.closed_at or self.rules.now

    # -- who takes part ------------------------------------------------------------------------------------------

    @property
    def by_no_person(self) -> bool:
        """Opened by a bot, or one of ours."""
        if self.rules.include_bots:
            return False
        author = self.thread.author
        ours = author is not None and author.login.lower() == self.rules.viewer and MARKER in self.thread.body
        return ours or self.rules.is_bot(author)

    @property
    def left_out(self) -> bool:
        """By no person; a pull request that is a draft now too."""
        return self.by_no_person or (isinstance(self.thread, PullRequest) and self.is_draft(self.rules.now))

    @property
    def is_recent(self) -> bool:
        """Opened in the window."""
        return self.thread.created_at >= self.rules.start

    @property
    def in_cohort(self) -> bool:
        """Opened in the window, and not left out."""
        return self.is_recent and not self.left_out

    # -- responses -----------------------------------------------------------------------------------------------

    def remarks(self) -> Iterator[tuple[datetime, Said]]:
        """What was said up to now, comments before reviews, and when it could be read."""
        for comment in self.thread.comments:
            yield comment.created_at, comment
            for reply in comment.replies:
                yield reply.created_at, reply
        if isinstance(self.thread, PullRequest):
            for review in self.thread.reviews:
                if review.submitted_at is not None:
                    yield review.submitted_at, review

    def first_remark(self, responders: str | frozenset[str] | None = None, *,
                     only_reviews: bool = False) -> tuple[datetime, Said] | None:
        """The first response and its instant, which may lie before the creation of what came from elsewhere."""
        admitted = self.rules.responders if responders is None else responders
        found = None
        for at, said in self.remarks():
            if only_reviews and not isinstance(said, Review):
                continue
            if at <= self.rules.now and self._responds(at, said, admitted) and (found is None or at < found[0]):
                found = (at, said)
        return found

    def response(self) -> datetime | None:
        """The first response's instant."""
        found = self.first_remark()
        return None if found is None else found[0]

    def _responds(self, at: datetime, said: Said, responders: str | frozenset[str]) -> bool:
        author, by = self.thread.author, said.author
        author_gone, gone = author is None or author.deleted, by is None or by.deleted
        if said.minimised is not None or self.rules.is_bot(by) or self.is_draft(at):
            return False
        if gone:
            return not author_gone and responders == "anyone"
        if not author_gone and author is by:
            return False
        if responders == "anyone":
            return True
        if responders == "members":
            return self.thread.repository.association(by) in ("OWNER", "MEMBER", "COLLABORATOR")
        return by is not None and bare(by.login) in responders

    def seconds_to_response(self) -> int | None:
        """On the clock; None without a response."""
        at = self.response()
        return None if at is None else self.elapsed(at)

    @property
    def time_is_known(self) -> bool:
        """False where the response is older than the thread."""
        at = self.response()
        return at is None or at >= self.thread.created_at

    def is_late(self, moment: datetime) -> bool:
        """Whether more than the response target is on the clock that the target is for."""
        hours, target = self.clock(self.rules.target)
        return self.elapsed_by(moment, hours) > target

    @property
    def awaits(self) -> bool:
        """Open, past the target, and nobody answered."""
        return (self.closed_at is None and not self.left_out and self.response() is None
                and self.is_late(self.rules.now))
