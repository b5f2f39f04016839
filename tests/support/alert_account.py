"""An account of what has happened to alerts, kept apart from what the program remembers, and what must hold by it."""
from __future__ import annotations

from repo_vitals.concerns.alert import state as memory
from repo_vitals.report.model import SEVERITIES
from support.alert_happenings import KEYS, MONITORS, Policy, Says
from support.alerts import DAY, MINUTE, GitHub, Issue

WEEK = 7 * DAY


class Account:
    """What the reports have said, what people did and want, and the checks of what a run made of it."""

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
