"""Figures from facts, against truth that is reckoned in another way."""
from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.dependency_health.criteria import Limits
from repo_vitals.concerns.dependency_health.definitions import HEADLINES, METRICS
from repo_vitals.concerns.dependency_health.facts import (
    KINDS,
    Detail,
    Facts,
    Index,
    LockFile,
    Package,
    Release,
    Update,
)
from repo_vitals.concerns.dependency_health.lag import lag
from repo_vitals.concerns.dependency_health.measure import Measured, measure
from repo_vitals.concerns.dependency_health.policy import DEFAULT
from repo_vitals.report.model import check_names
from support.dependencies import days
from support.simulated import NOW

LIMITS = Limits(maintained_within=timedelta(days=730), allowed=("MIT",), unscored="high")


def package(name: str = "a", version: str = "1.0.0", *, direct: bool | None = True, ecosystem: Any = "npm") -> Package:
    return Package(ecosystem=ecosystem, name=name, version=version, direct=direct, files=("package-lock.json",))


def release(newest: str = "2.0.0", newest_at: datetime | None = None, **used: datetime | None) -> Release:
    return Release(newest=newest, newest_at=newest_at, last_at=newest_at,
                   used={version.replace("_", ".").removeprefix("v"): at for version, at in used.items()})


def update(
    number: int, kind: Any = "patch", *, age: float = 1, checks: str | None = None, severity: Any = None
) -> Update:
    return Update(number=number, title=f"Bump {number}", url=f"https://example.org/{number}", bot="dependabot",
                  created_at=days(age), kind=kind, severity=severity, why="title", checks=checks)


def facts(*packages: Package, releases: dict[str, Release | None] | None = None, updates: tuple[Update, ...] = (),
          locks: tuple[LockFile, ...] | None = None, **more: Any) -> Facts:
    """Facts about npm packages, those without a release here not asked about."""
    known = {("npm", name): one for name, one in (releases or {}).items()}
    files = locks if locks is not None else (LockFile(path="package-lock.json", ecosystem="npm", packages=packages),)
    return Facts(**{
        "repository": "acme/widget", "updates": updates, "setups": (), "last_by_bot": {}, "looked_back_to": days(30),
        "locks": files, "packages": packages, "index": Index(releases=known, details={
            one.key: None for one in packages if ("npm", one.name) in known}), **more})


def measured(given_facts: Facts) -> Measured:
    found = measure(given_facts, policy=DEFAULT, limits=LIMITS, now=NOW)
    check_names(found.metrics, {metric.name: metric for metric in METRICS})
    return found


def value(given_facts: Facts, name: str, **labels: str) -> float | None:
    (found,) = [metric for metric in measured(given_facts).metrics
                if metric.name == name and dict(metric.labels) == labels]
    assert (found.samples == 0) == (found.value is None)
    return found.value


# -- libyears ----------------------------------------------------------------------------------------------------

def test_rails_5_0_0_is_about_a_libyear_behind_5_1_2() -> None:
    """The example of libyear.com: 5.0.0 of 30 June 2016 against 5.1.2 of 26 June 2017."""
    found = lag(package(version="5.0.0"), Index(releases={("npm", "a"): release(
        "5.1.2", datetime.fromisoformat("2017-06-26T00:00:00+00:00"),
        v5_0_0=datetime.fromisoformat("2016-06-30T00:00:00+00:00"))}))
    assert found.libyears == pytest.approx(361 / 365.25)
    assert found.step == "minor"


@pytest.mark.parametrize(("version", "newest", "used_at", "newest_at", "expected"), [
    ("1.0.0", "2.0.0", days(365.25), days(0), 1.0),
    ("2.0.0", "2.0.0", days(500), days(500), 0.0),
    ("2.0.0", "2.0.0", None, None, 0.0),                    # it is the newest, whenever that was
    ("3.0.0-rc.1", "2.0.0", days(1), days(500), 0.0),       # newer than the newest stable one
    ("1.0.9", "2.0.0", days(10), days(100), 0.0),           # a fix for an old line, published later
    ("1.0.0", "2.0.0", None, days(0), None),
    ("1.0.0", "2.0.0", days(10), None, None),
])
def test_the_time_behind_is_never_below_zero_and_unknown_without_dates(
    version: str, newest: str, used_at: datetime | None, newest_at: datetime | None, expected: float | None,
) -> None:
    found = lag(package(version=version), Index(releases={("npm", "a"): Release(
        newest=newest, newest_at=newest_at, last_at=newest_at, used={version: used_at})}))
    assert found.libyears == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(("releases", "asked"), [
    ({}, False), ({("npm", "a"): None}, True), ({("npm", "a"): release("9.0.0", days(1))}, True),
    ({("npm", "a"): Release(newest=None, newest_at=None, last_at=None, used={})}, True),
])
def test_what_is_not_known_and_what_was_not_asked_are_told_apart(releases: Any, asked: bool) -> None:
    found = lag(package(), Index(releases=releases))
    assert (found.libyears, found.asked) == (None, asked)


def test_a_version_that_deps_dev_does_not_list_has_no_libyears_however_new_it_is() -> None:
    found = lag(package(version="9.0.0"), Index(releases={("npm", "a"): release("2.0.0", days(1))}))
    assert (found.step, found.libyears) == ("current", None)


def test_libyears_are_summed_over_direct_dependencies_and_over_all_apart() -> None:
    given_facts = facts(
        package("a"), package("b", direct=False), package("c"),
        releases={"a": release(newest_at=days(0), v1_0_0=days(365.25)),
                  "b": release(newest_at=days(0), v1_0_0=days(730.5)), "c": None})
    assert value(given_facts, "dependency_libyears") == pytest.approx(1)
    assert value(given_facts, "dependency_libyears_all") == pytest.approx(3)
    assert value(given_facts, "dependencies_unresolved") == 1
    assert value(given_facts, "dependencies_outdated", ecosystem="npm") == 2
    assert [value(given_facts, "dependencies_outdated_direct", step=step) for step in ("major", "minor", "patch")] == [
        1,
        0,
        0,
    ]


def test_a_figure_that_would_be_wrong_is_none_while_something_was_not_asked() -> None:
    given_facts = facts(package("a"), package("b", direct=False),
                        releases={"a": release(newest_at=days(0), v1_0_0=days(365.25))})
    assert value(given_facts, "dependency_libyears") == pytest.approx(1)
    assert value(given_facts, "dependency_libyears_all") is None
    assert value(given_facts, "dependencies_outdated", ecosystem="npm") is None
    assert value(given_facts, "dependencies_unresolved") is None
    assert value(given_facts, "dependencies_unchecked") == 1
    assert value(given_facts, "dependencies", ecosystem="npm") == 2


QUIET = Release(newest="1.0.0", newest_at=days(2000), last_at=days(2000), used={"1.0.0": days(2000)})
DETAIL = Detail(licenses=(), advisories=(), deprecated=None, project="github.com/acme/a")


@pytest.mark.parametrize(("more", "expected"), [
    ({}, 1), ({"details": {("npm", "a", "1.0.0"): DETAIL}}, 1),
    ({"details": {("npm", "a", "1.0.0"): DETAIL}, "projects": {"github.com/acme/a": None}}, 0),
    ({"details": {("npm", "a", "1.0.0"): replace(DETAIL, project=None)}}, 0),
])
def test_a_direct_dependency_is_unchecked_until_all_that_is_judged_of_it_was_asked(more: Any, expected: int) -> None:
    index = Index(releases={("npm", "a"): QUIET}, **more)
    assert value(facts(package("a"), index=index), "dependencies_unchecked") == expected
    assert value(facts(package("a", direct=False), index=index), "dependencies_unchecked") == 0


def test_what_deps_dev_does_not_know_is_not_counted_among_what_is_up_to_date() -> None:
    given_facts = facts(package("a"), package("b"), package("c"),
                        releases={"a": release("1.1.0"), "b": None, "c": None})
    assert counted(given_facts, "dependencies_outdated", ecosystem="npm") == (1, 1)
    assert counted(given_facts, "dependencies_outdated_direct", step="minor") == (1, 1)
    assert counted(given_facts, "dependencies_outdated_direct", step="major") == (0, 1)
    nothing = facts(package("a"), package("b"), releases={"a": None, "b": None})
    assert counted(nothing, "dependencies_outdated", ecosystem="npm") == (None, 0)
    assert counted(nothing, "dependencies_outdated_direct", step="major") == (None, 0)
    assert counted(facts(), "dependencies_outdated", ecosystem="npm") == (0, 1)


def counted(given_facts: Facts, name: str, **labels: str) -> tuple[float | None, int]:
    (found,) = [metric for metric in measured(given_facts).metrics
                if metric.name == name and dict(metric.labels) == labels]
    return found.value, found.samples


def test_nothing_is_known_of_direct_dependencies_where_the_lock_file_does_not_tell_them() -> None:
    given_facts = facts(package("a", direct=None), releases={"a": release(newest_at=days(0), v1_0_0=days(365.25))})
    assert value(given_facts, "dependency_libyears") is None
    assert value(given_facts, "dependencies_direct", ecosystem="npm") is None
    assert value(given_facts, "dependencies_outdated_direct", step="major") is None
    assert value(given_facts, "dependency_libyears_all") == pytest.approx(1)


def test_an_unreadable_lock_file_leaves_no_figure_that_it_could_change() -> None:
    bad = LockFile(path="x/package-lock.json", ecosystem="npm", problem="is not JSON")
    given_facts = facts(package("a"), releases={"a": release(newest_at=days(0), v1_0_0=days(1))},
                        locks=(LockFile(path="package-lock.json", ecosystem="npm"), bad))
    for name in ("dependency_libyears", "dependency_libyears_all"):
        assert value(given_facts, name) is None
    assert value(given_facts, "dependencies", ecosystem="npm") is None
    assert value(given_facts, "lock_files_unreadable") == 1


def test_without_lock_files_there_is_nothing_to_measure_and_that_is_not_zero() -> None:
    given_facts = facts(locks=())
    assert value(given_facts, "dependency_libyears") is None
    assert [metric for metric in measured(given_facts).metrics if metric.name == "dependencies"] == []
    assert value(given_facts, "dependencies_unchecked") is None
    assert value(given_facts, "lock_files_unreadable") is None


VERSIONS = st.builds("{}.{}.{}".format, *[st.integers(0, 2)] * 3)
DATES = st.none() | st.integers(0, 3000).map(days)
CASES = st.lists(st.tuples(VERSIONS, VERSIONS, DATES, DATES, st.booleans(), st.sampled_from(["known", "unknown"])),
                 max_size=8)


@given(CASES)
def test_libyears_and_outdated_counts_agree_with_brute_force(cases: list[Any]) -> None:
    packages, releases = [], {}
    direct_years, all_years, outdated, steps = [], [], 0, {"major": 0, "minor": 0, "patch": 0}
    for place, (used, newest, used_at, newest_at, direct, state) in enumerate(cases):
        name = f"p{place}"
        packages.append(package(name, used, direct=direct))
        if state == "unknown":
            releases[name] = None
            continue
        releases[name] = Release(newest=newest, newest_at=newest_at, last_at=newest_at, used={used: used_at})
        left, right = ([int(part) for part in text.split(".")] for text in (used, newest))
        if left < right:
            outdated += 1
            if direct:
                steps["major" if left[0] != right[0] else "minor" if left[1] != right[1] else "patch"] += 1
            if used_at is None or newest_at is None:
                continue
            seconds = newest_at.timestamp() - used_at.timestamp()
            years = seconds / 31_557_600 if seconds > 0 else 0
        else:
            years = 0
        all_years.append(years)
        direct_years += [years] if direct else []
    given_facts = facts(*packages, releases=releases)
    expected = math.fsum(direct_years) if direct_years else None
    assert value(given_facts, "dependency_libyears") == (None if expected is None else pytest.approx(expected))
    assert value(given_facts, "dependency_libyears_all") == (pytest.approx(math.fsum(all_years)) if all_years else None)
    if packages:
        known = sum(state == "known" for *_, state in cases)
        assert counted(given_facts, "dependencies_outdated", ecosystem="npm") == (outdated if known else None, known)
        assert value(given_facts, "dependencies_unresolved") == len(packages) - len(all_years)
    if any(direct and state == "known" for *_, direct, state in cases):
        assert {step: value(given_facts, "dependencies_outdated_direct", step=step) for step in steps} == steps


# -- updates -----------------------------------------------------------------------------------------------------

def test_no_update_is_zero_open_and_no_age() -> None:
    given_facts = facts(locks=())
    assert [value(given_facts, "dependency_updates_open", kind=kind) for kind in KINDS] == [0] * 6
    assert value(given_facts, "dependency_update_age_seconds", quantile="0.5") is None
    assert value(given_facts, "dependency_updates_failing") == 0


def test_updates_are_counted_by_kind_with_those_that_fail_and_are_overdue() -> None:
    given_facts = facts(locks=(), updates=(
        update(1, "security", age=3, severity="critical"), update(2, "security", age=3), update(3, "patch", age=13),
        update(4, "patch", age=15, checks="FAILURE"), update(5, "major", age=90, checks="ERROR"),
        update(6, "minor", age=31, checks="PENDING"), update(7, "unknown", age=1, checks="SUCCESS")))
    assert {kind: value(given_facts, "dependency_updates_open", kind=kind) for kind in KINDS} == {
        "security": 2, "major": 1, "minor": 1, "patch": 2, "other": 0, "unknown": 1}
    assert {severity: value(given_facts, "dependency_updates_overdue", severity=severity)
            for severity in ("critical", "high", "medium", "low", "none")} == {
        "critical": 1, "high": 1, "medium": 0, "low": 0, "none": 2}
    assert value(given_facts, "dependency_updates_failing") == 2


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 400)), min_size=1, max_size=9))
def test_ages_and_overdue_counts_agree_with_brute_force(cases: list[tuple[Any, int]]) -> None:
    given_facts = facts(locks=(), updates=tuple(
        update(number, kind, age=age) for number, (kind, age) in enumerate(cases)))
    ages = [age * 86400 for _, age in cases]
    assert value(given_facts, "dependency_update_age_seconds", quantile="0.5") == pytest.approx(median(ages))
    allowed = {"security": 2, "major": 91, "minor": 30, "patch": 14, "other": 14, "unknown": 30}
    late = [kind for kind, age in cases if age > allowed[kind]]
    assert value(given_facts, "dependency_updates_overdue", severity="high") == late.count("security")
    assert value(given_facts, "dependency_updates_overdue", severity="none") == len(late) - late.count("security")
    for kind in KINDS:
        assert value(given_facts, "dependency_updates_open", kind=kind) == [one for one, _ in cases].count(kind)


# -- criteria ----------------------------------------------------------------------------------------------------

def test_verdicts_on_direct_dependencies_are_counted_by_criterion() -> None:
    detail = Detail(licenses=("MIT",), advisories=(), deprecated=None, project=None)
    given_facts = facts(package("a"), package("b"), package("c", direct=False), index=Index(
        releases={("npm", "a"): release(newest_at=days(10), v1_0_0=days(20))},
        details={("npm", "a", "1.0.0"): detail}))
    counts = {
        (criterion, verdict): value(given_facts, "dependency_criteria", criterion=criterion, verdict=verdict)
        for criterion in ("maintained", "advisories", "license")
        for verdict in ("pass", "warn", "fail", "unknown")
    }
    assert {key: count for key, count in counts.items() if count} == {
        (criterion, verdict): 1
        for criterion in ("maintained", "advisories", "license")
        for verdict in ("pass", "unknown")
    }


def test_every_headline_is_a_figure_that_is_always_there() -> None:
    there = {(metric.name, tuple(metric.labels.items())) for metric in measured(facts(locks=())).metrics}
    assert {(name, tuple(labels.items())) for name, labels in HEADLINES.values()} <= there
