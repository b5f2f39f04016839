"""Asking deps.dev within a budget, and remembering what it said."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.dependency_health import ledger
from repo_vitals.concerns.dependency_health.facts import Project
from repo_vitals.delivery.history import InFolder
from repo_vitals.simulator.deps_dev import DepsDevSimulator, Known, KnownProject
from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.sources.ledger_lines import Unusable
from support.dependencies import CARGO_LOCK, days, gathered, small_scene, small_world
from support.hostile import text as hostile_text
from support.simulated import NOW, Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from repo_vitals.concerns.dependency_health.facts import Facts


@pytest.fixture
def deps_dev() -> Iterator[DepsDevSimulator]:
    with DepsDevSimulator(small_world()) as running:
        yield running


@pytest.fixture
def remembering(simulated: Any, deps_dev: DepsDevSimulator, tmp_path: Path) -> Callable[..., tuple[Facts, int]]:
    """Runs over one repository that share a history: what each collects, and what it asked deps.dev for."""
    github = simulated(small_scene())

    def run(**options: Any) -> tuple[Facts, int]:
        deps_dev.log.clear()
        place = InFolder(tmp_path)
        history = place.history()
        found = gathered(github, deps_dev, history=history, **options)
        place.write(history, at=NOW)
        return found, len(deps_dev.log)
    return run


# -- what is remembered ------------------------------------------------------------------------------------------

def test_a_second_run_asks_nothing_and_finds_the_same(remembering: Callable[..., tuple[Facts, int]]) -> None:
    first, asked = remembering()
    assert asked == 3
    assert remembering() == (first, 0)


def test_a_versions_advisories_are_asked_for_daily_and_its_packages_releases_within_a_week(
    remembering: Callable[..., tuple[Facts, int]], deps_dev: DepsDevSimulator,
) -> None:
    remembering()
    _, asked = remembering(now=NOW + timedelta(days=1))
    assert asked >= 1
    assert any("/versions/" in one.path for one in deps_dev.log)
    _, asked = remembering(now=NOW + timedelta(days=9))
    assert asked == 3


def test_answers_from_a_future_are_not_used(remembering: Callable[..., tuple[Facts, int]]) -> None:
    remembering(now=NOW + timedelta(days=3))
    assert remembering()[1] == 3


def test_an_updated_package_is_asked_about_again(simulated: Any, deps_dev: DepsDevSimulator, tmp_path: Path) -> None:
    scene = small_scene()
    github = simulated(scene)
    place = InFolder(tmp_path)
    history = place.history()
    gathered(github, deps_dev, history=history)
    place.write(history, at=NOW)
    scene.state.put_file(scene.repository, "Cargo.lock", CARGO_LOCK.replace("1.0.100", "1.0.200"))
    deps_dev.log.clear()
    index = gathered(github, deps_dev, history=place.history()).index
    assert sorted(one.path for one in deps_dev.log) == [
        "/v3/systems/cargo/packages/serde", "/v3/systems/cargo/packages/serde/versions/1.0.200"]
    serde = index.releases["cargo", "serde"]
    assert serde is not None
    assert serde.used == {"1.0.200": days(100)}


@pytest.mark.parametrize("damage", [
    lambda text: text[:-5], lambda text: text.replace("serde", "sorde"), lambda _: "[]\n", lambda _: "{\n",
    lambda _: '{"schema":1,"digest":"x"}\n', lambda _: "[" * 100_000, lambda _: '{"schema":1,"digest":null}\n[]\n',
])
def test_a_damaged_history_costs_requests_and_changes_no_fact(
    remembering: Callable[..., tuple[Facts, int]], tmp_path: Path, damage: Callable[[str], str],
) -> None:
    first, _ = remembering()
    folder = tmp_path / "dependency-health" / "acme" / "widget"
    for path in folder.iterdir():
        path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    again, asked = remembering()
    assert asked >= 1
    assert replace(again, notes=()) == replace(first, notes=())
    assert all("can't be used" in note for note in again.notes)
    assert again.notes
    assert remembering() == (first, 0)


def test_a_history_that_a_later_version_wrote_is_left_as_it_is(
    remembering: Callable[..., tuple[Facts, int]], tmp_path: Path,
) -> None:
    first, _ = remembering()
    folder = tmp_path / "dependency-health" / "acme" / "widget"
    for path in folder.iterdir():
        path.write_text('{"schema":2,"anything":1}\n', encoding="utf-8")
    again, asked = remembering()
    assert asked == 3
    assert replace(again, notes=()) == replace(first, notes=())
    assert all("is left as it is" in note for note in again.notes)
    assert {path.read_text(encoding="utf-8") for path in folder.iterdir()} == {'{"schema":2,"anything":1}\n'}


def test_a_line_of_the_right_digest_but_the_wrong_shape_is_damage_too() -> None:
    for said in ('{"used":1}', "[]", '"x"', '{"newest":1,"newest_at":null,"last_at":null,"used":{},"deprecated":null}',
                 '{"newest":null,"newest_at":"soon","last_at":null,"used":{},"deprecated":null}'):
        body = f'["package","npm/a",1,{said}]\n'
        head = f'{{"schema":1,"digest":"{ledger._hash(body)}"}}\n'
        with pytest.raises(Unusable):
            ledger.read(head + body)


def test_what_nobody_asked_for_in_a_long_time_is_forgotten() -> None:
    shard = ledger.Shard()
    said = {"score": 1.0, "aliases": [], "standing": "vulnerability"}
    shard.answers["advisory", "old"] = ledger.Answer(NOW - ledger.FORGOTTEN_AFTER, said)
    assert ledger.write(shard, NOW) == ""
    shard.answers["advisory", "new"] = ledger.Answer(NOW, said)
    assert ledger.read(ledger.write(shard, NOW)).answers.keys() == {("advisory", "new")}


ADVISORIES = st.fixed_dictionaries({"score": st.none() | st.floats(0, 10), "aliases": st.lists(st.text(max_size=8)),
                                    "standing": st.sampled_from(["vulnerability", "informational", "withdrawn"])})


@given(st.dictionaries(st.text(max_size=8), ADVISORIES, max_size=5), hostile_text)
def test_what_was_written_is_read_back_and_nothing_else_is(answers: dict[str, Any], junk: str) -> None:
    shard = ledger.Shard({("advisory", name): ledger.Answer(NOW, said) for name, said in answers.items()})
    text = ledger.write(shard, NOW)
    assert not text or ledger.read(text) == shard
    with pytest.raises(Unusable):
        ledger.read(junk or "x")


# -- the budget --------------------------------------------------------------------------------------------------

def test_the_budget_is_kept_and_the_next_run_goes_on(remembering: Callable[..., tuple[Facts, int]]) -> None:
    first, asked = remembering(budget=2)
    assert asked == 2
    assert set(first.index.releases) == {("cargo", "serde")}
    assert first.index.stopped is not None
    assert "`deps-dev-requests`" in first.index.stopped
    second, asked = remembering(budget=2)
    assert asked == 1
    assert set(second.index.releases) == {("cargo", "serde"), ("cargo", "itoa")}
    assert second.index.stopped is None


def test_without_a_budget_what_is_remembered_is_used_all_the_same(
    remembering: Callable[..., tuple[Facts, int]],
) -> None:
    assert remembering(budget=0)[0].index.releases == {}
    first, _ = remembering()
    found, asked = remembering(budget=0)
    assert (found.index.releases, asked) == (first.index.releases, 0)


# -- what is asked -----------------------------------------------------------------------------------------------

def asked_about(
    *packages: tuple[str, str], known: Known, simulated: Any, quiet_after: int = 730
) -> tuple[Facts, list[str]]:
    scene = Scene()
    scene.state.put_file(
        scene.repository, "requirements.txt", "".join(f"{name}=={version}\n" for name, version in packages)
    )
    with DepsDevSimulator(known) as running:
        found = gathered(simulated(scene), running, quiet_after=timedelta(days=quiet_after))
        return found, [one.path for one in running.log]


def test_a_version_that_is_spelled_otherwise_is_found(simulated: Any) -> None:
    known = Known()
    known.package("pypi", "attrs", {"23.1.0": days(400), "24.1.0": days(35)})
    found, _ = asked_about(("attrs", "23.1"), known=known, simulated=simulated)
    release = found.index.releases["pypi", "attrs"]
    assert release is not None
    assert release.used == {"23.1": days(400)}


def test_a_quiet_packages_repository_is_asked_about_and_an_active_ones_is_not(simulated: Any) -> None:
    known = Known()
    known.package("pypi", "old", {"1.0": days(800)}, project="github.com/acme/old")
    known.package("pypi", "new", {"1.0": days(20)}, project="github.com/acme/new")
    known.projects["github.com/acme/old"] = KnownProject(id="github.com/acme/old", maintained=0,
                                                         reason="project is archived")
    found, paths = asked_about(("old", "1.0"), ("new", "1.0"), known=known, simulated=simulated)
    assert [path for path in paths if "/projects/" in path] == ["/v3/projects/github.com%2Facme%2Fold"]
    assert found.index.projects == {"github.com/acme/old": Project(maintained=0, archived=True)}
    _, paths = asked_about(("new", "1.0"), known=known, simulated=simulated, quiet_after=10)
    assert "/v3/projects/github.com%2Facme%2Fnew" in paths


def test_where_direct_is_not_told_everything_is_asked_about_in_detail(simulated: Any) -> None:
    scene = Scene()
    lock = '{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}}}'
    scene.state.put_file(scene.repository, "package-lock.json", lock)
    known = Known()
    known.package("npm", "a", {"1.0.0": days(20)})
    with DepsDevSimulator(known) as running:
        assert ("npm", "a", "1.0.0") in gathered(simulated(scene), running).index.details


def test_the_severity_of_an_advisory_is_asked_for_once(simulated: Any) -> None:
    known = Known()
    for name in ("a", "b"):
        known.package("pypi", name, {"1.0": days(20)}).versions[0].advisories = ("GHSA-1", "GHSA-2")
    known.advisories["GHSA-1"] = 9.8
    found, paths = asked_about(("a", "1.0"), ("b", "1.0"), known=known, simulated=simulated)
    detail = found.index.details["pypi", "a", "1.0"]
    assert detail is not None
    assert [(one.id, one.severity) for one in detail.advisories] == [("GHSA-1", "critical"), ("GHSA-2", None)]
    assert len([path for path in paths if "/advisories/" in path]) == 2


def test_an_advisory_is_remembered_with_its_aliases(
    remembering: Callable[..., tuple[Facts, int]], deps_dev: DepsDevSimulator,
) -> None:
    deps_dev.known.packages["cargo", "serde"].versions[0].advisories = ("RUSTSEC-1", "GHSA-1")
    deps_dev.known.advisories |= {"RUSTSEC-1": None, "GHSA-1": 5.0}
    deps_dev.known.aliases["RUSTSEC-1"] = ["GHSA-1"]
    first, asked = remembering()
    detail = first.index.details["cargo", "serde", "1.0.100"]
    assert detail is not None
    assert [(one.id, one.aliases) for one in detail.advisories] == [("RUSTSEC-1", ("GHSA-1",)), ("GHSA-1", ())]
    assert asked == 5
    assert remembering() == (first, 0)


@pytest.mark.parametrize("said", [None, 7.5])
def test_an_advisory_remembered_as_a_score_alone_is_asked_for_again(said: float | None) -> None:
    shard = ledger.Shard({("advisory", "GHSA-1"): ledger.Answer(NOW, said),
                          ("project", "github.com/a/b"): ledger.Answer(NOW, None)})
    assert ledger.read(ledger.write(shard, NOW)).answers.keys() == {("project", "github.com/a/b")}


def test_what_deps_dev_does_not_know_is_unknown_and_not_an_error(simulated: Any) -> None:
    known = Known()
    known.package("pypi", "a", {"2.0": days(20)})
    found, _ = asked_about(("a", "1.0"), ("b", "1.0"), known=known, simulated=simulated)
    assert found.index.details == {("pypi", "a", "1.0"): None, ("pypi", "b", "1.0"): None}
    assert found.index.releases["pypi", "b"] is None
    release = found.index.releases["pypi", "a"]
    assert release is not None
    assert release.used == {}
    assert found.index.stopped is None


@pytest.mark.parametrize("fault", [
    {"kind": "status", "status": 503}, {"kind": "status", "status": 500, "body": "empty"}, {"kind": "not-json"},
    {"kind": "empty"}, {"kind": "truncated"}, {"kind": "reset"}, {"kind": "status", "status": 403},
    {"kind": "status", "status": 418},
])
def test_a_package_that_deps_dev_fails_on_is_left_out_and_the_rest_is_asked(
    remembering: Callable[..., tuple[Facts, int]], deps_dev: DepsDevSimulator, fault: dict[str, Any],
) -> None:
    truth, _ = remembering(now=NOW - timedelta(days=30))
    assert truth.index.stopped is None
    deps_dev.faults = FaultPlan([Fault(**fault, path="*/packages/itoa")])
    found, _ = remembering()
    assert (found.index.stopped, found.index.unavailable, found.index.failed) == (None, None, 1)
    assert found.index.failure is not None
    assert "\n" not in found.index.failure
    assert "GitHub" not in found.index.failure
    assert ("cargo", "itoa") not in found.index.releases
    serde = found.index.releases["cargo", "serde"]
    assert serde is not None
    assert serde.newest == "1.0.200"
    assert len(found.locks) == 1
    deps_dev.faults = FaultPlan()
    again, asked = remembering()
    assert (again.index.failure, asked) == (None, 1)


def test_one_question_that_fails_in_every_run_keeps_no_other_from_being_asked(
    remembering: Callable[..., tuple[Facts, int]], deps_dev: DepsDevSimulator,
) -> None:
    deps_dev.known.packages["cargo", "serde"].versions[0].advisories = ("GHSA-1",)
    for path, kept in (("*/advisories/*", {"details": 0, "releases": 2}), ("*/serde/versions/*", {"details": 0}),
                       ("*/packages/serde", {"details": 1, "releases": 1})):
        deps_dev.faults = FaultPlan([Fault(kind="status", status=500, path=path)])
        found, _ = remembering(now=NOW - timedelta(days=100 * len(path)))
        assert {name: len(getattr(found.index, name)) for name in kept} == kept
        assert (found.index.stopped, found.index.failed) == (None, 1)


def test_after_three_failures_in_a_row_nothing_more_is_asked(simulated: Any) -> None:
    known = Known()
    for number in range(6):
        known.package("pypi", f"p{number}", {"1.0": days(20)})
    scene = Scene()
    scene.state.put_file(scene.repository, "requirements.txt", "".join(f"p{number}==1.0\n" for number in range(6)))
    failing = Fault(kind="status", status=418, path="*/p[1-9]*")
    with DepsDevSimulator(known, faults=FaultPlan([failing])) as running:
        index = gathered(simulated(scene), running).index
        assert len(running.log) == 5
    assert set(index.releases) == {("pypi", "p0")}
    assert index.stopped == index.unavailable == index.failure
    assert index.failed == 3


def test_failures_with_answers_between_them_stop_nothing(simulated: Any) -> None:
    known = Known()
    for number in range(6):
        known.package("pypi", f"p{number}", {"1.0": days(20)})
    scene = Scene()
    scene.state.put_file(scene.repository, "requirements.txt", "".join(f"p{number}==1.0\n" for number in range(6)))
    failing = Fault(kind="status", status=418, path="*/versions/1.0")
    with DepsDevSimulator(known, faults=FaultPlan([failing])) as running:
        index = gathered(simulated(scene), running).index
    assert (len(index.releases), len(index.details), index.failed) == (6, 0, 6)
    assert (index.stopped, index.unavailable) == (None, None)


def test_a_deps_dev_that_wants_to_be_left_alone_is_asked_no_more(
    remembering: Callable[..., tuple[Facts, int]], deps_dev: DepsDevSimulator,
) -> None:
    deps_dev.faults = FaultPlan([Fault(kind="secondary-limit", status=429, retry_after=3600)])
    index = remembering()[0].index
    assert len(deps_dev.log) == 1
    assert index.stopped == index.unavailable == (
        "deps.dev asks to come back later, and for longer than max-wait allows")


def test_a_deps_dev_that_answers_nothing_at_all_is_unavailable_though_few_things_were_asked(
    remembering: Callable[..., tuple[Facts, int]], deps_dev: DepsDevSimulator,
) -> None:
    remembering()
    deps_dev.faults = FaultPlan([Fault(kind="status", status=503)])
    index = remembering(now=NOW + timedelta(hours=25))[0].index
    assert index.unavailable is not None
    assert index.unavailable == index.failure


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 502},
        {"kind": "not-json"},
        {"kind": "empty"},
        {"kind": "truncated"},
        {"kind": "reset"},
        {"kind": "secondary-limit", "status": 429, "retry_after": 1},
    ],
)
def test_a_fault_that_passes_changes_nothing(
    simulated: Any, deps_dev: DepsDevSimulator, fault: dict[str, Any],
) -> None:
    github = simulated(small_scene())
    truth = gathered(github, deps_dev)
    passing = Fault(**fault, nth=(1,))
    deps_dev.faults = FaultPlan([passing])
    assert gathered(github, deps_dev) == truth
    assert passing.fired == 1
