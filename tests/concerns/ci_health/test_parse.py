"""GitHub's answers as facts: by hand after its description."""
from __future__ import annotations

import json
from typing import Any

import pytest

from repo_vitals.concerns.ci_health import parse
from repo_vitals.concerns.ci_health.durations import job_seconds, queue_seconds
from support.tools import ROOT

ANSWERS: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "ci" / "answers.json").read_text(encoding="utf-8"))


def test_a_run_is_read() -> None:
    run = parse.run(ANSWERS["run"])
    assert (run.path, run.attempt, run.conclusion, run.sha[:7]) == (
        ".github/workflows/build.yml", 2, "success", "acb5820")
    assert (run.started_at - run.created_at).total_seconds() == 120
    assert parse.is_of(ANSWERS["run"], repository="Acme/Widget", branch="main")
    assert not parse.is_of({**ANSWERS["run"], "head_repository": {"full_name": "eve/widget"}}, repository="acme/widget",
                           branch="main")
    assert parse.is_of({**ANSWERS["run"], "head_repository": None}, repository="acme/widget", branch="main")


def test_a_run_of_an_old_server_without_attempts_and_path_is_read() -> None:
    run = parse.run(ANSWERS["run_of_an_old_server"])
    assert (run.attempt, run.started_at, run.conclusion, run.is_completed) == (1, run.created_at, None, True)


def test_a_job_waited_only_if_it_got_a_runner() -> None:
    ran, never = (parse.job(node) for node in ANSWERS["jobs"])
    assert (queue_seconds(ran), job_seconds(ran)) == (8, 222)
    assert [step.seconds for step in ran.steps] == [2, 219, None]
    assert (queue_seconds(never), job_seconds(never), never.steps) == (None, None, ())


@pytest.mark.parametrize("change", [
    {"id": "7"}, {"id": True}, {"head_sha": None}, {"created_at": "yesterday"}, {"created_at": None}, {"event": 3},
    {"conclusion": 1}, {"updated_at": "2026-13-01T00:00:00Z"},
])
def test_what_has_another_shape_is_no_run(change: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        parse.run({**ANSWERS["run"], **change})


@pytest.mark.parametrize("missing", ["id", "workflow_id", "head_branch", "updated_at", "conclusion"])
def test_what_lacks_something_is_no_run(missing: str) -> None:
    with pytest.raises(KeyError):
        parse.run({name: value for name, value in ANSWERS["run"].items() if name != missing})


def test_files_that_are_no_text_or_cut_are_said_to_be() -> None:
    def entry(name: str, **blob: Any) -> dict[str, Any]:
        return {"name": name, "type": "blob", "object": {"text": "on: push", "isBinary": False, "isTruncated": False,
                                                         **blob}}
    found = parse.files({"entries": [
        entry("a.yml"), entry("b.yaml", isBinary=True, text=None), entry("c.yml", isTruncated=True), entry("README.md"),
        {"name": "d.yml", "type": "tree", "object": {}}, {"name": "e.yml", "type": "blob", "object": None}]}, "w/")
    assert {path: file.problem for path, file in found.items()} == {
        "w/a.yml": "", "w/b.yaml": "it is not text", "w/c.yml": "it is longer than GitHub gives out",
        "w/e.yml": "it can't be read"}
    assert parse.files(None, "w/") == {}
