"""The workflow that runs after the one that measured: what it writes, what it leaves alone, and what may fail."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.simulator.faults import Fault, FaultPlan
from support.commands import run
from support.comment_second_half import again, bodies, comment, report_of
from support.pull_scene import MARKER, MAY_COMMENT, PullScene, after, failing, packed, text_of
from support.reports import report

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("impatient")


def test_a_fork_s_reports_become_one_comment_that_says_whose_they_are(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()

    ended, _ = comment(simulated, scene, scene.measured(pull), tmp_path)

    assert (ended.code, ended.stderr) == (0, ""), ended.stdout
    [body] = bodies(pull)
    assert body.startswith(f"{MARKER}\n## Claimed reports of `aaaaaaaaaaaa`\n")
    assert "**From a fork by `zoe`; not checked by this repository.**" in body
    assert "commit `aaaaaaaaaaaa` in `zoe/widget`" in body
    assert "No figure of it enters the history or a baseline here" in body
    assert "this comment's check does not depend on it. Nothing here is about a newer commit." in body
    assert "| Coverage | claims fail | 71 % of the lines are covered |" in body
    assert "✅" not in body
    assert pull.comments[0].author is scene.state.account("github-actions[bot]")
    assert report_of(tmp_path)["status"] == "pass"


def test_a_run_of_the_repository_s_own_branch_is_no_claim(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull(fork=False, by="ann")

    comment(simulated, scene, scene.measured(pull), tmp_path)

    [body] = bodies(pull)
    assert "From a fork" not in body
    assert "| Coverage | ❌ fail |" in body
    assert "| Security summary | ✅ pass |" in body


def test_a_second_run_on_the_same_state_writes_nothing(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull)
    _, github = comment(simulated, scene, measured, tmp_path)
    github.log.clear()

    ended = again(github, measured, tmp_path)

    assert ended.code == 0
    assert [entry.method for entry in github.log if entry.method in ("PATCH", "DELETE")
            or (entry.method == "POST" and entry.path != "/graphql")] == []
    assert len(pull.comments) == 1


def test_the_comment_of_an_earlier_commit_is_updated(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    old = scene.said(pull, f"{MARKER}\nold figures")

    comment(simulated, scene, scene.measured(pull), tmp_path)

    assert len(pull.comments) == 1
    assert pull.comments[0] is old
    assert "old figures" not in old.body


def test_of_doubles_the_oldest_stays_and_the_later_ones_go(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    old = scene.said(pull, f"{MARKER}\none", at=-0.9)
    scene.said(pull, f"{MARKER}\ntwo", at=-0.8)
    scene.said(pull, f"{MARKER}\nthree", at=-0.7)

    comment(simulated, scene, scene.measured(pull), tmp_path)

    assert pull.comments == [old]


@pytest.mark.parametrize(("body", "by"), [
    (f"{MARKER}\nby someone else", "mallory"), (f"quoted: {MARKER}", "github-actions[bot]"),
    ("<!-- repo-vitals:comment:other -->\nanother key", "github-actions[bot]"),
])
def test_what_is_not_ours_is_left_alone(simulated: Any, tmp_path: Path, body: str, by: str) -> None:
    scene = PullScene()
    pull = scene.pull()
    theirs = scene.said(pull, body, by=by)

    comment(simulated, scene, scene.measured(pull), tmp_path)

    assert theirs.body == body
    assert len(pull.comments) == 2


def test_a_trusted_author_s_comment_is_ours_too(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    scene.said(pull, f"{MARKER}\nold", by="vitals-app[bot]")

    comment(simulated, scene, scene.measured(pull), tmp_path, "--trusted-authors", "Vitals-App[bot]")

    assert len(pull.comments) == 1
    assert "Claimed reports" in pull.comments[0].body


@pytest.mark.parametrize(("trusted", "by"), [("helper[bot]", "helper"), ("helper", "helper[bot]")])
def test_to_trust_an_app_is_not_to_trust_the_person_of_its_name_nor_the_other_way(
        simulated: Any, tmp_path: Path, trusted: str, by: str) -> None:
    scene = PullScene()
    pull = scene.pull()
    theirs = scene.said(pull, f"{MARKER}\ntheirs", by=by)

    comment(simulated, scene, scene.measured(pull), tmp_path, "--trusted-authors", trusted)

    assert theirs.body == f"{MARKER}\ntheirs"


def test_a_dry_run_writes_nothing_and_says_what_it_would(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    scene.said(pull, f"{MARKER}\none", at=-0.9)
    scene.said(pull, f"{MARKER}\ntwo", at=-0.8)

    ended, github = comment(simulated, scene, scene.measured(pull), tmp_path, "--dry-run", "true",
                            permissions={"actions": "read", "pull_requests": "read"})

    assert ended.code == 0
    assert bodies(pull) == [f"{MARKER}\none", f"{MARKER}\ntwo"]
    update, delete = report_of(tmp_path)["data"]["actions"]
    assert (update["verb"], update["before"], delete["verb"], delete["after"]) == (
        "update-comment", f"{MARKER}\none", "delete-comment", None)
    assert update["after"].startswith(MARKER)
    assert not [entry for entry in github.log if entry.method in ("PATCH", "DELETE")]


def test_the_summary_shows_what_the_comment_says(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()

    comment(simulated, scene, scene.measured(pull), tmp_path)

    assert (tmp_path / "summary").read_text(encoding="utf-8") == bodies(pull)[0]


@pytest.mark.parametrize(("missing", "named"), [
    ({"pull_requests": "write"}, "actions: read"), ({"actions": "read"}, "pull-requests"),
    ({"actions": "read", "pull_requests": "read"}, "pull-requests: write"),
])
def test_a_permission_that_is_missing_here_is_a_mistake_that_is_named(
        simulated: Any, tmp_path: Path, missing: dict[str, Any], named: str) -> None:
    scene = PullScene()
    pull = scene.pull()

    ended, _ = comment(simulated, scene, scene.measured(pull), tmp_path, permissions=missing)

    assert (ended.code, bodies(pull)) == (2, [])
    assert named in ended.stdout


def test_the_token_does_not_go_where_archives_are_stored(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()

    ended, github = comment(simulated, scene, scene.measured(scene.pull()), tmp_path)

    [stored] = [entry for entry in github.log if entry.path.startswith("/_storage/")]
    assert (ended.code, stored.status, stored.token) == (0, 200, None)


@pytest.mark.parametrize("fault", [
    Fault(kind="status", method="POST", path="/repos/*/comments", status=502, times=1, applied=True),
    Fault(kind="status", method="POST", path="/repos/*/comments", status=502, times=1),
    Fault(kind="reset", method="POST", path="/repos/*/comments", times=1, applied=True),
    Fault(kind="truncated", method="POST", path="/repos/*/comments", times=1),
    Fault(kind="status", path="/_storage/*", status=503, times=1),
    Fault(kind="status", path="/repos/*/zip", status=502, times=1),
    Fault(kind="truncated", path="/_storage/*", times=1),
    Fault(kind="not-json", path="/repos/*/pulls", times=1),
    Fault(kind="empty", path="/repos/*/artifacts", times=1),
    Fault(kind="graphql-error", operation="PullRequestComments", times=1),
])
def test_one_comment_comes_of_it_whatever_fails_once(simulated: Any, tmp_path: Path, fault: Fault) -> None:
    scene = PullScene()
    pull = scene.pull()

    ended, _ = comment(simulated, scene, scene.measured(pull), tmp_path, faults=FaultPlan([fault]))

    assert ended.code == 0, ended.stdout
    assert fault.fired == 1
    assert len(pull.comments) == 1


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_updating_and_deleting_once_is_enough_whether_the_lost_answer_was_a_yes_or_not(
        simulated: Any, tmp_path: Path, method: str, applied: bool) -> None:
    scene = PullScene()
    pull = scene.pull()
    old = scene.said(pull, f"{MARKER}\none", at=-0.9)
    scene.said(pull, f"{MARKER}\ntwo", at=-0.8)
    fault = Fault(kind="status", method=method, status=502, times=1, applied=applied)

    ended, github = comment(simulated, scene, scene.measured(pull), tmp_path, faults=FaultPlan([fault]))

    assert (ended.code, fault.fired) == (0, 1), ended.stdout
    assert len([entry for entry in github.log if entry.method == method]) == (1 if applied else 2)
    assert pull.comments == [old]
    assert "Claimed reports" in old.body


def test_its_own_report_is_nothing_to_show(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    content = packed({"comment.json": text_of(report(monitor="comment")), "coverage.json": text_of(failing())})

    comment(simulated, scene, scene.measured(pull, content), tmp_path)

    assert report_of(tmp_path)["metrics"][0]["value"] == 1


def test_everything_happens_at_an_enterprise_server_s_address_too(tmp_path: Path, simulated: Any) -> None:
    scene = PullScene()
    pull = scene.pull()
    github = simulated(scene)
    environ = {**after(tmp_path, scene.measured(pull)), "GITHUB_API_URL": github.enterprise_api_url,
               "GITHUB_GRAPHQL_URL": github.enterprise_graphql_url}

    ended = run("comment", folder=tmp_path, at=github, environ=environ, token=github.token(MAY_COMMENT))

    assert (ended.code, len(pull.comments)) == (0, 1), ended.stdout


@pytest.mark.parametrize("path", ["/_storage/*", "/repos/*/artifacts", "/repos/*/pulls", "/repos/*/runs/*", "/graphql"])
def test_what_could_not_be_read_ends_in_3_and_leaves_the_comment_as_it_was(
        simulated: Any, tmp_path: Path, path: str) -> None:
    scene = PullScene()
    pull = scene.pull()
    scene.said(pull, f"{MARKER}\nold figures")
    measured = scene.measured(pull)

    ended, _ = comment(simulated, scene, measured, tmp_path, "--max-wait", "1s",
                       faults=FaultPlan([Fault(kind="status", path=path, status=503)]))

    assert (ended.code, bodies(pull)) == (3, [f"{MARKER}\nold figures"])
