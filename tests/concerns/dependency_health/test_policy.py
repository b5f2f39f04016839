"""How long an update may wait."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.dependency_health.facts import ADVISORY_SEVERITIES, KINDS, Update
from repo_vitals.concerns.dependency_health.policy import DEFAULT, POLICY, clock
from support.simulated import NOW

MOMENT = timedelta(seconds=1)


def update(kind: Any, *, age: timedelta, severity: Any = None) -> Update:
    return Update(number=1, title="Bump", url="https://example.org", bot="dependabot", created_at=NOW - age, kind=kind,
                  severity=severity, why="title")


@pytest.mark.parametrize(("kind", "severity", "within"), [
    ("security", "critical", timedelta(hours=24)), ("security", "high", timedelta(hours=48)),
    ("security", "medium", timedelta(hours=72)), ("security", "low", timedelta(days=7)),
    ("security", None, timedelta(hours=48)), ("patch", None, timedelta(days=14)), ("minor", None, timedelta(days=30)),
    ("major", None, timedelta(days=91)), ("other", None, timedelta(days=14)), ("unknown", None, timedelta(days=30)),
])
def test_each_kind_is_due_after_its_time_and_overdue_a_moment_later(
    kind: str, severity: str | None, within: timedelta,
) -> None:
    on_time = clock(update(kind, age=within, severity=severity), DEFAULT, unscored="high", now=NOW)
    assert (on_time.due, on_time.overdue) == (NOW, None)
    late = clock(update(kind, age=within + MOMENT, severity=severity), DEFAULT, unscored="high", now=NOW)
    assert (late.due, late.overdue) == (NOW - MOMENT, MOMENT)


def test_a_security_update_of_unknown_severity_counts_as_told() -> None:
    found = clock(update("security", age=timedelta(hours=30)), DEFAULT, unscored="critical", now=NOW)
    assert (found.severity, found.rule, found.overdue) == ("critical", "security-critical", timedelta(hours=6))


def test_a_line_changes_one_kind_and_security_stands_for_four() -> None:
    policy = POLICY.parse("patch = 3d\n security=1h\nmajor = never\nsecurity-low = 2w")
    assert policy == {**DEFAULT, "patch": timedelta(days=3), "major": None, **dict.fromkeys(
        [f"security-{severity}" for severity in ADVISORY_SEVERITIES], timedelta(hours=1)),
        "security-low": timedelta(weeks=2)}
    found = clock(update("major", age=timedelta(days=3000)), policy, unscored="high", now=NOW)
    assert (found.due, found.overdue) == (None, None)


def test_a_policy_is_read_back_as_it_is_shown_and_from_toml() -> None:
    policy = POLICY.from_toml(["minor = never", "patch = 1d"])
    assert POLICY.parse(POLICY.show(policy)) == policy


@pytest.mark.parametrize(("line", "words"), [
    ("patch 3d", "needed is `kind = duration`"), ("pathc = 3d", 'has the line "pathc = 3d"'),
    ("patch = soon", "patch: is not a duration"), ("patch = 3 fortnights", "unknown unit"),
    ("patch = 9999999999999d", "longer than can be counted"), ("patch = 4000d", "not between 0s and 3660d"),
])
def test_a_line_that_cant_be_read_says_why(line: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        POLICY.parse(line)


@given(st.sampled_from(KINDS), st.sampled_from([*ADVISORY_SEVERITIES, None]), st.integers(-10**6, 10**8),
       st.integers(0, 10**7))
def test_the_clock_runs_from_creation_for_every_kind(kind: Any, severity: Any, age: int, within: int) -> None:
    policy = dict.fromkeys(DEFAULT, timedelta(seconds=within))
    found = clock(update(kind, age=timedelta(seconds=age), severity=severity), policy, unscored="low", now=NOW)
    assert found.age == timedelta(seconds=max(age, 0))
    late = age - within
    assert found.overdue == (timedelta(seconds=late) if late > 0 and age >= 0 else None)
    assert isinstance(found.due, datetime)
