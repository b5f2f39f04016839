"""The registries on loopback: what they say, in the form of the real ones, and what they refuse."""
from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import requests

from repo_vitals.simulator.deps_dev import Known
from repo_vitals.simulator.generate_adoption import add_adoption
from repo_vitals.simulator.registries import CrateVersion, NpmPackage, Registries
from repo_vitals.simulator.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = date(2026, 1, 31)
PUBLISHED = datetime(2025, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
# Fields that crates.io's own tests have in an answer and that clients read.
CRATE = {"id", "name", "downloads", "recent_downloads", "max_version", "max_stable_version", "newest_version",
         "default_version", "num_versions", "versions", "created_at", "updated_at"}
VERSION = {"id", "num", "crate", "downloads", "yanked", "created_at", "dl_path", "checksum"}


@pytest.fixture
def registries() -> Iterator[Registries]:
    with Registries(today=TODAY) as running:
        running.crate("widget", *(CrateVersion(number=f"1.{minor}.0", published=PUBLISHED, days={
            TODAY - timedelta(days=back): 10 for back in range(100)}) for minor in range(7)))
        running.pypi["widget"] = {TODAY - timedelta(days=back): (10, 14) for back in range(200)}
        running.npm["widget"] = NpmPackage(days={TODAY - timedelta(days=1): 5}, week={"1.0.0": 5})
        running.npm["@acme/widget"] = NpmPackage(days={TODAY - timedelta(days=1): 7})
        yield running


def get(registries: Registries, path: str, **headers: str) -> requests.Response:
    return requests.get(registries.url + path, timeout=5, headers=headers)


def test_a_crate_has_the_fields_of_crates_io(registries: Registries) -> None:
    found = get(registries, "/api/v1/crates/widget").json()
    assert set(found["crate"]) >= CRATE
    assert all(set(one) >= VERSION for one in found["versions"])
    assert found["crate"]["downloads"] == 7 * 100 * 10
    assert found["crate"]["versions"] == [one["id"] for one in found["versions"]]


def test_rows_are_of_the_newest_five_versions_and_ninety_days_and_all_others_are_one(registries: Registries) -> None:
    found = get(registries, "/api/v1/crates/widget/downloads").json()
    assert len(found["version_downloads"]) == 5 * 90
    assert {row["downloads"] for row in found["meta"]["extra_downloads"]} == {20}
    assert {type(row["version"]) for row in found["version_downloads"]} == {int}


@pytest.mark.parametrize(("path", "status"), [
    ("/api/v1/crates/nothing", 404), ("/api/v1/crates/nothing/downloads", 404), ("/api/packages/nothing/overall", 404),
    ("/downloads/range/2026-01-01:2026-01-30/nothing", 404), ("/versions/nothing/last-week", 404),
    ("/downloads/range/2026-01-01:2026-01-30/widget,@acme%2Fwidget", 400),
    ("/downloads/range/2023-01-01:2026-01-30/widget", 400), ("/downloads/range/last/widget", 400), ("/elsewhere", 404),
])
def test_what_the_real_ones_refuse_is_refused(registries: Registries, path: str, status: int) -> None:
    assert get(registries, path).status_code == status


def test_who_does_not_say_who_asks_is_refused_by_crates_io(registries: Registries) -> None:
    assert get(registries, "/api/v1/crates/widget", **{"user-agent": ""}).status_code == 403


@pytest.mark.parametrize(("query", "rows"), [("", 360), ("?mirrors=true", 180), ("?mirrors=false", 180)])
def test_pypistats_tells_180_days_with_and_without_mirrors(registries: Registries, query: str, rows: int) -> None:
    found = get(registries, f"/api/packages/widget/overall{query}").json()
    assert (found["package"], found["type"], len(found["data"])) == ("widget", "overall_downloads", rows)


def test_several_packages_of_npm_are_under_their_names_and_an_unknown_one_is_null(registries: Registries) -> None:
    registries.npm["other"] = NpmPackage()
    found = get(registries, "/downloads/range/2026-01-01:2026-01-30/widget,other,nothing").json()
    assert found["widget"]["downloads"][-2:] == [{"downloads": 0, "day": "2026-01-29"},
                                                 {"downloads": 5, "day": "2026-01-30"}]
    assert {row["downloads"] for row in found["other"]["downloads"]} == {0}
    assert (len(found["other"]["downloads"]), found["nothing"]) == (30, None)


def test_what_did_not_change_is_not_sent_again(registries: Registries) -> None:
    tag = get(registries, "/api/packages/widget/overall").headers["etag"]
    again = get(registries, "/api/packages/widget/overall", **{"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_the_same_seed_makes_the_same_past() -> None:
    def made() -> Any:
        state = State(now=datetime(2026, 1, 31, tzinfo=timezone.utc))
        repository = state.add_repository("acme/widget")
        registries = add_adoption(state, repository, Known(), now=state.now, seed=7)
        with registries:
            return registries.crates, registries.pypi, registries.npm, [one.assets[0].download_count
                                                                        for one in repository.releases]
    assert made() == made()
