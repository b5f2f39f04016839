"""Classes of documents, their windows, and who is past them."""
from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from repo_vitals.concerns.docs_freshness.ages import fresh_at, staleness
from repo_vitals.concerns.docs_freshness.classes import DEFAULT, class_of, classes, windows
from repo_vitals.concerns.docs_freshness.facts import Age, Change, Release

NOW = datetime(2026, 1, 31, tzinfo=timezone.utc)
MONTH = timedelta(days=30)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def changed(days: float) -> Change:
    return Change(commit="a" * 40, at=days_ago(days))


@pytest.mark.parametrize(("path", "expected"), [
    ("README.md", "user"), ("docs/guide/a.md", "user"), ("docs/USER_GUIDE.md", "user"), ("SECURITY.md", "security"),
    (".github/SECURITY.md", "security"), ("docs/security/audit.md", "security"), ("CONTRIBUTING.rst", "process"),
    (".github/PULL_REQUEST_TEMPLATE.md", "process"), ("docs/adrs/adr-1.md", "process"), ("docs/api/a.md", "api"),
    ("docs/scripting/api.md", "api"), ("docs/notes.md", "other"), ("src/README.md", "other"),
])
def test_a_document_is_of_the_first_class_whose_patterns_mean_it(path: str, expected: str) -> None:
    assert class_of(path, DEFAULT) == expected


def test_the_windows_are_a_month_each_release_a_quarter_and_a_year() -> None:
    assert windows(DEFAULT, maximum_age=timedelta(days=60)) == {
        "user": MONTH, "api": None, "security": timedelta(days=90), "process": timedelta(days=365),
        "other": timedelta(days=60)}


def test_a_line_changes_the_patterns_or_the_window_of_a_class_and_leaves_the_others() -> None:
    rules = {rule.name: rule for rule in classes().parse("user: docs/u/** = 2w\napi = 7d\nprocess: docs/p/**")}
    default = {rule.name: rule for rule in DEFAULT}
    assert (rules["user"].paths, rules["user"].window) == (("docs/u/**",), timedelta(days=14))
    assert (rules["api"].paths, rules["api"].window) == (default["api"].paths, timedelta(days=7))
    assert (rules["process"].paths, rules["process"].window) == (("docs/p/**",), timedelta(days=365))
    assert rules["security"] == default["security"]
    assert list(rules) == list(default)


def test_tables_say_the_same_as_lines_and_what_is_shown_can_be_read_again() -> None:
    found = classes().from_toml({"user": {"paths": ["docs/u/**"], "window": "release"}})
    assert found == classes().parse("user: docs/u/** = release")
    assert classes().parse(classes().show(found)) == found


@pytest.mark.parametrize(("text", "complaint"), [
    ("users: docs/**", 'has the class "users" (did you mean user?)'),
    ("other = 3d", "has a window for the class other, which `maximum-age` gives"),
    ("user", 'has "user", which is not like'),
    ("user = soon", 'has "user", which'),
    ("user = 0d", 'has "user", which'),
    ("user: ../x = 3d", 'has "user", which holds a pattern with ..'),
    ("user = 3d\nuser = 4d", 'has "user" twice'),
])
def test_what_is_no_rule_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ValueError) as error:
        classes().parse(text)
    assert complaint in str(error.value)


def test_a_table_s_unknown_keys_and_values_are_named() -> None:
    for table, complaint in (({"user": {"windows": "3d"}}, "did you mean window?"), ({"user": 3}, "no table"),
                             ({"user": {"window": 3}}, "needs a string"), (3, "or tables by name")):
        with pytest.raises(ValueError, match=complaint.replace("?", r"\?")):
            classes().from_toml(table)


@pytest.mark.parametrize(("days", "stale"), [(30, False), (30.001, True), (-1, False)])
def test_a_document_is_stale_when_its_window_is_over_and_not_at_its_end(days: float, stale: bool) -> None:
    assert staleness(Age(changed=changed(days)), MONTH, now=NOW).is_stale is stale


def test_the_later_of_change_and_review_counts() -> None:
    age = Age(changed=changed(100), reviewed=date(2026, 1, 20))
    assert fresh_at(age) == datetime(2026, 1, 21, tzinfo=timezone.utc)
    assert staleness(age, MONTH, now=NOW).is_stale is False


def test_a_document_s_own_next_review_takes_the_place_of_the_window() -> None:
    overdue = staleness(Age(changed=changed(1), next_review=date(2026, 1, 29)), MONTH, now=NOW)
    assert (overdue.is_stale, overdue.reason) == (True, "its next review was due on 2026-01-29")
    assert staleness(Age(changed=changed(100), next_review=date(2026, 1, 30)), MONTH, now=NOW).is_stale is False


@pytest.mark.parametrize(("age", "stale"), [
    (Age(changed=None, why_unknown="w"), None),
    (Age(changed=None, why_unknown="w", reviewed=date(2026, 1, 20)), False),        # reviewed of late: surely fresh
    (Age(changed=None, why_unknown="w", reviewed=date(2025, 1, 20)), None),         # it may have been changed since
    (Age(changed=None, why_unknown="w", unchanged_since=days_ago(31)), True),       # whenever it was, it was before
    (Age(changed=None, why_unknown="w", unchanged_since=days_ago(29)), None),
    (Age(changed=None, why_unknown="w", unchanged_since=days_ago(90), reviewed=date(2025, 12, 1)), True),
])
def test_what_is_sure_without_the_last_change_is_said_and_nothing_else(age: Age, stale: bool | None) -> None:
    found = staleness(age, MONTH, now=NOW)
    assert found.is_stale is stale
    assert stale is not None or found.reason == "w"


def test_an_api_document_is_stale_after_a_release_with_source_changes() -> None:
    release = Release(name="v1", at=days_ago(5))
    assert staleness(Age(changed=changed(100)), None, now=NOW).is_stale is False
    assert staleness(Age(changed=changed(100), release=release), None, now=NOW).is_stale is True
    assert staleness(Age(changed=changed(100), release=release, reviewed=date(2026, 1, 30)), None, now=NOW
                     ).is_stale is False
    for unsure in (Age(changed=None, why_unknown="w"), Age(changed=changed(100), why_unknown="w"),
                   Age(changed=None, why_unknown="w", reviewed=date(2026, 1, 30)),
                   Age(changed=changed(100), why_unknown="w", release=release)):
        found = staleness(unsure, None, now=NOW)
        assert (found.is_stale, found.reason) == (None, "w")
