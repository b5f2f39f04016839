"""The action in the example to copy, run as a user's workflow runs it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from repo_vitals.concerns.coverage import MONITOR
from repo_vitals.report.schema import schema
from repo_vitals.runtime.action_file import output_texts
from support.checkouts import Repository
from support.covered import Hits, cobertura
from support.simulated import NOW, Scene, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.simulator.server import Simulator
    from support.act import Consumer, Run

EXAMPLE = ROOT / "workflows-examples" / "coverage.yml"
WORKFLOW = ".github/workflows/vitals.yml"


class Project:
    """A consumer whose tests copy a report that is there already."""

    def __init__(self, consumer: Consumer, github: Simulator) -> None:
        self.consumer = consumer
        self.github = github
        self.repository = Repository(consumer.folder)
        self.repository.write({
            "run-tests.sh": "#!/bin/sh\ncp ran.xml coverage.xml\n", ".gitignore": "/coverage.xml\n",
            WORKFLOW: EXAMPLE.read_text(encoding="utf-8"), "src/a.py": "x\n" * 10})
        (consumer.folder / "run-tests.sh").chmod(0o755)
        self.repository.commit()

    def tests_reach(self, covered: int, of: int) -> Hits:
        hits = {"src/a.py": {line: int(line <= covered) for line in range(1, of + 1)}}
        self.repository.write({"ran.xml": cobertura(hits), "src/a.py": "x\n" * of})
        return hits

    def push(self) -> Run:
        """What is in the folder, committed to main."""
        before = self.repository.git("rev-parse", "HEAD")
        after = self.repository.commit()
        return self._run("push", {"ref": "refs/heads/main", "before": before, "after": after}, {"contents": "write"})

    def pull_request(self, *, fork: bool = False) -> Run:
        """What is in the folder, committed to a branch, as GitHub merges it into main."""
        base = self.repository.git("rev-parse", "main")
        self.repository.git("checkout", "--quiet", "-B", "topic")
        head = self.repository.commit()
        self.repository.git("checkout", "--quiet", "-B", "merged", "main")
        self.repository.merge("topic")
        whose = "zoe/widget" if fork else "acme/widget"
        return self._run("pull_request", {"number": 7, "pull_request": {
            "number": 7, "base": {"sha": base, "ref": "main", "repo": {"full_name": "acme/widget"}},
            "head": {"sha": head, "ref": "topic", "repo": {"full_name": whose}},
        }}, {"contents": "read" if fork else "write"})

    def _run(self, event: str, payload: dict[str, Any], permissions: Any) -> Run:
        environ = {**self.github.environment(self.github.token(permissions)), "REPO_VITALS_NOW": NOW.isoformat()}
        token = environ.pop("GITHUB_TOKEN")
        payload["repository"] = {"full_name": "acme/widget", "default_branch": "main"}
        return self.consumer.run(WORKFLOW, event, token=token, environ=environ, payload=payload)


@pytest.fixture
def project(consumer: Consumer) -> Iterator[Project]:
    with serving(Scene()) as github:
        yield Project(consumer, github)


def report_of(done: Run) -> dict[str, Any]:
    report: dict[str, Any] = done.artifact("coverage")["coverage.json"]
    jsonschema.Draft202012Validator(schema()).validate(report)
    return report


def test_the_example_passes_where_the_tests_reach_enough_and_keeps_its_report(project: Project) -> None:
    project.tests_reach(10, of=10)

    done = project.push()

    assert done.exit_code == 0, done.text[-3000:]
    step = done.step("measure")
    assert (step.outputs["status"], step.outputs["line-ratio"], step.outputs["patch-ratio"]) == ("pass", "1", "")
    assert set(step.outputs) == set(output_texts(MONITOR))
    assert step.annotations("error") == []
    assert step.summary.startswith("## ✅ Coverage: pass\n")
    assert report_of(done)["status"] == "pass"


def test_the_example_fails_a_pull_request_that_reaches_too_little_less_than_before(project: Project) -> None:
    project.tests_reach(10, of=10)
    assert project.push().exit_code == 0
    project.tests_reach(12, of=15)

    done = project.pull_request()

    assert done.exit_code == 1
    step = done.step("measure")
    assert (step.exit_code, step.outputs["status"], step.outputs["patch-ratio"]) == (1, "fail", "0.4")
    report = report_of(done)
    assert [finding["rule"] for finding in report["findings"]] == [
        "coverage-below-minimum", "coverage-dropped", "added-lines-not-covered"]
    assert report["data"]["base"]["compared"]["covered"] == 10
    [notice] = [one for one in step.annotations("notice") if "file" in one.properties]
    assert (notice.properties["file"], notice.properties["line"], notice.properties["endLine"]) == (
        "src/a.py", "13", "15")


def test_a_pull_request_from_a_fork_passes_with_a_token_that_may_only_read(project: Project) -> None:
    project.tests_reach(10, of=10)
    assert project.push().exit_code == 0
    before = len(project.github.log)

    done = project.pull_request(fork=True)

    assert done.exit_code == 0, done.text[-3000:]
    step = done.step("measure")
    assert step.annotations("error") == []
    assert any("this is the code of zoe/widget" in notice.message for notice in step.annotations("notice"))
    assert step.summary
    assert not [one for one in project.github.log[before:] if one.method not in ("GET", "HEAD")
                and "upload-pack" not in one.path and "graphql" not in one.path]


def test_the_example_is_red_where_the_tests_leave_no_report(project: Project) -> None:
    done = project.push()

    assert done.exit_code == 1
    assert done.step("measure").exit_code == 2
    [error] = done.step("measure").annotations("error")
    assert error.message == 'reports: "coverage.xml" is no file'
