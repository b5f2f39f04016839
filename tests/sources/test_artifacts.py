"""Artifacts by the client: what is listed, what is downloaded, and where the token goes."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.errors import CouldNotMeasure, PermissionMissing
from repo_vitals.report.model import Cost
from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.sources import artifact_reports, artifacts, pull_requests
from repo_vitals.sources.artifact_reports import read_artifacts
from repo_vitals.sources.artifacts import Artifact, archive_of, artifacts_of
from repo_vitals.sources.github_connection import GitHub, connect
from repo_vitals.sources.http_wire import TooLarge
from repo_vitals.sources.pull_requests import open_pull_requests, our_comments
from support.pull_scene import MARKER, A, B, PullScene

if TYPE_CHECKING:
    from repo_vitals.simulator.server import Simulator

REPOSITORY = "acme/widget"


def github_at(simulator: Simulator, permissions: dict[str, Any] | None = None) -> GitHub:
    environ = simulator.environment(simulator.token(permissions))
    return connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta(seconds=5),
                   sleep=lambda _: None)


def test_every_artifact_of_a_run_is_listed_the_newest_of_each_name(simulated: Any) -> None:
    scene = PullScene()
    run = scene.measured(scene.pull(), None)
    for number in range(130):
        scene.state.add_artifact(run, f"part-{number:03}", b"x" * number)
    newest = scene.state.add_artifact(run, "part-000", b"again", expired=True)
    other = scene.measured(scene.pull(branch="other", sha=B))

    found = artifacts_of(github_at(simulated(scene)), REPOSITORY, run.id)

    assert [one.name for one in found] == [f"part-{number:03}" for number in range(130)]
    assert (found[0].id, found[0].expired, found[0].size, found[7].size) == (newest.id, True, 5, 7)
    assert other.artifacts[0].id not in {one.id for one in found}


def test_the_newest_of_a_name_is_taken_in_whatever_order_github_lists_them() -> None:
    old, new = (Artifact(id=number, name="x", size=1, expired=False, created_at=None) for number in (1, 2))
    assert list(artifacts._newest([old, new])) == list(artifacts._newest([new, old])) == [new]


def test_an_archive_comes_from_another_host_which_never_sees_the_token(simulated: Any) -> None:
    scene = PullScene()
    kept = scene.measured(scene.pull(), b"PK" * 5000).artifacts[0]
    simulator = simulated(scene)
    github = github_at(simulator)
    [listed] = artifacts_of(github, REPOSITORY, kept.run.id)

    assert archive_of(github, REPOSITORY, listed, largest=10_000) == b"PK" * 5000
    asked, stored = simulator.log[-2:]
    assert (asked.status, stored.status) == (302, 200)
    assert (asked.token is None, stored.token) == (False, None)


def test_an_archive_that_is_not_what_was_uploaded_is_refused_and_one_without_a_digest_read(
        simulated: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = PullScene()
    kept = scene.measured(scene.pull(), b"PK").artifacts[0]
    github = github_at(simulated(scene))
    listed = artifacts_of(github, REPOSITORY, kept.run.id)
    assert (listed[0].is_of(b"PK"), replace(listed[0], digest=None).is_of(b"else")) == (True, True)
    kept.content = b"PX"
    monkeypatch.setattr(artifact_reports, "artifacts_of", lambda *_: listed)
    reports, _, _ = read_artifacts(github, SimpleNamespace(repository=REPOSITORY, id=kept.run.id), ["*"], without=())
    assert "is not what its digest says was uploaded" in str(reports)


def test_one_byte_too_many_ends_the_download_at_once(simulated: Any) -> None:
    scene = PullScene()
    kept = scene.measured(scene.pull(), b"x" * 10_001).artifacts[0]
    simulator = simulated(scene)
    listed = Artifact(id=kept.id, name="lies about its size", size=3, expired=False, created_at=None)

    with pytest.raises(TooLarge, match="larger than 10,000 bytes"):
        archive_of(github_at(simulator), REPOSITORY, listed, largest=10_000)
    assert len([entry for entry in simulator.log if entry.path.startswith("/_storage/")]) == 1


def test_an_artifact_that_is_gone_is_none_and_no_error(simulated: Any) -> None:
    scene = PullScene()
    run = scene.measured(scene.pull(), None)
    expired = scene.state.add_artifact(run, "old", b"", expired=True)
    github = github_at(simulated(scene))
    for number in (expired.id, 424242):
        listed = Artifact(id=number, name="old", size=3, expired=False, created_at=None)
        assert archive_of(github, REPOSITORY, listed, largest=100) is None


def test_a_storage_that_refuses_is_no_missing_permission(simulated: Any) -> None:
    scene = PullScene()
    kept = scene.measured(scene.pull()).artifacts[0]
    plan = FaultPlan([Fault(kind="status", path="/_storage/*", status=403, body="html")])
    listed = Artifact(id=kept.id, name="x", size=3, expired=False, created_at=None)

    with pytest.raises(CouldNotMeasure, match="its storage answered 403"):
        archive_of(github_at(simulated(scene, faults=plan)), REPOSITORY, listed, largest=10**6)


def test_a_permission_that_is_missing_is_named(simulated: Any) -> None:
    scene = PullScene()
    run = scene.measured(scene.pull())
    github = github_at(simulated(scene), {"contents": "read"})

    with pytest.raises(PermissionMissing, match="actions: read"):
        artifacts_of(github, REPOSITORY, run.id)
    with pytest.raises(PermissionMissing, match="actions: read"):
        archive_of(github, REPOSITORY, Artifact(id=run.artifacts[0].id, name="x", size=3, expired=False,
                                                created_at=None), largest=10**6)


def test_pull_requests_are_found_by_repository_and_branch_and_only_open_ones(simulated: Any) -> None:
    scene = PullScene()
    ours = scene.pull()
    scene.pull(branch="topic", sha=B, fork=False)
    scene.pull(branch="other")
    closed = scene.pull()
    scene.state.close(closed, at=scene.when(-1))

    found = open_pull_requests(github_at(simulated(scene)), REPOSITORY, head_repository="Zoe/Widget", branch="topic")

    assert [(one.number, one.head_sha, one.author) for one in found] == [(ours.number, A, "zoe")]


def test_what_was_not_asked_for_is_not_taken_though_github_lists_it() -> None:
    """GitHub leaves a `head` that it can't read out of account, and lists every open pull request."""
    def node(**changes: Any) -> dict[str, Any]:
        plain = {"number": 7, "state": "open", "user": {"login": "zoe"}, "base": {"repo": {"full_name": REPOSITORY}},
                 "head": {"ref": "topic", "sha": A, "repo": {"full_name": "zoe/widget"}}}
        return {**plain, **changes}
    head = node()["head"]
    others = [node(state="closed"), node(head={**head, "ref": "other"}),
              node(head={**head, "repo": {"full_name": "eve/widget"}}),
              node(head={**head, "repo": {"full_name": "zoe/other"}}), node(head={**head, "repo": None}),
              node(base={"repo": {"full_name": "zoe/widget"}})]

    found = pull_requests._matching([*others, node(user=None)], REPOSITORY, "zoe/widget", "topic")

    assert [(one.number, one.author) for one in found] == [(7, "")]
    for broken in (None, [None], [{}], [node(head=None)], "x"):
        with pytest.raises(CouldNotMeasure):
            pull_requests._matching(broken, REPOSITORY, "zoe/widget", "topic")


def test_our_comments_are_found_on_every_page_the_oldest_first(simulated: Any) -> None:
    scene = PullScene()
    pull = scene.pull()
    for number in range(250):
        scene.said(pull, f"talk {number}", by="ann", at=-1.9 + number / 1000)
    late, early = scene.said(pull, f"{MARKER}\nlate", at=-0.1), scene.said(pull, f"{MARKER}\nearly", at=-1.95)
    scene.state.comment(pull, by=None, at=datetime(2026, 1, 30, tzinfo=timezone.utc), body=f"{MARKER}\nof a ghost")

    found = our_comments(github_at(simulated(scene)), REPOSITORY, pull.number, marker=MARKER)

    assert [one.id for one in found] == [early.id, late.id]
