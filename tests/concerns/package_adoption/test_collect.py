"""What is asked of the registries, by the real client from simulated ones, and what is remembered."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from repo_vitals.errors import InputError
from repo_vitals.simulator.registries import CrateVersion, NpmPackage
from support.adoption import TODAY, WIDGETS, YESTERDAY, Kept, World, add_widgets, days, published, world

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def widgets() -> Iterator[World]:
    with world(*WIDGETS) as made:
        add_widgets(made)
        yield made


@pytest.fixture
def crate() -> Iterator[World]:
    """Six versions, so that the oldest is not told by day; the newest took over ten days ago."""
    with world("crates:widget") as made:
        versions = [CrateVersion(number=f"1.{minor}.0", published=published(200 - minor),
                                 days=days(minor + 1, length=80)) for minor in range(5)]
        newest = CrateVersion(number="2.0.0", published=published(10), days=days(100, length=10))
        made.registries.crate("widget", *versions, newest)
        yield made


def test_each_registry_is_asked_as_seldom_as_can_be(widgets: World) -> None:
    widgets.facts()
    assert widgets.asked == [
        "/downloads/range/2024-08-09:2026-01-30/@acme%2Fwidget", "/downloads/range/2024-08-09:2026-01-30/widget",
        "/api/v1/crates/widget", "/api/v1/crates/widget/downloads", "/api/packages/widget/overall",
        "/versions/widget/last-week", "/versions/@acme%2Fwidget/last-week"]
    assert len(widgets.deps_dev.log) == 1 + 2 + 2 * (1 + 2)     # lists of PyPI and npm, versions but PyPI's


def test_registries_are_told_who_asks_and_get_no_token(widgets: World) -> None:
    widgets.facts()
    assert {one.signed for one in widgets.registries.log} == {False}
    assert all("https://github.com/" in one.user_agent for one in widgets.registries.log)


def test_full_days_and_todays_part_are_told_apart(widgets: World) -> None:
    found = {str(one.package): one for one in widgets.facts().adoptions}
    assert found["crates:widget"].days == days(100)
    assert (found["crates:widget"].partial, found["crates:widget"].total) == (7, 1000 + 2 * 50 * 120 + 7)
    assert found["pypi:widget"].days == days(100, length=170)
    assert found["pypi:widget"].mirrors == days(140, length=170)
    assert found["npm:widget"].days == found["npm:@acme/widget"].days == days(100, length=400)
    assert [one.total for one in (found["pypi:widget"], found["npm:widget"])] == [None, None]


def test_rows_of_crates_io_are_joined_with_the_names_of_their_versions(crate: World) -> None:
    found = crate.adoption()
    assert {one.version: one.recent for one in found.versions} == {
        "2.0.0": 1000, **{f"1.{minor}.0": 28 * (minor + 1) for minor in range(1, 5)}, "1.0.0": None}
    assert (found.others, found.recent_days, found.newest) == (28, 28, "2.0.0")
    assert found.days[YESTERDAY] == 100 + 1 + 2 + 3 + 4 + 5


def test_weeks_of_the_newest_version_are_counted_from_its_days(crate: World) -> None:
    weeks = crate.adoption().weeks
    assert weeks[YESTERDAY] == (700, 7 * 115)
    assert weeks[TODAY - timedelta(days=10)] == (100, 6 * 15 + 115)


def test_a_version_with_more_advisories_than_a_run_may_ask_for_is_flawed_by_one_that_stands(crate: World) -> None:
    package = crate.deps_dev.known.package("cargo", "widget", {"2.0.0": None})
    package.versions[-1].advisories = tuple(f"GHSA-aaaa-bbbb-{number:04}" for number in range(9))
    crate.deps_dev.known.advisories |= dict.fromkeys(package.versions[-1].advisories, 7.5)
    crate.deps_dev.known.titles["GHSA-aaaa-bbbb-0000"] = "Withdrawn: no flaw"
    assert crate.adoption(deps_dev_requests=3).versions[0].advisories == ("GHSA-aaaa-bbbb-0001",)
    assert crate.adoption(deps_dev_requests=2).versions[0].advisories is None


def test_flaws_are_looked_up_for_the_most_downloaded_versions_within_the_budget(crate: World) -> None:
    package = crate.deps_dev.known.package("cargo", "widget", {f"1.{minor}.0": None for minor in range(5)} | {
        "2.0.0": None})
    package.versions[4].advisories = ("RUSTSEC-2026-0001", "GHSA-gone")
    crate.deps_dev.known.advisories |= {"RUSTSEC-2026-0001": 7.5, "GHSA-gone": 5.0}
    crate.deps_dev.known.titles["GHSA-gone"] = "Withdrawn: no flaw"
    found = crate.adoption(deps_dev_requests=4)
    assert {one.version: one.advisories for one in found.versions if one.advisories is not None} == {
        "2.0.0": (), "1.4.0": ("RUSTSEC-2026-0001",)}
    assert len(crate.deps_dev.log) == 4


def test_lookups_of_one_packages_flaws_leave_requests_for_the_versions_of_the_next() -> None:
    with world("npm:one", "npm:two") as made:
        for name in ("one", "two"):
            made.registries.npm[name] = NpmPackage(days=days(5), week={f"1.{minor}.0": 5 for minor in range(5)})
            made.deps_dev.known.package("npm", name, {f"1.{minor}.0": published(9 - minor) for minor in range(5)})
        found = made.facts(deps_dev_requests=4)
    assert [one.newest for one in found.adoptions] == ["1.4.0", "1.4.0"]
    assert [sum(version.advisories is not None for version in one.versions) for one in found.adoptions] == [2, 0]
    assert found.unavailable is None


def test_a_version_that_deps_dev_does_not_know_is_not_taken_for_one_without_flaws(crate: World) -> None:
    crate.deps_dev.known.package("cargo", "widget", {"1.4.0": None})
    assert {one.version for one in crate.adoption().versions if one.advisories is not None} == {"1.4.0"}


def test_with_a_history_lookups_go_on_where_the_run_before_ended_and_nothing_is_asked_twice(crate: World) -> None:
    crate.deps_dev.known.package("cargo", "widget", {f"1.{minor}.0": None for minor in range(5)} | {"2.0.0": None})
    kept = Kept()
    note = "the 2 requests that `deps-dev-requests` allows are used up; the next run goes on from there"
    assert crate.facts(history=kept.run(), deps_dev_requests=2).notes == (note,)
    assert crate.facts(history=kept.run(), deps_dev_requests=2).notes == (note,)
    asked = [one.path.rpartition("/")[2] for one in crate.deps_dev.log]
    assert asked == ["2.0.0", "1.4.0", "1.3.0", "1.2.0"]


@pytest.mark.parametrize(("stands", "requests", "runs"), [(True, 1, 4), (False, 1, 4), (True, 2, 2), (False, 2, 2)])
def test_however_few_requests_a_run_has_a_version_with_advisories_is_settled_in_the_end(
        crate: World, stands: bool, requests: int, runs: int) -> None:
    package = crate.deps_dev.known.package("cargo", "widget", {"2.0.0": None})
    package.versions[-1].advisories = ("GHSA-a", "GHSA-b", "GHSA-c")
    crate.deps_dev.known.advisories |= dict.fromkeys(package.versions[-1].advisories, 7.5)
    gone = ("GHSA-a", "GHSA-b", *(() if stands else ("GHSA-c",)))
    crate.deps_dev.known.titles |= dict.fromkeys(gone, "Withdrawn: no flaw")
    kept = Kept()
    told = [crate.adoption(history=kept.run(), deps_dev_requests=requests).versions[0].advisories for _ in range(runs)]
    assert told == [*[None] * (runs - 1), ("GHSA-c",) if stands else ()]
    assert [one.path.rpartition("/")[2] for one in crate.deps_dev.log[:4]] == ["2.0.0", "GHSA-a", "GHSA-b", "GHSA-c"]


def test_what_has_not_changed_is_not_sent_again(widgets: World) -> None:
    kept = Kept()
    before = widgets.facts(history=kept.run())
    after = widgets.facts(history=kept.run())
    # The two of crates.io, pypistats' and npm's two weeks; npm's days were asked for over a shorter span.
    assert widgets.cost.not_modified == 5
    assert [one.days for one in after.adoptions] == [one.days for one in before.adoptions]
    assert after.adoptions[0].versions == before.adoptions[0].versions


def test_days_outlive_the_registrys_window_and_later_corrections_are_taken() -> None:
    with world("crates:widget") as made:
        made.registries.crate("widget", CrateVersion(number="1.0.0", published=published(400), days=days(50)))
        kept = Kept()
        made.facts(history=kept.run())
        made.registries.today += timedelta(days=100)
        made.registries.crates["widget"][0].days = {
            YESTERDAY: 55, **days(60, length=80, until=YESTERDAY + timedelta(days=100))}
        found = made.adoption(history=kept.run(), ago=-100)
        assert found.days == {**days(50), **days(60, length=80, until=YESTERDAY + timedelta(days=100))}
        made.registries.crates["widget"][0].days[YESTERDAY + timedelta(days=95)] = 61
        assert made.adoption(history=kept.run(), ago=-100).days[YESTERDAY + timedelta(days=95)] == 61


@pytest.mark.parametrize(("ago", "weeks"), [(9, 9), (20, 20), (400, 83)])
def test_the_first_version_of_a_crate_has_every_week_from_its_day_on(ago: int, weeks: int) -> None:
    """A week that began before there was a crate is known as well as a later one."""
    with world("crates:widget") as made:
        made.registries.crate("widget", CrateVersion(number="1.0.0", published=published(ago), days=days(
            50, length=min(ago, 89))))
        found = made.adoption()
    assert len(found.weeks) == weeks
    assert found.weeks[YESTERDAY] == (350, 350)
    assert (found.weeks.get(TODAY - timedelta(days=9)) == (50, 50)) is (ago == 9)


def test_a_crate_that_is_pulled_no_more_has_days_of_none_once_its_total_stands_still() -> None:
    with world("crates:widget") as made:
        made.registries.crate("widget", CrateVersion(number="1.0.0", published=published(400), days=days(
            500, until=TODAY - timedelta(days=10))))
        kept = Kept()
        made.adoption(history=kept.run(), ago=9)
        made.adoption(history=kept.run(), ago=5)
        assert made.adoption().days.keys() == days(500, until=TODAY - timedelta(days=10), length=80).keys()
        found = made.adoption(history=kept.run())
    assert {day: count for day, count in found.days.items() if not count} == days(0, length=8)


def test_a_day_of_which_only_mirrors_are_told_is_one_of_none() -> None:
    with world("pypi:widget") as made:
        made.registries.pypi["widget"] = {**dict.fromkeys(days(3, length=60), (3, 9)), YESTERDAY: (0, 5)}
        assert made.adoption().days[YESTERDAY] == 0


@pytest.mark.parametrize("level", [10, 100])
@pytest.mark.parametrize("package", ["pypi:widget", "npm:widget"])
def test_that_nobody_fetches_a_package_any_more_is_proven_by_days_that_were_counted_of_another(
    package: str, level: int,
) -> None:
    stopped = TODAY - timedelta(days=20)
    with world(package) as made:
        fetched = days(level, length=100, until=stopped)
        # Another, which everybody fetches, was not counted on two of the days since.
        counted = days(5000, length=170)
        for back in (1, 6):
            del counted[TODAY - timedelta(days=back)]
        made.registries.pypi |= {"widget": {day: (count, count) for day, count in fetched.items()},
                                 "pip": {day: (count, count) for day, count in counted.items()}}
        made.registries.npm |= {"widget": NpmPackage(days=fetched), "npm": NpmPackage(days=counted)}
        found = made.facts(deps_dev=None)
        assert found.adoptions[0].days == fetched | {
            TODAY - timedelta(days=back): 0 for back in range(2, 20) if back != 6}
        assert [path for path in made.asked if path.endswith(("/npm", "/pip/overall"))][1:] == []
        del made.registries.pypi["pip"], made.registries.npm["npm"]     # as a mirror that lacks it
        assert sum(made.adoption(deps_dev=None).days.values()) == level * 100


def test_with_a_history_npm_is_asked_only_for_days_that_may_be_corrected(widgets: World) -> None:
    kept = Kept()
    widgets.facts(history=kept.run())
    widgets.registries.log.clear()
    widgets.facts(history=kept.run())
    assert widgets.asked[1] == "/downloads/range/2025-11-02:2026-01-30/widget"


def test_a_young_package_of_npms_has_no_past_and_is_no_spike() -> None:
    with world("npm:young") as made:
        made.registries.npm["young"] = NpmPackage(days=days(5, length=14), week={"1.0.0": 35})
        assert made.adoption().days == days(5, length=14)
        made.deps_dev.known.package("npm", "young", {"1.0.0": published(15)})
        assert made.adoption().days == {**days(5, length=14), TODAY - timedelta(days=15): 0}


def test_a_run_without_the_versions_of_deps_dev_takes_nothing_from_what_is_known_of_the_newest() -> None:
    with world("npm:widget") as made:
        made.registries.npm["widget"] = NpmPackage(days=days(100, length=400), week={"1.0.0": 600, "2.0.0": 100})
        made.deps_dev.known.package("npm", "widget", {"1.0.0": published(400), "2.0.0": published(20)})
        kept = Kept()
        made.adoption(history=kept.run(), ago=2)
        assert made.adoption(history=kept.run(), ago=1, deps_dev_requests=0).weeks == {}
        found = made.adoption(history=kept.run())
    assert found.weeks == {TODAY - timedelta(days=back): (100, 700) for back in (3, 1)}


def test_packages_of_npms_without_a_scope_are_asked_for_together() -> None:
    with world("npm:a", "npm:b", "npm:@s/c") as made:
        for name in ("a", "b", "@s/c"):
            made.registries.npm[name] = NpmPackage(days=days(5, length=500))
        found = made.facts().adoptions
        assert [path for path in made.asked if "range" in path] == [
            "/downloads/range/2024-08-09:2026-01-30/@s%2Fc", "/downloads/range/2025-02-05:2026-01-30/a,b"]
        assert [len(one.days) for one in found] == [360, 360, 500]


def test_a_package_of_npms_that_spoils_the_answer_about_several_leaves_the_others_as_they_are() -> None:
    with world("npm:a", "npm:b", "npm:c") as made:
        for name in ("a", "b", "c"):
            made.registries.npm[name] = NpmPackage(days=days(5, length=500))
        made.registries.npm["b"].days[YESTERDAY] = -1
        found = made.facts(max_wait=timedelta(minutes=5))
    assert [len(one.days) for one in found.adoptions] == [360, 0, 360]
    assert [one.problem for one in found.adoptions] == [None, found.unavailable, None]
    assert found.unavailable == (
        'npm\'s downloads API did not tell the days of "b" as it is described; try again later')


def test_versions_that_registries_told_only_in_total_are_told_by_their_growth_since_an_earlier_run(
    crate: World,
) -> None:
    kept = Kept()
    assert crate.adoption(history=kept.run(), ago=14).since_days is None
    crate.registries.crates["widget"][0].older += 40
    crate.registries.crates["widget"][1].older += 60
    found = crate.adoption(history=kept.run())
    assert found.since_days == 14
    assert {one.version: one.since for one in found.versions if one.since} == {"1.0.0": 40, "1.1.0": 60}


@pytest.mark.parametrize(("package", "why"), [
    ("crates:nothing", "crates.io knows no such crate"),
    ("pypi:nothing", "pypistats.org has no statistics of such a package"),
    ("npm:nothing", "npm's downloads API knows no such package, or it is private"),
    ("npm:@private/nothing", "npm's downloads API knows no such package, or it is private"),
])
def test_a_package_that_does_not_exist_is_the_callers_mistake_and_the_others_are_remembered(
    widgets: World, package: str, why: str,
) -> None:
    widgets.packages.append(package)
    kept = Kept()
    found = widgets.facts(history=kept.run())
    assert found.mistake == f'packages: "{package}": {why}; check the name'
    assert [one.problem for one in found.adoptions] == [None] * 4 + [why]
    kept.run()
    assert len(kept) == 4


def test_every_package_that_does_not_exist_is_named() -> None:
    with world("npm:one", "npm:two", "crates:three") as made:
        found = made.facts()
    assert found.mistake == (
        'packages: "npm:one": npm\'s downloads API knows no such package, or it is private; and 2 more: "npm:two": '
        'npm\'s downloads API knows no such package, or it is private; "crates:three": crates.io knows no such crate; '
        'check the name')


def test_a_package_that_is_too_new_for_statistics_is_unknown_and_no_mistake() -> None:
    with world("pypi:newborn") as made:
        made.deps_dev.known.package("pypi", "newborn", {"0.1.0": published(1)})
        found = made.adoption()
    assert (found.days, found.newest) == ({}, "0.1.0")
    assert found.problem == "pypistats.org has no statistics of it: it is new, or nobody has fetched it"


def test_a_crate_is_known_by_both_spellings_and_measured_once() -> None:
    with world("crates:my_crate", "crates:my-crate") as made:
        made.registries.crate("my-crate", CrateVersion(number="1.0.0", published=published(9), days=days(1)))
        assert [str(one.package) for one in made.facts().adoptions] == ["crates:my-crate"]


def test_without_packages_there_is_nothing_to_measure() -> None:
    with world() as made, pytest.raises(InputError, match="packages: none given"):
        made.facts()
