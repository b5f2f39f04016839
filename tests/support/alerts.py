"""Alerts in small: signals, treatments and texts by a word, and a GitHub in memory that loses calls when told to."""
from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.concerns.alert import state as memory
from repo_vitals.concerns.alert.collect import MARKER
from repo_vitals.concerns.alert.facts import AlertState, Command, Event, OurIssue, Problem, Settings, Signal, Treatment
from repo_vitals.concerns.alert.plans import AlertView, Notice, Plan, Write
from repo_vitals.concerns.alert.reconcile import reconcile
from repo_vitals.sources.our_issues import key_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

START = datetime(2026, 5, 4, 6, 0, tzinfo=timezone.utc)
KEY = "ci-health"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LOUD = Treatment(severity="high", labels=("alert",))
SETTINGS = Settings(repository="octo/widgets")


def problem(name: str, severity: str = "high") -> Problem:
    return Problem(id=name, monitor="ci-health", rule="rule", severity=severity, title=f"Problem {name}")


def signal(outcome: str, at: datetime = START, *, key: str = "ci-health", problems: Sequence[str] = ("a",)) -> Signal:
    return Signal(key=key, outcome=outcome, at=at, monitors=(key.partition("/")[0],),
                  problems=tuple(map(problem, problems)) if outcome == "failing" else ())


class Words:
    """Texts as short as can be, with all that a body may depend on."""

    def title(self, view: AlertView) -> str:
        return f"{view.state.key}: {len(view.signal.problems)} problems"

    def body(self, view: AlertView) -> str:
        lines = [memory.marker(view.state.key), f"{view.state.phase} {view.treatment.severity}"]
        if view.signal is not None:
            lines += [view.signal.outcome, *(problem.title for problem in view.signal.problems)]
        if view.state.earlier is not None:
            lines.append(f"earlier: `{view.state.earlier}`")
        lines += [f"silenced {view.treatment.silenced_until}", f"run {view.run_url}", memory.hidden(view.state)]
        return "\n\n".join(lines)

    def shows(self, view: AlertView) -> str:
        """All of the body but the run and the memory."""
        plain = replace(view, run_url=None, state=replace(view.state, updated_at=None, run_url="", recent=(), rows={},
                                                        shown=""))
        return str(self.body(plain).split("\n\n")[1:-1])

    def comment(self, view: AlertView, event: Event) -> str:
        return event.what

    def notices(self, view: AlertView, channels: tuple[str, ...], told: str) -> tuple[Notice, ...]:
        return tuple(Notice(channel=channel, key=view.state.key, told=told, subject=told, text=told,
                            severity=view.state.severity, status="firing" if told != "resolved" else "resolved",
                            starts_at=view.now) for channel in channels)


# -- GitHub ------------------------------------------------------------------------------------------------------

@dataclass
class Issue:
    number: int
    title: str
    body: str
    author: str
    created_at: datetime
    labels: tuple[str, ...] = ()
    is_open: bool = True
    is_locked: bool = False
    closed_at: datetime | None = None
    closer: str = ""                # us, person or bot
    comments: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)

    @property
    def key(self) -> str | None:
        """Of whose alert it is, by what the marker is to be: written apart from how the program reads it."""
        found = re.match(r"<!-- repo-vitals:alert:(\S+) -->\n", f"{self.body}\n")
        return found[1] if found and self.author == "us" else None


class Lost(Exception):
    """A call failed, be it before or after it took effect."""


@dataclass
class GitHub:
    """Issues, the history's file, and a clock."""

    now: datetime = START
    issues: list[Issue] = field(default_factory=list)
    history: str = ""
    has_history: bool = True
    numbers: int = 0

    def ours(self, key: str, *, is_open: bool | None = None) -> list[Issue]:
        return [one for one in self.issues if one.key == key and (is_open is None or one.is_open == is_open)]

    def read(self, listed: Sequence[Issue] | None = None, numbers: Collection[int] = ()) -> tuple[OurIssue, ...]:
        """As the list has them, which may be behind, and by number what it lacks. Deleted ones are nowhere."""
        there = {one.number: one for one in self.issues}
        seen = dict(there)
        if listed is not None:
            behind = {one.number: one for one in listed}
            # Texts come from the issue itself; whether it is there, and open, from the list.
            seen = {number: replace(one, is_open=behind[number].is_open, closed_at=behind[number].closed_at)
                    if number in behind else one for number, one in there.items()
                    if number in behind or number in numbers}
        found = []
        for one in seen.values():
            key = key_of({"body": one.body, "viewerDidAuthor": one.author == "us",
                          "author": {"__typename": "User", "login": one.author}}, MARKER, ())
            if key is None:
                continue
            found.append(OurIssue(
                number=one.number, key=key, url="", title=one.title, body=one.body, is_open=one.is_open,
                created_at=one.created_at, closed_at=None if one.is_open else one.closed_at,
                closed_by_person=not one.is_open and one.closer == "person", labels=one.labels,
                is_locked=one.is_locked, state=memory.from_body(one.body), commands=tuple(one.commands)))
        return tuple(found)

    def make(self, title: str, body: str, author: str, labels: tuple[str, ...] = ()) -> Issue:
        self.numbers += 1
        self.issues.append(Issue(self.numbers, title, body, author, self.now, labels))
        return self.issues[-1]

    def close(self, issue: Issue, closer: str) -> None:
        if issue.is_open:
            issue.is_open, issue.closed_at, issue.closer = False, self.now, closer

    def write(self, write: Write, made: dict[str, int]) -> None:
        if write.verb == "create-issue":
            made[write.key] = self.make(write.title, write.body, "us", write.labels).number
            return
        issue = next((one for one in self.issues if one.number == (write.number or made.get(write.key))), None)
        if issue is None:
            raise Lost("404")
        issue.body = issue.body if write.body is None else write.body.rstrip()
        issue.title = write.title or issue.title
        if write.verb == "close-issue" or write.stays_closed:
            self.close(issue, "us")
        elif write.verb == "reopen-issue":
            issue.is_open = True
        elif write.verb == "comment":
            issue.comments.append(write.comment)
        elif write.verb == "add-labels":
            issue.labels = tuple(dict.fromkeys((*issue.labels, *write.labels)))


# -- runs --------------------------------------------------------------------------------------------------------

def planned(
    github: GitHub, signals: Sequence[Signal], treatments: Mapping[str, Treatment] | None = None,
    settings: Settings = SETTINGS, *, listed: Sequence[Issue] | None = None,
) -> Plan:
    states = memory.read_all(github.history) if github.has_history else {}
    issues = github.read(listed, {state.number for state in states.values()})
    return reconcile(signals, treatments or {one.key: LOUD for one in signals}, states, issues, now=github.now,
                     settings=replace(settings, has_history=github.has_history), texts=Words())


def carried_out(github: GitHub, plan: Plan, *, loses: Mapping[int, str] | None = None, dies: bool = False,
                forgets: bool = False, deaf: frozenset[str] = frozenset()) -> Iterator[None]:
    """Carry out a plan, stopping before every write; `loses` says of a write's index whether it fails before or after.

    A run that dies does so at its first lost call. `deaf` channels get nothing.
    """
    made: dict[str, int] = {}
    failed: set[str] = set()
    for index, write in enumerate(plan.writes):
        yield
        if write.key in failed:
            continue
        try:
            when = (loses or {}).get(index)
            if when != "before":
                github.write(write, made)
            if when is not None:
                raise Lost(when)
        except Lost:
            if dies:
                return
            failed.add(write.key)
    yield
    if github.has_history and not forgets:
        earlier = {state.key: state for state in plan.earlier}
        states = [earlier[state.key] if state.key in failed else
                  replace(state, number=made.get(state.key, state.number)) for state in plan.states]
        unheard = {(notice.key, notice.channel) for notice in plan.notices if notice.channel in deaf}
        heard = {state.key: {notice.channel: notice.told for notice in plan.notices if notice.key == state.key}
                 for state in states}
        states = [replace(state, told={**state.told, **heard[state.key]}) for state in states]
        github.history = memory.write_all(_without(state, earlier[state.key], unheard) for state in states)


def _without(state: AlertState, earlier: AlertState, unheard: set[tuple[str, str]]) -> AlertState:
    told = dict(state.told)
    for key, channel in unheard:
        if key == state.key:
            told.pop(channel, None)
            if channel in earlier.told:
                told[channel] = earlier.told[channel]
    return replace(state, told=told)


def run(github: GitHub, signals: Sequence[Signal], treatments: Mapping[str, Treatment] | None = None,
        settings: Settings = SETTINGS) -> Plan:
    """One run that nothing disturbs."""
    plan = planned(github, signals, treatments, settings)
    for _ in carried_out(github, plan):
        pass
    return plan


# -- from day to day ---------------------------------------------------------------------------------------------

class Days:
    """A GitHub on which a run takes place each day; `day` gives the verbs of what it wrote."""

    def __init__(self, **treatment) -> None:
        self.github = GitHub()
        self.treatment = replace(LOUD, **treatment)

    def day(self, outcome: str = "failing", *, problems=("a",), **treatment) -> list[str]:
        self.github.now += DAY
        self.said = [] if outcome == "nothing" else [signal(outcome, self.github.now, problems=problems)]
        return self.again(**treatment)

    def again(self, **treatment) -> list[str]:
        self.treatment = replace(self.treatment, **treatment)
        self.plan = run(self.github, self.said, {KEY: self.treatment})
        return [f"comment: {write.comment}" if write.verb == "comment" else write.verb for write in self.plan.writes]

    def command(self, kind: str, **given) -> None:
        at = self.github.now + HOUR
        self.issue.commands.append(Command(id=f"{at}{kind}", kind=kind, who="ada", at=at, **given))

    def close(self, closer: str) -> None:
        self.github.now += HOUR
        self.github.close(self.issue, closer)

    @property
    def issue(self):
        return self.github.issues[-1]

    @property
    def state(self):
        return memory.read_all(self.github.history)[KEY]


def fired(**treatment) -> Days:
    days = Days(**treatment)
    assert days.day() == ["create-issue"]
    return days
