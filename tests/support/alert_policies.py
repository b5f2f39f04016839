"""A stage for what alerts are about: reports, rules that change between them, and an account of our own."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from repo_vitals.concerns.alert import state as memory
from repo_vitals.concerns.alert.facts import Command
from repo_vitals.concerns.alert.hearing import as_heard
from repo_vitals.concerns.alert.matching import Matcher
from repo_vitals.concerns.alert.policy import Policy, wanted
from repo_vitals.concerns.alert.reconcile import reconcile
from repo_vitals.concerns.alert.rules import Silence
from repo_vitals.report.model import Target
from support.alerts import HOUR, MINUTE, SETTINGS, START, GitHub, Words, carried_out
from support.reports import finding, metric, report

MONITORS = ("ci-health", "coverage")
A, B = "a" * 16, "b" * 16
FINDINGS = {"a": (A,), "b": (B,), "ab": (A, B), "a and more": (A,), "b and more": (B,)}
SPAN = timedelta(days=2)        # of a snooze
NOTHING = metric("issue_response_sla_ratio", None, priority="p1").judged(Target(">=", 0.9))
FINE = metric("issue_response_sla_ratio", 0.95, samples=20, priority="p2").judged(Target(">=", 0.9))


@dataclass(frozen=True)
class Rules:
    group_by: str = "monitor"
    fire_after: tuple[int, int] = (1, 1)
    resolve_after: int = 1
    silenced: str = ""              # a finding's id


@dataclass(frozen=True)
class Reported:
    """Of each monitor its findings ("a", "b", "ab"; "and more": it says that it lacks something), "healthy", "unknown",
    or "" where it reports elsewhere."""

    of: tuple[str, str]
    hours: int = 1                  # since the run before


@dataclass(frozen=True)
class Snoozed:
    pick: int                       # among the open alerts


def is_unjudged(said: dict[str, str], name: str, subject: str) -> bool:
    one = said.get(name, "unknown")
    return one == "unknown" or (one.endswith("more") and subject not in FINDINGS[one])


class Grouped:
    """Plays it, without a fault: what a run closes or leaves out it has decided."""

    def __init__(self) -> None:
        self.github = GitHub(now=START)
        self.rules = Rules()
        self.failing: dict[str, set[str]] = {name: set() for name in MONITORS}   # when last judged
        self.snoozed: dict[str, datetime] = {}
        self.moved: dict[tuple[str, str], datetime] = {}    # what may have taken a snooze along
        self.seen: set[tuple[str, str]] = set()     # monitors and findings that have failed
        self.told: set[tuple[str, str]] = set()     # monitors and findings that an open alert is about
        self.grouped_by = ""                # by the last run
        self.about_all: set[str] = set()    # what failed when last judged, told by the one alert about all
        self.of_all: set[str] = set()       # what has failed while that was open
        self.runs: dict[tuple[str, str], str] = {}  # of monitors, and of their findings: f or h, as all were judged
        self.since: dict[tuple[str, str], str] = {}         # the same since the rules last changed
        self.is_ever_muted = False

    @property
    def open(self) -> list[str]:
        return [one.key for one in self.github.issues if one.is_open and one.key]

    def play(self, happening) -> None:
        if isinstance(happening, Rules):
            self.is_ever_muted |= bool(happening.silenced)
            self.rules = happening
            self.since = dict.fromkeys(self.runs, "")
        elif isinstance(happening, Snoozed):
            mine = [one for one in self.github.issues if one.is_open]
            if mine:
                issue = mine[happening.pick % len(mine)]
                issue.commands.append(Command(id=f"{self.github.now}", kind="snooze", who="ada", at=self.github.now,
                                              span=SPAN))
                self.snoozed[issue.key] = self.github.now + SPAN
                self.is_ever_muted = True
        else:
            self.github.now += happening.hours * HOUR
            self.run(happening.of)

    def run(self, of: tuple[str, str]) -> None:
        said = {name: one for name, one in zip(MONITORS, of, strict=True) if one}
        before = self.open
        about_all = set(self.about_all)
        told_before = set(self.told)
        for name, subject in self.seen:
            under = {"all", name, f"{name}/{subject}"} & set(before) | {self.key(name, subject, self.grouped_by)}
            ends = [self.snoozed[key] for key in under if key in self.snoozed]
            self.moved[name, subject] = max([*ends, self.moved.get((name, subject), START)])
        self.grouped_by = self.rules.group_by
        for name, one in said.items():
            if one != "unknown":
                self.failing[name] = {known for known in self.failing[name] if is_unjudged(said, name, known)} | set(
                    FINDINGS.get(one, ()))
                self.about_all.discard(name)
                if self.rules.group_by == "all" and self.failing[name]:
                    self.about_all.add(name)
        self.count(said)
        self.seen |= {(name, one) for name in MONITORS for one in self.failing[name]}
        plan = self.reconciled(said)
        for _ in carried_out(self.github, plan):
            pass
        assert len(self.open) == len(set(self.open)), "two alerts of one key are open"
        for key in set(before) - set(self.open):
            about = about_all if key == "all" else {key.split("/")[0]}
            if not key.startswith("unknown/"):
                for name in about:
                    assert said.get(name, "unknown") != "unknown", f"{key} was closed though {name} was not judged"
        for name, one in said.items():
            for subject in FINDINGS.get(one, ()):
                key = self.key(name, subject)
                is_due = self.fails_enough(self.since, name, subject) or (name, subject) in self.told
                if is_due and not self.is_excused(name, subject):
                    assert key in self.open, f"{key} is missing"
        if "all" in set(before) - set(self.open) and self.rules.group_by == "all":
            for name in self.of_all:
                row = self.runs[name, ""]
                assert row.endswith("h" * self.rules.resolve_after), f"it was closed though {name} ended with {row}"
        self.of_all = self.of_all if "all" in self.open else set()
        self.of_all |= {name for name in said if said[name] in FINDINGS and "all" in self.open}
        unjudged = {(name, one) for name, one in self.told if is_unjudged(said, name, one)}
        for name, one in unjudged:
            assert self.is_excused(name, one) or {"all", name, f"{name}/{one}"} & set(self.open), f"{name}/{one} ended"
        self.told = unjudged | {
            (name, one) for name in said for one in FINDINGS.get(said[name], ())
            if self.key(name, one) in self.open and one != self.rules.silenced}
        for key in set(self.open) - set(before) - {f"unknown/{name}" for name in MONITORS}:
            assert any(key == self.key(name, one) and not self.is_muted(key, one)
                       for name in said for one in self.failing[name]), f"{key} was opened for nothing"
            assert self.is_ever_muted or any(
                key == self.key(name, one) and ((name, one) in told_before or self.fails_enough(self.runs, name, one))
                for name in said for one in FINDINGS.get(said[name], ())), f"{key} was opened too early"

    def count(self, said: dict[str, str]) -> None:
        for name, one in said.items():
            if one == "unknown":
                continue
            found = {"": "f" if one in FINDINGS else "h"}
            found |= {subject: "f" if subject in FINDINGS.get(one, ()) else "h" for subject in (A, B)
                      if not is_unjudged(said, name, subject)}
            for subject, outcome in found.items():
                for runs in (self.runs, self.since):
                    runs[name, subject] = runs.get((name, subject), "") + outcome

    def fails_enough(self, runs: dict[tuple[str, str], str], name: str, subject: str) -> bool:
        """Whether the threshold is reached: of a finding that has an alert of its own, else of its monitor."""
        needed, among = self.rules.fire_after
        of = runs.get((name, subject if self.rules.group_by == "finding" else ""), "")
        return of[-among:].count("f") >= needed

    def reconciled(self, said: dict[str, str]):
        github = self.github
        silences = () if not self.rules.silenced else (
            Silence(number=1, of=Matcher(id=(self.rules.silenced,)), reason="x", until=START + timedelta(days=999)),)
        policy = Policy(settings=SETTINGS, group_by=self.rules.group_by, fire_after=self.rules.fire_after,
                        resolve_after=self.rules.resolve_after, silences=silences)
        reports = [report(
            monitor=name, generated_at=github.now - MINUTE, metrics=(NOTHING, FINE) if one != "unknown" else (),
            status="fail" if one in FINDINGS else "unknown",
            data={"complete": not one.endswith("more")},
            findings=tuple(finding(subject=subject, title=subject) for subject in FINDINGS.get(one, ())))
            for name, one in said.items()]
        issues = github.read()
        states = memory.read_all(github.history)
        known = as_heard(memory.merged(states, issues, now=github.now), issues, github.now)
        signals, treated = wanted(policy, reports, known, now=github.now,
                                  known={one.key: one.is_open for one in sorted(issues, key=lambda one: one.is_open)})
        return reconcile(signals, treated, states, issues, now=github.now, settings=replace(SETTINGS, has_history=True),
                         texts=Words())

    def key(self, monitor: str, subject: str, group_by: str = "") -> str:
        keys = {"all": "all", "monitor": monitor, "finding": f"{monitor}/{subject}"}
        return keys[group_by or self.rules.group_by]

    def is_muted(self, key: str, subject: str) -> bool:
        until = self.snoozed.get(key)
        return subject == self.rules.silenced or (until is not None and until > self.github.now)

    def is_excused(self, name: str, subject: str) -> bool:
        """Whether it need not be told now: muted, or snoozed under the key that it was grouped by before."""
        key = self.key(name, subject)
        return self.is_muted(key, subject) or any(
            until > self.github.now and self.key(*problem) == key for problem, until in self.moved.items())

    def rest(self, of: tuple[str, str]) -> None:
        """Both monitors judged until every threshold is passed: the alerts are those of what fails."""
        for _ in range(3):
            self.play(Reported(of))
        self.github.now += MINUTE
        said = dict(zip(MONITORS, of, strict=True))
        plan = self.reconciled(said)
        moved = [write for write in plan.writes if write.verb != "update-issue"]
        assert not moved, "a run with nothing new does something"
        failing = {self.key(name, subject): subject for name in MONITORS for subject in self.failing[name]}
        loud = {self.key(name, subject) for name in MONITORS for subject in self.failing[name]
                if not self.is_excused(name, subject)}
        assert loud <= set(self.open) <= set(failing), "the open alerts are not those of what fails"
