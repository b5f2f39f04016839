"""The community-metrics action and the root action, run in act as a consumer's workflow runs them."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from repo_vitals.concerns.community_metrics import MONITOR
from repo_vitals.report.schema import schema
from repo_vitals.runtime.action_file import output_texts
from support import markdown_reader
from support.services import OTHER_MONITORS
from support.simulated import NOW, Scene, serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.simulator.server import Simulator
    from support.act import Consumer, Ground, Run

ACTION = "nushell-works/repo-vitals/actions/community-metrics@v1"
ROOT_ACTION = "nushell-works/repo-vitals@v1"
DOCUMENTED = {name.partition(":")[0].replace("-", "_"): "read" for name in MONITOR.permissions}
VALIDATOR = jsonschema.Draft202012Validator(schema())


def answered() -> Scene:
    """A repository where everybody was answered within hours."""
    scene = Scene()
    scene.issue(by="ann", at=-90).comment(by="bob", at=-88)
    scene.issue(by="cy", at=-50).comment(by="bob", at=-47).close(at=-40, by="bob")
    scene.pull_request(by="cy", at=-60).review(by="bob", at=-58).merge(at=-30, by="bob")
    scene.discussion(by="dee", at=-70).comment(by="ann", at=-69)
    scene.commit(by="bob", at=-30)
    return scene


def neglected(title: str = "It breaks") -> Scene:
    """The same, and an issue that nobody has answered for 30 hours."""
    scene = answered()
    scene.issue(by="eve", at=-30, title=title)
    return scene


def workflow(*steps: Mapping[str, Any], job: Mapping[str, Any] | None = None) -> str:
    """A workflow of one job that anybody may start by hand."""
    return yaml.safe_dump({"on": {"workflow_dispatch": {}}, "permissions": {}, "jobs": {
        "measure": {"runs-on": "ubuntu-latest", **(job or {}), "steps": list(steps)}}}, allow_unicode=True)


def measure(uses: str = ACTION, **more: Any) -> dict[str, Any]:
    """A step that uses an action; `given` are its inputs."""
    given = more.pop("given", {})
    return {"id": "vitals", "uses": uses, **({"with": given} if given else {}), **more}


# What a user would do with the report's path: it is there when the step has failed, too.
KEEP = {"id": "keep", "if": "always()", "env": {"REPORT": "${{ steps.vitals.outputs.report }}"},
        "run": 'echo "$RUNNER_TEMP"; if [ -n "$REPORT" ]; then cp -R "$REPORT" "$ACT_KEPT/"; fi'}


def run(consumer: Consumer, simulator: Simulator, *steps: Mapping[str, Any], token: str | None = None,
        **options: Any) -> Run:
    """Run the steps against the simulator; with all permissions unless a token is given."""
    consumer.add(".github/workflows/measure.yml", workflow(*steps))
    environ = simulator.environment(token)
    return consumer.run(".github/workflows/measure.yml", token=environ.pop("GITHUB_TOKEN"),
                        environ={**environ, "REPO_VITALS_NOW": NOW.isoformat()}, **options)


def kept_report(done: Run, name: str = "community-metrics.json") -> dict[str, Any]:
    """The report that the `keep` step put aside, held to its schema."""
    report = json.loads((done.kept / name).read_text(encoding="utf-8"))
    VALIDATOR.validate(report)
    assert isinstance(report, dict)
    return report


def without_cost(report: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name != "cost"}


@pytest.fixture(scope="module")
def plain(act_ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of the action without an input, in a repository that answers."""
    from support.act import Consumer

    with serving(answered()) as simulator:
        return run(Consumer(tmp_path_factory.mktemp("plain"), act_ground), simulator, measure(), KEEP)


def test_a_repository_that_answers_passes(plain: Run) -> None:
    done = plain
    step = done.step("vitals")
    assert (done.exit_code, step.result, step.exit_code) == (0, "success", 0)
    assert step.annotations("error") == step.annotations("warning") == []
    report = kept_report(done)
    assert report["status"] == "pass"
    assert step.outputs == {
        "status": "pass", "findings": "0", "summary": report["summary"], "report": step.outputs["report"],
        "issues-open": "1", "issues-awaiting-response": "0", "issue-first-response-seconds": "7200",
        "issue-first-response-answered-mean-seconds": "9000", "pull-requests-open": "0",
        "pull-requests-awaiting-response": "0", "pull-request-first-response-seconds": "7200",
        "contributors-active": "1",
    }
    runner_temp = done.step("keep").log.strip()
    assert step.outputs["report"] == f"{runner_temp}/repo-vitals/community-metrics.json"
    assert step.summary.startswith("## ✅ Community metrics: pass\n")
    assert "| Issues awaiting response | 0 |" in step.summary


def test_an_issue_without_an_answer_fails_the_step_but_not_the_report(consumer: Consumer) -> None:
    with serving(neglected("It breaks | on `main`")) as simulator:
        done = run(consumer, simulator, measure(), KEEP)

    step = done.step("vitals")
    assert (done.exit_code, done.jobs, step.exit_code) == (1, {"measure": "failure"}, 1)
    report = kept_report(done)
    assert (report["status"], len(report["findings"])) == ("fail", 1)
    assert step.outputs["status"] == "fail"
    assert step.outputs["issues-awaiting-response"] == step.outputs["findings"] == "1"
    [error] = step.annotations("error")
    assert error.properties == {"title": "Community metrics: awaiting-response"}
    assert error.message.startswith("#5 It breaks")
    assert "https://github.com/acme/widget/issues/5" in error.message
    assert step.summary.startswith("## ❌ Community metrics: fail\n")
    assert "It breaks" in step.summary


def test_a_user_s_first_run_makes_its_own_environment(consumer: Consumer) -> None:
    with serving(answered()) as simulator:
        done = run(consumer, simulator, measure(), KEEP, cold=True)

    assert done.exit_code == 0, done.text[-3000:]
    assert kept_report(done)["status"] == "pass"


def test_the_documented_permissions_are_enough_to_set_every_output_of_action_yml(consumer: Consumer) -> None:
    with serving(neglected()) as simulator:
        token = simulator.token(DOCUMENTED)  # type: ignore[arg-type]
        done = run(consumer, simulator, measure(given={"fail-on": "never"}), KEEP, token=token)

    assert done.exit_code == 0, done.step("vitals").commands
    assert kept_report(done)["data"]["complete"] is True
    assert token not in done.step("vitals").log
    assert set(done.step("vitals").outputs) == set(output_texts(MONITOR))
    assert all(done.step("vitals").outputs.values())


# Each costs a run of its own; tests/runtime/test_bad_input.py leaves out the others, outside an action.
@pytest.mark.parametrize("missing", [pytest.param(name, marks=() if name in ("discussions: read", "issues: read")
                                                  else pytest.mark.slow) for name in sorted(MONITOR.permissions)])
def test_a_permission_that_is_missing_is_named(consumer: Consumer, missing: str) -> None:
    left_out = missing.partition(":")[0].replace("-", "_")
    granted = {name: access for name, access in DOCUMENTED.items() if name != left_out}
    with serving(neglected()) as simulator:
        done = run(consumer, simulator, measure(), KEEP, token=simulator.token(granted))  # type: ignore[arg-type]

    step = done.step("vitals")
    assert (done.exit_code, step.exit_code) == (1, 2)
    [error] = step.annotations("error")
    assert missing in error.message
    assert (step.outputs["status"], step.outputs["report"], step.outputs["summary"]) == ("unknown", "", error.message)


def test_a_service_that_stays_away_is_no_verdict(consumer: Consumer) -> None:
    from repo_vitals.simulator.faults import Fault, FaultPlan

    with serving(answered(), faults=FaultPlan([Fault(kind="status", status=502)])) as simulator:
        done = run(consumer, simulator, measure(given={"max-wait": "1s"}), KEEP)

    step = done.step("vitals")
    assert (done.exit_code, step.exit_code) == (1, 3)
    assert (step.outputs["status"], step.outputs["report"]) == ("unknown", "")
    assert len(step.annotations("error")) == 1


def test_empty_inputs_count_as_not_given(consumer: Consumer, plain: Run) -> None:
    empty = {declared.name: "" for declared in MONITOR.inputs if declared.name != "token"}
    with serving(answered()) as simulator:
        done = run(consumer, simulator, measure(given=empty), KEEP)

    assert done.exit_code == 0
    assert without_cost(kept_report(done)) == without_cost(kept_report(plain))


def test_an_input_wins_over_the_configuration_file_and_that_over_the_default(consumer: Consumer) -> None:
    consumer.add(".github/repo-vitals.toml", '[community-metrics]\nresponse-target = "2d"\nwindow = "10d"\n')
    checkout = {"uses": "actions/checkout@v7"}
    with serving(neglected()) as simulator:
        configured = run(consumer, simulator, checkout, measure(), KEEP)
        given = run(consumer, simulator, checkout, measure(given={"response-target": "20h"}), KEEP)

    assert configured.step("vitals").exit_code == 0
    assert given.step("vitals").exit_code == 1
    assert kept_report(given)["window"] == {"start": "2026-01-21T06:00:00Z", "end": "2026-01-31T06:00:00Z"}


HOSTILE_VALUES = {
    "substitution": "$(touch {folder}/pwned)",
    "backticks": "`touch {folder}/pwned`",
    "quotes": "\"; touch {folder}/pwned; \"'; touch {folder}/pwned; '",
    "newlines": "30d\ntouch {folder}/pwned\n::set-output name=status::pass\n::stop-commands::x",
    "option": "--fail-on never",
    "environment": "30d\nGITHUB_TOKEN=x\nstatus<<EOF\npass\nEOF",
}


def test_hostile_values_of_inputs_are_one_error_and_nothing_else(consumer: Consumer) -> None:
    folder = str(consumer.folder.parent)
    steps = [{**measure(given={"window": value.replace("{folder}", folder)}), "id": name, "continue-on-error": True}
             for name, value in HOSTILE_VALUES.items()]
    with serving(answered()) as simulator:
        done = run(consumer, simulator, *steps)

    for name in HOSTILE_VALUES:
        step = done.step(name)
        assert step.exit_code == 2, (name, step)
        assert [command.name for command in step.commands] == ["error"], name
        assert step.commands[0].message.startswith('window: "'), name
        assert step.outputs["status"] == "unknown"
    assert not simulator.log
    assert not list(consumer.folder.parent.glob("pwned*"))


HOSTILE_TITLES = (
    "::error::pwned", "::set-output name=status::pass", "::add-mask::acme", "::stop-commands::token",
    "%0A::error::pwned", "line\n::error::pwned", "line\r::error::pwned", "##[error]pwned",
    "##[set-output name=status]pass", "<script>alert(1)</script>", "a | b | c", "`$(touch pwned)`",
    "@team #1 fixes #2", "[x](javascript:alert(1))", "\u202egnp.exe", "\u2028::error::pwned",
    "::notice file=a,line=1::pwned", "::set-env name=PATH::x", "$(touch pwned)",
)


def test_hostile_titles_bring_no_command_about(consumer: Consumer) -> None:
    scene = Scene()
    for hours, title in enumerate(HOSTILE_TITLES):
        scene.issue(by="eve", at=-40 - hours, title=title, labels=("::error::pwned",))
    scene.commit(by="::error::pwned", name="::error::pwned", at=-9)
    with serving(scene) as simulator:
        token = simulator.token()
        done = run(consumer, simulator, measure(), KEEP, token=token)

    step = done.step("vitals")
    assert step.exit_code == 1
    assert step.outputs["status"] == "fail"
    assert {command.name for command in step.commands} == {"add-mask", "error"}, step.annotations("notice")
    assert [mask.message for mask in step.annotations("add-mask")] == [token]
    assert len(step.annotations("error")) == 10
    assert all(error.properties.get("title") == "Community metrics: awaiting-response"
               for error in step.annotations("error")[:9])
    assert set(step.outputs) == set(output_texts(MONITOR))
    report = kept_report(done)
    assert {row["title"] for row in report["data"]["awaiting_response"]} == set(HOSTILE_TITLES)
    document = markdown_reader.read(step.summary)
    assert {link.rpartition("/")[0] for link in document.links} == {
        "https://redirect.github.com/acme/widget/issues", f"{simulator.url}/acme/widget/actions/runs"}
    assert (document.filtered, document.images) == ([], [])
    assert not [tag for tag in document.html if "script" in tag]


def test_the_root_action_runs_every_monitor_that_it_is_given(consumer: Consumer) -> None:
    given = {"monitors": ", ".join(OTHER_MONITORS)}
    with serving(neglected()) as simulator:
        done = run(consumer, simulator, measure(ROOT_ACTION, given=given), KEEP)

    step = done.step("vitals")
    assert (done.exit_code, step.exit_code, step.outputs["status"]) == (1, 1, "fail")
    said = step.outputs["summary"].splitlines()
    assert [line.partition(":")[0] for line in said] == list(OTHER_MONITORS)
    assert said[0].startswith("community-metrics: 1 open issue awaits a response")
    assert kept_report(done, "repo-vitals/community-metrics.json")["status"] == "fail"
    # What awaits a response, and that three were asked for without anything to look at.
    assert [error.properties["title"].partition(":")[0] for error in step.annotations("error")] == [
        "Community metrics", "Coverage", "Performance compare", "Package adoption"]
    assert "It breaks" in step.summary


def test_the_root_action_passes_where_its_monitors_do(consumer: Consumer) -> None:
    given = {"monitors": "community-metrics", "reports": "out", "window": "10d"}
    keep = {"id": "keep", "run": 'cp -R out "$ACT_KEPT/out"'}
    with serving(answered()) as simulator:
        done = run(consumer, simulator, measure(ROOT_ACTION, given=given), keep)

    assert (done.exit_code, done.step("vitals").outputs["status"]) == (0, "pass")
    assert kept_report(done, "out/community-metrics.json")["window"]["start"] == "2026-01-21T06:00:00Z"


def test_the_root_action_ends_with_the_caller_s_mistake_when_no_monitor_found_a_breach(consumer: Consumer) -> None:
    with serving(answered()) as simulator:
        done = run(consumer, simulator, measure(ROOT_ACTION, given={"monitors": "comunity-metrics"}))

    step = done.step("vitals")
    assert step.exit_code == 2
    [error] = step.annotations("error")
    assert "did you mean community-metrics" in error.message
