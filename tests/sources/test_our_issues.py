"""Which issues are ours, whatever people made of them, and what it takes to find them."""
from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.errors import CouldNotMeasure, FeatureDisabled, PermissionMissing
from repo_vitals.report.model import Cost
from repo_vitals.simulator.faults import FaultPlan
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.our_issues import OurIssues, our_issues
from support.simulated import REPOSITORY, Scene

if TYPE_CHECKING:
    from repo_vitals.simulator.server import Simulator

MARKER = re.compile(r"<!-- repo-vitals:alert:([a-z0-9/-]+) -->")
US = "github-actions[bot]"
READS = {"issues": "read"}


def body(key: str = "ci-health") -> str:
    return f"<!-- repo-vitals:alert:{key} -->\nIt fails"


def found(server: Simulator, scene: Scene, *, permissions: Any = None, numbers: tuple[int, ...] = (),
          trusted: tuple[str, ...] = (), days: int = 7, login: str = US) -> OurIssues:
    """What is found with a token that may only read issues."""
    environ = server.environment(server.token(READS if permissions is None else permissions, login=login))
    github = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta(minutes=1),
                     sleep=lambda _: None)
    try:
        return our_issues(github, REPOSITORY, marker=MARKER, trusted=trusted, label="alert", numbers=numbers,
                          closed_since=scene.now - timedelta(days=days))
    finally:
        github.close()


def test_ours_is_what_has_the_marker_in_its_first_line_and_was_written_by_us(simulated: Any) -> None:
    scene = Scene()
    ours = scene.issue(by=US, body=body(), title="Retitled by a person")
    scene.issue(by="mallory", body=body(), labels=("alert",))
    scene.issue(by=US, body=f"Quoted: {body()}", labels=("alert",))
    scene.issue(by=US, body="Weekly checklist")
    trusted = scene.issue(by="helper[bot]", body=body("coverage"))
    server = simulated(scene)

    assert [(one.number, one.key) for one in found(server, scene).issues] == [(ours.number, "ci-health")]
    assert [one.number for one in found(server, scene, trusted=("Helper[bot]",)).issues] == [
        ours.number, trusted.number]


def test_what_people_did_to_it_is_told(simulated: Any) -> None:
    scene = Scene()
    story = scene.issue(by=US, at=-90, body=body(), labels=("alert",)).label("vitals:snooze-7d", at=-60, by="ann")
    story.label("gone", at=-50, by="ann").unlabel("gone", at=-49, by="ann").assign("ann", at=-48, by="ann")
    story.comment(by="ann", at=-40, body="/vitals ack").comment(by="helper[bot]", at=-39, body="beep")
    story.comment(by=US, at=-38, body="<!-- repo-vitals:alert-comment -->\nworse")
    scene.state.lock_thread(story.thread, at=scene.when(-30))

    [one] = found(simulated(scene), scene).issues

    assert (one.is_open, one.is_locked, one.labels, one.assignees) == (True, True, ("alert", "vitals:snooze-7d"),
                                                                       ("ann",))
    assert [(put.name, put.who, put.is_person) for put in one.labels_put] == [
        ("alert", "", False), ("vitals:snooze-7d", "ann", True)]
    assert [(taken.name, taken.who, taken.is_person) for taken in one.labels_taken] == [("gone", "ann", True)]
    assert [(remark.who, remark.is_person, remark.body) for remark in one.remarks] == [
        ("ann", True, "/vitals ack"), ("helper", False, "beep")]


@pytest.mark.parametrize(("by", "reason", "login", "is_person"), [
    ("ann", None, US, True), ("stale[bot]", "NOT_PLANNED", US, False), (US, None, US, False), (None, None, US, True),
    ("ann", None, "ann", True), ("ann", "DUPLICATE", "ann", False),
])
def test_who_closed_it_is_told_apart(simulated: Any, by: str | None, reason: str | None, login: str,
                                     is_person: bool) -> None:
    scene = Scene()
    scene.issue(by=login, at=-90, body=body()).close(at=-2, by="zoe").reopen(at=-1.5).close(at=-1, by=by, reason=reason)

    [one] = found(simulated(scene), scene, login=login).issues

    assert (one.is_open, one.closed_by_person) == (False, is_person)


def test_closed_ones_are_found_that_changed_lately_and_others_by_their_number(simulated: Any) -> None:
    scene = Scene()
    late = scene.issue(by=US, at=-900, body=body("a")).close(at=-100)
    early = scene.issue(by=US, at=-900, body=body("b")).close(at=-800)
    deleted = scene.issue(by=US, at=-900, body=body("c"))
    unmarked = scene.issue(by=US, at=-900, body="The marker was removed")
    pull = scene.pull_request(by=US, at=-900, body=body("d"))
    scene.state.delete_thread(deleted.thread)
    server = simulated(scene)

    assert [one.number for one in found(server, scene).issues] == [late.number]
    numbers = (early.number, deleted.number, unmarked.number, pull.number, 999)
    assert [one.number for one in found(server, scene, numbers=numbers).issues] == [late.number, early.number]


def test_where_a_server_can_t_filter_by_an_app_ours_are_found_by_their_label(simulated: Any) -> None:
    scene = Scene()
    scene.repository.filters_by_apps = False
    ours = scene.issue(by=US, body=body(), labels=("alert",))
    scene.issue(by="mallory", body=body(), labels=("alert",))
    scene.issue(by="ann", body="An issue like any other")
    server = simulated(scene)

    for trusted in ((), ("ann",), ("ann", "helper[bot]")):
        assert [one.number for one in found(server, scene, trusted=trusted).issues] == [ours.number]


def test_where_there_is_nothing_of_ours_four_small_questions_tell(simulated: Any) -> None:
    scene = Scene()
    scene.issue(by="mallory", body=body())
    server = simulated(scene)

    assert found(server, scene).issues == ()
    assert len(server.log) == 4


def test_search_is_never_asked_and_all_pages_are_read(simulated: Any) -> None:
    scene = Scene()
    numbers = [scene.issue(by=US, at=-90 + place / 100, body=body(f"k{place}")).number for place in range(130)]
    server = simulated(scene)

    assert [one.number for one in found(server, scene).issues] == numbers
    assert {entry.path for entry in server.log} == {"/graphql"}
    assert len(server.log) == 5


@pytest.mark.parametrize(("change", "permissions", "kind", "said"), [
    (lambda r: None, {}, PermissionMissing, "issues: read"),
    (lambda r: setattr(r, "issues_enabled", False), READS, FeatureDisabled, "issues switched off"),
    (lambda r: setattr(r, "archived", True), READS, FeatureDisabled, "is archived"),
])
def test_why_there_can_be_none_is_told(simulated: Any, change: Any, permissions: Any, kind: Any, said: str) -> None:
    scene = Scene()
    change(scene.repository)

    with pytest.raises(kind, match=said):
        found(simulated(scene), scene, permissions=permissions)


@pytest.mark.parametrize("operation", ["Viewer", "OurIssues", "IssuesByNumber"])
def test_what_could_not_be_read_whole_is_an_error_and_one_failure_is_none(simulated: Any, operation: str) -> None:
    scene = Scene()
    ours = scene.issue(by=US, at=-900, body=body()).close(at=-800)
    faults = FaultPlan()
    server = simulated(scene, faults=faults)

    for kind in ("partial-data", "truncated", "graphql-error"):
        faults.clear()
        fault = faults.add(kind, operation=operation, times=1, seed=3)
        assert [one.number for one in found(server, scene, numbers=(ours.number,)).issues] == [ours.number]
        assert fault.fired == 1
    faults.add("status", operation=operation)
    with pytest.raises(CouldNotMeasure):
        found(server, scene, numbers=(ours.number,))
