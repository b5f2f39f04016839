"""What goes on around the threads of a generated repository: reactions, assignments, later reviews, labels on and off.

Told after everything else and from a chance of its own: whatever is added here leaves the histories themselves alone.
First responses, closings, drafts, priorities and first labels of a type stay as they are.
"""
from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.simulator.model import Issue, PullRequest, ReviewComment
from repo_vitals.simulator.reactions import CONTENTS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from datetime import datetime

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.model import Repository, ReviewState, Said, Thread
    from repo_vitals.simulator.people import People
    from repo_vitals.simulator.reactions import Reactable
    from repo_vitals.simulator.state import State

NEEDS_INFO, BLOCKED, UNSORTED, SECURITY = "status/needs-info", "status/blocked", "status/needs-triage", "type/security"
_LIKING = (58, 9, 4, 7, 5, 9, 4, 4)         # how often each of CONTENTS is chosen
_MOST_FANS = 60


class Details:
    """Tells them thread by thread, in order of their numbers."""

    def __init__(self, state: State, repository: Repository, people: People, chance: random.Random) -> None:
        self.state, self.repository, self.people, self.chance = state, repository, people, chance

    def tell(self) -> None:
        """All of them."""
        for thread in list(self.repository.threads.values()):
            if isinstance(thread, Issue):
                self._sort(thread)
                self._wait(thread, NEEDS_INFO, share=0.12, hours=50)
                self._wait(thread, BLOCKED, share=0.05, hours=160)
                self._alarm(thread)
            if isinstance(thread, PullRequest):
                self._look_again(thread)
            if thread.kind != "discussion":
                self._assign(thread)
            self._cheer(thread)

    def _later(self, hours: float, spread: float) -> timedelta:
        return timedelta(seconds=int(self.chance.lognormvariate(math.log(hours * 3600), spread)))

    def _before_the_end(self, thread: Thread, at: datetime) -> bool:
        """Whether it was still open, and not later than now."""
        return at <= min(thread.closed_at or self.state.now, self.state.now)

    def _sort(self, issue: Issue) -> None:
        """A label that asks for sorting, taken off when the first label comes; now and then a type that was wrong."""
        first = min((event.at for event in issue.events if event.kind == "labeled"), default=None)
        if self.chance.random() < 0.3:
            self.state.add_label(issue, UNSORTED, at=issue.created_at, by=self.people.actions)
            if first is not None:
                self.state.remove_label(issue, UNSORTED, at=first, by=self.people.maintainers[0])
        types = [event for event in issue.events if event.kind == "labeled" and event.label is not None
                 and event.label.name in ("bug", "enhancement", "question")]
        if types and self.chance.random() < 0.06:
            at, wrong = types[0].at + self._later(30, 1.2), types[0].label
            if wrong is not None and self._before_the_end(issue, at):
                by = self.chance.choice(self.people.maintainers)
                self.state.remove_label(issue, wrong.name, at=at, by=by)
                self.state.add_label(issue, "documentation", at=at, by=by)

    def _wait(self, issue: Issue, label: str, *, share: float, hours: float) -> None:
        """Stretches of waiting: for the author, or for something outside. The last may stand to this day."""
        at = issue.created_at + self._later(20, 1.3)
        while self.chance.random() < share and self._before_the_end(issue, at):
            by = self.chance.choice(self.people.maintainers)
            self.state.add_label(issue, label, at=at, by=by)
            until = at + self._later(hours, 1.3)
            if self.chance.random() < 0.2 or not self._before_the_end(issue, until):
                return
            self.state.remove_label(issue, label, at=until, by=by)
            at, share = until + self._later(30, 1.2), 0.3

    def _alarm(self, issue: Issue) -> None:
        """Some sorted issues turn out to be about security."""
        sorted_at = max((event.at for event in issue.events if event.kind == "labeled"), default=None)
        if sorted_at is not None and self.chance.random() < 0.03:
            at = sorted_at + self._later(6, 1.2)
            if self._before_the_end(issue, at):
                self.state.add_label(issue, SECURITY, at=at, by=self.chance.choice(self.people.maintainers))

    def _look_again(self, pull: PullRequest) -> None:
        """Reviews once a maintainer had a word, until it is approved."""
        turned = max((event.at for event in pull.events if event.kind in ("ready_for_review", "convert_to_draft")),
                     default=pull.created_at)
        words = [when for said in _said(pull) if said.author in self.people.maintainers and said.minimised is None
                 and said.author is not pull.author and (when := getattr(said, "submitted_at", said.created_at))
                 >= turned]
        at, last = (None if pull.is_draft else max(words, default=None)), None
        while at is not None and self.chance.random() < (0.35 if last is None else 0.55):
            at += self._later(9, 1.4)
            by = self.chance.choice([m for m in self.people.maintainers if m is not pull.author])
            states: tuple[ReviewState, ...] = ("APPROVED", "COMMENTED", "CHANGES_REQUESTED")
            last = self.chance.choices(states, (60, 22, 18))[0]
            if not self._before_the_end(pull, at):
                return
            self.state.review(pull, by=by, at=at, state=last, lines=[at] * self.chance.choice((0, 0, 1, 2)))
            if last == "APPROVED":
                return

    def _assign(self, thread: Thread) -> None:
        if self.chance.random() < (0.3 if isinstance(thread, Issue) else 0.15):
            at = thread.created_at + self._later(15, 1.6)
            if self._before_the_end(thread, at):
                account = self.chance.choice(self.people.maintainers)
                by = account if self.chance.random() < 0.6 else self.chance.choice(self.people.maintainers)
                self.state.assign(thread, account, at=at, by=by)

    def _cheer(self, thread: Thread) -> None:
        """Reactions: of authors to answers, and, to what many share, of a crowd."""
        for said in _said(thread):
            author = thread.author
            if said.author is not author and author is not None and author.kind == "User" \
                    and self.chance.random() < 0.16:
                self._react(said, author, said.created_at)
            if self.chance.random() < 0.05:
                self._react(said, self.chance.choice(self.people.crowd), said.created_at)
        if self.chance.random() < 0.2:
            fans = min(_MOST_FANS, len(self.people.crowd), int(self.chance.paretovariate(1.1)))
            for account in self.chance.sample(self.people.crowd, fans):
                self._react(thread, account, thread.created_at)

    def _react(self, said: Reactable, by: Account, after: datetime) -> None:
        at = after + self._later(8, 1.8)
        if at <= self.state.now and not by.deleted:
            self.state.react(said, self.chance.choices(CONTENTS, _LIKING)[0], by=by, at=at)


def _said(thread: Thread) -> Iterator[Said]:
    """Comments, replies and reviews that were sent; not what was said on lines."""
    return (said for said in thread.said if not isinstance(said, ReviewComment)
            and getattr(said, "submitted_at", said.created_at) is not None)
