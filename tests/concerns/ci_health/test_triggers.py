"""What starts a workflow, read from files that strangers wrote; and when a schedule was last due."""
from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.ci_health.facts import WorkflowFile
from repo_vitals.concerns.ci_health.schedules import last_expected, triggers_of
from repo_vitals.concerns.ci_health.triggers import Unreadable, is_cron, read_triggers

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + place)}: &{chr(98 + place)} [{', '.join([f'*{chr(97 + place)}'] * 9)}]\n" for place in range(9)
) + "on: {push: *j}\n"


@pytest.mark.parametrize(("text", "events", "crons"), [
    ("on: push", {"push"}, ()),
    ("'on': push", {"push"}, ()),
    ('"on": [push, pull_request]', {"push", "pull_request"}, ()),
    ("on:\n  push:\n  schedule:\n    - cron: '0 3 * * 1'\n    - cron: 15  4 * * *", {"push", "schedule"},
     ("0 3 * * 1", "15 4 * * *")),
    ("name: x\non:\n  schedule: &s\n    - cron: '5 5 * * MON-FRI'\njobs: {a: *s}", {"schedule"}, ("5 5 * * MON-FRI",)),
    ("on: {workflow_call: {}}", {"workflow_call"}, ()),
    ("on: [push, {nested: 1}]", {"push"}, ()),
    ("on: {schedule: nonsense}", {"schedule"}, ()),
    ("on: {schedule: [{cron: '0 3 * * *', timezone: UTC}]}", {"schedule"}, ("0 3 * * *",)),
])
def test_events_and_crons_are_read_in_every_form(text: str, events: set[str], crons: tuple[str, ...]) -> None:
    found = read_triggers(text)
    assert (found.events, found.crons) == (events, crons)


@pytest.mark.parametrize("text", [
    "", "just text", "- a list", "jobs: {}", "on: [", "on: &a [*a]", "\t- x", "on: *nobody", "a: " * 100_000,
    "[" * 100_000,
    "on: {a: {b: {c: {d: {e: {f: {g: {h: {i: {j: {k: {l: 1}}}}}}}}}}}}", "x" * 1_000_001,
    BOMB,
])
def test_what_can_not_be_read_is_said_and_ends_nothing(text: str) -> None:
    with pytest.raises(Unreadable):
        read_triggers(text)
    found, problems = triggers_of({".github/workflows/evil.yml": WorkflowFile(text=text)})
    assert found == {}
    assert problems[0].startswith(".github/workflows/evil.yml: it")


def test_a_file_that_github_does_not_give_out_is_named() -> None:
    _, problems = triggers_of({".github/workflows/a.yml": WorkflowFile(text=None, problem="it is not text")})
    assert problems == [".github/workflows/a.yml: it is not text; its schedule is not known"]


@pytest.mark.parametrize("cron", ["@daily", "0 3 * *", "0 0 3 * * *", "61 3 * * *", "x", "0 3 * * *; rm", "",
                                  "*" * 300])
def test_what_github_takes_for_no_cron_is_none(cron: str) -> None:
    assert not is_cron(cron)


def test_a_schedule_in_another_zone_is_not_judged_and_said() -> None:
    text = "on: {schedule: [{cron: '0 3 * * *', timezone: Europe/Berlin}, {cron: 'whenever'}]}"
    found, problems = triggers_of({"a.yml": WorkflowFile(text=text)})
    assert found["a.yml"].crons == ()
    assert len(problems) == 2


@given(st.text(max_size=300))
def test_any_text_is_read_or_said_to_be_unreadable(text: str) -> None:
    for wrapped in (text, f"on: {text}", f"on:\n  schedule:\n    - cron: {text}\n"):
        with suppress(Unreadable):
            read_triggers(wrapped)


@pytest.mark.parametrize(("on", "branch", "runs"), [
    ("push", "main", True), ("pull_request", "main", False), ("{push: {tags: ['v*']}}", "main", False),
    ("{push: {branches: [main]}}", "main", True), ("{push: {branches: ['release/**']}}", "main", False),
    ("{push: {branches: ['release/**']}}", "release/1/x", True),
    ("{push: {branches: ['release/*']}}", "release/1/x", False),
    ("{push: {branches: ['**', '!main']}}", "main", False), ("{push: {branches-ignore: [main]}}", "main", False),
    ("{push: {branches-ignore: [main]}}", "other", True),
    ("{push: {tags: ['v*']}, schedule: [{cron: 0 3 * * *}]}", "main", True),
    ("{push: {tags: ['v*'], branches: [main]}}", "main", True), ("workflow_dispatch", "main", False),
])
def test_whether_an_event_can_start_it_on_a_branch(on: str, branch: str, runs: bool) -> None:
    assert read_triggers(f"on: {on}").may_run_on(branch, frozenset({"push", "schedule", "merge_group"})) is runs


def test_a_pattern_made_to_be_slow_is_not() -> None:
    found = read_triggers(f"on: {{push: {{branches: ['{'**' * 50}a{'*b' * 40}']}}}}")
    begun = datetime.now(timezone.utc)
    found.may_run_on("a" * 60, frozenset({"push"}))
    assert datetime.now(timezone.utc) - begun < timedelta(seconds=5)


SUNDAY = datetime(2026, 2, 1, 6, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(("crons", "due"), [
    (["30 6 * * *"], "2026-02-01T06:30:00Z"), (["31 6 * * *"], "2026-01-31T06:31:00Z"),
    (["0 3 * * 1"], "2026-01-26T03:00:00Z"), (["0 3 * * 1", "0 4 1 * *"], "2026-02-01T04:00:00Z"),
    (["*/15 * * * *"], "2026-02-01T06:30:00Z"), (["0 0 29 2 *"], "2024-02-29T00:00:00Z"), (["0 0 30 2 *"], None),
    ([], None),
])
def test_the_last_due_moment_is_that_of_any_of_the_crons(crons: list[str], due: str | None) -> None:
    assert last_expected(crons, SUNDAY) == (None if due is None else parse_instant(due))


@given(st.tuples(st.integers(0, 59), st.integers(0, 23), st.integers(0, 6)), st.integers(0, 60 * 24 * 40))
def test_the_last_due_moment_is_the_one_that_trying_every_minute_finds(
        cron: tuple[int, int, int], later: int) -> None:
    before = SUNDAY + timedelta(minutes=later)
    minute, hour, weekday = cron
    tried = next(moment for back in range(60 * 24 * 8) if (
        (moment := before - timedelta(minutes=back)).minute, moment.hour, moment.isoweekday() % 7) == (
            minute, hour, weekday))
    assert last_expected([f"{minute} {hour} * * {weekday}"], before) == tried
