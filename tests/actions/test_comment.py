"""The action in the job that measured: with the right to write, and without it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from support.pull_scene import MARKER, READS, PullScene, failing, text_of
from support.simulated import NOW, serving

if TYPE_CHECKING:
    from repo_vitals.simulator.model import PullRequest
    from support.act import Consumer, Run

WORKFLOW = ".github/workflows/comment.yml"


def comment(consumer: Consumer, scene: PullScene, pull: PullRequest, permissions: dict[str, Any], **given: str) -> Run:
    """A job that shows the reports which lie in the repository."""
    consumer.add("reports/coverage.json", text_of(failing()))
    consumer.add(WORKFLOW, yaml.safe_dump({"on": {"pull_request": {}}, "permissions": {}, "jobs": {"comment": {
        "runs-on": "ubuntu-latest", "steps": [
            {"uses": "actions/checkout@v4"},
            {"id": "comment", "uses": "nushell-works/repo-vitals/actions/comment@v1",
             "with": {"reports": "reports/*.json", **given}}]}}}))
    payload = {"number": pull.number, "repository": {"full_name": "acme/widget", "default_branch": "main"},
               "pull_request": {
                   "number": pull.number, "user": {"login": "zoe"},
                   "base": {"sha": "b" * 40, "ref": "main", "repo": {"full_name": "acme/widget"}},
                   "head": {"sha": pull.head_sha, "ref": pull.head_ref,
                            "repo": {"full_name": pull.head_repository.full_name}}}}
    with serving(scene) as github:
        environ = github.environment(github.token(permissions))
        return consumer.run(WORKFLOW, "pull_request", token=environ.pop("GITHUB_TOKEN"), payload=payload,
                            environ={**environ, "REPO_VITALS_NOW": NOW.isoformat()})


def test_a_job_that_may_write_comments(consumer: Consumer) -> None:
    scene = PullScene()
    pull = scene.pull(fork=False)

    done = comment(consumer, scene, pull, {**READS, "pull_requests": "write"})

    assert done.exit_code == 0, done.text[-3000:]
    [said] = pull.comments
    assert said.body.startswith(f"{MARKER}\n## Reports of ")
    assert "| Coverage | ❌ fail |" in said.body


def test_a_fork_s_job_without_the_right_to_write_succeeds_with_summary_and_one_notice(consumer: Consumer) -> None:
    scene = PullScene()
    pull = scene.pull()

    done = comment(consumer, scene, pull, READS)

    assert (done.exit_code, pull.comments) == (0, []), done.text[-3000:]
    step = done.step("comment")
    [notice] = step.annotations("notice")
    assert notice.message.startswith("no comment was written: ")
    assert step.annotations("error") == step.annotations("warning") == []
    assert "From a fork by `zoe`" in step.summary
    assert step.outputs["status"] == "pass"


@pytest.mark.parametrize(("given", "code"), [({"key": "No Key"}, 2), ({"reports": "reports/none.json"}, 2)])
def test_what_the_workflow_got_wrong_ends_in_2(consumer: Consumer, given: dict[str, str], code: int) -> None:
    scene = PullScene()

    done = comment(consumer, scene, scene.pull(), READS, **given)

    step = done.step("comment")
    assert (done.exit_code, step.exit_code) == (1, code)
    assert len(step.annotations("error")) == 1
