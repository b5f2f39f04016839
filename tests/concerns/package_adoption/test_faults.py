"""Whatever goes wrong at a registry: the same facts as without it, or unknown ones that say why. Never other facts."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.simulator.registries import NpmPackage
from support.adoption import WIDGETS, YESTERDAY, Kept, World, add_widgets, days, published, world
from support.scripted_server import ScriptedServer, answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.package_adoption.facts import Facts
    from support.scripted_server import Asked, Step

PLACES = {"crates:widget": "/api/v1/crates/*", "pypi:widget": "/api/packages/*", "npm:widget": "/downloads/*/widget",
          "npm:@acme/widget": "/downloads/*/@acme*"}
KINDS = ("status", "reset", "truncated", "not-json", "empty", "secondary-limit")


@pytest.fixture(scope="module")
def widgets() -> Iterator[World]:
    with world(*WIDGETS) as made:
        add_widgets(made)
        yield made


def facts(widgets: World, *faults: Fault, max_wait: timedelta = timedelta(hours=3)) -> Facts:
    widgets.registries.faults = FaultPlan(faults)
    try:
        return widgets.facts(max_wait=max_wait)
    finally:
        widgets.registries.faults = FaultPlan()


@pytest.mark.parametrize("kind", KINDS)
def test_a_single_fault_changes_nothing(widgets: World, kind: str) -> None:
    for place in PLACES.values():
        assert facts(widgets, Fault(kind=kind, path=place, times=1, retry_after=1)) == facts(widgets)


@pytest.mark.parametrize("kind", ["status", "not-json", "truncated"])
@pytest.mark.parametrize("package", PLACES)
def test_one_registry_that_is_down_leaves_the_others_as_they_are(widgets: World, package: str, kind: str) -> None:
    whole = {str(one.package): one for one in facts(widgets).adoptions}
    found = facts(widgets, Fault(kind=kind, path=PLACES[package]))
    each = {str(one.package): one for one in found.adoptions}
    assert each.keys() == whole.keys()
    assert {name for name in each if each[name] != whole[name]} == {package}
    assert each[package].problem == found.unavailable
    assert (each[package].days, each[package].total) == ({}, None)


def test_a_registry_that_wants_to_be_left_alone_for_long_is_not_asked_again(widgets: World) -> None:
    limit = Fault(kind="secondary-limit", path="/api/v1/crates/*", status=429, retry_after=3600)
    found = facts(widgets, limit, max_wait=timedelta(seconds=5))
    assert found.unavailable == "crates.io asks to come back later, and for longer than max-wait allows"


def test_what_earlier_runs_knew_stands_while_a_registry_is_down(widgets: World) -> None:
    kept = Kept()
    before = widgets.facts(history=kept.run())
    widgets.registries.faults = FaultPlan([Fault(kind="status")])
    down = widgets.facts(history=kept.run(), max_wait=timedelta(hours=3))
    widgets.registries.faults = FaultPlan()
    assert [one.days for one in down.adoptions] == [one.days for one in before.adoptions]
    assert all(one.problem for one in down.adoptions)
    after = widgets.facts(history=kept.run())
    assert [replace(one, total_before=None) for one in after.adoptions] == [
        replace(one, total_before=None) for one in before.adoptions]


def test_a_404_that_is_not_the_registrys_own_is_no_missing_package(widgets: World) -> None:
    found = facts(widgets, Fault(kind="status", status=404, path="/api/v1/crates/*"))
    assert found.unavailable is not None
    assert "it answered 404, and not as its API does" in found.unavailable


@pytest.mark.parametrize("package", ["crates:gadget", "pypi:gadget", "npm:gadget", "npm:@acme/gadget"])
def test_an_answer_about_another_package_is_no_figure_of_the_one_that_was_asked_for(package: str) -> None:
    """As of a mirror that leads a renamed package to its new name."""
    with world(package) as made, ScriptedServer(answer_about_widgets) as server:
        found = made.facts(crates_io=server.url, pypistats=server.url, npm=server.url)
    (one,) = found.adoptions
    assert (one.total, dict(one.days), one.versions, found.mistake) == (None, {}, (), None)
    assert "its answer is not what its API describes" in (found.unavailable or "")


def answer_about_widgets(asked: Asked) -> Step:
    found: dict[str, Any] = {"downloads": [{"day": str(YESTERDAY), "downloads": 5}], "package": "widget"}
    if asked.path.startswith("/api/packages/"):
        found = {"type": "overall_downloads", "package": "widget", "data": [
            {"category": "without_mirrors", "date": str(YESTERDAY), "downloads": 5}]}
    elif asked.path.startswith("/api/v1/"):
        found = {"crate": {"name": "widget", "downloads": 5, "max_version": "0.0.0"}, "versions": [],
                 "version_downloads": [], "meta": {"extra_downloads": []}}
    return answer(200, found)


def test_while_deps_dev_is_down_a_package_without_statistics_is_unknown_and_no_mistake() -> None:
    with world("pypi:newborn") as made:
        made.deps_dev.faults = FaultPlan([Fault(kind="status")])
        found = made.facts(max_wait=timedelta(hours=3))
    assert (found.adoptions[0].problem or "").startswith(
        "pypistats.org has no statistics of it, and whether there is one is not known: ")
    assert found.unavailable is not None


@pytest.mark.parametrize("deps_dev_requests", [0, 100])
def test_a_package_that_pypistats_knew_before_is_unknown_while_it_does_not_and_no_mistake(
    deps_dev_requests: int,
) -> None:
    with world("pypi:widget") as made:
        add_widgets(made)
        kept = Kept()
        before = made.adoption(history=kept.run())
        del made.registries.pypi["widget"]
        found = made.facts(history=kept.run(), deps_dev_requests=deps_dev_requests)
    assert (found.mistake, found.adoptions[0].days) == (None, before.days)
    assert found.unavailable == found.adoptions[0].problem
    assert (found.unavailable or "").startswith('pypistats.org has no statistics of "widget", of which it told earlier')


def test_deps_dev_down_leaves_versions_unknown_and_downloads_known(widgets: World) -> None:
    widgets.deps_dev.faults = FaultPlan([Fault(kind="status")])
    found = widgets.facts(max_wait=timedelta(hours=3))
    widgets.deps_dev.faults = FaultPlan()
    assert found.unavailable is not None
    assert [bool(one.days) for one in found.adoptions] == [True] * 4
    assert {version.advisories for one in found.adoptions for version in one.versions} == {None}
    assert {version.yanked for one in found.adoptions if one.package.registry == "npm"
            for version in one.versions} == {None}


@pytest.mark.parametrize("deprecated", [True, False, None])
def test_what_deps_dev_says_of_a_version_or_not_is_what_is_known_of_it(deprecated: bool | None) -> None:
    with world("npm:widget") as made:
        made.registries.npm["widget"] = NpmPackage(days=days(100, length=400), week={"1.0.0": 600, "2.0.0": 100})
        made.deps_dev.known.package("npm", "widget", {"1.0.0": published(400)}).versions[0].deprecated = deprecated
        found = {one.version: one.yanked for one in made.adoption().versions}
    assert found == {"1.0.0": deprecated, "2.0.0": None}
