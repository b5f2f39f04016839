"""Issues and labels, written to a GitHub that goes wrong."""
from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.delivery import pace
from repo_vitals.delivery.issues import Issues, Refused
from repo_vitals.delivery.labels import make_labels
from repo_vitals.delivery.pace import Pace, TooManyWrites
from repo_vitals.errors import CouldNotMeasure, FeatureDisabled, PermissionMissing
from repo_vitals.report.model import Cost
from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.sources.github_connection import GitHub, connect
from support.simulated import REPOSITORY, Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from repo_vitals.simulator.server import Simulator

WRITES = {"issues": "write"}
BODY = "<!-- repo-vitals:alert:ci-health -->\nIt fails"


@pytest.fixture
def at(simulated: Any) -> Iterator[Callable[..., tuple[GitHub, Simulator]]]:
    """A connection to a served scene, whose token may do no more than what is given."""
    made: list[GitHub] = []

    def serve(scene: Scene, permissions: Any = None, **options: Any) -> tuple[GitHub, Simulator]:
        server = simulated(scene, **options)
        environ = server.environment(server.token(WRITES if permissions is None else permissions))
        made.append(connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(),
                            max_wait=timedelta(minutes=5), sleep=lambda _: None))
        return made[-1], server
    yield serve
    for github in made:
        github.close()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN", 0)


def writing(server: Simulator) -> list[tuple[str, str]]:
    """What was sent that changes something."""
    return [(entry.method, entry.path.removeprefix(f"/repos/{REPOSITORY}")) for entry in server.log
            if entry.method != "GET" and entry.path != "/graphql"]


def test_an_issue_is_opened_with_labels_and_assignees_in_one_request(at: Any) -> None:
    scene = Scene()
    scene.repository.grants["ann"] = "write"
    scene.state.account("ann")
    github, server = at(scene)

    number = Issues(github, REPOSITORY).create(title="Down", body=BODY, labels=["alert", "new one"], assignees=["ann"])

    [made] = scene.repository.issues
    assert (number, made.title, made.body) == (made.number, "Down", BODY)
    assert ([label.name for label in made.labels], [who.login for who in made.assignees]) == (
        ["alert", "new one"], ["ann"])
    assert writing(server) == [("POST", "/issues")]


def test_body_state_and_reason_change_in_one_request(at: Any) -> None:
    scene = Scene()
    issue = scene.issue(by="github-actions[bot]", body=BODY).thread
    github, server = at(scene)
    issues = Issues(github, REPOSITORY)

    issues.update(issue.number, body="It is over", state="closed", reason="completed")

    assert (issue.body, issue.state, issue.state_reason) == ("It is over", "CLOSED", "COMPLETED")
    assert len(writing(server)) == 1
    issues.update(issue.number, body=BODY, state="open", title="Down again")
    assert (issue.body, issue.state, issue.title) == (BODY, "OPEN", "Down again")


def each_write(issues: Issues, number: int) -> dict[str, Callable[[], object]]:
    return {
        "create": lambda: issues.create(title="New", body="<!-- repo-vitals:alert:new -->\nnew"),
        "update": lambda: issues.update(number, body="other", state="closed", reason="completed"),
        "comment": lambda: issues.comment(number, "It got worse"),
        "add_labels": lambda: issues.add_labels(number, ["escalated"]),
        "remove_label": lambda: issues.remove_label(number, "there"),
        "assign": lambda: issues.assign(number, ["ann"]),
        "make_labels": lambda: make_labels(issues._github, REPOSITORY, ["alert"], issues.pace),
    }


FAULTS = [{"kind": "status", "status": 502, "applied": applied} for applied in (True, False)] + [
    {"kind": "reset", "applied": True}, {"kind": "truncated"}]


@pytest.mark.parametrize(("name", "fault"), list(itertools.product(
    ("create", "update", "comment", "add_labels", "remove_label", "assign", "make_labels"), FAULTS)),
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values())))
def test_each_write_happens_once_whether_its_lost_answer_was_a_yes_or_not(
        at: Any, name: str, fault: dict[str, Any]) -> None:
    scene = Scene()
    scene.state.account("ann")
    scene.repository.grants["ann"] = "write"
    issue = scene.issue(by="github-actions[bot]", body=BODY, labels=("there",)).thread
    # Patterns of paths as of writes alone: reading goes through.
    faults = [Fault(method=method, path="/repos/*", times=1, **fault) for method in ("POST", "PATCH", "DELETE")]
    github, _ = at(scene, faults=FaultPlan(faults))

    each_write(Issues(github, REPOSITORY), issue.number)[name]()

    assert sum(fault.fired for fault in faults) == 1
    repository = scene.repository
    assert len(repository.issues) == (2 if name == "create" else 1)
    assert [one.body for one in issue.comments] == (["It got worse"] if name == "comment" else [])
    assert {label.name for label in issue.labels} == {
        "add_labels": {"there", "escalated"}, "remove_label": set()}.get(name, {"there"})
    assert [who.login for who in issue.assignees] == (["ann"] if name == "assign" else [])
    assert (issue.state, issue.body) == (("CLOSED", "other") if name == "update" else ("OPEN", BODY))
    assert ("alert" in repository.labels) == (name == "make_labels")


def test_a_write_whose_outcome_stays_unknown_is_an_error(at: Any) -> None:
    scene = Scene()
    github, _ = at(scene, faults=FaultPlan([Fault(kind="status", method="POST", path="/repos/*")]))

    with pytest.raises(CouldNotMeasure):
        Issues(github, REPOSITORY).create(title="Down", body=BODY)
    assert scene.repository.issues == []


@pytest.mark.parametrize(("change", "permissions", "kind", "said"), [
    (lambda r: None, {"issues": "read"}, PermissionMissing, "issues: write"),
    (lambda r: setattr(r, "archived", True), WRITES, FeatureDisabled, "archived"),
    (lambda r: setattr(r, "issues_enabled", False), WRITES, FeatureDisabled, "Issues are disabled"),
])
def test_what_stands_against_every_write_is_named(at: Any, change: Any, permissions: Any, kind: Any, said: str) -> None:
    scene = Scene()
    change(scene.repository)
    github, _ = at(scene, permissions)

    with pytest.raises(kind, match=said):
        Issues(github, REPOSITORY).create(title="Down", body=BODY)


def test_who_can_t_be_assigned_and_a_locked_issue_are_told_from_other_refusals(at: Any) -> None:
    scene = Scene()
    scene.state.account("zoe")
    issue = scene.issue(by="github-actions[bot]", body=BODY).thread
    scene.state.lock_thread(issue, at=scene.now)
    issues = Issues(at(scene)[0], REPOSITORY)

    with pytest.raises(Refused, match="assigned"):
        issues.create(title="Down", body=BODY, assignees=["zoe"])
    with pytest.raises(Refused, match="locked"):
        issues.comment(issue.number, "It got worse")
    assert issues.assign(issue.number, ["zoe"]) == ("zoe",)
    issues.update(issue.number, body="It is over", state="closed")
    assert issue.state == "CLOSED"


def test_an_issue_that_was_deleted_meanwhile_is_a_failure_of_that_one_alone(at: Any) -> None:
    scene = Scene()
    issue = scene.issue(by="github-actions[bot]", body=BODY).thread
    scene.state.delete_thread(issue)

    with pytest.raises(CouldNotMeasure, match="was deleted or moved"):
        Issues(at(scene)[0], REPOSITORY).update(issue.number, body="other")


def test_an_issue_that_was_moved_to_another_repository_is_not_written_to_there(at: Any) -> None:
    scene = Scene()
    issue = scene.issue(by="github-actions[bot]", body=BODY, labels=("there",)).thread
    github, server = at(scene)
    number = issue.number
    scene.state.transfer(issue, scene.state.add_repository("acme/attic"), at=scene.now)
    writes = each_write(Issues(github, REPOSITORY), number)

    for name in ("update", "comment", "add_labels", "remove_label", "assign"):
        with pytest.raises(CouldNotMeasure, match="was deleted or moved"):
            writes[name]()

    assert (issue.body, issue.state, issue.comments) == (BODY, "OPEN", [])
    assert [label.name for label in issue.labels] == ["there"]
    assert {path.split("/")[1] for _, path in writing(server)} == {"issues"}


def test_labels_are_made_with_a_colour_and_what_they_mean_where_they_are_missing(at: Any) -> None:
    scene = Scene()
    scene.state.label(scene.repository, "Monitoring", color="123456")
    github, server = at(scene)

    assert make_labels(github, REPOSITORY, ["monitoring", "alert", "team/a b"], Pace()) == ()

    labels = scene.repository.labels
    assert (labels["monitoring"].color, labels["alert"].color) == ("123456", "d93f0b")
    assert all(labels[name].description for name in ("alert", "team/a b"))
    assert writing(server) == [("POST", "/labels")] * 2
    server.log.clear()
    make_labels(github, REPOSITORY, ["monitoring", "alert", "team/a b"], Pace())
    assert [entry.path for entry in server.log] == ["/graphql"]


def test_a_label_that_is_refused_is_told_and_stops_nothing(at: Any) -> None:
    scene = Scene()
    scene.repository.refuses_labels = True

    [alert, _] = make_labels(at(scene)[0], REPOSITORY, ["alert", "other"], Pace())

    assert alert.startswith("the label alert could not be made: ")


def test_writes_are_a_second_apart_and_no_run_writes_more_than_an_hour_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN", 1.0)
    moments, now = [], [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    paced = Pace(sleep=sleep, clock=lambda: now[0])
    for _ in range(pace.MOST_WRITES):
        paced.wait()
        moments.append(now[0])
        now[0] += 0.1
    with pytest.raises(TooManyWrites):
        paced.wait()

    assert len(moments) <= 500
    assert all(sum(start <= moment < start + 60 for moment in moments) <= 80 for start in moments)
