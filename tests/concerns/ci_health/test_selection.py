"""Which workflows are measured."""
from __future__ import annotations

from typing import Any

import pytest

from repo_vitals.concerns.ci_health.facts import Workflow, WorkflowFile
from repo_vitals.concerns.ci_health.policy import Policy
from repo_vitals.concerns.ci_health.selection import Selection, select, with_deleted
from repo_vitals.errors import InputError
from support.ci import run, workflow

CI = workflow()
NIGHTLY = workflow("nightly.yml", id=2, name="Nightly build")


def chosen(*workflows: Workflow, texts: dict[str, str] | None = None, ran: tuple[int, ...] = (), branch: str = "main",
           **policy: Any) -> Selection:
    files = {one.path: WorkflowFile(text=(texts or {}).get(one.label, "on: push")) for one in workflows
             if (texts or {}).get(one.label) != "missing"}
    return select(workflows, policy=Policy(**policy), files=files, branch=branch, is_default=branch == "main",
                  ran=frozenset(ran))


def labels(selection: Selection) -> list[str]:
    return [one.label for one in selection.measured]


@pytest.mark.parametrize("name", ["nightly.yml", "NIGHTLY.YML", ".github/workflows/nightly.yml", "nightly BUILD"])
def test_a_workflow_is_named_by_its_file_or_its_name(name: str) -> None:
    assert labels(chosen(CI, NIGHTLY, workflows=(name,))) == ["nightly.yml"]


def test_a_name_that_no_workflow_has_is_an_error_with_the_closest() -> None:
    with pytest.raises(InputError, match=r'no workflow is called "nightli.yml"; did you mean nightly.yml'):
        chosen(CI, NIGHTLY, workflows=("nightli.yml",))
    with pytest.raises(InputError, match=r"security-workflows: no workflow is called .*the repository has none"):
        chosen(security_workflows=("audit.yml",))


@pytest.mark.parametrize(("text", "why"), [
    ("on: pull_request", "none of these events"), ("on: {push: {tags: ['v*']}}", "none of these events"),
    ("missing", "not on the default branch"),
    ("on: push\njobs: {a: {steps: [{uses: nushell-works/repo-vitals/actions/ci-health@v1}]}}", "runs repo-vitals"),
    ("on: push\njobs:\n  a:\n    steps:\n      - uses: 'x/repo-vitals@v1'", "runs repo-vitals"),
])
def test_what_can_not_run_by_these_events_is_left_out_with_its_reason(text: str, why: str) -> None:
    found = chosen(CI, NIGHTLY, texts={"nightly.yml": text})
    assert labels(found) == ["ci.yml"]
    assert why in found.left_out["nightly.yml"]


@pytest.mark.parametrize("steps", [
    "[{uses: x/repo-vitals/actions/coverage@v1}]", "[{uses: x/repo-vitals/actions/ci-health-of-mine@v1}]",
    "[]  # uses: x/repo-vitals@v1", "[{run: 'echo uses: x/repo-vitals@v1'}]", "[{name: 'uses: x/repo-vitals@v1'}]",
    "[{uses: x/repo-vitals-of-mine@v1}]", "[{uses: [x/repo-vitals@v1]}]", "x/repo-vitals@v1",
    "{uses: x/repo-vitals@v1}",
])
def test_what_uses_another_action_of_ours_or_only_speaks_of_it_is_measured(steps: str) -> None:
    assert labels(chosen(CI, texts={"ci.yml": f"on: push\njobs: {{a: {{steps: {steps}\n}}}}"})) == ["ci.yml"]


def test_a_nest_of_aliases_in_jobs_is_walked_once() -> None:
    steps = "a: &s {steps: [" + ", ".join(["&x {uses: repo-vitals}", *["*x"] * 4_000]) + "]}\n"
    jobs = "".join(f"  j{number}: *s\n" for number in range(4_000))
    assert labels(chosen(CI, texts={"ci.yml": f"on: push\njobs:\n  {steps}{jobs}"})) == ["ci.yml"]


def test_what_is_named_is_measured_all_the_same() -> None:
    assert labels(chosen(CI, texts={"ci.yml": "on: pull_request"}, workflows=("ci.yml",))) == ["ci.yml"]


def test_what_ran_is_measured_whatever_its_file_says_now() -> None:
    assert labels(chosen(CI, texts={"ci.yml": "on: pull_request"}, ran=(1,))) == ["ci.yml"]


def test_an_unreadable_file_leaves_its_workflow_in() -> None:
    assert labels(chosen(CI, texts={"ci.yml": "on: ["})) == ["ci.yml"]


@pytest.mark.parametrize(("state", "ran", "measured"), [
    ("disabled_manually", (), False), ("disabled_manually", (1,), True), ("disabled_inactivity", (), True),
    ("disabled_fork", (), False), ("deleted", (1,), False),
])
def test_a_disabled_workflow_is_measured_where_it_ran_or_should(
        state: str, ran: tuple[int, ...], measured: bool) -> None:
    assert bool(labels(chosen(workflow(state=state), ran=ran))) is measured


def test_a_deleted_workflow_is_known_by_its_runs_and_measured_only_where_it_is_named() -> None:
    old = run(workflow_id=9, path=".github/workflows/old.yml")
    everything = with_deleted([CI], [old, run()])
    assert labels(chosen(*everything)) == ["ci.yml"]
    (found,) = chosen(*everything, workflows=("old.yml",)).measured
    assert (found.id, found.state) == (9, "deleted")


def test_a_workflow_made_anew_under_an_old_name_is_the_one_that_is_meant() -> None:
    everything = with_deleted([CI], [run(workflow_id=9)])
    assert [one.id for one in chosen(*everything, workflows=("ci.yml",)).measured] == [1]


def test_workflows_without_a_file_are_measured_where_their_events_count() -> None:
    dynamic = workflow(id=3, path="dynamic/dependabot/dependabot-updates", name="Dependabot Updates")
    assert labels(chosen(dynamic, texts={dynamic.label: "missing"})) == []
    assert labels(chosen(dynamic, texts={dynamic.label: "missing"}, ran=(3,))) == [dynamic.path]
