"""A stage for alerts: plays what happens to a GitHub in memory."""
from __future__ import annotations

from dataclasses import replace

from repo_vitals.concerns.alert import state as memory
from repo_vitals.concerns.alert.facts import Command, Escalation
from repo_vitals.report.model import SEVERITIES
from support.alert_account import Account
from support.alert_happenings import KEYS, Act, Both, Fault, Policy, Run, Says
from support.alerts import DAY, HOUR, LOUD, MINUTE, SETTINGS, START, Issue, carried_out, planned, run, signal


class Stage(Account):
    """Plays what happens, and checks after each what must hold."""

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
