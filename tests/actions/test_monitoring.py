"""The examples that raise alerts, copied and run: in one step from day to day, and in jobs that hand over artifacts."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from repo_vitals.clock import format_instant
from repo_vitals.concerns.alert.state import from_body
from support.alert_scene import AlertScene, writes
from support.scripted_server import ScriptedServer, answer
from support.simulated import serving
from support.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from repo_vitals.concerns.alert.facts import AlertState
    from repo_vitals.simulator.model import Issue
    from repo_vitals.simulator.server import Simulator
    from support.act import Consumer, Run
    from support.scripted_server import Asked, Step

IN_ONE_STEP = ROOT / "workflows-examples" / "monitoring.yml"
IN_JOBS = ROOT / "workflows-examples" / "monitoring-jobs.yml"
PAYLOAD = {"schedule": "41 6 * * *", "repository": {"full_name": "acme/widget", "default_branch": "main"}}


def granted_by(workflow: dict[str, Any]) -> dict[str, Any]:
    """The permissions that a workflow's jobs ask for."""
    granted: dict[str, Any] = {}
    for job in workflow["jobs"].values():
        for permission, access in job["permissions"].items():
            granted[permission.replace("-", "_")] = max(access, granted.get(permission.replace("-", "_"), ""))
    return granted


# -- one step, from day to day -----------------------------------------------------------------------------------

CONFIGURATION = """\
[security-summary]
alerts = ["dependabot"]

[alert]
alert-from = "medium"
fire-after = "2 of 3"
"""
# What the workflow of the test asks between two runs of the action, to learn what time it is by now.
CLOCK = {"shell": "python", "run": (
    "import os, urllib.request\n"
    "open(os.environ['GITHUB_ENV'], 'ab').write(urllib.request.urlopen(os.environ['CLOCK']).read())\n")}


@dataclass(frozen=True)
class Did:
    """What a run changed on GitHub, and what its channel was told."""

    wrote: list[str]
    told: list[str]


@dataclass
class Days:
    """A life of alerts as `story` tells it: it goes on before each run of the action, told what the last one did."""

    github: Simulator
    scene: AlertScene
    story: Generator[None, Did, None] = field(init=False)
    told: list[str] = field(default_factory=list)
    wrong: list[Exception] = field(default_factory=list)

    def answered(self, asked: Asked) -> Step:
        if asked.path == "/hook":
            self.told.append(asked.json()["alerts"][0]["status"])
            return answer(200, {})
        try:
            self.go_on()
        except (AssertionError, ValueError, StopIteration) as error:    # in a thread of which the test hears nothing
            self.wrong.append(error)
            return answer(500)
        return answer(200, body=f"REPO_VITALS_NOW={format_instant(self.scene.now)}\n".encode())

    def go_on(self) -> None:
        # git reads by POST, too.
        wrote = [one for one in writes(self.github) if not one.endswith("git-upload-pack")]
        did, self.told = Did(wrote, self.told), []
        self.story.send(did)

    def morning(self, **since: float) -> Generator[None, Did, Did]:
        """The first run of a day, and what it did beside the history. That a second one does nothing is held."""
        self.scene.later(**(since or {"days": 1}))
        did = yield
        again = yield
        assert again == Did([], [])
        return Did([one for one in did.wrote if not one.endswith("git-receive-pack")], did.told)

    def found(self, package: str, severity: str) -> Any:
        """An hour after a run Dependabot finds something."""
        return self.scene.state.warn(self.scene.repository, package=package, severity=severity, at=self.scene.when(1))


def remembered(issue: Issue) -> AlertState:
    state = from_body(issue.body)
    assert state is not None
    return state


def life(days: Days) -> Generator[None, Did, None]:
    """Healthy, failing twice, worse, snoozed, expired, fixed, and back within a day."""
    scene = days.scene
    yield
    # Healthy.
    assert (yield from days.morning()) == Did([], [])

    # Failing once: nobody is told before it has failed in two of three runs, and the same run again is not a second.
    weak = days.found("left-pad", "MODERATE")
    assert (yield from days.morning()) == Did([], [])
    assert scene.alerts == []

    # Failing twice: labels, then one issue that has them.
    assert (yield from days.morning()) == Did(["POST /labels"] * 4 + ["POST /issues"], ["firing"])
    [issue] = scene.alerts
    assert (issue.title, issue.state) == ("security-summary: left-pad: GHSA-989q-2x3h-57h4 left-pad can be attacked",
                                          "OPEN")
    assert {label.name for label in issue.labels} == {"monitoring", "alert", "priority-high", "keep-open"}
    assert "failing since 2026-01-07 06:00 UTC" in issue.body
    assert "/acme/widget/actions/runs/1" in issue.body

    # Worse: one comment, and the text follows.
    weaker = days.found("minimist", "HIGH")
    assert (yield from days.morning()) == Did(["POST /issues/1/comments", "PATCH /issues/1"], ["firing"])
    assert "**Worse: high, 2 problems.**" in issue.comments[-1].body

    # Snoozed by one who may: it grows worse still, and nobody is told.
    said = len(issue.comments)
    scene.state.comment(issue, by=scene.who("zoe"), at=scene.when(1), body="/vitals snooze 9d")
    scene.state.comment(issue, by=scene.who("ann"), at=scene.when(2), body="Known.\n\n/vitals snooze 1d")
    weakest = days.found("lodash", "CRITICAL")
    until = scene.when(26)
    assert (yield from days.morning()) == Did(["PATCH /issues/1"], [])
    assert (remembered(issue).snoozed_by, remembered(issue).snoozed_until) == ("ann", until)
    assert "lodash" in issue.body
    assert (issue.state, len(issue.comments)) == ("OPEN", said + 2)

    # Expired: now it is told how much worse it is.
    assert (yield from days.morning()) == Did(["POST /issues/1/comments", "PATCH /issues/1"], ["firing"])
    assert "**Worse: critical, " in issue.comments[-1].body
    assert issue.title.startswith("SEV 1: security-summary: ")
    assert remembered(issue).snoozed_until is None

    # Fixed: closed in one request with its last text; then how long it took, and when an incident is to be reviewed.
    for alert in (weak, weaker, weakest):
        alert.fixed_at = scene.when(1)
    assert (yield from days.morning()) == Did(["PATCH /issues/1", "POST /issues/1/comments"], ["resolved"])
    assert (issue.state, issue.state_reason) == ("CLOSED", "COMPLETED")
    assert "closed after 5 d.** It failed from 2026-01-07 06:00 UTC to 2026-01-12 06:00 UTC." in issue.comments[-1].body
    assert "**Review within a week:** due 2026-01-19." in issue.comments[-1].body

    # Back within a day: the same issue, and it is counted.
    days.found("left-pad", "HIGH")
    assert (yield from days.morning(hours=20)) == Did(["PATCH /issues/1", "POST /issues/1/comments"], ["firing"])
    assert (issue.state, issue.state_reason, len(scene.alerts)) == ("OPEN", "REOPENED", 1)
    assert remembered(issue).spells == 2
    assert "failing since 2026-01-13 02:00 UTC, for the 2nd time" in issue.body
    assert "**It is back: high, failing since 2026-01-13 02:00 UTC, for the 2nd time.**" in issue.comments[-1].body


MORNINGS = 8


def day_after_day(workflow: dict[str, Any], runs: int) -> str:
    """The example with its step in it so many times, each at the time that the clock says."""
    [job] = workflow["jobs"].values()
    [measure] = [step for step in job["steps"] if step.get("id") == "measure"]
    before, after = job["steps"][:job["steps"].index(measure)], job["steps"][job["steps"].index(measure) + 1:]
    often = [step for number in range(1, runs + 1)
             for step in (CLOCK, {**measure, "id": "measure" if number == runs else f"run-{number}",
                                  "continue-on-error": True})]
    # A bare `on` is a truth value to YAML.
    return yaml.safe_dump({**{"on" if key is True else key: value for key, value in workflow.items()},
                           "jobs": {"monitoring": {**job, "steps": [*before, *often, *after]}}}, sort_keys=False)


def test_an_alert_s_life_from_day_to_day_by_the_example_in_one_step(consumer: Consumer) -> None:
    scene = AlertScene()
    workflow = yaml.safe_load(IN_ONE_STEP.read_text(encoding="utf-8"))
    target = f".github/workflows/{IN_ONE_STEP.name}"
    consumer.add(target, day_after_day(workflow, 2 * MORNINGS))
    consumer.add(".github/repo-vitals.toml", CONFIGURATION)
    with serving(scene) as github:
        days = Days(github, scene)
        days.story = life(days)
        next(days.story)
        with ScriptedServer(days.answered) as hook:
            environ = {**github.environment(github.token(granted_by(workflow))), "CLOCK": f"{hook.url}/clock"}
            done = consumer.run(target, "schedule", token=environ.pop("GITHUB_TOKEN"), environ=environ,
                                payload=PAYLOAD, secrets={"ALERT_WEBHOOK": f"{hook.url}/hook"})
        if days.wrong:
            raise days.wrong[0]
        try:
            days.go_on()
        except StopIteration:
            pass
        else:
            raise AssertionError("the story has more mornings than the workflow")

    verdicts = [done.step(f"run-{number}").exit_code for number in range(1, 2 * MORNINGS)]
    assert verdicts == [0, 0] + [1] * 10 + [0, 0, 1], done.text[-3000:]
    last = done.step("measure")
    assert (last.exit_code, last.outputs["status"]) == (1, "fail")
    assert "Vital signs: fail" in last.summary
    assert set(done.artifact("repo-vitals")) == {"security-summary.json", "alert.json"}


# -- jobs of their own -------------------------------------------------------------------------------------------

def copied_and_run(consumer: Consumer, example: Path, scene: AlertScene) -> Run:
    """Copy an example as its header says, and let the schedule start it with the permissions that its jobs ask for."""
    target = f".github/workflows/{example.name}"
    text = example.read_text(encoding="utf-8")
    consumer.add(target, text)
    consumer.add(".github/repo-vitals.toml", '[alert]\nlabels = ["alert"]\nexempt-label = "none"\n')
    with serving(scene) as github:
        environ = {**github.environment(github.token(granted_by(yaml.safe_load(text)))),
                   "REPO_VITALS_NOW": scene.now.isoformat()}
        return consumer.run(target, "schedule", token=environ.pop("GITHUB_TOKEN"), environ=environ, payload=PAYLOAD)


def test_jobs_hand_their_reports_to_the_one_that_alerts_though_one_of_them_failed(consumer: Consumer) -> None:
    scene = AlertScene()
    scene.issue(by="eve", at=-30, title="It breaks")
    done = copied_and_run(consumer, IN_JOBS, scene)

    assert done.jobs == {"community-metrics": "failure", "ci-health": "success", "alerts": "success"}, done.text[-3000:]
    [alert] = scene.alerts
    assert alert.body.startswith("<!-- repo-vitals:alert:community-metrics -->")
