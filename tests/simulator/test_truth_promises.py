"""The truth about service levels, escalations and whose move it is, against small scenes worked out by hand."""
from __future__ import annotations

from datetime import time, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.simulator.truth import lives_of, rules_of
from repo_vitals.simulator.truth_hours import Hours, WorkingDays
from repo_vitals.simulator.truth_moves import escalations, next_move
from repo_vitals.simulator.truth_promises import Promise, Terms, agenda, service_figures, service_levels
from support.simulated import Scene

if TYPE_CHECKING:
    from repo_vitals.simulator.truth_lives import Life
    from repo_vitals.simulator.truth_promises import Owed

DAY = timedelta(hours=24)
PAUSES = ("status/needs-info", "status/blocked")
LABELS = {"fix": ["status/fixed"], "evaluation": ["status/planned"]}


def lives(scene: Scene, **more: Any) -> list[Life]:
    return lives_of(scene.repository, rules_of(**{"now": scene.now, **more}))


def owed(scene: Scene, *promises: Promise, due_soon: timedelta = DAY, **more: Any) -> list[Owed]:
    return service_levels(lives(scene, **more), Terms(promises=promises, due_soon=due_soon, phase_labels=LABELS))


def one(scene: Scene, phase: str, within: Any = DAY, **more: Any) -> Owed:
    [found] = owed(scene, Promise(phase=phase, within=within), **more)
    return found


def due(found: Owed) -> float | None:
    """Hours from now."""
    return None if found.due is None else (found.due - found.life.rules.now).total_seconds() / 3600


@pytest.mark.parametrize(("told", "state", "when"), [
    (lambda s: s.issue(at=-50).comment(by="bob", at=-26), "met", -26),                   # at the very moment
    (lambda s: s.issue(at=-50).comment(by="bob", at=-25), "breached", -26),
    (lambda s: s.issue(at=-50), "breached", -26),
    (lambda s: s.issue(at=-24), "pending", 0),
    (lambda s: s.issue(at=-10), "pending", 14),
    (lambda s: s.issue(at=-50).close(at=-40), "neither", -26),
    (lambda s: s.issue(at=-50).close(at=-20), "breached", -26),
    (lambda s: s.issue(at=-50).close(at=-40).comment(by="bob", at=-30), "met", -26),
    (lambda s: s.pull_request(at=-50, draft=True).ready(at=-30), "breached", -6),
    (lambda s: s.pull_request(at=-50, draft=True).ready(at=-30).draft(at=-28).ready(at=-10), "pending", 12),
    (lambda s: s.discussion(at=-50).comment(by="cat", at=-40).reply(by="bob", at=-39), "met", -26),
])
def test_a_first_response_is_met_breached_pending_or_neither(told: Any, state: str, when: float) -> None:
    scene = Scene()
    told(scene)
    found = one(scene, "first-response")
    assert (found.state, due(found)) == (state, when)


@pytest.mark.parametrize("told", [
    lambda s: s.pull_request(at=-50, draft=True),
    lambda s: s.issue(by="x[bot]", at=-50),
    lambda s: s.issue(by="github-actions[bot]", at=-50, body="<!-- repo-vitals:x -->"),
    lambda s: s.issue(at=-50).comment(by="bob", at=-60),             # from elsewhere: how long it took is unknown
    lambda s: s.issue(at=-900).close(at=-800),                       # over before the window
])
def test_who_owes_nothing(told: Any) -> None:
    scene = Scene()
    told(scene)
    assert owed(scene, Promise(phase="first-response", within=DAY)) == []


@pytest.mark.parametrize(("phase", "told", "ended"), [
    ("triage", lambda s: s.label("stale", at=-48).label("bug", at=-45), 5),
    ("triage", lambda s: s.label("stale", at=-48).close(at=-47), None),
    ("acknowledge", lambda s: s.comment(by="bob", at=-45), 5),
    ("fix", lambda s: s.label("Status/Fixed", at=-45).close(at=-30), 5),
    ("fix", lambda s: s.label("status/planned", at=-48).close(at=-45), 5),
    ("evaluation", lambda s: s.label("status/planned", at=-45), 5),
    ("disclose", lambda s: s.close(at=-45), 5),
    ("resolution", lambda s: s.close(at=-48).reopen(at=-47).close(at=-45), 5),
    ("resolution", lambda s: s.close(at=-48).reopen(at=-47), None),
    ("resolution", lambda s: s.comment(by="bob", at=-45), None),
])
def test_what_ends_a_phase(phase: str, told: Any, ended: float | None) -> None:
    """In so many hours, to the second."""
    scene = Scene()
    told(scene.issue(at=-50))
    hours, second = timedelta(hours=ended or 1000), timedelta(seconds=1)
    states = (one(scene, phase, hours).state, one(scene, phase, hours - second).state)
    if ended is not None:
        assert states == ("met", "breached")
    else:
        assert set(states) <= {"pending", "neither"}


def test_triage_is_of_issues_unless_pull_requests_are_named() -> None:
    scene = Scene()
    scene.pull_request(at=-50).label("bug", at=-49)
    assert owed(scene, Promise(phase="triage", within=DAY)) == []
    [found] = owed(scene, Promise(phase="triage", within=DAY, channel="pull_request"))
    assert found.state == "met"


@pytest.mark.parametrize(("told", "state", "when"), [
    (lambda s: s.label("status/blocked", at=-40).unlabel("status/blocked", at=-20), "breached", -6),
    (lambda s: s.label("status/blocked", at=-49).unlabel("status/blocked", at=-5), "pending", 18),
    (lambda s: s.label("status/needs-info", at=-40), "pending", None),                          # stands still
    (lambda s: s.label("status/needs-info", at=-45).label("status/blocked", at=-40)             # one over another
     .unlabel("status/needs-info", at=-30).unlabel("status/blocked", at=-10), "pending", 9),
    (lambda s: s.label("other", at=-45), "breached", -26),
    (lambda s: s.label("status/blocked", at=-40).close(at=-10), "met", None),
    # A label that is gone without having been taken off: nobody knows for how long it stood.
    (lambda s: s.label("status/blocked", at=-40).scene.delete_label("status/blocked"), "breached", -26),
])
def test_resolution_pauses_while_something_is_waited_for(told: Any, state: str, when: float | None) -> None:
    scene = Scene()
    told(scene.issue(at=-50))
    found = one(scene, "resolution")
    assert (found.state, due(found)) == (state, when)


def test_nothing_else_pauses() -> None:
    scene = Scene()
    scene.issue(at=-50).label("status/blocked", at=-49)
    assert one(scene, "first-response").state == "breached"


def test_the_most_specific_promise_counts_and_of_equals_the_later_one() -> None:
    scene = Scene()
    scene.issue(at=-50, labels=("P0", "security"))
    scene.issue(at=-50, labels=("severity: critical",))
    scene.issue(at=-50, labels=("kind: security",))
    scene.discussion(at=-50)
    hours = {promise: timedelta(hours=promise) for promise in range(1, 7)}
    found = owed(
        scene, Promise(phase="first-response", within=hours[1]),
        Promise(phase="first-response", within=hours[2], priority="critical"),
        Promise(phase="first-response", within=hours[3], type="security"),
        Promise(phase="first-response", within=hours[4], priority="p0", channel="issue"),
        Promise(phase="first-response", within=hours[5], channel="discussion"),
        Promise(phase="first-response", within=hours[6], type="security", channel="issue"))
    assert [due(entry) for entry in found] == [-44, -46, -44, -45]      # after 6, 4, 6 and 5 hours


def test_labels_can_mean_what_a_project_says_they_mean() -> None:
    scene = Scene()
    scene.issue(at=-50, labels=("Sev1", "defect"))
    found = service_levels(lives(scene, aliases={"sev1": "priority/critical", "defect": "bug"}), Terms(promises=[
        Promise(phase="triage", within=DAY, type="bug", priority="critical")]))
    assert [entry.state for entry in found] == ["met"]


def test_working_hours_stop_every_clock_but_of_what_is_always_on() -> None:
    scene = Scene()         # now is Saturday, 06:00
    scene.issue(at=-38)                             # Thursday, 16:00
    scene.issue(at=-38, labels=("P0",))
    office = Hours(zone=timezone.utc, days=frozenset(range(5)), opens=time(9), closes=time(17))
    promise = Promise(phase="first-response", within=timedelta(hours=9))
    found = owed(scene, promise, hours=office)
    # One hour on Thursday, eight on Friday, which ends at 17:00; and at night, at 01:00 on Friday.
    assert [(entry.state, due(entry), entry.overdue_seconds) for entry in found] == [
        ("pending", -13, 0), ("breached", -29, 29 * 3600)]
    days = Promise(phase="first-response", within=WorkingDays(1.5))
    assert [due(entry) for entry in owed(scene, days, hours=office)] == [54, -2]
    assert due(owed(scene, days)[0]) == 46    # weekdays: Monday, 04:00


def test_due_soon_is_in_calendar_time() -> None:
    scene = Scene()
    scene.issue(at=-10)
    promise = Promise(phase="first-response", within=DAY)
    found = owed(scene, promise)
    assert [found[0].is_due_soon(timedelta(hours=hours)) for hours in (13, 14)] == [False, True]


def test_figures_of_the_window_and_of_what_is_open() -> None:
    scene = Scene()
    scene.issue(at=-50, labels=("bug",)).comment(by="bob", at=-49)
    scene.issue(at=-50, labels=("bug",))
    scene.issue(at=-10, labels=("bug",))
    scene.issue(at=-5)
    scene.issue(at=-5000)                                           # older than the window: only owed
    terms = Terms(promises=[Promise(phase="first-response", within=DAY)], due_soon=timedelta(hours=15))
    found = service_figures(service_levels(lives(scene), terms), terms)
    row = {"channel": "issue", "phase": "first-response", "priority": "none"}
    assert found == {
        ("sla_attainment_ratio", tuple(sorted({**row, "type": "bug"}.items()))): 0.5,
        ("sla_attainment_ratio", tuple(sorted({**row, "type": "none"}.items()))): None,
        ("sla_breached", (("phase", "first-response"),)): 2,
        ("sla_pending", (("phase", "first-response"),)): 2,
        ("sla_due_soon", (("phase", "first-response"),)): 1,
    }


@pytest.mark.parametrize(("told", "owes", "since"), [
    (lambda s: s, "maintainers", -90),
    (lambda s: s.comment(by="ann", at=-80).comment(by="ann", at=-70), "maintainers", -90),
    (lambda s: s.comment(by="bob", at=-80), "author", -80),
    (lambda s: s.comment(by="bob", at=-80).comment(by="cat", at=-70), "author", -70),
    (lambda s: s.comment(by="bob", at=-80).comment(by="ann", at=-70).comment(by="ann", at=-60), "maintainers", -70),
    (lambda s: s.comment(by="bob", at=-80).comment(by="x[bot]", at=-70), "author", -80),
    (lambda s: s.comment(by="bob", at=-80, minimised=True), "maintainers", -90),
    (lambda s: s.comment(by=None, at=-80), "author", -80),
    (lambda s: s.comment(by="bob", at=-95), "author", -90),                                  # from elsewhere
    (lambda s: s.comment(by="bob", at=-80).label("status/needs-info", at=-75).comment(by="ann", at=-70), "author", -75),
    (lambda s: s.label("status/blocked", at=-75).label("status/needs-info", at=-70), "outside", -75),
    (lambda s: s.label("status/blocked", at=-75).unlabel("status/blocked", at=-70), "maintainers", -90),
    (lambda s: s.comment(by="bob", at=1), "maintainers", -90),
])
def test_whose_move_it_is(told: Any, owes: str, since: float) -> None:
    scene = Scene()
    told(scene.issue(at=-90))
    found = next_move(lives(scene)[0], PAUSES)
    assert (found.owes, (found.since - scene.now).total_seconds() / 3600) == (owes, since)


@pytest.mark.parametrize(("told", "triggers"), [
    (lambda s: s.issue(at=-720), []),
    (lambda s: s.issue(at=-721), ["no-progress"]),
    (lambda s: s.issue(at=-900).comment(by="ann", at=-720), []),                             # the author is a person
    (lambda s: s.issue(at=-900).comment(by="x[bot]", at=-5).comment(by="bob", at=-4, minimised=True), ["no-progress"]),
    (lambda s: s.issue(at=-900).label("bug", at=-5, by="bob"), []),
    (lambda s: s.issue(at=-900).label("bug", at=-5, by="x[bot]"), ["no-progress"]),
    (lambda s: s.issue(at=-900).assign("bob", at=-5, by="bob"), []),
    (lambda s: s.issue(at=-900).close(at=-800).reopen(at=-5), []),
    (lambda s: s.issue(at=-900).close(at=-5), []),
    (lambda s: s.issue(by="x[bot]", at=-900), []),
    (lambda s: s.pull_request(at=-900), []),
    (lambda s: s.issue(at=-169, labels=("P1",)), ["urgent"]),
    (lambda s: s.issue(at=-168, labels=("P1",)), []),
    (lambda s: s.issue(at=-169, labels=("priority/medium",)), []),
    (lambda s: s.issue(at=-25, labels=("type/security",)), ["security"]),
    (lambda s: s.issue(at=-24, labels=("type/security",)), []),
    (lambda s: s.issue(at=-1).label("Production", at=-0.5), ["production"]),
    (lambda s: s.issue(at=-2).label("production", at=-1).unlabel("production", at=-0.5), []),
    (lambda s: s.issue(at=-900, labels=("security", "critical", "P0", "production")),
     ["no-progress", "urgent", "security", "production"]),
])
def test_which_issues_are_escalated(told: Any, triggers: list[str]) -> None:
    scene = Scene()
    told(scene)
    assert [found.trigger for found in escalations(lives(scene))] == triggers


def test_the_agenda_holds_what_is_late_or_pressing_and_what_is_escalated() -> None:
    scene = Scene()
    scene.issue(at=-50, labels=("security",)).comment(by="bob", at=-40)
    scene.issue(at=-20)
    scene.issue(at=-1)
    scene.pull_request(at=-50)
    terms = Terms(promises=[Promise(phase="first-response", within=DAY), Promise(phase="resolution", within=2 * DAY)],
                  due_soon=timedelta(hours=6))
    every = lives(scene)
    found = agenda(service_levels(every, terms), escalations(every, pauses=PAUSES), terms)
    assert [(key, [(entry.what, entry.move.owes) for entry in entries]) for key, entries in found.items()] == [
        (("issue", 1), [("security", "author"), ("resolution", "author")]),
        (("pull_request", 4), [("first-response", "maintainers"), ("resolution", "maintainers")]),
        (("issue", 2), [("first-response", "maintainers")]),
    ]
