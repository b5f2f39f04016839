"""What the runner tells of the event."""
from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.sources.workflow_event import WorkflowEvent, read_event
from support.checkouts import in_actions, pull_request, push

if TYPE_CHECKING:
    from pathlib import Path

A, B = "a" * 40, "b" * 40


def test_outside_actions_there_is_no_event() -> None:
    assert read_event({"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main"}) == WorkflowEvent()


def test_a_push_says_where_it_starts(tmp_path: Path) -> None:
    event = read_event(push(tmp_path, before=A))
    assert (event.name, event.before, event.is_of_the_default_branch) == ("push", A, True)


@pytest.mark.parametrize(("name", "ref", "expected"), [
    ("push", "refs/heads/main", True), ("schedule", "refs/heads/main", True),
    ("workflow_dispatch", "refs/heads/main", True), ("push", "refs/heads/other", False),
    ("push", "refs/tags/main", False), ("workflow_run", "refs/heads/main", False),
    ("pull_request_target", "refs/heads/main", False), ("pull_request", "refs/pull/7/merge", False),
    ("merge_group", "refs/heads/gh-readonly-queue/main/pr-7", False), ("issue_comment", "refs/heads/main", False),
])
def test_only_runs_on_the_default_branch_s_own_commits_are_its_own(tmp_path: Path, name: str, ref: str,
                                                                  expected: bool) -> None:
    assert read_event(in_actions(tmp_path, name, {}, ref=ref)).is_of_the_default_branch is expected


def test_a_schedule_is_the_default_branchs_though_github_tells_little_of_it(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text('{"schedule": "42 6 * * *"}', encoding="utf-8")
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "schedule", "GITHUB_REF": "refs/heads/trunk",
               "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    assert read_event(environ).is_of_the_default_branch


def test_a_new_branch_starts_nowhere(tmp_path: Path) -> None:
    assert read_event(push(tmp_path, before=None)).before is None


def test_a_merge_queue_s_group_starts_at_its_base(tmp_path: Path) -> None:
    environ = in_actions(tmp_path, "merge_group", {"merge_group": {"base_sha": A, "head_sha": B}}, ref="refs/heads/x")
    assert read_event(environ).before == A


@pytest.mark.parametrize(("repository", "from_fork"), [
    ("acme/widget", False), ("Acme/Widget", False), ("zoe/widget", True), (None, True)])
def test_a_pull_request_says_whose_code_it_is(tmp_path: Path, repository: str | None, from_fork: bool) -> None:
    found = read_event(pull_request(tmp_path, base=A, head=B, head_repository=repository)).pull_request
    assert found is not None
    assert (found.number, found.base_sha, found.head_sha, found.from_fork) == (7, A, B, from_fork)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"[" * 100_000, b'{"pull_request": 7}', b"\xff\xfe",
                                     b'{"pull_request": {"number": "7", "base": [], "head": null}}',
                                     b'{"pull_request": {"number": true}, "before": 7, "repository": "x"}',
                                     b'{"before": "--option", "merge_group": {"base_sha": "../x"}}'])
def test_a_payload_that_makes_no_sense_says_nothing(tmp_path: Path, content: bytes) -> None:
    environ = push(tmp_path, before=A)
    (tmp_path / "event.json").write_bytes(content)
    event = read_event(environ)
    assert (event.name, event.before, event.pull_request, event.is_of_the_default_branch) == ("push", None, None, False)


def test_a_pull_request_s_parts_may_be_of_any_shape(tmp_path: Path) -> None:
    shapes: list[Any] = [None, 7, "x", [], {}, {"sha": 7, "repo": 7, "ref": []}]
    for shape in shapes:
        found = read_event(in_actions(tmp_path, "pull_request", {
            "pull_request": {"number": 7, "base": shape, "head": shape}}, ref="refs/pull/7/merge")).pull_request
        assert found is not None
        assert (found.base_sha, found.head_sha, found.from_fork) == (None, None, True)


@pytest.mark.parametrize(("action", "label"), [("labeled", "accepted"), ("synchronize", "")])
def test_a_label_is_the_event_s_only_where_it_was_just_put_there(tmp_path: Path, action: str, label: str) -> None:
    event = read_event(in_actions(tmp_path, "pull_request", {
        "action": action, "label": {"name": "accepted"},
        "pull_request": {"number": 7, "updated_at": "2026-01-31T06:00:00Z"}}, ref="refs/pull/7/merge"))
    assert event.pull_request is not None
    assert (event.label, event.pull_request.updated_at) == (label, datetime(2026, 1, 31, 6, tzinfo=timezone.utc))


@pytest.mark.parametrize("value", [None, 7, "", "yesterday", "0001-01-01T00:00:00+23:00"])
def test_a_time_of_a_pull_request_that_is_none_is_not_known(tmp_path: Path, value: Any) -> None:
    event = read_event(in_actions(tmp_path, "pull_request", {"pull_request": {"number": 7, "updated_at": value}},
                                  ref="refs/pull/7/merge"))
    assert event.pull_request is not None
    assert event.pull_request.updated_at is None


def after(event: str | None, repository: str | None = "acme/widget") -> dict[str, Any]:
    return {"workflow_run": {"id": 7, "event": event,
                             "head_repository": None if repository is None else {"full_name": repository}}}


def checks(*pulls: tuple[int, int], own: Any = 1) -> dict[str, Any]:
    held = {"pull_requests": [{"number": 7, "head": {"repo": {"id": head}}, "base": {"repo": {"id": base}}}
                              for head, base in pulls]}
    return {"repository": {"id": own}, "check_suite": held, "check_run": held}


@pytest.mark.parametrize(("name", "payload", "from_fork"), [
    ("workflow_run", after("push"), False), ("workflow_run", after("pull_request", "Acme/Widget"), False),
    ("workflow_run", after("schedule"), False), ("workflow_run", after("pull_request", "zoe/widget"), True),
    ("workflow_run", after("workflow_run"), True), ("workflow_run", after("issue_comment"), True),
    ("workflow_run", after("pull_request_target"), True), ("workflow_run", after(None), True),
    ("workflow_run", after("push", None), True), ("workflow_run", {}, True),
    ("workflow_run", {"workflow_run": {"event": ["push"], "head_repository": {"full_name": "acme/widget"}}}, True),
    ("issue_comment", {"issue": {"number": 7, "pull_request": {"url": "x"}}}, True),
    ("issue_comment", {"issue": {"number": 7}}, False),
    ("check_suite", checks((1, 1)), False), ("check_run", checks((1, 1), (1, 1)), False),
    ("check_suite", checks(), True), ("check_run", checks((2, 1)), True), ("check_run", checks((1, 1), (2, 1)), True),
    ("check_suite", checks((1, 2)), True), ("check_suite", checks((1, 1), own=None), True), ("check_run", {}, True),
    ("push", {}, False), ("pull_request_review", {}, True),
])
def test_code_that_may_be_a_fork_s_counts_as_one_s(tmp_path: Path, name: str, payload: Any, from_fork: bool) -> None:
    given = in_actions(tmp_path, name, payload, ref="refs/heads/main", repository="acme/widget")
    assert read_event(given).from_fork is from_fork
