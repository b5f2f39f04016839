"""What alerts are decided on: whose reports are believed, whose word is obeyed, and what is remembered."""
from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.alert import inputs
from repo_vitals.concerns.alert.collect import _USUAL_NAMES, collect, place_of_states
from repo_vitals.concerns.alert.facts import AlertState
from repo_vitals.concerns.alert.state import hidden, marker, write_all
from repo_vitals.config.resolve import resolve
from repo_vitals.errors import InputError
from repo_vitals.registry import monitors
from repo_vitals.report.model import Cost
from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.history import History
from repo_vitals.sources.history_folder import Folder
from support.checkouts import in_actions
from support.pull_scene import PullScene, packed, text_of
from support.reports import NOW, report
from support.simulated import REPOSITORY

if TYPE_CHECKING:
    from repo_vitals.concerns.alert.facts import Facts
    from repo_vitals.simulator.server import Simulator

US = "github-actions[bot]"
READS = {"issues": "read", "actions": "read"}


def said_of(monitor: str, **given: Any) -> str:
    return text_of(report(monitor=monitor, **given))


def seen(server: Simulator, folder: Path, environ: dict[str, str] | None = None, *, history: History | None = None,
         permissions: Any = None, **given: str) -> Facts:
    """What is collected with a token that may only read what is needed."""
    known = {**server.environment(server.token(READS if permissions is None else permissions)),
             "RUNNER_TEMP": str(folder), **(environ or {})}
    values = resolve(inputs.INPUTS, options={name.replace("_", "-"): text for name, text in given.items()}, environ={},
                     table={}, command="alert", config_path=Path("x.toml")).with_files(str(folder), known)
    policy = inputs.policy_of(values, repository=REPOSITORY, has_history=history is not None)
    github = connect(token=known["GITHUB_TOKEN"], environ=known, cost=Cost(), max_wait=timedelta(minutes=1),
                     sleep=lambda _: None)
    try:
        return collect(github, inputs.request(values, policy), values.surroundings, REPOSITORY, history or History(),
                       NOW)
    finally:
        github.close()


def left(folder: Path, **files: str) -> None:
    """Reports as the monitors of a job leave them."""
    (folder / "repo-vitals").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "repo-vitals" / f"{name.replace('_', '-')}.json").write_text(text, encoding="utf-8")


# -- reports -----------------------------------------------------------------------------------------------------

def test_the_reports_of_the_job_are_read_and_those_of_doers_are_none(simulated: Any, tmp_path: Path) -> None:
    left(tmp_path, ci_health=said_of("ci-health"), coverage=said_of("coverage"), alert=said_of("alert"),
         comment=said_of("comment"))

    facts = seen(simulated(PullScene()), tmp_path)

    assert ([one.monitor for one in facts.reports], facts.refused, facts.silence) == (["ci-health", "coverage"], (), "")


@pytest.mark.parametrize(("text", "why"), [
    (said_of("coverage", repository="acme/gadget"), "is about another repository"),
    (said_of("coverage", generated_at=NOW + timedelta(hours=1)), "says that it was made in the future"),
    (said_of("coverage", generated_at=NOW - timedelta(hours=49)), "is older than 48 h (`stale-after`)"),
    (said_of("coverage").replace('"schema_version": 1', '"schema_version": 2'), "is of schema version 2, newer than 1"),
    (said_of("coverage")[:-20], "is cut off"), ("[]", "is no report"), ("\0", "is"), ("{}", "is no report"),
    (said_of("coverage").replace('"pass"', '"splendid"'), "is no report"),
])
def test_a_report_that_can_t_be_believed_makes_its_monitor_unknown_and_is_told(
        simulated: Any, tmp_path: Path, text: str, why: str) -> None:
    left(tmp_path, coverage=text, ci_health=said_of("ci-health"))

    for reports in ("", str(tmp_path / "repo-vitals" / "coverage.json")):
        facts = seen(simulated(PullScene()), tmp_path, **({"reports": reports} if reports else {}))

        [refused] = facts.refused
        assert refused.why.startswith(why), refused
        assert list(facts.unusable) == ["coverage"]
        assert [one.monitor for one in facts.reports] == ([] if reports else ["ci-health"])


@pytest.mark.parametrize("monitor", ["all", "unknown"])
def test_a_report_can_t_take_the_name_of_an_alert_that_is_about_several_monitors(
        simulated: Any, tmp_path: Path, monitor: str) -> None:
    left(tmp_path, one=said_of(monitor), other=said_of(monitor).replace('"pass"', '"splendid"'))

    facts = seen(simulated(PullScene()), tmp_path)

    assert (facts.reports, len(facts.refused), dict(facts.unusable)) == ((), 2, {})


def test_a_monitor_that_was_expected_and_left_nothing_is_unknown(simulated: Any, tmp_path: Path) -> None:
    left(tmp_path, coverage=said_of("coverage"), ci_health="damaged")
    server = simulated(PullScene())

    facts = seen(server, tmp_path, expect="coverage, ci-health, security-summary")

    assert {one.monitor: one.why for one in facts.refused}["security-summary"] == "is not there"
    assert sorted(facts.unusable) == ["ci-health", "security-summary"]
    with pytest.raises(InputError, match="expect: CI is no monitor's name"):
        seen(server, tmp_path, expect="CI")


def test_a_report_on_the_edge_of_its_time_is_believed(simulated: Any, tmp_path: Path) -> None:
    left(tmp_path, coverage=said_of("coverage", generated_at=NOW - timedelta(days=2), repository="Acme/Widget"))

    assert len(seen(simulated(PullScene()), tmp_path).reports) == 1


def test_the_names_by_which_a_damaged_report_is_known_are_the_monitors() -> None:
    assert {command.name for command in monitors()} == _USUAL_NAMES


# -- runs --------------------------------------------------------------------------------------------------------

def of_run(folder: Path, run: Any) -> dict[str, str]:
    """The environment of a step that runs after a run."""
    payload = {"action": "completed", "workflow_run": {
        "id": run.id, "event": run.event, "head_sha": run.sha, "head_branch": run.branch,
        "head_repository": {"full_name": run.head_repository.full_name}, "conclusion": run.conclusion}}
    return {**in_actions(folder, "workflow_run", payload, ref="refs/heads/main"), "GITHUB_RUN_ID": "999"}


def pushed(scene: PullScene, *, event: str = "push", branch: str = "main") -> Any:
    """A run of the repository's own code, and the artifact that it left."""
    run = scene.state.start_run(scene.ci, at=scene.when(-1), branch=branch, event=event, actor=scene.who("ann"))
    scene.state.complete_run(run, at=scene.when(-0.9), conclusion="success")
    scene.state.add_artifact(run, "repo-vitals", packed({
        "coverage.json": said_of("coverage"), "damaged/ci-health.json": said_of("ci-health")[:50]}))
    return run


def test_another_run_s_artifacts_are_read_where_it_was_the_default_branch_s(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    run = pushed(scene)
    server = simulated(scene)

    for environ, given in ((of_run(tmp_path, run), {}), ({}, {"run_id": str(run.id)}),
                           ({"GITHUB_RUN_ID": str(run.id)}, {})):
        facts = seen(server, tmp_path, environ, artifact="repo-*", **given)

        assert [one.monitor for one in facts.reports] == ["coverage"]
        assert list(facts.unusable) == ["ci-health"]
        assert (facts.silence, facts.run_url) == ("", f"{server.url}/acme/widget/actions/runs/{run.id}")


@pytest.mark.parametrize(("event", "branch", "fork", "why"), [
    ("pull_request", "topic", True, "fork"), ("pull_request", "topic", False, "was started by pull_request"),
    ("pull_request_target", "main", True, "fork"), ("push", "topic", False, "another branch"),
    ("issue_comment", "main", False, "fork"), ("push", "main", True, "fork"),
    ("workflow_run", "main", False, "fork"),
])
@pytest.mark.parametrize("by_number", [False, True])
def test_a_run_that_is_not_the_default_branch_s_own_changes_nothing(
        simulated: Any, tmp_path: Path, event: str, branch: str, fork: bool, why: str, by_number: bool) -> None:
    scene = PullScene()
    run = scene.state.start_run(scene.ci, at=scene.when(-1), branch=branch, event=event, actor=scene.who("zoe"),
                                fork=scene.fork if fork else None)
    scene.state.complete_run(run, at=scene.when(-0.9), conclusion="success")
    scene.state.add_artifact(run, "repo-vitals", packed({"coverage.json": said_of("coverage")}))
    left(tmp_path, ci_health=said_of("ci-health"))
    environ = of_run(tmp_path, run)
    if by_number:       # by hand, about that run
        environ = in_actions(tmp_path, "workflow_dispatch", {}, ref="refs/heads/main")
    server = simulated(scene)

    facts = seen(server, tmp_path, environ, artifact="*", **({"run_id": str(run.id)} if by_number else {}))

    assert facts.silence
    assert why in facts.silence or by_number
    assert (facts.reports, facts.issues) == ((), ())
    assert not [entry for entry in server.log if entry.path.endswith("/zip") or entry.operation == "OurIssues"]


@pytest.mark.parametrize(("event", "payload", "ref"), [
    ("pull_request_target", {"pull_request": {"number": 7, "base": {}, "head": {
        "repo": {"full_name": "zoe/widget"}}}}, "refs/heads/main"),
    ("pull_request", {"pull_request": {"number": 7, "base": {"repo": {"full_name": REPOSITORY}}, "head": {
        "repo": {"full_name": REPOSITORY}}}}, "refs/pull/7/merge"),
    ("push", {}, "refs/heads/topic"), ("push", {}, "refs/tags/v1"), ("workflow_dispatch", {}, "refs/heads/topic"),
    ("merge_group", {"merge_group": {}}, "refs/heads/gh-readonly-queue/main/x"),
])
def test_a_run_about_what_is_not_merged_asks_nothing_and_says_why(
        simulated: Any, tmp_path: Path, event: str, payload: dict[str, Any], ref: str) -> None:
    left(tmp_path, coverage=said_of("coverage"))
    server = simulated(PullScene())

    facts = seen(server, tmp_path, in_actions(tmp_path, event, payload, ref=ref))

    assert facts.silence.endswith("; alerts are about the default branch")
    assert server.log == []


@pytest.mark.parametrize(("event", "payload"), [
    ("push", {}), ("schedule", {}), ("workflow_dispatch", {}), ("issue_comment", {"issue": {"number": 7}}),
])
def test_a_run_on_the_default_branch_speaks_for_it(simulated: Any, tmp_path: Path, event: str,
                                                   payload: dict[str, Any]) -> None:
    left(tmp_path, coverage=said_of("coverage"))

    facts = seen(simulated(PullScene()), tmp_path, in_actions(tmp_path, event, payload, ref="refs/heads/main"))

    assert (facts.silence, len(facts.reports)) == ("", 1)


@pytest.mark.parametrize(("given", "said"), [({"run_id": "7"}, "artifact: none named"),
                                             ({"artifact": "x"}, "run-id: none given")])
def test_inputs_that_do_not_go_together_are_named(simulated: Any, tmp_path: Path, given: dict[str, str],
                                                  said: str) -> None:
    with pytest.raises(InputError, match=said):
        seen(simulated(PullScene()), tmp_path, **given)


# -- issues and commands -----------------------------------------------------------------------------------------

def alert(scene: PullScene, key: str = "coverage", **state: Any) -> Any:
    """An issue of ours, with its state in its body."""
    known = AlertState(key=key, phase="firing", updated_at=scene.when(-50), **state)
    return scene.issue(by=US, at=-90, body=f"{marker(key)}\nIt fails\n{hidden(known)}")


def test_only_people_who_may_write_are_obeyed_each_comment_once(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    scene.role("owen", "OWNER")         # GitHub may call anyone anything; it is their permission that counts
    scene.repository.grants.update({"ann": "write", "mia": "maintain", "tri": "triage", "rob": "write"})
    scene.state.account("rob[bot]")
    story = alert(scene)
    for who in ("ann", "mia", "tri", "owen", "zoe", "rob[bot]", None):
        story.comment(by=who, at=-40, body="/vitals snooze 7d")
    obeyed = story.comment(by="ann", at=-30, body="/vitals ack").last
    hidden_one = story.comment(by="ann", at=-20, body="/vitals wake", minimised=True).last
    story.label("vitals:snooze-2d", at=-10, by="ann").label("vitals:snooze-3d", at=-9, by="tri")
    scene.state.edit(story.thread, at=scene.when(-5), body=story.thread.body)
    state = AlertState(key="coverage", phase="firing", heard=(str(obeyed.id),), updated_at=scene.when(-25))
    (tmp_path / "h").mkdir()
    path = tmp_path / "h" / place_of_states(REPOSITORY)
    path.parent.mkdir(parents=True)
    path.write_text(write_all([state]), encoding="utf-8")
    server = simulated(scene)

    facts = seen(server, tmp_path, history=History(Folder(tmp_path / "h")))

    [issue] = facts.issues
    assert issue.state is not None
    assert [(one.who, one.kind, one.span) for one in issue.commands] == [
        ("ann", "snooze", timedelta(days=7)), ("mia", "snooze", timedelta(days=7)),
        ("ann", "snooze", timedelta(days=2))]
    assert str(hidden_one.id) not in [one.id for one in issue.commands]
    assert facts.notes[-1] == "4 commands by people without write permission were not obeyed"
    asked = [entry.path for entry in server.log if entry.path.endswith("/permission")]
    assert len(asked) == len(set(asked)) == 5


def test_where_nobody_gave_a_command_nobody_is_asked_about(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    alert(scene).comment(by="ann", at=-40, body="Looking into it, see /vitals ack")
    server = simulated(scene)

    [issue] = seen(server, tmp_path).issues

    assert issue.commands == ()
    assert [entry.path for entry in server.log] == ["/graphql"] * 3


def test_where_it_can_t_be_told_who_may_write_nobody_is_obeyed_and_alerts_go_on(simulated: Any, tmp_path: Path,
                                                                                ) -> None:
    scene = PullScene()
    alert(scene).comment(by="zoe", at=-40, body="/vitals resolve")
    refusing = Fault(kind="status", path="/repos/*/permission", status=403, body="json")
    server = simulated(scene, faults=FaultPlan([refusing]))

    facts = seen(server, tmp_path)

    assert [issue.commands for issue in facts.issues] == [()]
    assert facts.notes[-1].startswith("no command was obeyed, since it can't be told who may give one: ")


def test_a_crowd_of_strangers_keeps_no_maintainer_waiting(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    scene.role("zz-maintainer", "MEMBER")
    scene.repository.grants["zz-maintainer"] = "write"
    story = alert(scene)
    for place in range(20):
        story.comment(by=f"a{place}", at=-40, body="/vitals wake")
    story.comment(by="zz-maintainer", at=-30, body="/vitals ack")
    server = simulated(scene)

    [issue] = seen(server, tmp_path).issues

    assert [one.who for one in issue.commands] == ["zz-maintainer"]
    assert len([entry for entry in server.log if entry.path.endswith("/permission")]) == 10


def test_codeowners_of_the_checkout_are_read_and_no_link_is_followed(simulated: Any, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "CODEOWNERS").write_text("* @acme/core\n", encoding="utf-8")
    (tmp_path / "secret").write_text("no", encoding="utf-8")
    (tmp_path / "CODEOWNERS").symlink_to(tmp_path / "secret")
    server = simulated(PullScene())

    assert seen(server, tmp_path).codeowners == "* @acme/core\n"
    assert seen(server, tmp_path, codeowners="false").codeowners == ""


def test_json_of_the_state_survives_the_issue_s_body(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    story = alert(scene, spells=3)
    damaged = alert(scene, "ci-health")
    scene.state.edit(damaged.thread, at=scene.now, body=f"{marker('ci-health')}\n<!-- repo-vitals:state {{]}} -->")

    one, other = seen(simulated(scene), tmp_path).issues

    assert (one.number, one.key, one.state.spells if one.state else None) == (story.number, "coverage", 3)
    assert (other.key, other.state) == ("ci-health", None)
    assert json.loads(write_all([one.state]) if one.state else "{}")["key"] == "coverage"
