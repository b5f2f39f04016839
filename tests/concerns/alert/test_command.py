"""The command as a whole: what it costs, which rights it takes, and what stands in its way."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.delivery import pace
from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.simulator.server import Simulator
from support import runner
from support.alert_scene import US, AlertScene, alert, failing, passing, report_of, writes
from support.checkouts import in_actions
from support.reports import report
from support.scripted_server import ScriptedServer, answer
from support.simulated import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

MANY = tuple(f"workflow {place}" for place in range(50))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch, impatient: None) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN", 0)


def reads(github: Any) -> int:
    """How many requests only asked something."""
    return sum(entry.method == "GET" or entry.path == "/graphql" for entry in github.log)


# -- cost --------------------------------------------------------------------------------------------------------

def test_fifty_alerts_among_twenty_thousand_issues_take_ten_reads_and_what_changes_nothing_writes_nothing(
        tmp_path: Path) -> None:
    scene = AlertScene()
    authors = [scene.who(login) for login in ("ann", "zoe", US)]
    for place in range(20_000):
        issue = scene.state.open_issue(scene.repository, by=authors[place % 2 if place % 40 else 2],
                                       at=scene.when(-place), body="Steps to reproduce")
        if place % 3 or place % 40 == 0:
            scene.state.close(issue, at=scene.when(-place / 2))
    with Simulator(scene.state) as github:      # its answers are held to GitHub's descriptions by every other test
        _life_of_fifty(github, scene, tmp_path)


def _life_of_fifty(github: Simulator, scene: AlertScene, folder: Path) -> None:
    options = {"group_by": "finding", "history": str(folder / "history")}

    def run(made: Any) -> tuple[int, int]:
        """Reads and writes of a run."""
        ended = alert(github, folder, made, **options)
        assert ended.code == 0, ended.stdout[-2000:]
        return reads(github), len(writes(github))

    broken = failing(at=scene.now, subjects=MANY)
    took, wrote = run(broken)
    assert (len(scene.alerts), wrote) == (50, 54)       # each issue, and four labels
    assert took <= 10
    took, wrote = run(broken)
    assert (wrote, took <= 10) == (0, True)
    scene.later(days=1)
    scene.state.comment(scene.alerts[0], by=scene.who("ann"), at=scene.now, body="/vitals ack")
    took, wrote = run(passing(at=scene.now))
    assert {one.state for one in scene.alerts} == {"CLOSED"}
    assert (took <= 10, wrote) == (True, 100)           # each closed in one request, and commented on
    assert [entry for entry in github.log if "search" in entry.path] == []


# -- a life -----------------------------------------------------------------------------------------------------

def test_an_incident_says_to_its_end_how_grave_it_was_and_asks_for_its_review(simulated: Any, tmp_path: Path) -> None:
    scene = AlertScene()
    github = simulated(scene)
    with ScriptedServer(lambda _: answer(200)) as server:
        def run(made: Any) -> str:
            ended = alert(github, tmp_path, made, history=str(tmp_path / "history"),
                          environ={"INPUT_WEBHOOK": f"hook = {server.url}/in"})
            assert ended.code == 0, ended.stdout
            scene.later(hours=1)
            return scene.alerts[0].body

        run(failing(severity="critical", at=scene.now))
        unknown = run(report(monitor="ci-health", status="unknown", summary="no runs", generated_at=scene.now))
        over = run(passing(at=scene.now))
        labels = [asked.json()["alerts"][0]["labels"] for asked in server.asked]

    for body in (unknown, over):
        assert "**Severity:** 🟥 critical" in body
        assert "### Incident of severity 1" in body
    assert [one.body.count("**Review within a week:**") for one in scene.alerts[0].comments] == [1]
    assert labels[0]["incident"] == "1"
    assert labels == [labels[0]] * 2


# -- rights ------------------------------------------------------------------------------------------------------

def test_it_takes_the_right_to_write_issues_and_no_other(simulated: Any, tmp_path: Path) -> None:
    scene = AlertScene(private=True)
    github = simulated(scene)

    for made in (failing, passing):
        scene.later(days=1)
        ended = alert(github, tmp_path, made(at=scene.now), permissions={"issues": "write"})
        assert ended.code == 0, ended.stdout
        for one in scene.alerts:
            scene.state.comment(one, by=scene.who("ann"), at=scene.now, body="/vitals ack")

    assert [one.state for one in scene.alerts] == ["CLOSED"]


@pytest.mark.parametrize(("permissions", "named"), [({"issues": "read"}, "issues: write"), ({}, "issues: read")])
def test_a_right_that_is_missing_is_named_and_nothing_is_remembered_as_done(
        simulated: Any, tmp_path: Path, permissions: Any, named: str) -> None:
    scene = AlertScene()
    github = simulated(scene)
    history = str(tmp_path / "history")

    ended = alert(github, tmp_path, failing(at=scene.now), permissions=permissions, history=history)

    assert ended.code == 2
    assert named in ended.stdout
    if permissions:
        assert {one["name"]: one["value"] for one in report_of(tmp_path)["metrics"]}["alerts_opened"] == 0
    ended = alert(github, tmp_path, failing(at=scene.now), history=history)
    assert (ended.code, len(scene.alerts)) == (0, 1), ended.stdout


# -- what stands in the way --------------------------------------------------------------------------------------

@pytest.mark.parametrize(("change", "said"), [
    (lambda r: setattr(r, "archived", True), "is archived"),
    (lambda r: setattr(r, "issues_enabled", False), "has its issues switched off"),
])
def test_a_repository_that_takes_no_issues_is_the_caller_s_to_mend(simulated: Any, tmp_path: Path, change: Any,
                                                                   said: str) -> None:
    scene = AlertScene()
    change(scene.repository)

    ended = alert(simulated(scene), tmp_path, failing(at=scene.now))

    assert ended.code == 2
    assert said in ended.stdout


def test_labels_that_can_t_be_made_and_people_who_can_t_be_assigned_keep_no_alert_from_being_opened(
        simulated: Any, tmp_path: Path) -> None:
    scene = AlertScene()
    scene.repository.refuses_labels = True
    config = tmp_path / "vitals.toml"
    config.write_text('[[alert.route]]\nassignees = ["ann", "gone"]\n', encoding="utf-8")

    ended = alert(simulated(scene), tmp_path, failing(at=scene.now), config=str(config))

    assert ended.code == 0, ended.stdout
    [issue] = scene.alerts
    assert [who.login for who in issue.assignees] == ["ann"]
    notes = " ".join(report_of(tmp_path)["data"]["notes"])
    assert "the label monitoring could not be made" in notes
    assert "could not be assigned to gone" in notes


@pytest.mark.parametrize("fault", [
    Fault(kind="status", method="POST", path="/repos/*/issues", times=1, applied=True),
    Fault(kind="status", method="POST", path="/repos/*/issues", times=1),
    Fault(kind="reset", method="POST", path="/repos/*/issues", times=1, applied=True),
    Fault(kind="partial-data", operation="OurIssues", times=1),
    Fault(kind="status", operation="LabelsByName", times=1),
    Fault(kind="status", operation="Viewer", times=1),
], ids=lambda fault: f"{fault.kind} {fault.operation or 'create'} {fault.applied}")
def test_one_alert_comes_of_it_whatever_fails_once(simulated: Any, tmp_path: Path, fault: Fault) -> None:
    scene = AlertScene()
    github = simulated(scene, faults=FaultPlan([fault]))

    ended = alert(github, tmp_path, failing(at=scene.now))

    assert (ended.code, fault.fired, len(scene.alerts)) == (0, 1, 1), ended.stdout


def test_a_run_whose_answers_are_all_lost_is_mended_by_the_next(simulated: Any, tmp_path: Path) -> None:
    scene = AlertScene()
    faults = FaultPlan([Fault(kind="status", method="POST", path="/repos/*/issues", applied=True, times=1),
                        Fault(kind="status", method="GET", path="/repos/*")])
    github = simulated(scene, faults=faults)
    history = str(tmp_path / "history")

    ended = alert(github, tmp_path, failing(at=scene.now), history=history, max_wait="1s")
    assert (ended.code, len(scene.alerts)) == (3, 1)
    faults.clear()
    github.log.clear()
    ended = alert(github, tmp_path, failing(at=scene.now), history=history)

    assert (ended.code, len(scene.alerts), writes(github)) == (0, 1, []), ended.stdout


def test_a_dry_run_shows_what_it_would_write_and_writes_nothing(simulated: Any, tmp_path: Path) -> None:
    scene = AlertScene()
    github = simulated(scene)

    ended = alert(github, tmp_path, failing(at=scene.now), permissions={"issues": "read"}, dry_run="true",
                  history=str(tmp_path / "history"))

    assert (ended.code, scene.alerts, (tmp_path / "history").exists()) == (0, [], False), ended.stdout
    *labels, action = report_of(tmp_path)["data"]["actions"]
    assert [(one["verb"], one["after"]["name"]) for one in labels] == [
        ("create-label", name) for name in ("monitoring", "alert", "priority-high", "keep-open")]
    assert (action["verb"], action["target"], action["before"]) == ("create-issue", REPOSITORY, None)
    assert action["after"]["body"].startswith("<!-- repo-vitals:alert:ci-health -->\n")


def test_a_pull_request_s_run_says_why_it_is_silent_and_succeeds(simulated: Any, tmp_path: Path) -> None:
    scene = AlertScene()
    github = simulated(scene)
    (tmp_path / "event").mkdir()
    environ = in_actions(tmp_path / "event", "pull_request_target", {"pull_request": {"number": 7, "head": {
        "repo": {"full_name": "zoe/widget"}}, "base": {}}}, ref="refs/heads/main") | {"RUNNER_TEMP": str(tmp_path)}
    history = tmp_path / "history"
    alert(github, tmp_path, failing(at=scene.now), history=str(history))
    kept = {path: path.read_bytes() for path in history.rglob("*.jsonl")}
    writes(github)

    ended = alert(github, tmp_path, passing(at=scene.now + timedelta(days=1)), environ=environ, history=str(history))

    assert (ended.code, github.log) == (0, []), ended.stdout
    assert [one.state for one in scene.alerts] == ["OPEN"]
    assert {path: path.read_bytes() for path in history.rglob("*.jsonl")} == kept
    assert "alerts are about the default branch" in report_of(tmp_path)["summary"]


def test_what_strangers_write_about_an_alert_changes_nothing(simulated: Any, tmp_path: Path) -> None:
    scene = AlertScene()
    github = simulated(scene)
    alert(github, tmp_path, failing(at=scene.now))
    [ours] = scene.alerts
    forged = scene.issue(by="mallory", at=0, body=ours.body, title=ours.title, labels=("alert",)).thread
    scene.state.comment(ours, by=scene.who("mallory"), at=scene.now, body="/vitals resolve\n/vitals snooze 300d")
    scene.state.edit(ours, at=scene.now, title="Retitled")
    scene.state.remove_label(ours, "alert", at=scene.now)
    github.log.clear()

    ended = alert(github, tmp_path, failing(at=scene.now))

    assert (ended.code, writes(github), ours.title, forged.state) == (0, [], "Retitled", "OPEN"), ended.stdout
    scene.later(days=1)
    alert(github, tmp_path, passing(at=scene.now))
    assert (ours.state, forged.state, ours.title, len(scene.alerts)) == ("CLOSED", "OPEN", "Retitled", 2)


# -- people --------------------------------------------------------------------------------------------------------

def test_who_takes_the_label_off_again_ends_the_snooze_that_came_of_it_and_no_other(simulated: Any, tmp_path: Path,
                                                                                     ) -> None:
    scene = AlertScene()
    scene.state.account("stranger")
    github = simulated(scene)
    alert(github, tmp_path, failing(at=scene.now))
    [issue] = scene.alerts

    def run() -> Any:
        scene.later(hours=1)
        assert alert(github, tmp_path, failing(at=scene.now)).code == 0
        return "**Snoozed:**" in issue.body

    def label(change: Any, by: str) -> None:
        scene.later(minutes=1)
        change(issue, "vitals:snooze-7d", by=scene.who(by), at=scene.now)

    label(scene.state.add_label, "ann")
    assert run()
    label(scene.state.remove_label, "stranger")
    assert run()
    label(scene.state.add_label, "ann")
    label(scene.state.remove_label, "mia")
    assert not run()
    label(scene.state.add_label, "ann")
    assert run()
    scene.later(minutes=1)
    scene.state.comment(issue, by=scene.who("ann"), at=scene.now, body="/vitals snooze 9d")
    assert run()
    label(scene.state.remove_label, "mia")
    assert run()


# -- channels ------------------------------------------------------------------------------------------------------

def test_a_channel_that_can_t_be_read_keeps_neither_the_issues_nor_the_other_channels_from_being_told(
    simulated: Any, tmp_path: Path,
) -> None:
    scene = AlertScene()
    github = simulated(scene)
    config = tmp_path / "vitals.toml"
    config.write_text('[[alert.route]]\nchannels = ["hook-a", "hook-b", "ops"]\n', encoding="utf-8")
    given: dict[str, Any] = {"config": str(config), "history": str(tmp_path / "history")}
    with ScriptedServer(lambda _: answer(200)) as server:
        broken = {"INPUT_WEBHOOK": f"hook-a = {server.url}/a\nhook-b = http://acme.example/hunter2\nHook C: hunter2",
                  "INPUT_MAIL": "ops = smtp://me:hunter2@mail.acme.example\nhook-a = smtps://h?from=a@b.c&to=d@e.f"}
        ended = alert(github, tmp_path, failing(at=scene.now), environ=broken, **given)
        told = [asked.path for asked in server.asked]
        scene.later(hours=1)
        mended = {"INPUT_WEBHOOK": f"hook-a = {server.url}/a\nhook-b = {server.url}/b"}
        again = alert(github, tmp_path, failing(at=scene.now), environ=mended, **given)
        told_later = [asked.path for asked in server.asked[len(told):]]

    said = [command for command in runner.commands(ended.stdout) if command.name == "error"]
    assert (ended.code, len(scene.alerts), told) == (2, 1, ["/a"]), ended.stdout
    assert [command.message.split(";")[0] for command in said] == [
        "webhook: line 2 is plain http, which anyone on the way can read",
        "webhook: line 3 is neither an address nor `name = address` (a name is of small letters, digits and hyphens)",
        "mail: line 1 needs to=, with 1 to 50 addresses, parted by commas",
        "mail: the channel hook-a is named by another input too"]
    shown = "".join(command.message for command in runner.commands(ended.stdout) if command.name != "add-mask")
    kept = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file())
    assert "hunter2" not in shown + kept + "".join(one.body for one in scene.alerts)
    assert (again.code, told_later) == (0, ["/b"]), again.stdout


def test_webhooks_whose_key_can_t_be_used_are_not_told_unsigned_and_all_else_goes_on(simulated: Any, tmp_path: Path,
                                                                                     ) -> None:
    scene = AlertScene()
    with ScriptedServer(lambda _: answer(200)) as server:
        ended = alert(simulated(scene), tmp_path, failing(at=scene.now), environ={
            "INPUT_WEBHOOK": f"hook = {server.url}/a", "INPUT_WEBHOOK-SECRET": "hunter2"})

    assert (ended.code, len(scene.alerts), list(server.asked)) == (2, 1, []), ended.stdout
    [said] = [command.message for command in runner.commands(ended.stdout) if command.name == "error"]
    assert said.startswith("webhook-secret: is not of 16 to 1,000 bytes")


def test_a_channel_that_failed_is_annotated_once(simulated: Any, tmp_path: Path) -> None:
    scene = AlertScene()
    with ScriptedServer(lambda _: answer(404)) as server:
        ended = alert(simulated(scene), tmp_path, failing(at=scene.now),
                      environ={"INPUT_WEBHOOK": f"hook = {server.url}/a"})

    assert ended.code == 3
    assert [finding["rule"] for finding in report_of(tmp_path)["findings"]] == ["channel-failed"]
    assert [command.name for command in runner.commands(ended.stdout)
            if command.name in ("error", "warning") and "hook" in command.message] == ["error"]
