"""What GitHub knows of a repository's community files and tags, by the real client from a simulated one."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.report.model import Cost
from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.sources.community_profile import Tag, commit_time, profile, shared_files, tags
from repo_vitals.sources.github_connection import connect
from support.simulated import REPOSITORY, Scene, simulated  # noqa: F401

if TYPE_CHECKING:
    from repo_vitals.simulator.server import Simulator
    from repo_vitals.sources.github_connection import GitHub


def connected(github: Simulator) -> GitHub:
    environ = github.environment(github.token({"metadata": "read", "contents": "read"}))
    return connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta(seconds=5),
                   sleep=lambda _: None)


def scene(**files: str) -> Scene:
    made = Scene()
    for name, text in files.items():
        made.state.put_file(made.repository, name.replace("__", "/") + ".md", text)
    return made


def test_the_profile_has_the_files_that_there_are_and_githubs_own_share(simulated: Any) -> None:  # noqa: F811
    github = simulated(scene(README="# Widget", docs__CONTRIBUTING="How", SECURITY="Write to us"))
    found = profile(connected(github), REPOSITORY)
    assert found.files == {"README", "CONTRIBUTING", "SECURITY"}
    assert found.health_ratio == pytest.approx(2 / 7, abs=0.01)


def test_the_organisations_files_stand_in_for_missing_ones_but_for_the_license(simulated: Any) -> None:  # noqa: F811
    made = scene(README="# Widget")
    shared = made.state.add_repository("acme/.github")
    for name in ("SECURITY.md", "CODE_OF_CONDUCT.md", "LICENSE"):
        made.state.put_file(shared, name, "text")
    assert profile(connected(simulated(made)), REPOSITORY).files == {"README", "SECURITY", "CODE_OF_CONDUCT"}
    shared.private = True
    assert profile(connected(simulated(made)), REPOSITORY).files == {"README"}


def test_a_fork_has_no_profile(simulated: Any) -> None:  # noqa: F811
    made = scene(README="# Widget", SECURITY="x")
    made.repository.fork = True
    found = profile(connected(simulated(made)), REPOSITORY)
    assert (found.health_ratio, found.files) == (None, {"SECURITY"})


def test_tags_are_read_to_the_last_page(simulated: Any) -> None:  # noqa: F811
    made = Scene().commit(by="ann", at=-30)
    tip = made.repository.commits[0].oid
    made.repository.tags.update({f"v1.{minor}.0": tip for minor in range(150)})
    github = connected(simulated(made))
    found = tags(github, REPOSITORY)
    assert found is not None
    assert len(found) == 150
    assert Tag(name="v1.149.0", commit=tip) in found
    assert commit_time(github, REPOSITORY, tip) == made.when(-30)


@pytest.mark.parametrize("kind", ["not-json", "truncated", "empty", "status"])
def test_an_answer_that_is_no_profile_is_no_measurement(simulated: Any, kind: str) -> None:  # noqa: F811
    plan = FaultPlan([Fault(kind=kind, path="/repos/*/community/profile")])
    with pytest.raises(CouldNotMeasure):
        profile(connected(simulated(scene(README="x"), faults=plan)), REPOSITORY)


def shared_by(made: Scene, *paths: str) -> Any:
    holder = made.state.add_repository("acme/.github")
    for path in paths:
        made.state.put_file(holder, path, "text")
    return holder


def test_the_owners_files_for_all_are_those_of_three_folders_in_one_request(simulated: Any) -> None:  # noqa: F811
    made = scene(README="x")
    shared_by(made, "SUPPORT.md", ".github/GOVERNANCE.md", "docs/a.md", "docs/deep/b.md", "profile/README.md")
    github = simulated(made)
    assert shared_files(connected(github), "ACME") == {"SUPPORT.md", ".github/GOVERNANCE.md", "docs/a.md"}
    assert len(github.log) == 1


def test_a_file_in_the_place_of_a_folder_holds_none(simulated: Any) -> None:  # noqa: F811
    made = scene(README="x")
    shared_by(made, "docs", "SUPPORT/people.md")
    assert shared_files(connected(simulated(made)), "acme") == {"docs"}


@pytest.mark.parametrize("why", ["absent", "private", "without a commit", "renamed"])
def test_a_repository_that_stands_in_for_nothing_has_files_that_nobody_knows(simulated: Any,  # noqa: F811
                                                                             why: str) -> None:
    made = scene(README="x")
    if why != "absent":
        holder = shared_by(made, *(() if why == "without a commit" else ("SUPPORT.md",)))
        holder.private = why == "private"
        if why == "renamed":
            made.state.rename_repository(holder, "acme/elsewhere")
    assert shared_files(connected(simulated(made)), "acme") is None


@pytest.mark.parametrize("kind", ["not-json", "truncated", "empty", "status"])
def test_an_answer_that_does_not_say_what_the_owner_shares_is_no_measurement(simulated: Any,  # noqa: F811
                                                                             kind: str) -> None:
    made = scene(README="x")
    shared_by(made, "SUPPORT.md")
    plan = FaultPlan([Fault(kind=kind, operation="SharedFiles")])
    with pytest.raises(CouldNotMeasure):
        shared_files(connected(simulated(made, faults=plan)), "acme")
