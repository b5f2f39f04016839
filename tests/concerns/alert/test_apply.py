"""What becomes of a plan: each alert by itself, what failed, and what is remembered of it."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.alert.apply import apply
from repo_vitals.concerns.alert.definitions import OPENED
from repo_vitals.concerns.alert.facts import AlertState
from repo_vitals.concerns.alert.plans import Notice, Plan, Write
from repo_vitals.concerns.alert.state import from_body, hidden, read_all
from repo_vitals.delivery import pace
from repo_vitals.delivery.telling import Delivery
from repo_vitals.report.model import Cost, Judgement, Metric
from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.sources.github_connection import connect
from support.simulated import NOW, REPOSITORY, Scene

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.simulator.server import Simulator

PLACE = "alert/acme/widget/alerts.jsonl"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN", 0)


def opening(key: str, **more: Any) -> Write:
    return Write(verb="create-issue", key=key, title=f"{key} fails", body=f"<!-- repo-vitals:alert:{key} -->\nx",
                 labels=("alert",), **more)


def notice(key: str, channel: str = "mail") -> Notice:
    return Notice(channel=channel, key=key, told="firing high", subject="s", text="t", severity="high",
                  status="firing", starts_at=NOW)


def state(key: str, **more: Any) -> AlertState:
    return AlertState(key=key, phase="firing", updated_at=NOW, told={"mail": "firing high"}, **more)


def plan_for(*keys: str, **more: Any) -> Plan:
    return Plan(writes=tuple(opening(key) for key in keys), notices=tuple(notice(key) for key in keys),
                states=tuple(state(key) for key in keys),
                earlier=tuple(AlertState(key=key, phase="pending", updated_at=NOW - timedelta(days=1)) for key in keys),
                **more)


def carried_out(server: Simulator, plan: Plan, *, permissions: Any = None, dry_run: bool = False,
                outcome: Any = "delivered", why: str = "it hangs") -> tuple[Judgement, list[Notice]]:
    """The judgement afterwards, and the notices that went out."""
    environ = server.environment(server.token({"issues": "write"} if permissions is None else permissions))
    github = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta(minutes=1),
                     sleep=lambda _: None)
    told: list[Notice] = []

    def tell(notices: Sequence[Notice]) -> list[Delivery]:
        told.extend(notices)
        return [Delivery(notice=one, outcome=outcome, why="" if (outcome, why) == ("delivered", "it hangs") else why)
                for one in notices]

    opened = Metric(name=OPENED, value=float(len(plan.writes)), unit="count", samples=1)
    before = Judgement(repository=REPOSITORY, metrics=(opened,), findings=(), summary="", data={}, planned=plan)
    try:
        return apply(github, before, dry_run=dry_run, place=PLACE, tell=tell), told
    finally:
        github.close()


def kept(judgement: Judgement) -> dict[str, AlertState]:
    return read_all(judgement.remembered[PLACE])


def test_the_number_of_a_new_issue_goes_to_later_writes_to_notices_and_to_what_is_remembered(simulated: Any) -> None:
    scene = Scene()
    scene.issue()
    plan = plan_for("coverage")
    plan = replace(plan, writes=(*plan.writes, Write(verb="comment", key="coverage", comment="It got worse"),
                                 Write(verb="add-labels", key="coverage", labels=("escalated",))))

    done, told = carried_out(simulated(scene), plan)

    issue = scene.repository.issues[1]
    assert ([one.body for one in issue.comments], {label.name for label in issue.labels}) == (
        ["It got worse"], {"alert", "escalated"})
    assert [one.number for one in told] == [2]
    assert (kept(done)["coverage"].number, done.failures) == (2, ())
    assert done.notes == ("opened #2 (coverage)", "commented on #2 (coverage)", "put labels on #2 (coverage)",
                          "told mail of coverage")


def test_every_kind_of_write_is_carried_out(simulated: Any) -> None:
    scene = Scene()
    scene.repository.grants["ann"] = "write"
    scene.state.account("ann")
    one, other = (scene.issue(by="github-actions[bot]", labels=("old",)).thread for _ in "ab")
    scene.state.close(other, at=scene.now)
    plan = Plan(writes=(
        Write(verb="update-issue", key="a", number=1, title="New", body="new"),
        Write(verb="assign", key="a", number=1, assignees=("ann", "nobody-here")),
        Write(verb="remove-label", key="a", number=1, labels=("old",)),
        Write(verb="close-issue", key="a", number=1, body="over", reason="completed"),
        Write(verb="reopen-issue", key="b", number=2, body="again"),
    ))

    done, _ = carried_out(simulated(scene), plan)

    assert (one.title, one.body, one.state, one.state_reason, one.labels) == ("New", "over", "CLOSED", "COMPLETED", [])
    assert [who.login for who in one.assignees] == ["ann"]
    assert (other.state, other.body) == ("OPEN", "again")
    assert "#1 could not be assigned to nobody-here: GitHub assigns only people with access" in " ".join(done.notes)


def test_one_that_fails_stops_no_other_and_is_tried_again_by_the_next_run(simulated: Any) -> None:
    scene = Scene()
    faults = FaultPlan([Fault(kind="status", status=422, body="json", method="POST", path="/repos/*/issues", nth=(2,))])

    done, told = carried_out(simulated(scene, faults=faults), plan_for("a", "b", "c"))

    assert [issue.title for issue in scene.repository.issues] == ["a fails", "c fails"]
    assert [(one.key, one.number) for one in told] == [("a", 1), ("b", None), ("c", 2)]
    [failure] = done.failures
    assert (failure.exit_code, done.metrics[0].value) == (3, 2)
    assert {key: (one.phase, one.number) for key, one in kept(done).items()} == {
        "a": ("firing", 1), "b": ("pending", None), "c": ("firing", 2)}


@pytest.mark.parametrize(("change", "permissions", "said"), [
    (lambda r: None, {"issues": "read"}, "issues: write"), (lambda r: setattr(r, "archived", True), None, "archived"),
])
def test_what_stands_against_all_is_asked_once_said_once_and_ends_in_2(
        simulated: Any, change: Any, permissions: Any, said: str) -> None:
    scene = Scene()
    scene.state.label(scene.repository, "alert")
    change(scene.repository)
    server = simulated(scene)

    done, told = carried_out(server, plan_for("a", "b", "c"), permissions=permissions)

    [failure] = done.failures
    assert (failure.exit_code, said in str(failure)) == (2, True)
    assert len([entry for entry in server.log if entry.method == "POST" and entry.path != "/graphql"]) == 1
    assert len(told) == 3       # who watches a channel hears of it all the same
    assert {one.phase for one in kept(done).values()} == {"pending"}


def test_an_issue_that_was_opened_is_remembered_though_what_came_after_failed(simulated: Any) -> None:
    scene = Scene()
    plan = replace(plan_for("a"), writes=(opening("a"), Write(verb="comment", key="a", comment="x")))
    faults = FaultPlan([Fault(kind="status", method="POST", path="/repos/*/comments")])

    done, _ = carried_out(simulated(scene, faults=faults), plan)

    assert (kept(done)["a"].number, len(done.failures)) == (1, 1)


def test_nobody_who_can_t_be_assigned_keeps_an_alert_from_being_opened(simulated: Any) -> None:
    scene = Scene()
    scene.repository.grants["ann"] = "write"
    scene.state.account("ann")

    done, _ = carried_out(simulated(scene), Plan(writes=(opening("a", assignees=("ann", "gone")),)))

    [issue] = scene.repository.issues
    assert [who.login for who in issue.assignees] == ["ann"]
    assert done.failures == ()
    assert "gone" in done.notes[0]


def test_a_comment_on_a_locked_issue_is_left_out_and_said(simulated: Any) -> None:
    scene = Scene()
    issue = scene.issue(by="github-actions[bot]").thread
    scene.state.lock_thread(issue, at=scene.now)

    done, _ = carried_out(simulated(scene), Plan(writes=(
        Write(verb="comment", key="a", number=1, comment="x"),
        Write(verb="update-issue", key="a", number=1, body="new"))))

    assert (issue.comments, issue.body, done.failures) == ([], "new", ())
    assert done.notes[0] == "no comment was written on #1: the issue is locked to this token"


def test_a_channel_that_fails_is_a_finding_and_3_and_is_not_remembered_as_told(simulated: Any) -> None:
    done, _ = carried_out(simulated(Scene()), plan_for("a"), outcome="failed")

    assert [(one.rule, one.subject, one.severity) for one in done.findings] == [("channel-failed", "mail", "medium")]
    assert [one.exit_code for one in done.failures] == [3]
    assert (kept(done)["a"].told, kept(done)["a"].phase) == ({}, "firing")


def test_no_body_claims_that_a_channel_was_told_which_was_not(simulated: Any) -> None:
    plan = plan_for("a")
    [write] = plan.writes
    plan = replace(plan, writes=(replace(write, body=f"{write.body}\n{hidden(plan.states[0])}"),))
    scene = Scene()

    carried_out(simulated(scene), plan, outcome="failed")

    [issue] = scene.repository.issues
    remembered = from_body(issue.body)
    assert remembered is not None
    assert (remembered.told, remembered.phase) == ({}, "firing")


def test_a_channel_that_is_not_given_is_no_failure(simulated: Any) -> None:
    done, _ = carried_out(simulated(Scene()), plan_for("a"), outcome="absent")

    assert (done.findings, done.failures, kept(done)["a"].told) == ((), (), {})
    assert done.notes[-1] == "nobody was told by mail: no such channel is given here"


def test_a_run_that_looked_at_nothing_forgets_nothing(simulated: Any) -> None:
    done, _ = carried_out(simulated(Scene()), Plan())

    assert done.remembered == {}


def test_a_dry_run_writes_tells_and_remembers_nothing(simulated: Any) -> None:
    server = simulated(Scene())

    done, told = carried_out(server, plan_for("a"), dry_run=True, permissions={"issues": "read"})

    assert ([entry.path for entry in server.log], told, done.remembered) == (["/graphql"], [], {})
    assert done.notes == ("dry-run: would have made the label alert", "dry-run: would have opened an issue (a)",
                          "dry-run: would have told mail of a")
    [made] = done.data["actions"]
    assert (made["verb"], made["target"], made["after"]["name"]) == ("create-label", REPOSITORY, "alert")


def test_a_mail_that_some_recipients_refused_is_a_finding_and_is_told_but_once(simulated: Any) -> None:
    done, _ = carried_out(simulated(Scene()), plan_for("a"), why="the mail server refused 1 of 2 recipients")

    assert [(one.rule, one.subject, one.severity) for one in done.findings] == [
        ("channel-told-in-part", "mail", "medium")]
    assert done.findings[0].detail.startswith("the mail server refused 1 of 2 recipients")
    assert (kept(done)["a"].told, done.failures) == ({"mail": "firing high"}, ())
