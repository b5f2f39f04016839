"""What is remembered of an alert survives being written and read, and whatever people make of it."""
from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.alert import state as memory
from repo_vitals.concerns.alert.facts import AlertState, Event, Failed, OurIssue, Row
from repo_vitals.report.incidents import Incident

NOW = datetime(2026, 5, 4, 6, 0, tzinfo=timezone.utc)
KEY = "ci-health/0123456789abcdef"

instants = st.integers(min_value=0, max_value=4_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, tz=timezone.utc))
texts = st.text(max_size=40)
numbers = st.none() | st.integers(min_value=1, max_value=10**7)
severities = st.sampled_from(["info", "low", "medium", "high", "critical"])
states = st.builds(
    AlertState, key=st.just(KEY), phase=st.sampled_from(["inactive", "pending", "firing", "resolved"]), number=numbers,
    recent=st.lists(st.tuples(instants, st.sampled_from(["failing", "healthy", "unknown"])), max_size=5).map(
        lambda runs: tuple(sorted(runs))),
    severity=severities, problems=st.lists(texts, max_size=3).map(tuple), since=st.none() | instants,
    fired_at=st.none() | instants, left_at=st.none() | instants, spells=st.integers(min_value=0, max_value=99),
    snoozed_until=st.none() | instants, snoozed_by=texts, told=st.dictionaries(texts, texts, max_size=2),
    heard=st.lists(texts, max_size=3).map(tuple), timeline=st.lists(
        st.builds(Event, at=instants, what=texts, text=texts, who=texts), max_size=3).map(tuple),
    level=st.none() | st.integers(min_value=1, max_value=3), earlier=numbers, title=texts, run_url=texts,
    monitors=st.dictionaries(st.sampled_from(["ci-health", "coverage"]), st.builds(
        Failed, severity=severities, problems=st.lists(texts, max_size=2).map(sorted).map(tuple)), max_size=2),
    rows=st.dictionaries(st.sampled_from(["ci-health", "coverage"]), st.builds(
        Row, at=instants, failed_at=instants, outcomes=st.text("fh", min_size=1, max_size=20)), max_size=2),
    updated_at=st.none() | instants, reviewed_at=st.none() | instants, reminded_at=st.none() | instants,
    incident=st.none() | st.builds(
        Incident, opened_at=instants, level=st.sampled_from([1, 2, 3]), acknowledged_at=st.none() | instants,
        within=st.just(()) | st.integers(0, 10**6).map(lambda span: (("acknowledge", timedelta(seconds=span)),)),
        updated_at=st.none() | instants, turns=st.lists(st.tuples(instants, st.booleans()), max_size=3).map(tuple)))


@given(states, texts)
def test_a_state_survives_the_history_and_an_issues_body_whatever_stands_in_it(state, said):
    assert memory.read_all(memory.write_all([state, replace(state, key="other")])) == {
        KEY: state, "other": replace(state, key="other")}
    body = f"{memory.marker(KEY)}\n{said}\n\n{memory.hidden(state)}"
    assert memory.from_body(body) == replace(state, number=None)
    assert memory.from_body(f"{body}\n".replace("\n", "\r\n")) == replace(state, number=None)


@given(states)
def test_nothing_in_a_hidden_state_ends_its_comment_or_pings(state):
    inside = memory.hidden(state).removeprefix("<!-- repo-vitals:state ").removesuffix(" -->")
    assert not set("-<>@#\n\r") & set(inside)
    assert json.loads(inside)["key"] == KEY


@given(states.map(memory.as_json), st.data())
def test_a_state_that_was_damaged_is_no_state_or_one_that_can_be_written_again(text, data):
    at = data.draw(st.integers(min_value=0, max_value=len(text)))
    damaged = text[:at] + data.draw(st.text(max_size=3)) + text[at + data.draw(st.integers(0, 3)):]
    found = memory.parse(damaged)
    assert found is None or memory.parse(memory.as_json(found)) == found


def test_a_hidden_state_leaves_its_issue_room_however_much_has_happened():
    events = tuple(Event(at=NOW, what="status", text="\N{PILE OF POO}" * 300, who="ada") for _ in range(80))
    state = memory.bounded(AlertState(
        key=KEY, phase="firing", timeline=events, recent=tuple((NOW + timedelta(days=day), "failing")
                                                               for day in range(90)),
        problems=tuple(f"{number:016x}" for number in range(900)), heard=tuple(str(one) for one in range(500))))
    assert (len(state.timeline), len(state.recent), len(state.problems), len(state.heard)) == (60, 60, 300, 60)
    assert state.recent[-1] == (NOW + timedelta(days=89), "failing")
    text = memory.hidden(state)
    assert len(text) < 17_000
    assert memory.from_body(text).recent == state.recent


@given(st.sampled_from(["snoozed_by", "acknowledged_by", "title", "run_url", "report_url", "told", "heard", "problems",
                        "monitors", "rows", "escalated", "timeline"]), st.sampled_from(["x", "-", "\N{PILE OF POO}"]))
def test_a_body_in_which_somebody_made_a_word_huge_is_read_and_written_within_bounds(name, character):
    huge = character * 60_000
    value = {"told": {huge: huge, "mail": huge}, "heard": (huge,) * 2, "problems": (huge,),
             "escalated": tuple(f"{one}{huge}" for one in range(90)),
             "monitors": {huge: Failed(severity="high"), "b": Failed(severity="high", problems=(huge,)),
                          **{f"{'a-' * 24}{one:02}": Failed(severity="high") for one in range(80)}},
             "rows": {huge: Row(at=NOW, failed_at=NOW, outcomes="f"),
                      **{f"{'a-' * 24}{one:02}": Row(at=NOW, failed_at=NOW, outcomes="fh" * 9) for one in range(80)}},
             "timeline": (Event(at=NOW, what=huge, text=huge, who=huge),)}.get(name, huge)
    state = AlertState(key=KEY, phase="firing", fired_at=NOW, **{name: value})
    assert len(memory.hidden(state)) < 17_000
    found = memory.parse(memory.as_json(state))
    assert (found.phase, found.fired_at, len(memory.as_json(found)) < 20_000) == ("firing", NOW, True)
    assert len(memory.hidden(state)) < 17_000
    assert memory.from_body(memory.hidden(found)).fired_at == NOW


def test_a_time_that_nothing_can_be_added_to_is_damage():
    assert memory.parse(memory.as_json(AlertState(key=KEY, fired_at=NOW.replace(year=9999)))) is None


def test_of_two_states_the_newer_counts_and_the_history_where_both_are_as_new():
    old = AlertState(key="a", phase="firing", updated_at=NOW - timedelta(days=1))
    new = AlertState(key="a", phase="resolved", updated_at=NOW)
    same = AlertState(key="a", phase="pending", updated_at=NOW)

    def found(history, body):
        return memory.merged({"a": history}, [issue(body)], now=NOW)["a"].phase

    assert found(old, new) == found(new, old) == "resolved"
    assert found(new, same) == "resolved"
    assert found(AlertState(key="a"), old) == "firing"
    runs = [(NOW - timedelta(hours=hours), "failing") for hours in (3, 2)]
    both = memory.merged({"a": replace(old, recent=(runs[0],))}, [issue(replace(new, recent=(runs[1],)))], now=NOW)
    assert both["a"].recent == tuple(runs), "a run that only the older knows of took place all the same"


def test_of_each_monitors_runs_the_newer_row_counts_wherever_it_stands_and_none_of_the_future():
    def row(hours, outcomes):
        return Row(at=NOW + timedelta(hours=hours), failed_at=NOW - timedelta(days=1), outcomes=outcomes)

    old = AlertState(key="a", rows={"x": row(-1, "ff"), "y": row(-3, "f"), "z": row(2, "f")}, updated_at=NOW)
    new = AlertState(key="a", rows={"x": row(-2, "f"), "y": row(-2, "fh")}, updated_at=NOW)
    for history, body in ((old, new), (new, old)):
        assert memory.merged({"a": history}, [issue(body)], now=NOW)["a"].rows == {
            "x": row(-1, "ff"), "y": row(-2, "fh")}


def test_what_claims_to_be_of_the_future_or_of_another_key_is_not_believed():
    ahead = AlertState(key="a", phase="resolved", updated_at=NOW + timedelta(hours=2))
    assert memory.merged({"a": ahead}, [issue(ahead)], now=NOW) == {}
    assert memory.merged({}, [issue(AlertState(key="b", updated_at=NOW))], now=NOW) == {}
    runs = ((NOW, "failing"), (NOW + timedelta(days=1), "healthy"))
    assert memory.merged({"a": AlertState(key="a", recent=runs)}, [], now=NOW)["a"].recent == runs[:1]


def test_a_retired_body_is_no_alerts_any_more():
    body = f"{memory.marker('a')}\nWhat fails\n"
    assert memory.retired(body, "a") == "<!-- repo-vitals:alert-duplicate:a -->\nWhat fails\n"


def issue(state: AlertState) -> OurIssue:
    return OurIssue(number=1, key="a", url="", title="", body="", is_open=True, created_at=NOW, state=state)
