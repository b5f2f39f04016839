"""Downloads of releases' assets, and how the repository is visited, from a simulated GitHub."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.package_adoption.facts import Popular
from repo_vitals.concerns.package_adoption.series import recent_counted
from repo_vitals.errors import InputError, TokenRefused
from repo_vitals.simulator import rest_api
from repo_vitals.simulator.faults import Fault, FaultPlan
from support.adoption import TODAY, Kept, World, add_widgets, published, world
from support.simulated import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def released() -> Iterator[World]:
    with world("github") as made:
        state, repository = made.scene.state, made.scene.repository
        state.release(repository, "v1.0.0", at=published(90), assets={"a.zip": 100, "a.zip.sha256": 70, "b.zip": 40})
        state.release(repository, "v2.0.0-rc.1", at=published(9), assets={"a.zip": 3}, is_prerelease=True)
        state.release(repository, "v2.0.0", at=published(5), assets={"a.zip": 10, "b.zip": 0})
        state.release(repository, "v3.0.0", at=published(1), assets={"a.zip": 500}, is_draft=True)
        yield made


def test_assets_count_but_for_checksums_and_drafts(released: World) -> None:
    found = released.adoption()
    assert found.total == 153
    assert {one.version: one.total for one in found.versions} == {"v2.0.0": 10, "v2.0.0-rc.1": 3, "v1.0.0": 140}
    assert (str(found.package), found.newest) == ("github:acme/widget", "v2.0.0")
    assert released.cost.graphql_points <= 2


def test_patterns_say_which_assets_count(released: World) -> None:
    assert released.adoption(assets=("*.zip", "!b*")).total == 113
    assert released.adoption(assets=("nothing",)).notes == ("no release has an asset that counts",)


def test_releases_and_assets_are_read_to_the_last_page() -> None:
    with world("github") as made:
        for number in range(60):
            made.scene.state.release(made.scene.repository, f"v{number}", at=published(number),
                                     assets={f"{name}.zip": 1 for name in range(45 if number == 7 else 2)})
        found = made.adoption()
    assert (found.total, len(found.versions)) == (59 * 2 + 45, 60)


def test_days_are_what_was_counted_between_two_runs(released: World) -> None:
    state, kept = released.scene.state, Kept()
    first, newest = released.scene.repository.releases[0], released.scene.repository.releases[2]
    for ago in range(10, -1, -1):
        found = released.adoption(history=kept.run(), ago=ago)
        state.fetch(newest, "a.zip", 5)
        state.fetch(first, "b.zip", 1)
    assert found.days == {TODAY - timedelta(days=back): 6 for back in range(1, 11)}
    assert recent_counted(found.counted, TODAY, 7).total == 42
    assert (found.since_days, {one.version: one.recent for one in found.versions}) == (
        10, {"v2.0.0": 50, "v1.0.0": 10, "v2.0.0-rc.1": 0})


def test_an_asset_that_is_uploaded_again_counts_from_nothing_and_takes_nothing_away(released: World) -> None:
    state, kept = released.scene.state, Kept()
    released.adoption(history=kept.run(), ago=1)
    state.upload_again(released.scene.repository.releases[0], "a.zip")
    state.fetch(released.scene.repository.releases[0], "a.zip", 8)
    found = released.adoption(history=kept.run())
    assert (found.total, found.total_before) == (61, 153)
    assert found.days == {TODAY - timedelta(days=1): 8}


@pytest.mark.parametrize("what", ["patterns", "draft", "tag", "asset"])
def test_what_an_asset_counted_out_of_sight_is_no_days_downloads(released: World, what: str) -> None:
    kept, first = Kept(), released.scene.repository.releases[0]
    for ago in (4, 3):
        first.is_draft = what == "draft" and ago == 3
        released.adoption(history=kept.run(), ago=ago, assets=("b.zip",) if what == "patterns" else ("*.zip",))
    first.is_draft = False
    if what == "tag":
        first.tag_name = "v1"
    if what == "asset":
        first.assets[0].name = "renamed.zip"
    for ago in (2, 1, 0):
        found = released.adoption(history=kept.run(), ago=ago, assets=("*.zip",))
        released.scene.state.fetch(first, "b.zip", 5)
    assert found.days == {TODAY - timedelta(days=4): 0, TODAY - timedelta(days=3): 0, TODAY - timedelta(days=2): 5,
                          TODAY - timedelta(days=1): 5}
    assert found.total == 163


def test_a_release_that_is_published_between_two_runs_adds_all_that_it_counts(released: World) -> None:
    kept = Kept()
    released.adoption(history=kept.run(), ago=1)
    released.scene.state.release(released.scene.repository, "v4.0.0", at=published(0), assets={"a.zip": 12})
    assert released.adoption(history=kept.run()).days == {TODAY - timedelta(days=1): 12}


def test_a_second_run_on_a_day_moves_no_downloads_from_one_day_to_another(released: World) -> None:
    kept, newest = Kept(), released.scene.repository.releases[2]
    for ago, again in ((3, False), (2, True), (1, False), (0, False)):
        found = released.adoption(history=kept.run(), ago=ago)
        released.scene.state.fetch(newest, "a.zip", 60)
        if again:
            released.adoption(history=kept.run(), ago=ago)
            released.scene.state.fetch(newest, "a.zip", 40)
    assert [found.days[TODAY - timedelta(days=back)] for back in (3, 2, 1)] == [60, 100, 60]


def test_a_run_with_too_many_assets_leaves_what_earlier_ones_counted(
    released: World, monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = Kept()
    for ago in (12, 4, 3):
        released.adoption(history=kept.run(), ago=ago)
        released.scene.state.fetch(released.scene.repository.releases[2], "a.zip", 7)
    with monkeypatch.context() as fewer:
        fewer.setattr("repo_vitals.concerns.package_adoption.github_asking.MOST_COUNTERS", 3)
        found = released.adoption(history=kept.run(), ago=2)
    (note,) = found.notes
    assert note == "the releases have 5 assets that count, and 3 are the most that can be followed from run to run"
    assert {(one.recent, one.since) for one in found.versions} == {(None, None)}
    found = released.adoption(history=kept.run(), ago=1)
    assert found.days == {TODAY - timedelta(days=4): 7}
    assert found.counted[TODAY - timedelta(days=1)] == 174


def test_a_day_without_a_run_is_missing_and_its_downloads_are_not_given_to_another(released: World) -> None:
    kept = Kept()
    for ago in (5, 3, 2):
        found = released.adoption(history=kept.run(), ago=ago)
        released.scene.state.fetch(released.scene.repository.releases[2], "a.zip", 10)
    assert found.days == {TODAY - timedelta(days=3): 10}


def test_releases_need_a_token_and_its_permission(released: World) -> None:
    found = released.facts(token=released.token())
    assert "contents: read" in (found.mistake or "")
    assert found.adoptions[0].problem == found.mistake
    released.github.faults = FaultPlan([Fault(kind="unauthorized")])
    with pytest.raises(TokenRefused):
        released.facts()


@pytest.fixture
def visited() -> Iterator[World]:
    with world("crates:widget") as made:
        add_widgets(made)
        of = made.scene.repository.visited
        of.views = {TODAY - timedelta(days=back): (10 + back, 3) for back in range(20) if back != 4}
        of.clones = {TODAY - timedelta(days=back): (2, 1) for back in range(20)}
        of.referrers = [("google.com", 40, 9)]
        of.paths = [("/acme/widget/blob/main/docs/a.md", "widget/docs/a.md", 20, 4)]
        yield made


def test_traffic_is_read_by_whoever_may(visited: World) -> None:
    found = visited.facts(traffic=True, token=visited.token(administration="read")).traffic
    assert found is not None
    assert found.views is not None
    assert found.views.days == {TODAY - timedelta(days=back): 10 + back for back in range(1, 14) if back != 4}
    assert found.referrers == (Popular(name="google.com", count=40, uniques=9),)
    assert found.paths == (Popular(name="/acme/widget/blob/main/docs/a.md", title="widget/docs/a.md", count=20,
                                   uniques=4),)


def test_to_the_usual_token_traffic_is_unknown_after_one_question_and_the_rest_is_measured(visited: World) -> None:
    facts = visited.facts(traffic=True)
    assert facts.traffic is not None
    assert (facts.traffic.views, facts.unavailable) == (None, None)
    assert facts.traffic.problem == (
        "this token may not read it; it takes the token of a GitHub App or of a person with `administration: read`, "
        "which a workflow's own token can't have; `traffic: false` leaves it out")
    assert facts.adoptions[0].days
    assert len(visited.github.log) == 1


def test_where_the_owners_policy_keeps_the_token_out_it_is_named_and_not_the_right(
        visited: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest_api, "FORBIDDEN", "Resource protected by organization SAML enforcement.")
    found = visited.facts(traffic=True).traffic
    assert found is not None
    assert found.problem == (
        "the token may not do GET /repos/acme/widget/traffic/views: its organisation's policy stands against it (403, "
        "Resource protected by organization SAML enforcement.); `traffic: false` leaves it out")


def test_days_of_traffic_outlive_githubs_fourteen(visited: World) -> None:
    kept, token = Kept(), visited.token(administration="read")
    visited.facts(traffic=True, token=token, history=kept.run())
    visited.scene.state.now += timedelta(days=30)
    visited.scene.repository.visited.views = {TODAY + timedelta(days=29): (7, 1)}
    found = visited.facts(traffic=True, token=token, history=kept.run(), ago=-30).traffic
    assert found is not None
    assert found.views is not None
    assert (min(found.views.days), max(found.views.days)) == (
        TODAY - timedelta(days=13), TODAY + timedelta(days=29))


def test_a_day_that_githubs_fourteen_cut_off_at_the_hour_stays_as_it_was(visited: World) -> None:
    kept, token = Kept(), visited.token(administration="read")
    for ago in (1, 0):
        visited.scene.state.now = NOW - timedelta(days=ago)
        found = visited.facts(traffic=True, token=token, history=kept.run(), ago=ago).traffic
    assert found is not None
    assert found.views is not None
    assert found.views.days == {TODAY - timedelta(days=back): 10 + back for back in range(1, 15) if back != 4}


def test_where_github_fails_over_traffic_it_is_unavailable_and_packages_are_measured(visited: World) -> None:
    visited.github.faults = FaultPlan([Fault(kind="not-json", path="*/traffic/clones")])
    facts = visited.facts(traffic=True, token=visited.token(administration="read"), max_wait=timedelta(hours=1))
    assert facts.traffic is not None
    assert facts.traffic.problem == facts.unavailable
    assert facts.traffic.views is not None
    assert facts.adoptions[0].days


def test_without_a_token_releases_can_not_be_read_and_traffic_is_unknown(visited: World) -> None:
    found = visited.facts(anonymous=True, traffic=True).traffic
    assert found is not None
    assert (found.problem or "").startswith("there is no token; it takes")
    assert visited.github.log == []
    visited.packages.append("github")
    with pytest.raises(InputError, match="github is read with a token"):
        visited.facts(anonymous=True)
