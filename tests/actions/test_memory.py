"""The memory example to copy, run as a user runs it, with profilers that have their reports ready."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from repo_vitals.report.schema import schema
from support.checkouts import Repository
from support.simulated import NOW, Scene, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from support.act import Consumer, Run

EXAMPLE = ROOT / "workflows-examples" / "memory.yml"
WORKFLOW = ".github/workflows/memory.yml"
REPORTS = ROOT / "tests" / "data" / "performance" / "memory"
# Each copies a report to where it is told to write one. What memcheck finds stands in the checkout.
TOOLS = {
    "sudo": "exit 0",
    "cargo": "mkdir -p target/release && cp built target/release/widget",
    "valgrind": f"""for one in "$@"; do case "$one" in
        --massif-out-file=*) cp "{REPORTS}/massif_heap.out" "${{one#*=}}" ;;
        --log-file=*) cp "{REPORTS}/memcheck_$(cat found).txt" "${{one#*=}}" ;;
    esac; done""",
    "time": f"""for one in "$@"; do case "$one" in
        --output=*) cat "{REPORTS}/time_verbose_twice.txt" >> "${{one#*=}}" ;;
    esac; done""",
}


@pytest.fixture
def checked_out(consumer: Consumer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Consumer:
    """A project with the example, on a runner with such profilers."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in TOOLS.items():
        (tools / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    repository = Repository(consumer.folder)
    repository.write({WORKFLOW: EXAMPLE.read_text(encoding="utf-8"), "found": "clean\n", "built": "x" * 1000,
                      ".gitignore": "/target/\n/memory/\n"})
    repository.commit()
    return consumer


def push(consumer: Consumer, changes: dict[str, str]) -> Run:
    repository = Repository(consumer.folder)
    before = repository.git("rev-parse", "HEAD")
    repository.write(changes)
    after = repository.commit()
    with serving(Scene()) as github:
        token = github.token({"contents": "write", "pull_requests": "read"})
        environ = {**github.environment(token), "REPO_VITALS_NOW": NOW.isoformat()}
        return consumer.run(WORKFLOW, "push", token=environ.pop("GITHUB_TOKEN"), environ=environ, payload={
            "ref": "refs/heads/main", "before": before, "after": after,
            "repository": {"full_name": "acme/widget", "default_branch": "main"}})


def report_of(done: Run) -> dict[str, Any]:
    report: dict[str, Any] = done.artifact("memory")["performance-compare.json"]
    jsonschema.Draft202012Validator(schema()).validate(report)
    return report


def figures(report: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {one["labels"]["target"]: (one["value"], one["status"]) for one in report["metrics"]
            if "target" in one["labels"]}


def test_a_program_within_its_budgets_and_without_leaks_has_its_figures(checked_out: Consumer):
    done = push(checked_out, {})
    assert done.exit_code == 0, done.text[-3000:]
    report = report_of(done)
    found = figures(report)
    assert found["steady 40: peak heap"][0] == 200_968
    assert found["steady 40: peak resident memory"][0] == 1352 * 1024
    assert found["steady 3: leaked memory"] == (0, "pass")
    assert found["target/release/widget"][0] == 1000
    assert [one for one in report["findings"] if one["rule"] in ("leak", "budget-exceeded", "budget-unknown")] == []


def test_leaks_and_a_file_over_its_budget_fail_the_run_and_keep_the_reports(checked_out: Consumer):
    done = push(checked_out, {"found": "full\n", "built": "x" * 20_000_001})
    step = done.step("measure")
    assert (done.exit_code, step.exit_code, step.outputs["status"]) == (1, 1, "fail")
    report = report_of(done)
    assert {one["title"] for one in report["findings"] if one["severity"] == "high"} == {
        "leaky 3: leaked memory: 302 B leaked", "target/release/widget is 20.0 MB; its budget is binary < 20 MB"}
    assert (done.kept / "artifacts" / "memory" / "massif.out").is_file()
