"""The first half to copy, on a fork's pull request with a token that may only read; and what the second makes of it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from repo_vitals.report.schema import schema
from support.checkouts import Repository
from support.comment_runs import after
from support.covered import cobertura
from support.pull_scene import PullScene, packed
from support.simulated import NOW, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from repo_vitals.simulator.server import Simulator
    from support.act import Consumer, Run

EXAMPLE = ROOT / "workflows-examples" / "pull-request-report.yml"
SECOND = ROOT / "workflows-examples" / "pull-request-comment.yml"
WORKFLOW = ".github/workflows/report.yml"


def first_half(consumer: Consumer, github: Simulator, *, tests: str) -> tuple[Run, str]:
    """Run the example on a fork's pull request; the commit that it is about."""
    repository = Repository(consumer.folder)
    repository.write({WORKFLOW: EXAMPLE.read_text(encoding="utf-8"), "src/a.py": "x\n" * 10,
                      "run-tests.sh": f"#!/bin/sh\n{tests}\n",
                      "ran.xml": cobertura({"src/a.py": {line: int(line < 10) for line in range(1, 11)}})})
    (consumer.folder / "run-tests.sh").chmod(0o755)
    base = repository.commit()
    repository.git("checkout", "--quiet", "-B", "topic")
    head = repository.commit({"src/a.py": "x\n" * 9 + "y\n"})
    repository.git("checkout", "--quiet", "-B", "merged", "main")
    repository.merge("topic")
    payload: dict[str, Any] = {
        "number": 1, "repository": {"full_name": "acme/widget", "default_branch": "main"}, "pull_request": {
            "number": 1, "user": {"login": "zoe"},
            "base": {"sha": base, "ref": "main", "repo": {"full_name": "acme/widget"}},
            "head": {"sha": head, "ref": "topic", "repo": {"full_name": "zoe/widget"}}}}
    environ = github.environment(github.token({"contents": "read"}))
    return consumer.run(WORKFLOW, "pull_request", token=environ.pop("GITHUB_TOKEN"), payload=payload,
                        environ={**environ, "REPO_VITALS_NOW": NOW.isoformat()}), head


@pytest.mark.parametrize(("tests", "code"), [("cp ran.xml coverage.xml", 0), ("cp ran.xml coverage.xml; exit 1", 1)])
def test_a_fork_is_measured_without_a_right_to_write_and_its_report_becomes_a_comment(
        consumer: Consumer, tests: str, code: int) -> None:
    scene = PullScene()
    with serving(scene) as github:
        done, head = first_half(consumer, github, tests=tests)

    assert done.exit_code == code, done.text[-3000:]
    report = done.artifact("repo-vitals")["coverage.json"]
    jsonschema.Draft202012Validator(schema()).validate(report)
    assert done.step("measure").outputs["status"] == report["status"] == "pass"
    assert not [entry for entry in github.log if entry.method != "GET" and entry.path != "/graphql"]

    pull = scene.pull(sha=head)
    kept = (done.kept / "artifacts" / "repo-vitals" / "coverage.json").read_bytes()
    run = scene.measured(pull, packed({"coverage.json": kept}), conclusion="failure" if code else "success")
    assert after(consumer, SECOND, scene, run).exit_code == 0
    [comment] = pull.comments
    assert "| Coverage | claims pass |" in comment.body
    assert "Coverage line ratio | 90 % | claims pass" in comment.body
    assert ("The workflow run ended in `failure`" in comment.body) == bool(code)


def test_tests_that_leave_nothing_fail_the_first_half(consumer: Consumer) -> None:
    with serving(PullScene()) as github:
        done, _ = first_half(consumer, github, tests="exit 1")

    assert done.exit_code == 1
    assert not (done.kept / "artifacts").exists()
