"""The action in the examples to copy, run as a user's workflows run it."""
from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from repo_vitals.concerns.performance_compare import MONITOR
from repo_vitals.report.schema import schema
from repo_vitals.runtime.action_file import output_texts
from support.benchmarks import NOISE, Bench
from support.checkouts import Repository
from support.comment_runs import after
from support.pull_scene import PullScene, packed
from support.simulated import NOW, Scene, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from repo_vitals.simulator.server import Simulator
    from support.act import Consumer, Run

FOLLOWING = ROOT / "workflows-examples" / "performance-monitoring.yml"
COMPARING = ROOT / "workflows-examples" / "performance-pull-request.yml"
COMMENTING = ROOT / "workflows-examples" / "performance-pull-request-comment.yml"
WORKFLOW = ".github/workflows/performance.yml"
LEVELS = {"parse": 0.01, "render": 0.02, "write": 0.005, "@everyone": 0.004, "::error::x": 0.03, "<script>": 0.001}


class Project:
    """A consumer whose benchmarks copy a report that is there already."""

    def __init__(self, consumer: Consumer, github: Simulator) -> None:
        self.consumer, self.github = consumer, github
        self.repository = Repository(consumer.folder)

    def copy(self, example: Any, *, script: str = "cp ran.json bench.json") -> None:
        """The example, and a program that stands for the benchmarks."""
        self.repository.write({
            WORKFLOW: example.read_text(encoding="utf-8"), "run-benchmarks.sh": f"#!/bin/sh\n{script}\n",
            ".gitignore": "/bench.json\n/ab.json\n/.repo-vitals/\n"})
        (self.consumer.folder / "run-benchmarks.sh").chmod(0o755)
        self.repository.commit()

    def takes(self, levels: Mapping[str, float]) -> None:
        """What the benchmarks of the next commit come to, in seconds."""
        self.repository.write({"ran.json": report(levels)})

    def push(self) -> Run:
        before = self.repository.git("rev-parse", "HEAD")
        after_it = self.repository.commit()
        return self.run("push", {"ref": "refs/heads/main", "before": before, "after": after_it}, {
            "contents": "write", "pull_requests": "read"})

    def run(self, event: str, payload: dict[str, Any], permissions: Any) -> Run:
        environ = {**self.github.environment(self.github.token(permissions)), "REPO_VITALS_NOW": NOW.isoformat()}
        token = environ.pop("GITHUB_TOKEN")
        payload["repository"] = {"full_name": "acme/widget", "default_branch": "main"}
        return self.consumer.run(WORKFLOW, event, token=token, environ=environ, payload=payload)


def report(levels: Mapping[str, float]) -> str:
    return json.dumps({"format": "repo-vitals-benchmarks", "version": 1, "benchmarks": [
        {"name": name, "unit": "s", "samples": [value]} for name, value in levels.items()]})


@pytest.fixture
def project(consumer: Consumer) -> Iterator[Project]:
    with serving(Scene()) as github:
        yield Project(consumer, github)


def report_of(done: Run) -> dict[str, Any]:
    found: dict[str, Any] = done.artifact("performance")["performance-compare.json"]
    jsonschema.Draft202012Validator(schema()).validate(found)
    return found


def test_the_first_run_keeps_its_figures_and_is_not_red_and_a_later_one_is_compared_with_them(project: Project) -> None:
    project.copy(FOLLOWING)
    project.takes(LEVELS)

    first = project.push()
    project.takes({**LEVELS, "parse": 0.0101})
    second = project.push()

    for done, status, verdict in ((first, "unknown", "new"), (second, "unknown", "unsure")):
        assert done.exit_code == 0, done.text[-3000:]
        step = done.step("measure")
        assert step.outputs["status"] == status
        assert set(step.outputs) == set(output_texts(MONITOR))
        assert step.annotations("error") == []
        assert {row["verdict"] for row in report_of(done)["data"]["benchmarks"]} == {verdict}
    assert report_of(second)["data"]["baseline"]["runs"] == 1


def test_a_benchmark_that_is_slower_than_the_baseline_makes_the_run_red_whatever_its_name(project: Project) -> None:
    project.copy(FOLLOWING)
    given = FOLLOWING.read_text(encoding="utf-8").replace(
        "current: bench.json\n", "current: bench.json\n          baseline-reports: base/*.json\n")
    project.repository.write({WORKFLOW: given, **{
        f"base/{place:02}.json": report(Bench.noisy(LEVELS, place)) for place in range(len(NOISE))}})
    project.takes({**LEVELS, "@everyone": 0.008, "::error::x": 0.06})

    done = project.push()

    assert done.exit_code == 1
    step = done.step("measure")
    assert (step.exit_code, step.outputs["status"], step.outputs["regressed"]) == (1, "fail", "2")
    assert sorted(error.message.partition(":")[0] for error in step.annotations("error")) == ["> ", "@everyone"]
    assert "@everyone" not in step.summary
    assert "<script>" not in step.summary
    assert {row["name"]: row["verdict"] for row in report_of(done)["data"]["benchmarks"]}["parse"] == "unchanged"


def test_the_example_is_red_where_the_benchmarks_leave_no_report(project: Project) -> None:
    project.copy(FOLLOWING, script="exit 0")

    done = project.push()

    assert done.exit_code == 1
    assert done.step("measure").exit_code == 2
    [error] = done.step("measure").annotations("error")
    assert error.message == 'current: "bench.json" is no file'


def compared(project: Project, factor: int, *, name: str = "parse") -> tuple[Run, str]:
    """A run of the first half for a fork's change that makes one benchmark so many times as slow; the change's commit.

    Each run of either version takes another time, as on a machine that others use.
    """
    script = ('count=$(cat "$RUNNER_TEMP/count" 2>/dev/null || echo 0); count=$((count + 1))\n'
              'echo "$count" >"$RUNNER_TEMP/count"\n'
              'noise=$(( (count * 37) % 11 ))\n'
              'sed "s/NOISE/$noise/g" ran.json >bench.json')
    project.copy(COMPARING, script=script)
    text = report({name: 0.0, "render": 0.0}).replace("0.0", "FACTOR.01NOISE")
    project.repository.commit({"ran.json": text.replace("FACTOR", "1")})
    base = project.repository.git("rev-parse", "main")
    project.repository.git("checkout", "--quiet", "-b", "topic")
    head = project.repository.commit({"ran.json": text.replace("FACTOR", str(factor), 1).replace("FACTOR", "1")})
    project.repository.git("checkout", "--quiet", "-B", "merged", "main")
    project.repository.merge("topic")
    return project.run("pull_request", {"number": 1, "pull_request": {
        "number": 1, "base": {"sha": base, "ref": "main", "repo": {"full_name": "acme/widget"}},
        "head": {"sha": head, "ref": "topic", "repo": {"full_name": "zoe/widget"}}}},
        {"contents": "read", "pull_requests": "read"}), head


def test_both_versions_of_a_pull_request_run_in_turn_and_one_that_is_as_fast_passes(project: Project) -> None:
    done, _ = compared(project, 1)

    assert done.exit_code == 0, done.text[-4000:]
    found = {row["name"]: row["verdict"] for row in report_of(done)["data"]["benchmarks"]}
    assert found == {"parse": "unchanged", "render": "unchanged"}
    assert report_of(done)["data"]["baseline"]["paired"]


def test_what_a_fork_s_change_makes_slower_fails_the_first_half_and_the_other_half_says_so_on_it(project: Project,
                                                                                               ) -> None:
    # YAML 1.1 reads the key `on` as true.
    first, second = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (COMPARING, COMMENTING))
    assert second[True]["workflow_run"]["workflows"] == [first["name"]]
    done, head = compared(project, 2, name="parse @everyone <script>")
    assert done.exit_code == 1, done.text[-4000:]
    left = report_of(done)
    assert {row["name"]: row["verdict"] for row in left["data"]["benchmarks"]} == {
        "parse @everyone <script>": "regressed", "render": "unchanged"}
    scene = PullScene()
    pull = scene.pull(sha=head)

    said = after(project.consumer, COMMENTING, scene, scene.measured(
        pull, packed({"performance-compare.json": json.dumps(left)}), name="performance", conclusion="failure"))

    assert said.exit_code == 0, said.text[-3000:]
    assert [said.step("comment").outputs[name] for name in ("reports-shown", "reports-refused")] == ["1", "0"]
    [comment] = pull.comments
    assert "<!-- repo-vitals:comment:performance -->" in comment.body
    assert "**From a fork by `zoe`; not checked by this repository.**" in comment.body
    assert "1 regressed" in comment.body
    assert re.search(r"\| 🔴 high \| parse @\u200beveryone &lt;script&gt;: \S+ (% slower|times as slow) ", comment.body)
    assert "@everyone" not in comment.body
    assert "<script>" not in comment.body
