"""The workflow that runs after the one that measured: on which pull request it comments."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.comment_second_half import again, bodies, comment, report_of
from support.pull_scene import MARKER, B, PullScene, packed, passing, text_of

if TYPE_CHECKING:
    from pathlib import Path


def test_the_pull_request_is_found_by_the_commit_and_never_by_what_the_artifact_says(
        simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    other, pull = scene.pull(branch="other", sha=B, by="ann", fork=False), scene.pull()
    hostile = packed({"coverage.json": text_of(passing()), "pr_number.txt": str(other.number),
                      "event.json": json.dumps({"number": other.number})})

    ended, _ = comment(simulated, scene, scene.measured(pull, hostile), tmp_path)

    assert ended.code == 0
    assert (len(other.comments), len(pull.comments)) == (0, 1)
    assert report_of(tmp_path)["data"]["pull_requests"] == [pull.number]


def test_a_branch_of_any_name_finds_its_pull_request(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull(branch="fix/a&state=closed#1 %2F é:x")

    comment(simulated, scene, scene.measured(pull), tmp_path)

    assert len(pull.comments) == 1


def test_a_newer_commit_is_not_given_the_figures_of_an_older_one(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull)
    scene.state.push_to(pull, B, at=scene.when(-0.1))

    ended, _ = comment(simulated, scene, measured, tmp_path)

    assert (ended.code, bodies(pull)) == (0, [])
    assert "the pull request moved on" in ended.stdout
    summary = (tmp_path / "summary").read_text(encoding="utf-8")
    assert summary.startswith("## Pull request comment\n\n_No comment was written: the pull request moved on")


def test_a_closed_pull_request_gets_no_comment(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull)
    scene.state.close(pull, at=scene.when(-0.1))

    ended, _ = comment(simulated, scene, measured, tmp_path)

    assert (ended.code, bodies(pull)) == (0, [])


def test_two_pull_requests_of_one_commit_get_the_comment_each(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    first, second = scene.pull(), scene.pull()

    ended, _ = comment(simulated, scene, scene.measured(first), tmp_path)

    assert (len(first.comments), len(second.comments)) == (1, 1)
    assert "2 pull requests have this commit at their head" in ended.stdout


def test_a_run_that_was_started_again_for_the_same_commit_leaves_the_comment_to_the_later_one(
        simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    cancelled, measured = scene.measured(pull, None, conclusion="cancelled"), scene.measured(pull)
    _, github = comment(simulated, scene, measured, tmp_path)

    ended = again(github, cancelled, tmp_path)

    assert (ended.code, len(pull.comments)) == (0, 1)
    assert "another run of the same commit" in ended.stdout
    assert "claims fail" in bodies(pull)[0]


@pytest.mark.parametrize("conclusion", ["skipped", "action_required", "cancelled"])
def test_a_later_run_that_may_not_have_run_takes_no_figures_away(
        simulated: Any, tmp_path: Path, conclusion: str) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured, later = scene.measured(pull), scene.measured(pull, None, conclusion=conclusion)
    _, github = comment(simulated, scene, measured, tmp_path)
    [body] = bodies(pull)

    again(github, later, tmp_path)

    assert "| Coverage | claims fail |" in body
    assert bodies(pull) == [body]


@pytest.mark.parametrize("old", ["## Claimed reports of `bbbbbbbbbbbb`\n99 %", "99 % covered", ""])
def test_where_the_run_before_it_was_never_commented_on_old_figures_do_not_stay(
        simulated: Any, tmp_path: Path, old: str) -> None:
    scene = PullScene()
    pull = scene.pull()
    scene.said(pull, f"{MARKER}\n{old}".strip())
    scene.measured(pull)

    comment(simulated, scene, scene.measured(pull, None, conclusion="skipped"), tmp_path)

    assert ["## No reports of `aaaaaaaaaaaa`" in body for body in bodies(pull)] == [True]


@pytest.mark.parametrize("conclusion", ["success", "action_required"])
def test_whoever_pushes_the_commit_to_a_fork_does_not_silence_its_own_pull_request(
        simulated: Any, tmp_path: Path, conclusion: str) -> None:
    scene = PullScene()
    pull = scene.pull(fork=False, by="ann", branch="feature")
    scene.said(pull, f"{MARKER}\n99 % covered")
    measured = scene.measured(pull)
    for branch in ("feature", "copy"):
        scene.measured(scene.pull(branch=branch), None, conclusion=conclusion)

    comment(simulated, scene, measured, tmp_path)

    assert ["| Coverage | ❌ fail |" in body for body in bodies(pull)] == [True]


def test_two_branches_of_one_commit_get_a_comment_each_of_their_own_run(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pulls = [scene.pull(fork=False, by="ann", branch=branch) for branch in ("feature", "feature-2")]
    first, second = (scene.measured(pull) for pull in pulls)

    _, github = comment(simulated, scene, first, tmp_path)
    again(github, second, tmp_path)

    assert [f"/runs/{run.id})" in bodies(pull)[0] for pull, run in zip(pulls, (first, second), strict=True)] == [
        True, True]


def test_of_two_pull_requests_of_one_branch_each_gets_what_its_own_run_says(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pulls = [scene.pull(fork=False, by="ann") for _ in range(2)]
    first, second = (scene.measured(pull) for pull in pulls)

    _, github = comment(simulated, scene, first, tmp_path)
    assert [len(pull.comments) for pull in pulls] == [1, 0]
    again(github, second, tmp_path)

    assert [f"/runs/{run.id})" in bodies(pull)[0] for pull, run in zip(pulls, (first, second), strict=True)] == [
        True, True]


def test_a_fork_of_the_same_owner_s_is_told_from_the_repository_itself(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    own = scene.pull(fork=False, by="ann")
    scene.fork = scene.state.add_repository("acme/widget-fork", fork=True)
    pull = scene.pull()

    comment(simulated, scene, scene.measured(pull), tmp_path)

    assert bodies(own) == []
    assert "in `acme/widget-fork`" in bodies(pull)[0]


def test_of_many_pull_requests_of_one_commit_it_is_said_how_many_get_no_comment(
        simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pulls = [scene.pull() for _ in range(7)]

    ended, _ = comment(simulated, scene, scene.measured(pulls[0]), tmp_path)

    assert sum(len(pull.comments) for pull in pulls) == 5
    assert "7 pull requests have this commit at their head" in ended.stdout
    assert "2 of them were left out: at most 5 are commented on" in ended.stdout
