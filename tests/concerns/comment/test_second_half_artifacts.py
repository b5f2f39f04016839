"""The workflow that runs after the one that measured: what it reads, and what was not left for it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.comment_second_half import again, bodies, comment, report_of
from support.pull_scene import MARKER, REPORTS, PullScene, packed

if TYPE_CHECKING:
    from pathlib import Path


def test_an_artifact_without_a_report_is_not_said_to_be_missing(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()

    comment(simulated, scene, scene.measured(scene.pull(), packed({"a.txt": "x"})), tmp_path)

    [found] = report_of(tmp_path)["findings"]
    assert found["detail"].startswith("The artifacts that `artifact` names hold no file that ends in .json")


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out"])
def test_a_first_half_that_left_nothing_is_said_and_shows_no_old_figures(
        simulated: Any, tmp_path: Path, conclusion: str) -> None:
    scene = PullScene()
    pull = scene.pull()
    scene.said(pull, f"{MARKER}\n99 % covered")

    ended, _ = comment(simulated, scene, scene.measured(pull, None, conclusion=conclusion), tmp_path)

    assert ended.code == 0
    [body] = bodies(pull)
    assert "99 %" not in body
    assert f"The workflow run ended in `{conclusion}`." in body
    assert "It left no report that could be read, so nothing is known of this commit." in body
    assert report_of(tmp_path)["status"] == "warn"


def test_a_first_half_that_left_nothing_is_said_where_no_comment_was(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()

    comment(simulated, scene, scene.measured(pull, None, conclusion="failure"), tmp_path)

    assert len(pull.comments) == 1


def test_a_first_half_that_failed_and_left_reports_says_both(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()

    comment(simulated, scene, scene.measured(pull, conclusion="failure"), tmp_path)

    [body] = bodies(pull)
    assert "ended in `failure`. What it left may not be all." in body
    assert "| Coverage | claims fail |" in body


def test_a_run_that_waits_for_approval_makes_no_comment_and_mends_one(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull, None, conclusion="action_required")
    ended, github = comment(simulated, scene, measured, tmp_path)
    assert (ended.code, bodies(pull)) == (0, [])

    scene.said(pull, f"{MARKER}\nold figures")
    again(github, measured, tmp_path)

    assert "old figures" not in bodies(pull)[0]


def test_reports_of_an_earlier_attempt_are_marked(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull)
    scene.state.rerun(measured, at=scene.when(-0.5))
    scene.state.complete_run(measured, at=scene.when(-0.4), conclusion="failure")

    comment(simulated, scene, measured, tmp_path)

    assert "| Coverage \\* |" in bodies(pull)[0]
    assert "of an earlier attempt" in bodies(pull)[0]


def test_of_two_artifacts_of_a_name_the_newer_one_counts(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull, packed({"coverage.json": "broken"}))
    scene.state.add_artifact(measured, "repo-vitals", REPORTS)

    comment(simulated, scene, measured, tmp_path)

    assert report_of(tmp_path)["metrics"][1]["value"] == 0


@pytest.mark.parametrize(("event", "conclusion", "said"), [
    ("push", "success", "was not started by a pull request"), ("pull_request", None, "the run goes on"),
    ("pull_request_target", "success", "was not started by a pull request"),
])
def test_a_run_that_is_none_of_a_pull_request_s_is_no_business_of_it(
        simulated: Any, tmp_path: Path, event: str, conclusion: Any, said: str) -> None:
    scene = PullScene()
    pull = scene.pull()

    ended, _ = comment(simulated, scene, scene.measured(pull, event=event, conclusion=conclusion), tmp_path)

    assert (ended.code, bodies(pull)) == (0, [])
    assert said in ended.stdout


def test_a_run_that_is_not_there_is_the_caller_s_mistake(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    measured = scene.measured(scene.pull())

    ended, _ = comment(simulated, scene, measured, tmp_path, "--run-id", "123456789")

    assert ended.code == 2
    assert "run-id: acme/widget has no run 123456789" in ended.stdout


def test_artifacts_are_chosen_by_name_and_pattern(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull, name="vitals-linux")
    scene.state.add_artifact(measured, "binaries", b"not even a zip")

    comment(simulated, scene, measured, tmp_path, "--artifact", "vitals-*")

    assert report_of(tmp_path)["metrics"][0]["value"] == 2
