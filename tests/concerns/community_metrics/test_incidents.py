"""Response clocks of incidents: what alerts' issues remember, counted as the phases of other items are."""
from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.alert.facts import AlertState
from repo_vitals.concerns.alert.state import hidden, marker
from repo_vitals.concerns.community_metrics.collect import collect
from repo_vitals.concerns.community_metrics.definitions import INCIDENT_METRICS
from repo_vitals.concerns.community_metrics.incidents import clocks, metrics, rows
from repo_vitals.concerns.community_metrics.judge import judge
from repo_vitals.concerns.community_metrics.measure import measure
from repo_vitals.concerns.community_metrics.responses import Policy
from repo_vitals.delivery.history_folder import write_folder
from repo_vitals.render.sections import sla_section
from repo_vitals.report.incidents import Incident, incident_in
from repo_vitals.report.model import Cost, Window, check_names
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.history import History
from repo_vitals.sources.history_folder import Folder
from support import alerts
from support.alerts import Command
from support.community import MONTH, ago, facts, issue
from support.reports import report
from support.simulated import NOW as TODAY
from support.simulated import REPOSITORY, Scene

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.community_metrics.facts import Item

MONTH_OF_SCENE = Window(start=TODAY - timedelta(days=30), end=TODAY)
MINUTE = timedelta(minutes=1)
LIMITS = {"acknowledge": 15, "update": 60, "resolve": 24 * 60}     # minutes
WITHIN = tuple((phase, minutes * MINUTE) for phase, minutes in LIMITS.items())


def incident(opened: float, *, level: int = 1, ack: float | None = None, update: float | None = None,
             turns: tuple[tuple[float, bool], ...] = (), number: int = 1) -> Item:
    """An alert's issue; all times are hours before NOW."""
    return issue(number, by="github-actions[bot]", opened=opened, is_ours=True, incident=Incident(
        opened_at=ago(opened), level=level, within=WITHIN, acknowledged_at=None if ack is None else ago(ack),
        updated_at=None if update is None else ago(update), turns=tuple((ago(hours), ends) for hours, ends in turns)))


def states(item: Item, window: Window = MONTH) -> list[str]:
    return [one.state for one in clocks([item], window)]


def figures(*items: Item) -> dict[tuple[str, ...], Any]:
    found = list(metrics(clocks(items, MONTH), MONTH))
    check_names(found, {definition.name: definition for definition in INCIDENT_METRICS})
    return {(one.name.removeprefix("incident_sla_"), *one.labels.values()): one.value for one in found}


# What counts


def test_the_story_of_an_incident_acknowledged_late_with_its_status_and_end_in_time() -> None:
    days = alerts.fired(incident=1, respond_within=WITHIN)
    began = days.github.now
    for minutes, kind in ((20, "acknowledge"), (40, "status")):
        days.issue.commands.append(Command(id=kind, kind=kind, who="ada", at=began + minutes * MINUTE, text="On it"))
    days.github.now = began - timedelta(days=1) + timedelta(hours=3)
    days.day("healthy")
    kept = incident_in(days.issue.body)
    assert kept is not None
    item = issue(7, by="github-actions[bot]", opened=0, is_ours=True, incident=kept)
    window = Window(start=began - timedelta(days=1), end=began + timedelta(days=1))
    assert [(row["phase"], row["priority"], row["met"], row["breached"], row["pending"], row["attainment"])
            for row in rows(clocks([item], window), window, timedelta(hours=1))] == [
        ("acknowledge", "sev-1", 0, 1, 0, 0.0), ("update", "sev-1", 1, 0, 0, 1.0), ("resolve", "sev-1", 1, 0, 0, 1.0)]


def test_what_is_open_is_late_or_pending_and_what_ended_before_it_was_due_is_in_neither() -> None:
    assert states(incident(0.5)) == ["breached", "pending", "pending"]
    assert states(incident(0.25)) == ["pending"] * 3
    assert states(incident(2, turns=((1.8, True),))) == ["neither", "neither", "met"]
    assert states(incident(2, turns=((1, True),))) == ["breached", "neither", "met"]


def test_what_comes_back_voids_its_end_and_what_is_later_has_not_happened() -> None:
    back = incident(40, ack=39.9, turns=((39, True), (2, False)))
    assert states(back) == ["met", "breached", "breached"]
    assert states(back, Window(start=ago(100), end=ago(3))) == ["met", "neither", "met"]
    assert states(back, Window(start=ago(100), end=ago(39.95))) == ["pending"] * 3
    assert states(back, Window(start=ago(100), end=ago(40))) == []
    assert states(incident(40, turns=((39, True), (2, False), (1, True))))[-1] == "breached"


@given(st.lists(st.tuples(
    st.integers(1, 3000), st.integers(1, 3), st.none() | st.integers(0, 120), st.none() | st.integers(0, 120),
    st.lists(st.integers(1, 1600), max_size=3)), max_size=6))
def test_ratios_and_counts_are_those_of_living_through_every_minute(drawn: list[Any]) -> None:
    items, truth = [], Counter[tuple[str, str, str]]()
    owed = Counter[tuple[str, str, str]]()
    for number, (age, level, ack, update, spans) in enumerate(drawn):
        turns, at = [], 0
        for place, span in enumerate(spans):
            at += span
            turns.append((at, place % 2 == 0))
        items.append(incident(age / 60, level=level, number=number, ack=_hours(age, ack),
                              update=_hours(age, update),
                              turns=tuple(((age - minute) / 60, ends) for minute, ends in turns)))
        for phase, state, open_still in _lived(age, ack, update, dict(turns)):
            truth[phase, f"sev-{level}", state] += 1
            owed[phase, f"sev-{level}", state] += open_still
    found = figures(*items)
    for phase, severity in {(phase, severity) for phase, severity, _ in truth}:
        met, late = truth[phase, severity, "met"], truth[phase, severity, "breached"]
        assert found.pop(("ratio", phase, severity)) == (met / (met + late) if met + late else None)
        assert found.pop(("breached", phase, severity)) == owed[phase, severity, "breached"]
        assert found.pop(("pending", phase, severity)) == owed[phase, severity, "pending"]
    assert found == {}


def _hours(age: int, minute: int | None) -> float | None:
    return None if minute is None else (age - minute) / 60


def _lived(age: int, ack: int | None, update: int | None, turns: dict[int, bool]) -> list[tuple[str, str, bool]]:
    """Phase, state, and whether it is owed, after so many minutes of an incident."""
    said = {"acknowledge": ack, "update": update}
    ran = dict.fromkeys(LIMITS, 0)
    done = dict.fromkeys(LIMITS, False)
    over = False
    for minute in range(age + 1):
        for phase in LIMITS:
            ran[phase] = ran[phase] if done[phase] or (over and minute not in turns) else minute
        over = turns.get(minute, over)
        for phase, at in said.items():
            if at == minute:
                ran[phase], done[phase] = minute, True
    done["resolve"] = over
    ran["resolve"] = age if not over else max(minute for minute in turns if minute <= age)
    return [(phase, "breached" if ran[phase] > limit else "met" if done[phase] else "neither" if over else "pending",
             not done[phase] and not over) for phase, limit in LIMITS.items()]


# Where it comes from, and where it shows


BODY = f"""{marker("ci-health")}

It fails
{hidden(AlertState(key="ci-health", phase="firing", incident=Incident(opened_at=TODAY, level=2, within=WITHIN)))}
"""


def test_only_what_the_tokens_own_account_wrote_as_an_alert_is_an_incident_and_it_is_read_once(
        simulated: Any, tmp_path: Path) -> None:
    scene = Scene()
    ours = scene.issue(by="github-actions[bot]", at=-1, body=BODY)
    scene.issue(by="eve", at=-1, body=BODY)
    scene.issue(by="github-actions[bot]", at=-1, body=f"Copied:\n{BODY}")
    scene.issue(by="github-actions[bot]", at=-1, body="Nightly numbers")
    github = simulated(scene)

    def incidents() -> dict[int, Incident]:
        environ = github.environment()
        github.log.clear()
        connection = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta(seconds=5))
        history = History(Folder(tmp_path))
        found = collect(connection, repository=REPOSITORY, window=MONTH_OF_SCENE, policy=Policy(), history=history)
        write_folder(history)
        return {item.number: item.incident for item in found.items if item.incident is not None}

    first = incidents()
    assert list(first) == [ours.number]
    assert [entry.operation for entry in github.log].count("Bodies") == 1
    assert incidents() == first
    assert "Bodies" not in [entry.operation for entry in github.log]
    scene.state.edit(scene.repository.issues[0], at=TODAY - 30 * MINUTE, body=BODY.replace('"level":2', '"level":3'))
    assert [one.level for one in incidents().values()] == [3]


def judged(*items: Item) -> Any:
    some = facts(*items)
    before = Window(start=ago(24 * 60), end=ago(24 * 30))
    now, then = (measure(some, window=window, policy=Policy(), response_target=timedelta(hours=24))
                 for window in (MONTH, before))
    return judge(now, then, some, response_target=timedelta(hours=24), mean_limit=timedelta(hours=48),
                 responders="anyone")


def test_incidents_show_among_the_service_levels_and_are_in_no_other_figure_of_response() -> None:
    made = judged(incident(2, ack=1.9))
    assert [row["channel"] for row in made.data["sla"]["rows"]] == ["incident"] * 3
    assert [(one["phase"], one["state"]) for one in made.data["sla"]["incidents"]] == [
        ("acknowledge", "met"), ("update", "breached"), ("resolve", "pending")]
    shown = sla_section(report(data=made.data))
    assert "| acknowledge | incident |" in shown
    assert "sev-1" in shown
    assert {one.value for one in made.metrics if one.name in ("issues_awaiting_response", "issue_response_ratio")} == {
        0, None}
    assert set(made.data["definitions"]) >= {one.name for one in INCIDENT_METRICS}


def test_where_there_is_no_incident_nothing_is_said_of_any() -> None:
    made = judged(issue(1, opened=3), issue(2, by="github-actions[bot]", opened=3, is_ours=True))
    assert "sla" not in made.data
    assert not [one for one in made.metrics if one.name.startswith("incident")]
    assert not [name for name in made.data["definitions"] if name.startswith("incident")]
