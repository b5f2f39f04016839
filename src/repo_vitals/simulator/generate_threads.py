"""How the threads of a generated repository go: answers, closings, drafts, reviews, and the hard cases on purpose."""
from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from datetime import datetime

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.model import Discussion, Issue, PullRequest, Repository, ReviewState, Thread
    from repo_vitals.simulator.people import People
    from repo_vitals.simulator.state import State

MARKER = "<!-- repo-vitals:community-metrics:report -->"
_TYPES = ("bug", "enhancement", "question", "documentation", "type/feature", "kind: security")
_PRIORITIES = ("priority/high", "priority/medium", "priority/low", "P0", "P1", "P2", "severity: critical")
LONGEST_THREAD = 320
HARD_ISSUES, HARD_PULL_REQUESTS = 10, 5       # how many the two tell_hard_… below tell


class Histories:
    """Tells threads one after another; whatever would lie after `now` does not happen."""

    def __init__(self, state: State, repository: Repository, people: People, chance: random.Random, now: datetime, *,
                 hostile: bool) -> None:
        self.state, self.repository, self.people, self.chance, self.now = state, repository, people, chance, now
        self.hostile = hostile
        self._attic: Repository | None = None

    def tell(self, kind: str, start: datetime) -> None:
        """One thread of a kind, opened at `start`."""
        {"issue": self._issue, "pull_request": self._pull_request, "discussion": self._discussion}[kind](start)

    # -- ground --------------------------------------------------------------------------------------------------

    def _delay(self, median_hours: float, spread: float) -> timedelta:
        """Log-normal, whole seconds; a few answers come at once."""
        if self.chance.random() < 0.01:
            return timedelta(0)
        return timedelta(seconds=int(self.chance.lognormvariate(math.log(median_hours * 3600), spread)))

    def _happened(self, at: datetime) -> bool:
        return at <= self.now

    def _chat(self, thread: Thread, begin: datetime) -> datetime:
        """Further comments, Pareto in number; the instant of the last one."""
        at = begin
        for _ in range(min(LONGEST_THREAD, int(self.chance.paretovariate(1.15)) - 1)):
            at += self._delay(5, 1.6)
            if not self._happened(at):
                break
            by = thread.author if self.chance.random() < 0.4 else self.people.responder(thread.author)
            comment = self.state.comment(thread, by=by, at=at, body=self.people.body(hostile=self.hostile))
            if self.chance.random() < 0.01:
                self.state.minimise(comment, self.chance.choice(("spam", "off-topic", "outdated")))
        return min(at, self.now)

    def _greet(self, thread: Thread, at: datetime) -> None:
        """A bot is often first."""
        if self.chance.random() < 0.2 and self._happened(at + timedelta(seconds=4)):
            self.state.comment(thread, by=self.people.actions, at=at + timedelta(seconds=4),
                               body="Thank you, someone will look soon.")

    def _label(self, thread: Thread, at: datetime) -> None:
        for names, share, hours in ((_TYPES, 0.65, 9.0), (_PRIORITIES, 0.35, 14.0)):
            while self.chance.random() < share:
                moment = at if self.chance.random() < 0.3 else at + self._delay(hours, 1.5)
                if self._happened(moment):
                    self.state.add_label(thread, self.chance.choice(names), at=moment, by=self.people.maintainer())
                share /= 8      # a second one is rare, and happens

    # -- issues --------------------------------------------------------------------------------------------------

    def _issue(self, start: datetime) -> Issue:
        draw = self.chance.random()
        author = (self.people.dependabot if draw < 0.03 else self.people.actions if draw < 0.04
                  else self.people.machine if draw < 0.05 else self.people.reporter())
        issue = self.state.open_issue(self.repository, by=author, at=start, body=self.people.body(hostile=self.hostile),
                                      title=self.people.title("issue", hostile=self.hostile))
        self._greet(issue, start)
        self._label(issue, start)
        at = start
        if self.chance.random() < 0.15 and self._happened(start + timedelta(minutes=7)):
            self.state.comment(issue, by=author, at=start + timedelta(minutes=7), body="One more detail.")
        if self.chance.random() < 0.86:
            at = start + self._delay(7, 1.9)
            if self._happened(at):
                self.state.comment(issue, by=self.people.responder(author), at=at, body="Can you say more?")
                at = self._chat(issue, at)
        self._end_issue(issue, min(at, self.now), author)
        return issue

    def _end_issue(self, issue: Issue, after: datetime, author: Account) -> None:
        draw = self.chance.random()
        if draw < 0.1:      # nobody cares: the stale bot does
            at = after + timedelta(days=60)
            if self._happened(at + timedelta(days=14)):
                self.state.add_label(issue, "stale", at=at, by=self.people.stale)
                self.state.comment(issue, by=self.people.stale, at=at, body="No activity for 60 days.")
                self.state.close(issue, at=at + timedelta(days=14), by=self.people.stale, reason="NOT_PLANNED")
            return
        at, closings = after, 0
        while draw < 0.82 and closings < 4:
            at += self._delay(70, 1.7)
            if not self._happened(at):
                return
            reason = self.chance.choices(("COMPLETED", "NOT_PLANNED", "DUPLICATE"), (78, 16, 6))[0]
            self.state.close(issue, at=at, by=self.chance.choice((author, self.people.maintainer())), reason=reason)
            closings += 1
            again = at + self._delay(40, 1.4)
            if self.chance.random() > 0.07 or not self._happened(again):
                return
            self.state.reopen(issue, at=again, by=author)
            at = again

    # -- pull requests -------------------------------------------------------------------------------------------

    def _pull_request(self, start: datetime) -> PullRequest:
        draw = self.chance.random()
        author = (self.people.dependabot if draw < 0.22 else self.people.reporter() if draw < 0.5
                  else self.people.anyone())
        draft = self.chance.random() < 0.18
        pull = self.state.open_pull_request(self.repository, by=author, at=start, draft=draft,
                                            title=self.people.title("pull_request", hostile=self.hostile),
                                            body=self.people.body(hostile=self.hostile))
        self._greet(pull, start)
        self._label(pull, start)
        at = self._drafts(pull, start)
        if self.chance.random() < 0.88:
            at += self._delay(5, 1.8)
            if self._happened(at):
                self._first_look(pull, at)
                at = self._chat(pull, at)
        at = min(at, self.now) + self._delay(20, 1.7)
        draw = self.chance.random()
        if draw < 0.85 and self._happened(at) and not pull.is_draft:
            if draw < 0.68:
                self.state.merge(pull, at=at, by=self.people.maintainer())
            else:
                self.state.close(pull, at=at, by=author)
        return pull

    def _drafts(self, pull: PullRequest, start: datetime) -> datetime:
        """Drafts in every order: ready after a while, back again, draft to this day."""
        at = start
        while self.chance.random() < (0.8 if pull.is_draft else 0.06):
            moment = at + self._delay(18, 1.3)
            if not self._happened(moment):
                break
            if pull.is_draft:
                if self.chance.random() < 0.3:
                    early = at + timedelta(seconds=(moment - at).total_seconds() // 2)
                    self.state.comment(pull, by=self.people.responder(pull.author), at=early, body="An early word.")
                self.state.ready_for_review(pull, at=moment, by=pull.author)
            else:
                self.state.convert_to_draft(pull, at=moment, by=pull.author)
            at = moment
        return at

    def _first_look(self, pull: PullRequest, at: datetime) -> None:
        by = self.people.responder(pull.author)
        if self.chance.random() < 0.35:
            self.state.comment(pull, by=by, at=at, body="Thank you.")
            return
        begun = at - min(timedelta(minutes=30), at - pull.created_at)
        lines = [at] * self.chance.choice((0, 0, 1, 3))
        states: tuple[ReviewState, ...] = ("COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED")
        state = self.chance.choices(states, (30, 45, 22, 3))[0]
        review = self.state.review(pull, by=by, at=begun, submitted_at=at, state=state, lines=lines)
        if self.chance.random() < 0.02:
            self.state.minimise(review, "outdated")
        if self.chance.random() < 0.04:
            self.state.review(pull, by=self.people.maintainer(), at=at, state="PENDING")

    # -- discussions ---------------------------------------------------------------------------------------------

    def _discussion(self, start: datetime) -> Discussion:
        author = self.people.reporter()
        category = "Q&A" if self.chance.random() < 0.6 else "General"
        made = self.state.open_discussion(self.repository, by=author, at=start, category=category,
                                          title=self.people.title("discussion", hostile=self.hostile),
                                          body=self.people.body(hostile=self.hostile))
        at = start
        for _ in range(min(60, int(self.chance.paretovariate(0.9)) - (self.chance.random() < 0.25))):
            at += self._delay(9, 1.8)
            if not self._happened(at):
                break
            by = author if self.chance.random() < 0.2 else self.people.responder(author)
            comment = self.state.comment(made, by=by, at=at, body=self.people.body(hostile=self.hostile))
            moment = at
            for _ in range(int(self.chance.paretovariate(1.3)) - 1 if self.chance.random() < 0.6 else 0):
                moment += self._delay(3, 1.4)
                if not self._happened(moment) or len(comment.replies) > 40:
                    break
                replier = self.chance.choice((author, self.people.responder(author)))
                self.state.comment(made, by=replier, at=moment, reply_to=comment)
            if category == "Q&A" and made.answer is None and by is not author and self.chance.random() < 0.5:
                chosen = moment + self._delay(4, 1.5)
                if self._happened(chosen):
                    self.state.choose_answer(comment, at=chosen)
        if self.chance.random() < 0.25 and self._happened(at + timedelta(days=9)):
            self.state.close(made, at=at + timedelta(days=9), by=author)
        return made

    # -- hard cases ----------------------------------------------------------------------------------------------

    def _plain_issue(self, hours: float, by: Account | None = None) -> Issue:
        return self.state.open_issue(self.repository, by=by or self.people.crowd[-1], title="A rare case",
                                     at=self.now - timedelta(hours=hours))

    def tell_hard_issues(self) -> None:
        """What chance may leave out, each once and within the last month."""
        state, hour = self.state, timedelta(hours=1)
        maintainer, author = self.people.maintainers[0], self.people.crowd[-1]
        bots_first = self._plain_issue(300)
        for place in range(125):
            state.comment(bots_first, by=self.people.actions, at=bots_first.created_at + timedelta(minutes=place))
        state.comment(bots_first, by=maintainer, at=bots_first.created_at + 5 * hour)
        author_only = self._plain_issue(290)
        for place in range(130):
            state.comment(author_only, by=author, at=author_only.created_at + timedelta(minutes=place))
        at_once = self._plain_issue(280)
        state.comment(at_once, by=maintainer, at=at_once.created_at)
        spam = self._plain_issue(270)
        state.minimise(state.comment(spam, by=self.people.crowd[-2], at=spam.created_at + hour))
        twice = self._plain_issue(260)
        for hours in (1, 3, 9):
            state.close(twice, at=twice.created_at + hours * hour, by=maintainer)
            if hours < 9:
                state.reopen(twice, at=twice.created_at + (hours + 1) * hour, by=author)
        silent = self._plain_issue(250)
        state.close(silent, at=silent.created_at + 2 * hour, by=maintainer)
        self._attic = state.add_repository(f"{self.repository.owner.login}/attic")
        moved = state.open_issue(self._attic, by=author, at=self.now - 400 * hour, title="Once elsewhere")
        state.comment(moved, by=maintainer, at=moved.created_at + hour)
        state.transfer(moved, self.repository, at=self.now - 240 * hour, created_at=self.now - 240 * hour)
        ours = state.open_issue(self.repository, by=self.people.actions, at=self.now - 230 * hour, title="A report",
                                body=MARKER)
        state.comment(ours, by=maintainer, at=self.now - 229 * hour)
        ghosts = state.open_issue(self.repository, by=None, at=self.now - 220 * hour, title="By someone who left")
        state.comment(ghosts, by=None, at=self.now - 219 * hour)
        answered_by_ghost = self._plain_issue(210)
        state.comment(answered_by_ghost, by=None, at=answered_by_ghost.created_at + hour)

    def tell_hard_pull_requests(self) -> None:
        """Drafts in the orders that chance may leave out; closed unmerged; only a pending review."""
        state, hour = self.state, timedelta(hours=1)
        author, maintainer = self.people.crowd[-1], self.people.maintainers[0]

        def opened(hours: float, *, draft: bool = False) -> PullRequest:
            return state.open_pull_request(self.repository, by=author, at=self.now - hours * hour, draft=draft,
                                           title="A rare case")
        there_and_back = opened(300)
        state.convert_to_draft(there_and_back, at=there_and_back.created_at + 10 * hour, by=author)
        state.comment(there_and_back, by=maintainer, at=there_and_back.created_at + 20 * hour)
        state.ready_for_review(there_and_back, at=there_and_back.created_at + 30 * hour, by=author)
        state.review(there_and_back, by=maintainer, at=there_and_back.created_at + 42 * hour, state="APPROVED")
        state.merge(there_and_back, at=there_and_back.created_at + 50 * hour, by=maintainer)
        opened(290, draft=True)
        late_draft = opened(280)
        state.convert_to_draft(late_draft, at=late_draft.created_at + hour, by=author)
        refused = opened(270)
        state.close(refused, at=refused.created_at + 3 * hour, by=maintainer)
        unsent = opened(260)
        state.review(unsent, by=maintainer, at=unsent.created_at + hour, state="PENDING")
