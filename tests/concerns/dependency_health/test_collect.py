"""What is asked of GitHub and of deps.dev, by the real client from simulated ones."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.dependency_health import MONITOR
from repo_vitals.concerns.dependency_health.reading import open_updates
from repo_vitals.errors import CallerError, PermissionMissing, RepositoryNotFound
from repo_vitals.report.model import Cost
from repo_vitals.simulator.deps_dev import DepsDevSimulator
from support.dependencies import (
    CARGO_LOCK,
    LARGEST_IN_QUERY,
    days,
    dependabot,
    gathered,
    renovate,
    renovate_row,
    small_scene,
    small_world,
)
from support.simulated import NOW, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

PERMISSIONS = {name.partition(":")[0].replace("-", "_"): "read" for name in MONITOR.permissions}


@pytest.fixture
def deps_dev() -> Iterator[DepsDevSimulator]:
    with DepsDevSimulator(small_world()) as running:
        yield running


# -- update pull requests ----------------------------------------------------------------------------------------

def test_open_pull_requests_of_bots_are_updates_and_those_of_people_are_not(simulated: Any) -> None:
    scene = Scene()
    dependabot(scene, "lodash", "4.17.19", "4.17.21", "patch", at=-30, checks="FAILURE")
    renovate(scene, "Update dependency vite to v6", renovate_row("vite", "major", "^5.0.0", "^6.0.0"), at=-20)
    dependabot(scene, "gone", "1.0.0", "1.0.1", "patch", at=-50).close(at=-40)
    scene.pull_request(by="ann", at=-10, title="Bump my work from 1.0.0 to 2.0.0")
    updates = gathered(simulated(scene)).updates
    assert [(one.number, one.bot, one.kind, one.checks) for one in updates] == [
        (1, "dependabot", "patch", "FAILURE"), (2, "renovate", "major", None)]
    assert [change.name for one in updates for change in one.changes] == ["lodash", "vite"]
    assert updates[0].created_at == scene.when(-30)


def test_a_bot_of_ones_own_is_known_by_its_login(simulated: Any) -> None:
    scene = Scene()
    scene.pull_request(by="acme-renovate", at=-10, title="Update dependency a to v2")
    assert gathered(simulated(scene)).updates == ()
    assert [one.kind for one in gathered(simulated(scene), bots=("acme-renovate",)).updates] == ["major"]


def test_pages_are_followed_to_their_end(simulated: Any) -> None:
    scene = Scene()
    for number in range(230):
        scene.pull_request(by="ann", at=-500 + number)
    for number in range(60):
        dependabot(scene, f"p{number}", "1.0.0", "1.0.1", "patch", at=-100 + number)
    assert len(gathered(simulated(scene)).updates) == 60


def test_what_was_closed_or_deleted_between_two_questions_is_no_open_update() -> None:
    class Racing:
        def pages(self, *_: Any, **__: Any) -> list[Any]:
            return [[{"id": name, "author": {"login": "dependabot"}} for name in ("open", "closed", "gone")]]

        def query(self, *_: Any, **__: Any) -> dict[str, Any]:
            return {"nodes": [{"id": "open", "state": "OPEN"}, {"id": "closed", "state": "MERGED"}, None]}

    found = open_updates(Racing(), {}, {"dependabot"})  # type: ignore[arg-type]
    assert [node["id"] for node in found] == ["open"]


def test_an_alert_that_github_links_makes_an_update_one_about_security(simulated: Any) -> None:
    scene = Scene()
    first = dependabot(scene, "lodash", "4.17.19", "4.17.21", "patch", at=-30)
    dependabot(scene, "vite", "5.0.0", "5.0.1", "patch", at=-30)
    scene.state.warn(scene.repository, package="lodash", severity="MODERATE", at=scene.when(-40),
                     pull_request=first.thread)
    scene.state.warn(scene.repository, package="lodash", severity="CRITICAL", at=scene.when(-40),
                     pull_request=first.thread)
    facts = gathered(simulated(scene))
    assert [(one.kind, one.severity) for one in facts.updates] == [("security", "critical"), ("patch", None)]
    assert facts.notes == ()


def test_a_security_update_that_no_alert_is_linked_with_takes_the_severity_of_its_packages_alert(
    simulated: Any,
) -> None:
    scene = Scene()
    renovate(scene, "Update dependency vite to v5.4.21 [SECURITY]", renovate_row("vite", "patch", "5.4.0", "5.4.21"),
             at=-30)
    scene.state.warn(scene.repository, package="Vite", severity="LOW", at=scene.when(-40))
    (update,) = gathered(simulated(scene)).updates
    assert (update.kind, update.severity, update.why) == ("security", "low", "title")


def test_without_the_permission_for_alerts_the_severity_is_not_known_and_a_note_says_so(simulated: Any) -> None:
    scene = Scene()
    renovate(scene, "Update dependency vite to v5.4.21 [SECURITY]", at=-30)
    github = simulated(scene)
    token = github.token({**PERMISSIONS, "vulnerability_alerts": "none"})
    facts = gathered(github, environ={"GITHUB_TOKEN": token})
    (update,) = facts.updates
    assert (update.kind, update.severity) == ("security", None)
    assert len(facts.notes) == 1
    assert "vulnerability-alerts: read" in facts.notes[0]


# -- permissions and errors --------------------------------------------------------------------------------------

def test_exactly_the_permissions_it_declares_are_enough(simulated: Any, deps_dev: DepsDevSimulator) -> None:
    scene = small_scene()
    scene.state.strict_permissions = True
    dependabot(scene, "serde", "1.0.100", "1.0.200", "patch", at=-30, checks="SUCCESS")
    github = simulated(scene)
    facts = gathered(github, deps_dev, environ={"GITHUB_TOKEN": github.token({"metadata": "read", **PERMISSIONS})})
    assert (len(facts.updates), len(facts.packages), facts.notes) == (1, 2, ())


@pytest.mark.parametrize("missing", sorted(set(PERMISSIONS) - {"vulnerability_alerts"}))
def test_each_permission_that_is_missing_is_named(simulated: Any, missing: str) -> None:
    scene = small_scene()
    scene.state.strict_permissions = True
    dependabot(scene, "serde", "1.0.100", "1.0.200", "patch", at=-30, checks="SUCCESS")
    github = simulated(scene)
    token = github.token({"metadata": "read", **PERMISSIONS, missing: "none"})
    with pytest.raises(PermissionMissing, match=f"{missing.replace('_', '-')}: read"):
        gathered(github, environ={"GITHUB_TOKEN": token})


def test_a_repository_that_is_not_there_is_said_to_be_missing(simulated: Any) -> None:
    with pytest.raises(RepositoryNotFound):
        gathered(simulated(Scene()), repository="acme/gadget")


def test_an_empty_repository_has_nothing_and_is_no_error(simulated: Any) -> None:
    facts = gathered(simulated(Scene()))
    assert (facts.updates, facts.locks, facts.setups, facts.packages) == ((), (), (), ())


# -- bots --------------------------------------------------------------------------------------------------------

def test_the_configuration_and_the_last_pull_request_of_a_bot_are_found_in_any_state(simulated: Any) -> None:
    scene = small_scene()
    dependabot(scene, "serde", "1.0.99", "1.0.100", "patch", at=-24 * 20).merge(at=-24 * 19)
    facts = gathered(simulated(scene))
    (setup,) = facts.setups
    assert (setup.bot, setup.path, setup.interval_days) == ("dependabot", ".github/dependabot.yml", 7)
    assert facts.last_by_bot == {"dependabot": scene.when(-24 * 20)}


def test_a_bots_last_pull_request_is_looked_for_behind_many_others_but_not_for_ever(simulated: Any) -> None:
    scene = small_scene()
    dependabot(scene, "serde", "1.0.98", "1.0.99", "patch", at=-24 * 25).merge(at=-24 * 24)
    for number in range(150):
        scene.pull_request(by="ann", at=-24 * 20 + number).close(at=-1)
    for number in range(250):
        scene.pull_request(by="ann", at=-24 * 200 - number).close(at=-1)
    github = simulated(scene)
    assert gathered(github).last_by_bot == {"dependabot": scene.when(-24 * 25)}
    assert len(github.requests(operation="RecentPullRequests")) == 1
    github.log.clear()
    assert gathered(github, silence=timedelta(days=10)).last_by_bot == {}
    assert len(github.requests(operation="RecentPullRequests")) <= 1


# -- lock files --------------------------------------------------------------------------------------------------

def test_lock_files_at_the_root_and_one_folder_below_are_read_at_one_commit(simulated: Any) -> None:
    scene = small_scene()
    scene.state.put_file(scene.repository, "web/package-lock.json",
                         '{"lockfileVersion": 3, "packages": {"node_modules/vite": {"version": "5.0.0"}}}')
    scene.state.put_file(scene.repository, "docs/requirements-docs.txt", "sphinx==7.0.0\n")
    scene.state.put_file(scene.repository, "deep/er/Cargo.lock", CARGO_LOCK.replace("itoa", "ryu"))
    scene.state.put_file(scene.repository, "node_modules/package-lock.json", "not ours")
    facts = gathered(simulated(scene))
    assert [lock.path for lock in facts.locks] == [
        "Cargo.lock", "docs/requirements-docs.txt", "web/package-lock.json"]
    assert [(one.ecosystem, one.name, one.version, one.direct) for one in facts.packages] == [
        ("cargo", "itoa", "1.0.9", False), ("cargo", "serde", "1.0.100", True), ("npm", "vite", "5.0.0", False),
        ("pypi", "sphinx", "7.0.0", True)]


def test_only_what_is_named_is_read_where_something_is_named(simulated: Any) -> None:
    scene = small_scene()
    scene.state.put_file(scene.repository, "deep/er/Cargo.lock", CARGO_LOCK.replace("itoa", "ryu"))
    scene.state.put_file(scene.repository, "a/uv.lock", "version = 1\n")
    facts = gathered(simulated(scene), wanted=("deep/er/Cargo.lock", "*/uv.lock"))
    assert [lock.path for lock in facts.locks] == ["a/uv.lock", "deep/er/Cargo.lock"]


def test_a_large_lock_file_is_read_whole(simulated: Any) -> None:
    scene = Scene()
    lines = [f"package-{number:06}==1.0.{number}  # {'x' * 60}" for number in range(8000)]
    text = "\n".join(lines)
    assert len(text) > LARGEST_IN_QUERY
    scene.state.put_file(scene.repository, "requirements.txt", text)
    assert len(gathered(simulated(scene)).packages) == 8000


@pytest.mark.parametrize(("path", "content", "words"), [
    ("Cargo.lock", "version = 99\n", "version '99'"),
    ("Cargo.lock", "]]]", "is not TOML"),
    ("Cargo.lock", b"\xff\xfe\x00", "is not UTF-8 text"),
    ("package-lock.json", '{"lockfileVersion": 9}', "lockfileVersion '9'"),
    ("package-lock.json", "<html>", "is not JSON"),
    ("uv.lock", "version = 2", "version '2'"),
    ("requirements.txt", "<!DOCTYPE html>", "line 1 is neither a requirement nor an option"),
])
def test_a_lock_file_that_cant_be_read_is_unknown_and_an_error_where_it_was_named(
    simulated: Any, path: str, content: str | bytes, words: str,
) -> None:
    scene = Scene()
    scene.state.put_file(scene.repository, path, content)
    github = simulated(scene)
    (lock,) = gathered(github).locks
    assert words in (lock.problem or "")
    assert lock.packages == ()
    with pytest.raises(CallerError, match=f"lock-files: {path} ") as told:
        gathered(github, wanted=(path,))
    assert words in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(("path", "words"), [
    ("Gemfile.lock", "is not named as a lock file"), ("uv.lock", "is not a file of the default branch"),
    (".github/Cargo.lock", "is not a file"), ("a/requirements.txt/uv.lock", "is not a file"),
])
def test_a_named_lock_file_that_is_not_there_is_the_callers_mistake(simulated: Any, path: str, words: str) -> None:
    with pytest.raises(CallerError, match=words):
        gathered(simulated(small_scene()), wanted=(path,))


# -- cost --------------------------------------------------------------------------------------------------------

def test_a_repository_costs_at_most_six_requests_to_github(simulated: Any, deps_dev: DepsDevSimulator) -> None:
    scene = small_scene()
    for number in range(30):
        dependabot(scene, f"p{number}", "1.0.0", "1.0.1", "patch", at=-100 + number)
    github = simulated(scene)
    cost = Cost()
    gathered(github, deps_dev, cost=cost)
    assert len(github.log) <= 6
    assert cost.requests == len(github.log) + len(deps_dev.log)
    assert len(deps_dev.log) == 3       # one version in detail, two packages; serde's last release is recent


def test_nothing_of_githubs_token_goes_to_deps_dev(simulated: Any, deps_dev: DepsDevSimulator) -> None:
    gathered(simulated(small_scene()), deps_dev)
    assert deps_dev.log
    assert not any(asked.signed for asked in deps_dev.log)
    assert all(asked.user_agent.startswith("repo-vitals/") for asked in deps_dev.log)


def test_what_deps_dev_says_comes_through(simulated: Any, deps_dev: DepsDevSimulator) -> None:
    index = gathered(simulated(small_scene()), deps_dev).index
    serde = index.releases["cargo", "serde"]
    assert serde is not None
    assert (serde.newest, serde.newest_at, serde.used) == ("1.0.200", days(100), {"1.0.100": days(465.25)})
    detail = index.details["cargo", "serde", "1.0.100"]
    assert detail is not None
    assert (detail.licenses, detail.advisories, detail.project) == (
        ("MIT OR Apache-2.0",), (), "github.com/serde-rs/serde")
    assert ("cargo", "itoa", "1.0.9") not in index.details
    assert NOW - days(100) < timedelta(days=180)
