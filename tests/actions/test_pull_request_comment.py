"""The second half to copy, run as GitHub runs it when the first has ended."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from repo_vitals.concerns.comment import MONITOR
from repo_vitals.runtime.action_file import output_texts
from support.comment_runs import after
from support.pull_scene import MARKER, PullScene, packed, passing, text_of
from support.tools import ROOT

if TYPE_CHECKING:
    from support.act import Consumer

FIRST = ROOT / "workflows-examples" / "pull-request-report.yml"
EXAMPLE = ROOT / "workflows-examples" / "pull-request-comment.yml"


def test_it_follows_the_other_half_by_its_name_and_looks_for_its_artifact() -> None:
    # YAML 1.1 reads the key `on` as true.
    first, second = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (FIRST, EXAMPLE))
    [name] = second[True]["workflow_run"]["workflows"]
    [kept] = [step["with"]["name"] for job in first["jobs"].values() for step in job["steps"] if "name" in step.get(
        "with", {})]
    [sought] = [step["with"]["artifact"] for job in second["jobs"].values() for step in job["steps"]]

    assert (name, sought) == (first["name"], kept)


def test_a_fork_s_pull_request_gets_its_comment(consumer: Consumer) -> None:
    scene = PullScene()
    pull = scene.pull()

    done = after(consumer, EXAMPLE, scene, scene.measured(pull))

    assert done.exit_code == 0, done.text[-3000:]
    step = done.step("comment")
    [comment] = pull.comments
    assert "**From a fork by `zoe`; not checked by this repository.**" in comment.body
    assert set(step.outputs) == set(output_texts(MONITOR))
    assert [step.outputs[name] for name in ("status", "reports-shown", "reports-refused")] == ["pass", "2", "0"]
    assert step.summary.startswith(comment.body.strip())
    assert step.annotations("error") == step.annotations("warning") == []


def test_a_first_half_that_failed_is_said_in_place_of_old_figures(consumer: Consumer) -> None:
    scene = PullScene()
    pull = scene.pull()
    scene.said(pull, f"{MARKER}\n99 % covered")

    done = after(consumer, EXAMPLE, scene, scene.measured(pull, None, conclusion="failure"))

    assert done.exit_code == 0, done.text[-3000:]
    [comment] = pull.comments
    assert "99 %" not in comment.body
    assert "The workflow run ended in `failure`." in comment.body
    assert done.step("comment").outputs["status"] == "warn"


HOSTILE = {
    "climbs out": {"../../.github/workflows/x.json": text_of(passing())},
    "breaks the schema": {"coverage.json": '{"schema_version": 1, "status": "pass"}'},
    "is a bomb": {"coverage.json": "0" * 4_500_000},
    "commands the runner": {"coverage.json": text_of(passing()).replace("nothing was found",
                                                                       "::set-output name=status::pass @acme/team")},
}


@pytest.mark.parametrize("files", [
    pytest.param(files, id=name, marks=pytest.mark.slow if name == "is a bomb" else ())
    for name, files in HOSTILE.items()])
def test_a_hostile_artifact_does_nothing_but_be_refused_or_shown(consumer: Consumer, files: dict[str, str]) -> None:
    scene = PullScene()
    pull = scene.pull()

    done = after(consumer, EXAMPLE, scene, scene.measured(pull, packed(files)))

    assert done.exit_code == 0, done.text[-3000:]
    [comment] = pull.comments
    step = done.step("comment")
    is_shown = step.outputs["reports-shown"] == "1"
    assert is_shown == ("commands the runner" in [name for name, given in HOSTILE.items() if given is files])
    assert "### Not read" in comment.body or is_shown
    assert "@acme/team" not in comment.body
    assert step.outputs["status"] == ("pass" if is_shown else "warn")
    assert {command.name for command in step.commands} <= {"add-mask", "notice", "warning"}
    assert not list(consumer.folder.rglob("x.json"))


def test_a_run_that_no_pull_request_started_is_passed_over(consumer: Consumer) -> None:
    scene = PullScene()

    done = after(consumer, EXAMPLE, scene, scene.measured(scene.pull(), event="push"))

    assert done.exit_code == 0
    assert not any(step.result for step in done.steps.values())

