"""A stage for alerts: plays what happens to a GitHub in memory, and keeps account of it apart from the program."""
from __future__ import annotations

from dataclasses import dataclass, field, replace

from repo_vitals.concerns.alert import state as memory
from repo_vitals.concerns.alert.facts import Command, Escalation
from repo_vitals.report.model import SEVERITIES
from support.alerts import DAY, HOUR, LOUD, MINUTE, SETTINGS, START, GitHub, Issue, carried_out, planned, run, signal

WEEK = 7 * DAY
# A monitor's own alert, and one of a single finding.
KEYS = ("ci-health", "coverage/00000000000000ab")
MONITORS = ("ci-health", "coverage")


# -- what may happen ---------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Says:
    """What the reports say of each key."""

    outcomes: tuple[str, str]
    problems: int = 1               # 1 to 3: each is a new one
    severity: str = "high"
    is_new: bool = True             # False: the reports of the last run again


@dataclass(frozen=True)
class Fault:
    loses: dict[int, str] = field(default_factory=dict)
    dies: bool = False
    forgets: bool = False           # the history's push is refused
    deaf: bool = False              # the channel
    lags: bool = False              # the list of issues is as it was before what happened last


@dataclass(frozen=True)
class Run:
    says: Says
    fault: Fault = Fault()


@dataclass(frozen=True)
class Both:
    """Two runs that have read before either wrote."""

    one: Run
    other: Run
    order: tuple[bool, ...]


@dataclass(frozen=True)
class Act:
    """What somebody does to an issue of a key, picked by number among them."""

    what: str
    key: int
    pick: int = 0


@dataclass(frozen=True)
class Policy:
    fire_after: tuple[int, int] = (1, 1)
    resolve_after: int = 1
    silenced: bool = False
    inhibited: bool = False


# -- the stage ---------------------------------------------------------------------------------------------------

class Stage:
    """Plays what happens, and keeps account of it apart from what the program remembers."""

    def __init__(self, *, has_history: bool, is_calm: bool) -> None:
        self.github = GitHub(has_history=has_history)
        self.is_calm = is_calm and has_history
        self.policy = Policy()
        self.said = Says(("nothing", "nothing"))
        self.at = self.github.now
        self.older: list[str] = [""]
        self.truth: dict[str, list[tuple]] = {key: [] for key in (*KEYS, *(f"unknown/{one}" for one in MONITORS))}
        self.left: set[str] = set()             # closed by a person, and nothing has certainly changed since
        self.rests: dict[str, int] = {}     # how grave it was when a person closed it, where that is certain
        self.reopened: set[str] = set()         # opened again by a person while it was over
        self.snoozed: dict[str, object] = {}
        self.retitled: dict[int, str] = {}
        self.labels: dict[int, tuple[str, ...]] = {}
        self.strangers: list[tuple] = []
        self.overlapped = False
        self.deleted: dict[str, int] = {}       # the last issue that was, for as long as the history can know of it
        self.listed: list[Issue] = []           # what GitHub showed before what happened last
        self.listed_next: list[Issue] = []

    # What a run is given ----------------------------------------------------------------------------------------

    def signals(self, said: Says):
        if said.is_new:
            self.said, self.at = said, self.github.now - 5 * MINUTE
        found = []
        for key, outcome in zip(KEYS, self.said.outcomes, strict=True):
            if outcome != "nothing":
                found.append(signal(outcome, self.at, key=key, problems=[f"p{n}" for n in range(self.said.problems)]))
        return found

    def treatments(self):
        silenced = START + 1000 * DAY if self.policy.silenced else None
        one = replace(LOUD, severity=self.said.severity, fire_after=self.policy.fire_after, channels=("chat",),
                      resolve_after=self.policy.resolve_after, silenced_until=silenced,
                      inhibited_by="other" if self.policy.inhibited else "",
                      escalations=(Escalation(after=3 * DAY, labels=("escalated",)),), repeat_every=5 * DAY)
        return dict.fromkeys(self.truth, one)

    def account(self, signals) -> None:
        found = {one.key: one for one in signals}
        for key in KEYS:
            if key in found:
                self.truth[key] = [*(one for one in self.truth[key] if one[0] != found[key].at),
                                   (found[key].at, found[key].outcome)]
        if KEYS[0] in found:
            one = found[KEYS[0]]
            judged = "failing" if one.outcome == "unknown" else "healthy"
            key = f"unknown/{KEYS[0]}"
            self.truth[key] = [*(run for run in self.truth[key] if run[0] != one.at), (one.at, judged)]

    # What happens -----------------------------------------------------------------------------------------------

    def play(self, happening) -> None:
        self.github.now += HOUR
        self.listed, self.listed_next = self.listed_next, [replace(one) for one in self.github.issues]
        before = {one.number: replace(one) for one in self.github.issues}
        if isinstance(happening, Policy):
            self.policy = happening
        elif isinstance(happening, Act):
            self.act(happening)
        elif isinstance(happening, Run):
            self.one_run(happening, before)
        else:
            self.two_runs(happening)
        self.check_people()

    def one_run(self, happening: Run, before: dict[int, Issue]) -> None:
        signals = self.signals(happening.says)
        self.account(signals)
        fault = happening.fault
        plan = planned(self.github, signals, self.treatments(), self.settings(),
                       listed=self.listed if fault.lags else None)
        for _ in carried_out(self.github, plan, loses=fault.loses, dies=fault.dies, forgets=fault.forgets,
                             deaf=frozenset(["chat"]) if fault.deaf else frozenset()):
            pass
        if fault == Fault():
            if self.is_calm:
                self.check_thresholds(before, signals)
            self.learn(signals)
            self.check_doubles(before)
            self.check_deleted(before)
            if self.is_calm:
                for key in self.rests:
                    assert not self.github.ours(key, is_open=True), "what a person closed was opened again"
        self.check_memory(before)
        self.remember_history()

    def two_runs(self, happening: Both) -> None:
        self.overlapped = True
        under_way = []
        for one in (happening.one, happening.other):
            signals = self.signals(one.says)
            self.account(signals)
            plan = planned(self.github, signals, self.treatments(), self.settings())
            under_way.append(carried_out(self.github, plan, loses=one.fault.loses, dies=one.fault.dies,
                                         forgets=one.fault.forgets))
            self.github.now += MINUTE
        for first in happening.order:
            next(under_way[0 if first else 1], None)
        for rest in under_way:
            for _ in rest:
                pass
        self.remember_history()

    def settings(self):
        return replace(SETTINGS, run_url=f"https://example.org/runs/{self.github.now.isoformat()}")

    def remember_history(self) -> None:
        self.older.append(self.github.history)

    def learn(self, signals) -> None:
        """What a run that nothing disturbed is certain to have taken in."""
        for one in signals:
            is_worse = (one.key in self.rests and one.outcome == "failing" and not self.is_muted(one.key)
                        and SEVERITIES.index(self.said.severity) > self.rests[one.key])
            if one.outcome == "healthy" or is_worse:
                self.left.discard(one.key)
                self.rests.pop(one.key, None)
            judged = [outcome for _, outcome in self.truth[one.key] if outcome != "unknown"]
            needed, among = self.policy.fire_after
            has_come = one.outcome == "failing" and judged[-among:].count("failing") >= needed
            if has_come and not self.is_muted(one.key):
                self.reopened.discard(one.key) if self.github.ours(one.key, is_open=True) else None

    def is_muted(self, key: str) -> bool:
        until = self.snoozed.get(key)
        return self.policy.silenced or self.policy.inhibited or (until is not None and until > self.github.now)

    def act(self, act: Act) -> None:
        github = self.github
        key = KEYS[act.key]
        if act.what == "a stranger's marker":
            self.stranger(github.make(f"{key}: 1 problems", f"{memory.marker(key)}\nmine", "mallory", ("alert",)))
            return
        if act.what == "a stranger's title":
            self.stranger(github.make(f"{key}: 1 problems", "It fails", "mallory", ("alert",)))
            return
        if act.what == "another tool of ours":
            self.stranger(github.make(f"{key}: 1 problems", f"It fails\n{memory.marker(key)}", "us", ("alert",)))
            return
        if act.what == "wait":
            github.now += 8 * DAY if act.pick > 1 else DAY
            return
        if act.what.startswith("history"):
            self.deleted.clear()
        if act.what == "history lost":
            github.history = ""
            return
        if act.what == "history old":
            github.history = self.older[act.pick % len(self.older)]
            return
        found = github.ours(key)
        if not found:
            return
        issue = found[act.pick % len(found)]
        if act.what == "retitle":
            issue.title = self.retitled[issue.number] = f"Look at this ({act.pick})"
        elif act.what == "relabel":
            issue.labels = ("theirs",)
        elif act.what == "close":
            if issue.is_open:
                github.close(issue, "person")
                self.left.add(key)
                state = memory.from_body(issue.body)
                if self.is_calm and state.phase == "firing":
                    self.rests[key] = SEVERITIES.index(state.severity)
        elif act.what == "bot closes":
            github.close(issue, "bot")
        elif act.what == "reopen":
            if not issue.is_open:
                issue.is_open = True
                self.left.discard(key)
                self.rests.pop(key, None)
                self.reopened.add(key)
        elif act.what == "lock":
            issue.is_locked = True
        elif act.what in ("snooze", "acknowledge", "resolve"):
            span = 2 * DAY if act.what == "snooze" else None
            issue.commands.append(Command(id=f"{issue.number}-{github.now}", kind=act.what, who="ada", at=github.now,
                                          span=span))
            if act.what == "snooze":
                self.snoozed[key] = github.now + span
            if act.what == "resolve":
                self.left.add(key)
        elif act.what == "delete":
            github.issues.remove(issue)
            self.deleted[key] = max(self.deleted.get(key, 0), issue.number)
        elif act.what == "edit":
            issue.body = issue.body.replace("\n\n", "\n\nThey say more\n\n", 1)
        elif act.what == "no state":
            issue.body = "\n".join(line for line in issue.body.split("\n") if "vitals:state" not in line)
        elif act.what == "no marker":
            issue.body = f"Mine now\n{issue.body}"
            self.stranger(issue)
        elif act.what == "damaged state":
            issue.body = issue.body.replace('"phase"', '"phrase')

    def stranger(self, issue) -> None:
        self.strangers.append((issue, issue.title, issue.body, issue.is_open, list(issue.comments)))

    # What must hold ---------------------------------------------------------------------------------------------

    def check_people(self) -> None:
        for issue, *as_it_was in self.strangers:
            assert [issue.title, issue.body, issue.is_open, issue.comments] == as_it_was, "a stranger's was touched"
        for issue in self.github.issues:
            assert self.retitled.get(issue.number, issue.title) == issue.title, "a person's title was overwritten"

    def check_doubles(self, before: dict[int, Issue]) -> None:
        for key in KEYS:
            were = [one.number for one in before.values() if one.key == key and one.is_open]
            are = [one.number for one in self.github.ours(key, is_open=True)]
            assert len(were) < 2 or are in ([], [min(were)]), "another one than the lowest stayed"

    def check_memory(self, before: dict[int, Issue]) -> None:
        """A body forgets nothing of what has happened, whatever becomes of the history.

        Of two of a key that were open, as after a list that lagged, the one that stays goes on as the newer says.
        """
        open_before = [one.key for one in before.values() if one.is_open]
        for issue in self.github.issues if not self.overlapped else ():
            if open_before.count(issue.key) > 1:
                continue
            was, now = (memory.from_body(one.body) for one in (before.get(issue.number, issue), issue))
            if was is not None and now is not None:
                assert now.spells >= was.spells, "an older memory was believed"
                assert now.timeline[:len(was.timeline)] == was.timeline, "an older memory was believed"

    def check_deleted(self, before: dict[int, Issue]) -> None:
        for issue in self.github.issues if self.github.has_history and not self.overlapped else ():
            was = before.get(issue.number)
            if issue.is_open and was is not None and not was.is_open:
                assert issue.number > self.deleted.get(issue.key, 0), "an older one was opened again"

    def check_thresholds(self, before: dict[int, Issue], signals) -> None:
        """Held against all reports there ever were: enough runs failed, or were healthy, for what was done."""
        for issue in self.github.issues:
            if issue.author != "us" or issue.key is None:
                continue
            was = before.get(issue.number)
            judged = [outcome for _, outcome in self.truth[issue.key] if outcome != "unknown"]
            is_unknown = issue.key.startswith("unknown/")
            if issue.is_open and (was is None or not was.is_open):
                assert not self.is_muted(issue.key), "it was opened while nobody was to be told"
                needed, among = (3, 3) if is_unknown else self.policy.fire_after
                if self.spell_is_new(issue):
                    assert judged[-among:].count("failing") >= needed, "it was opened too early"
                others = [one for one in before.values() if one.key == issue.key]
                if was is None:
                    assert all(self.github.now - one.closed_at > WEEK for one in others), "none was opened again"
                elif was.closer != "bot":
                    ends = [was.closed_at, *(at for at, outcome in self.truth[issue.key] if outcome == "healthy")]
                    assert self.github.now - max(ends) <= WEEK + 5 * MINUTE, "an old one was opened again"
            if was is not None and was.is_open and not issue.is_open and issue.key not in self.left:
                row = 1 if is_unknown else self.policy.resolve_after
                assert judged[-row:] == ["healthy"] * row, "it was closed too early"
                said = {one.key: one.outcome for one in signals}
                assert is_unknown or said.get(issue.key) == "healthy", "it was closed though nothing was judged"

    def spell_is_new(self, issue) -> bool:
        state = memory.from_body(issue.body)
        return state is not None and state.fired_at == self.github.now

    def rest(self, outcomes: tuple[str, str]) -> None:
        """Runs that nothing disturbs, until every threshold is passed; then what is there against what they said."""
        github = self.github
        says = Says(outcomes, self.said.problems, self.said.severity)
        open_before = {key: len(github.ours(key, is_open=True)) for key in KEYS}
        for _ in range(3):
            github.now += HOUR
            before = {one.number: replace(one) for one in github.issues}
            signals = self.signals(says)
            self.account(signals)
            run(github, signals, self.treatments(), self.settings())
            if self.is_calm:
                self.check_thresholds(before, signals)
            self.learn(signals)
            self.check_doubles(before)
        plan = run(github, self.signals(replace(says, is_new=False)), self.treatments(), self.settings())
        assert plan.writes == (), "a run with nothing new writes"
        github.now += MINUTE
        plan = run(github, self.signals(replace(says, is_new=False)), self.treatments(), self.settings())
        assert (plan.writes, plan.notices) == ((), ()), "a run with nothing new writes or tells"
        for key, outcome in zip(KEYS, outcomes, strict=True):
            self.check(key, outcome, open_before[key])
        if outcomes[0] == "unknown" and not self.policy.silenced and not self.policy.inhibited:
            assert len(github.ours("unknown/ci-health", is_open=True)) == 1
        elif outcomes[0] != "nothing" and outcomes[0] != "unknown":
            assert not github.ours("unknown/ci-health", is_open=True)
        self.check_people()

    def check(self, key: str, outcome: str, open_before: int) -> None:
        found = self.github.ours(key, is_open=True)
        assert len(found) <= 1, "two alerts of one key are open"
        if outcome == "failing" and not self.is_muted(key) and key not in self.left:
            assert len(found) == 1, "an alert is missing"
            state = memory.from_body(found[0].body)
            assert state is not None
            assert state.phase == "firing"
        assert key not in self.rests or not found, "what a person closed was opened again"
        if outcome == "healthy" and key not in self.reopened:
            assert not found, "an alert of a healthy key is open"
        if outcome in ("unknown", "nothing"):
            assert len(found) <= open_before, "an alert was opened though nothing was judged"
            if self.is_calm and key not in self.reopened | self.left:
                assert len(found) == open_before, "an alert was closed though nothing was judged"
