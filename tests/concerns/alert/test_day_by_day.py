"""An alert from day to day, through the command, against a GitHub that keeps everything."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.alert.state import from_body
from repo_vitals.delivery import pace
from repo_vitals.report.incidents import incident_in
from repo_vitals.report.model import Target
from support.alert_scene import START, AlertScene, alert, failing, passing, report_of, writes
from support.reports import finding, metric, report
from support.scripted_server import ScriptedServer, answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path


class Days:
    """The scene, and what each morning's run did."""

    def __init__(self, github: Any, scene: AlertScene, folder: Path, hook: ScriptedServer) -> None:
        self.github, self.scene, self.folder, self.hook = github, scene, folder, hook

    def morning(self, made: Any, **given: str) -> list[str]:
        """What the run of a new day wrote; that a second run on the same report writes nothing is held each time."""
        self.scene.later(days=1)
        report = made(at=self.scene.now) if callable(made) else made
        options = {"history": str(self.folder / "history"), "fire_after": "2", "webhook": f"{self.hook.url}/hook",
                   **given}
        ended = alert(self.github, self.folder, report, **options)
        assert ended.code == 0, ended.stdout
        written = writes(self.github)
        told = len(self.hook.asked)
        again = alert(self.github, self.folder, report, **options)
        assert (again.code, writes(self.github), len(self.hook.asked)) == (0, [], told), again.stdout
        return written

    def told(self) -> list[str]:
        """What the webhook was told since it was asked last."""
        found = [request.json()["alerts"][0]["status"] for request in self.hook.asked]
        self.hook.asked.clear()
        return found


@pytest.fixture
def days(simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Days]:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN", 0)
    scene = AlertScene()
    with ScriptedServer(lambda _: answer(200, {})) as hook:
        yield Days(simulated(scene), scene, tmp_path, hook)


def test_an_alert_s_life_from_day_to_day(days: Days) -> None:
    scene = days.scene

    # Healthy, then failing once: two in a row are wanted before anybody is told.
    assert days.morning(passing) == []
    assert days.morning(failing) == []
    assert (scene.alerts, days.told()) == ([], [])

    # Failing twice: one issue, labelled in the same request; its labels are made first.
    assert [one.split()[0] for one in days.morning(failing)] == ["POST"] * 5
    [issue] = scene.alerts
    assert {label.name for label in issue.labels} == {"monitoring", "alert", "priority-high", "keep-open"}
    assert issue.title == "ci-health: The workflow main fails"
    assert (issue.comments, days.told()) == ([], ["firing"])
    assert "/actions/runs/777" in issue.body

    # Worse: one comment, and the body follows.
    assert days.morning(lambda at: failing(at=at, severity="critical")) == [
        "POST /issues/1/comments", "PATCH /issues/1"]
    assert "critical" in issue.comments[-1].body
    assert days.told() == ["firing"]

    # Snoozed by a person who may; nobody is told, whatever happens.
    scene.state.comment(issue, by=scene.who("zoe"), at=scene.now, body="/vitals wake")
    scene.state.comment(issue, by=scene.who("ann"), at=scene.now, body="Known.\n\n/vitals snooze 3d")
    said = len(issue.comments)
    days.morning(lambda at: failing(at=at, severity="critical"))
    state = from_body(issue.body)
    assert state is not None
    assert (state.snoozed_by, state.snoozed_until) == ("ann", scene.now + timedelta(days=2))
    days.morning(lambda at: failing(at=at, severity="critical", subjects=("main", "nightly")))
    assert ([one.body for one in issue.comments[said:] if "orse" in one.body], days.told()) == ([], [])
    assert issue.state == "OPEN"

    # Expired: it is told again that it goes on only as far as something changed for the worse since.
    days.morning(lambda at: failing(at=at, severity="critical", subjects=("main", "nightly")))
    state = from_body(issue.body)
    assert state is not None
    assert (state.phase, state.snoozed_until, len(issue.comments), days.told()) == ("firing", None, said, [])

    # Fixed: body and state in one request, then what it took.
    assert days.morning(passing) == ["PATCH /issues/1", "POST /issues/1/comments"]
    assert (issue.state, issue.state_reason, days.told()) == ("CLOSED", "COMPLETED", ["resolved"])
    assert "closed after 6 d" in issue.comments[-1].body

    # Back within a day: the same issue, and it is counted.
    days.morning(failing, fire_after="1")
    assert (issue.state, issue.state_reason, len(scene.alerts), days.told()) == ("OPEN", "REOPENED", 1, ["firing"])
    state = from_body(issue.body)
    assert state is not None
    assert state.spells == 2

    # A person closes it by hand: it rests, day after day, until it has been healthy once.
    scene.state.close(issue, at=scene.now, by=scene.who("mia"))
    assert days.morning(failing, fire_after="1") == []
    assert days.morning(failing, fire_after="1") == []
    assert issue.state == "CLOSED"
    days.morning(passing)
    days.morning(failing, fire_after="1")
    assert (issue.state, len(scene.alerts)) == ("OPEN", 1)

    # Two weeks later it is another one, and the old one stays closed.
    days.morning(passing)
    scene.later(days=14)
    days.morning(failing, fire_after="1")
    assert [one.state for one in scene.alerts] == ["CLOSED", "OPEN"]


def test_the_same_holds_without_a_history_as_far_as_a_body_remembers(days: Days) -> None:
    plain = {"history": "none", "fire_after": "1"}

    days.morning(failing, **plain)
    [issue] = days.scene.alerts
    days.morning(passing, **plain)
    assert issue.state == "CLOSED"
    days.morning(failing, **plain)
    state = from_body(issue.body)
    assert state is not None
    assert (issue.state, state.spells, len(days.scene.alerts)) == ("OPEN", 2, 1)
    days.scene.state.close(issue, at=days.scene.now, by=days.scene.who("mia"))
    days.morning(failing, **plain)
    assert (issue.state, len(days.scene.alerts)) == ("CLOSED", 1)


@pytest.mark.parametrize("history", ["history", "none"])
def test_a_channel_that_failed_is_told_by_the_next_run_and_the_issue_is_there_all_the_same(
        days: Days, history: str) -> None:
    scene, hook = days.scene, days.hook
    options = {"webhook": f"{hook.url}/hook", "history": history if history == "none" else str(days.folder / history)}
    hook.script = lambda _: answer(403, {})

    ended = alert(days.github, days.folder, failing(at=scene.now), **options)

    assert (ended.code, [one.state for one in scene.alerts]) == (3, ["OPEN"]), ended.stdout
    assert hook.url not in ended.stdout.replace("::add-mask::" + hook.url, "")
    [found] = report_of(days.folder)["findings"]
    assert (found["rule"], found["title"]) == ("channel-failed", "The channel webhook was not told")
    hook.script = lambda _: answer(200, {})
    days.told()
    ended = alert(days.github, days.folder, failing(at=scene.now), **options)
    assert (ended.code, days.told()) == (0, ["firing"])


def test_a_monitor_that_can_t_be_judged_is_an_alert_of_its_own_and_closes_nothing(days: Days) -> None:
    scene = days.scene
    days.morning(failing, fire_after="1")
    [issue] = scene.alerts

    for _ in range(3):
        days.morning(lambda at: failing(at=at - timedelta(days=30)), fire_after="1")

    assert [(one.state, one.body.split("\n")[0]) for one in scene.alerts] == [
        ("OPEN", "<!-- repo-vitals:alert:ci-health -->"), ("OPEN", "<!-- repo-vitals:alert:unknown/ci-health -->")]
    assert [one["rule"] for one in report_of(days.folder)["findings"]] == ["report-refused"]
    days.morning(passing)
    assert {one.state for one in scene.alerts} == {"CLOSED"}
    assert issue.state == "CLOSED"


@pytest.mark.parametrize(("group_by", "history"), [("monitor", "none"), ("finding", "history")])
def test_ages_in_titles_values_and_summaries_change_no_issue_from_day_to_day(
        days: Days, group_by: str, history: str) -> None:
    def waiting(at: datetime, severity: str = "high") -> Any:
        hours = (at - START) / timedelta(hours=1)
        value = metric("issue_first_response_seconds", 3600 * hours, samples=4, quantile="0.5")
        return report(
            status="fail", summary=f"1 waits for {hours:.0f} h", generated_at=at, metrics=(
                value.judged(Target("<=", 3600)),), findings=(finding(
                    severity=severity, title=f"#7 waits for {hours:.0f} h", detail=f"due {hours:.0f} h ago"),))
    options = {"group_by": group_by, "fire_after": "1",
               "history": history if history == "none" else str(days.folder / history)}

    days.morning(waiting, **options)
    assert [days.morning(waiting, **options) for _ in range(5)] == [[]] * 5
    # A graver one is another, and then its age is brought up to date too.
    written = days.morning(lambda at: waiting(at, severity="critical"), **options)
    number = 1 if group_by == "monitor" else 2
    assert written == [f"POST /issues/{number}/comments", f"PATCH /issues/{number}"]
    assert "waits for 168 h" in days.scene.alerts[number - 1].body


def test_another_grouping_closes_what_it_replaces_and_calls_it_neither_healthy_nor_nameless(days: Days) -> None:
    days.morning(failing, fire_after="1", resolve_after="3")
    days.morning(failing, fire_after="1", resolve_after="3", group_by="finding")

    old, new = days.scene.alerts
    assert (old.state, new.state) == ("CLOSED", "OPEN")
    assert "grouped otherwise" in old.comments[-1].body
    assert "grouped otherwise" in old.body
    assert "ealthy again" not in old.comments[-1].body
    [_, resolved, _] = days.hook.asked
    told = resolved.json()["commonAnnotations"]
    assert told["summary"] == "[resolved] ci-health: The workflow main fails (acme/widget)"
    assert "grouped otherwise" in told["description"]


def test_what_people_said_of_an_alert_holds_under_another_grouping(days: Days) -> None:
    scene = days.scene
    days.morning(failing)
    days.morning(failing)
    scene.state.comment(scene.alerts[0], by=scene.who("ann"), at=scene.now, body="/vitals snooze 2d\n/vitals ack")
    days.told()

    assert days.morning(failing, group_by="finding") == ["PATCH /issues/1"]
    assert (len(scene.alerts), days.told()) == (1, [])
    days.morning(failing, group_by="finding")
    assert [one.state for one in scene.alerts] == ["CLOSED", "OPEN"]
    assert "failing since 2026-01-06 06:00 UTC" in scene.alerts[1].body
    assert "**Acknowledged:** 2026-01-07 06:00 UTC by `ann`" in scene.alerts[1].body
    # Who says that it is dealt with has said it of what the next grouping makes of it too.
    scene.state.comment(scene.alerts[1], by=scene.who("ann"), at=scene.now, body="/vitals resolve")
    days.morning(failing)
    days.morning(failing)
    assert [one.state for one in scene.alerts] == ["CLOSED", "CLOSED"]


@pytest.mark.parametrize("groups", [("monitor", "finding"), ("finding", "monitor"), ("monitor", "all")])
def test_what_a_person_closed_rests_though_the_run_that_first_sees_it_groups_otherwise(
        days: Days, groups: tuple[str, str]) -> None:
    scene = days.scene
    before, after = groups
    days.morning(failing, fire_after="1", group_by=before)
    scene.state.close(scene.alerts[0], at=scene.now, by=scene.who("mia"))
    for _ in range(2):
        days.morning(failing, fire_after="1", group_by=after)
        assert [one.state for one in scene.alerts] == ["CLOSED"]
    # It has rested until it was healthy once.
    days.morning(passing, fire_after="1", resolve_after="1", group_by=after)
    days.morning(failing, fire_after="1", group_by=after)
    assert "OPEN" in {one.state for one in scene.alerts}


def test_one_alert_about_all_over_two_workflows_keeps_its_title_and_severity_whoever_reports(days: Days) -> None:
    def ours(at: datetime) -> Any:
        return failing(at=at)

    def theirs(at: datetime) -> Any:
        return failing("security-summary", at=at, severity="critical")

    for made in (ours, theirs):
        days.morning(made, fire_after="1", group_by="all")
    [issue] = days.scene.alerts
    title, said = issue.title, len(issue.comments)
    assert days.told() == ["firing", "firing"], "it began, and got worse"
    for made in (ours, theirs, ours):
        assert days.morning(made, fire_after="1", group_by="all") == ["PATCH /issues/1"]
        other = "security-summary" if made is ours else "ci-health"
        assert f"**Not judged by the newest run:** `{other}` (1 problem, " in issue.body
    assert (issue.title, len(issue.comments), days.told()) == (title, said, [])


def test_a_job_that_may_open_no_issue_tells_its_channels_once_and_of_the_end(days: Days) -> None:
    scene = days.scene
    options = {"webhook": f"{days.hook.url}/hook", "history": str(days.folder / "history")}

    def told(made: Any, may: str) -> tuple[int, list[str]]:
        scene.later(hours=1)
        ended = alert(days.github, days.folder, made(at=scene.now), permissions={"issues": may}, **options)
        return ended.code, days.told()

    assert [told(failing, "read") for _ in range(3)] == [(2, ["firing"]), (2, []), (2, [])]
    assert (told(failing, "write"), [one.state for one in scene.alerts]) == ((0, []), ["OPEN"])
    assert "Opened" in scene.alerts[0].body
    assert told(passing, "write") == (0, ["resolved"])


def test_an_outage_that_began_in_a_window_of_maintenance_is_told_after_it_and_leaves_people_time(days: Days) -> None:
    (days.folder / ".github").mkdir()
    (days.folder / ".github" / "repo-vitals.toml").write_text(
        '[[alert.maintenance]]\nfrom = 2026-01-06T00:00:00Z\nuntil = 2026-01-07T00:00:00Z\n'
        '[[alert.escalate]]\nafter = "1d"\nadd-labels = ["escalated"]\n', encoding="utf-8")

    def down(at: datetime) -> Any:
        return failing(at=at, severity="critical")

    assert (days.morning(down, fire_after="1"), days.told()) == ([], [])
    days.morning(down, fire_after="1")
    [issue] = days.scene.alerts
    assert "failing since 2026-01-06 06:00 UTC" in issue.body
    assert "| acknowledge | 15m | 2026-01-07 06:15 UTC |" in issue.body
    incident = incident_in(issue.body)
    assert incident is not None
    assert incident.opened_at == days.scene.now, "who measures the clocks counts from there too"
    assert (days.told(), issue.comments) == (["firing"], []), "nothing escalates on the day on which it is opened"
    days.morning(down, fire_after="1")
    assert "escalated" in {label.name for label in issue.labels}
