"""Figures of a fork's code are kept nowhere, whatever the token may do."""
from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.sources.workflow_event import read_event
from support.checkouts import in_actions, pull_request
from support.commands import Ended, run
from support.simulated import Scene, answered

if TYPE_CHECKING:
    from pathlib import Path

A, B = "a" * 40, "b" * 40
FORKS = ["zoe/widget", None]        # a fork, and one that was deleted


def event(folder: Path, name: str, payload: dict[str, Any]) -> dict[str, str]:
    return in_actions(folder, name, payload, ref="refs/heads/main")


def measure(simulated: Any, folder: Path, environ: dict[str, str], *arguments: str, scene: Scene | None = None,
            ) -> Ended:
    return run("community-metrics", *arguments, folder=folder, at=simulated(scene or answered()),
               environ={"PATH": os.environ["PATH"], **environ})


def kept(folder: Path) -> list[Path]:
    return [path for path in (folder / "past").rglob("*") if path.is_file()]


@pytest.mark.parametrize("head", FORKS)
@pytest.mark.parametrize("name", ["pull_request", "pull_request_target", "pull_request_review"])
def test_a_fork_s_pull_request_leaves_nothing_in_a_folder(simulated: Any, tmp_path: Path, name: str,
                                                          head: str | None) -> None:
    environ = pull_request(tmp_path, base=A, head=B, head_repository=head, event=name)

    ended = measure(simulated, tmp_path, environ, "--history", "past")

    assert (ended.code, kept(tmp_path)) == (0, [])
    assert "the history gets nothing: the run is about code of a fork" in ended.stdout


def test_a_fork_s_pull_request_leaves_nothing_on_a_branch_though_the_token_may_write(
        simulated: Any, tmp_path: Path) -> None:
    scene = answered()

    ended = measure(simulated, tmp_path, pull_request(tmp_path, base=A, head=B, head_repository="zoe/widget"),
                    "--history", "branch", scene=scene)

    assert ended.code == 0
    assert "repo-vitals-history" not in scene.state.git.git(scene.repository, "for-each-ref").decode()


@pytest.mark.parametrize("payload", [{}, {"pull_request": {"number": "x"}}, {"pull_request": {"number": 7}}])
def test_a_pull_request_that_can_t_be_told_from_a_fork_s_leaves_nothing(
        simulated: Any, tmp_path: Path, payload: dict[str, Any]) -> None:
    ended = measure(simulated, tmp_path, event(tmp_path, "pull_request", payload), "--history", "past")

    assert (ended.code, kept(tmp_path)) == (0, [])


@pytest.mark.parametrize("head", [{"full_name": "zoe/widget"}, None])
def test_a_run_after_a_fork_s_run_leaves_nothing(simulated: Any, tmp_path: Path, head: dict[str, str] | None) -> None:
    environ = event(tmp_path, "workflow_run", {"workflow_run": {
        "id": 7, "event": "pull_request", "head_repository": head}})

    measure(simulated, tmp_path, environ, "--history", "past")

    assert kept(tmp_path) == []


def test_nothing_is_left_either_where_the_measuring_failed(simulated: Any, tmp_path: Path) -> None:
    environ = pull_request(tmp_path, base=A, head=B, head_repository="zoe/widget")

    ended = measure(simulated, tmp_path, environ, "--history", "past", "--repository", "acme/none")

    assert (ended.code, kept(tmp_path)) == (2, [])


@pytest.mark.parametrize("environ", [
    lambda folder: pull_request(folder, base=A, head=B, head_repository="Acme/Widget"),
    lambda folder: event(folder, "push", {"before": A}), lambda folder: event(folder, "schedule", {}),
    lambda folder: event(folder, "workflow_run", {"workflow_run": {"event": "push", "head_repository": {
        "full_name": "acme/widget"}}}),
    lambda folder: {},
])
def test_runs_about_the_repository_s_own_code_are_kept(simulated: Any, tmp_path: Path, environ: Any) -> None:
    measure(simulated, tmp_path, environ(tmp_path), "--history", "past")

    assert kept(tmp_path)


def test_a_fork_s_run_reads_the_history(simulated: Any, tmp_path: Path) -> None:
    measure(simulated, tmp_path, {"REPO_VITALS_NOW": "2026-01-30T06:00:00Z"}, "--history", "past")
    before = {path: path.read_bytes() for path in kept(tmp_path)}

    ended = measure(simulated, tmp_path, pull_request(tmp_path, base=A, head=B, head_repository="zoe/widget"),
                    "--history", "past")

    report = json.loads((tmp_path / "repo-vitals" / "community-metrics.json").read_text(encoding="utf-8"))
    assert ended.code == 0
    assert report["data"]["trend"]
    assert {path: path.read_bytes() for path in kept(tmp_path)} == before


def test_no_history_is_imported_or_pruned_in_a_fork_s_run(simulated: Any, tmp_path: Path) -> None:
    environ = pull_request(tmp_path, base=A, head=B, head_repository="zoe/widget")
    measure(simulated, tmp_path, {}, "--history", "past")
    github = simulated(answered())
    run("history", "export", "--history", "past", "--output", "all.jsonl", folder=tmp_path, at=github, environ=environ)

    imported = run("history", "import", "all.jsonl", "--history", "elsewhere", folder=tmp_path, at=github,
                   environ=environ)
    pruned = run("history", "prune", "--history", "branch", folder=tmp_path, at=github,
                 environ={"PATH": os.environ["PATH"], **environ})

    assert (imported.code, pruned.code) == (2, 2)
    assert "nothing was changed" in imported.stdout
    assert not (tmp_path / "elsewhere").exists()


def test_without_a_history_nothing_is_said_of_it(simulated: Any, tmp_path: Path) -> None:
    ended = measure(simulated, tmp_path, pull_request(tmp_path, base=A, head=B, head_repository="zoe/widget"))

    assert "the history gets nothing" not in ended.stdout


def test_the_event_says_which_run_it_is_about(tmp_path: Path) -> None:
    environ = event(tmp_path, "workflow_run", {"workflow_run": {"id": 7, "event": "pull_request", "head_repository": {
        "full_name": "zoe/widget"}}})
    found = read_event(environ)
    assert (found.run_id, found.from_fork, found.pull_request) == (7, True, None)
