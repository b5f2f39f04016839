"""The workflow that runs after the one that measured: what it reads, where it comments, and what it leaves alone."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.simulator.faults import Fault, FaultPlan
from support.commands import Ended, read_report, run
from support.pull_scene import MARKER, MAY_COMMENT, REPORTS, B, PullScene, after, failing, packed, passing, text_of
from support.reports import report

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.simulator.actions_model import WorkflowRun
    from repo_vitals.simulator.model import PullRequest
    from repo_vitals.simulator.server import Simulator


def comment(simulated: Any, scene: PullScene, of: WorkflowRun, folder: Path, *arguments: str,
            permissions: dict[str, Any] | None = None, **options: Any) -> tuple[Ended, Simulator]:
    """Run the command as a step after a run, with the documented permissions and no others."""
    github = simulated(scene, **options)
    ended = again(github, of, folder, *arguments, permissions=permissions)
    return ended, github


def again(github: Simulator, of: WorkflowRun, folder: Path, *arguments: str,
          permissions: dict[str, Any] | None = None) -> Ended:
    return run("comment", *arguments, folder=folder, at=github, environ=after(folder, of),
               token=github.token(MAY_COMMENT if permissions is None else permissions))


def bodies(pull: PullRequest) -> list[str]:
    return [one.body for one in pull.comments]


def report_of(folder: Path) -> dict[str, Any]:
    found = read_report(folder / "repo-vitals" / "comment.json")
    assert found is not None
    return found


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


def test_the_pull_request_is_found_by_the_commit_and_never_by_what_the_artifact_says(
        simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    other, pull = scene.pull(branch="other", sha=B, by="ann", fork=False), scene.pull()
    hostile = packed({"coverage.json": text_of(passing()), "pr_number.txt": str(other.number),
                      "event.json": json.dumps({"number": other.number})})

    ended, _ = comment(simulated, scene, scene.measured(pull, hostile), tmp_path)

    assert ended.code == 0
    assert (len(other.comments), len(pull.comments)) == (0, 1)
    assert report_of(tmp_path)["data"]["pull_requests"] == [pull.number]


def test_a_branch_of_any_name_finds_its_pull_request(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull(branch="fix/a&state=closed#1 %2F é:x")

    comment(simulated, scene, scene.measured(pull), tmp_path)

    assert len(pull.comments) == 1


def test_a_newer_commit_is_not_given_the_figures_of_an_older_one(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull)
    scene.state.push_to(pull, B, at=scene.when(-0.1))

    ended, _ = comment(simulated, scene, measured, tmp_path)

    assert (ended.code, bodies(pull)) == (0, [])
    assert "the pull request moved on" in ended.stdout
    summary = (tmp_path / "summary").read_text(encoding="utf-8")
    assert summary.startswith("## Pull request comment\n\n_No comment was written: the pull request moved on")


def test_a_closed_pull_request_gets_no_comment(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull)
    scene.state.close(pull, at=scene.when(-0.1))

    ended, _ = comment(simulated, scene, measured, tmp_path)

    assert (ended.code, bodies(pull)) == (0, [])


def test_two_pull_requests_of_one_commit_get_the_comment_each(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    first, second = scene.pull(), scene.pull()

    ended, _ = comment(simulated, scene, scene.measured(first), tmp_path)

    assert (len(first.comments), len(second.comments)) == (1, 1)
    assert "2 pull requests have this commit at their head" in ended.stdout


def test_a_run_that_was_started_again_for_the_same_commit_leaves_the_comment_to_the_later_one(
        simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    cancelled, measured = scene.measured(pull, None, conclusion="cancelled"), scene.measured(pull)
    _, github = comment(simulated, scene, measured, tmp_path)

    ended = again(github, cancelled, tmp_path)

    assert (ended.code, len(pull.comments)) == (0, 1)
    assert "another run of the same commit" in ended.stdout
    assert "claims fail" in bodies(pull)[0]


@pytest.mark.parametrize("conclusion", ["skipped", "action_required", "cancelled"])
def test_a_later_run_that_may_not_have_run_takes_no_figures_away(
        simulated: Any, tmp_path: Path, conclusion: str) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured, later = scene.measured(pull), scene.measured(pull, None, conclusion=conclusion)
    _, github = comment(simulated, scene, measured, tmp_path)
    [body] = bodies(pull)

    again(github, later, tmp_path)

    assert "| Coverage | claims fail |" in body
    assert bodies(pull) == [body]


@pytest.mark.parametrize("old", ["## Claimed reports of `bbbbbbbbbbbb`\n99 %", "99 % covered", ""])
def test_where_the_run_before_it_was_never_commented_on_old_figures_do_not_stay(
        simulated: Any, tmp_path: Path, old: str) -> None:
    scene = PullScene()
    pull = scene.pull()
    scene.said(pull, f"{MARKER}\n{old}".strip())
    scene.measured(pull)

    comment(simulated, scene, scene.measured(pull, None, conclusion="skipped"), tmp_path)

    assert ["## No reports of `aaaaaaaaaaaa`" in body for body in bodies(pull)] == [True]


@pytest.mark.parametrize("conclusion", ["success", "action_required"])
def test_whoever_pushes_the_commit_to_a_fork_does_not_silence_its_own_pull_request(
        simulated: Any, tmp_path: Path, conclusion: str) -> None:
    scene = PullScene()
    pull = scene.pull(fork=False, by="ann", branch="feature")
    scene.said(pull, f"{MARKER}\n99 % covered")
    measured = scene.measured(pull)
    for branch in ("feature", "copy"):
        scene.measured(scene.pull(branch=branch), None, conclusion=conclusion)

    comment(simulated, scene, measured, tmp_path)

    assert ["| Coverage | ❌ fail |" in body for body in bodies(pull)] == [True]


def test_two_branches_of_one_commit_get_a_comment_each_of_their_own_run(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pulls = [scene.pull(fork=False, by="ann", branch=branch) for branch in ("feature", "feature-2")]
    first, second = (scene.measured(pull) for pull in pulls)

    _, github = comment(simulated, scene, first, tmp_path)
    again(github, second, tmp_path)

    assert [f"/runs/{run.id})" in bodies(pull)[0] for pull, run in zip(pulls, (first, second), strict=True)] == [
        True, True]


def test_of_two_pull_requests_of_one_branch_each_gets_what_its_own_run_says(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pulls = [scene.pull(fork=False, by="ann") for _ in range(2)]
    first, second = (scene.measured(pull) for pull in pulls)

    _, github = comment(simulated, scene, first, tmp_path)
    assert [len(pull.comments) for pull in pulls] == [1, 0]
    again(github, second, tmp_path)

    assert [f"/runs/{run.id})" in bodies(pull)[0] for pull, run in zip(pulls, (first, second), strict=True)] == [
        True, True]


def test_a_fork_of_the_same_owner_s_is_told_from_the_repository_itself(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    own = scene.pull(fork=False, by="ann")
    scene.fork = scene.state.add_repository("acme/widget-fork", fork=True)
    pull = scene.pull()

    comment(simulated, scene, scene.measured(pull), tmp_path)

    assert bodies(own) == []
    assert "in `acme/widget-fork`" in bodies(pull)[0]


def test_of_many_pull_requests_of_one_commit_it_is_said_how_many_get_no_comment(
        simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pulls = [scene.pull() for _ in range(7)]

    ended, _ = comment(simulated, scene, scene.measured(pulls[0]), tmp_path)

    assert sum(len(pull.comments) for pull in pulls) == 5
    assert "7 pull requests have this commit at their head" in ended.stdout
    assert "2 of them were left out: at most 5 are commented on" in ended.stdout


def test_an_artifact_without_a_report_is_not_said_to_be_missing(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()

    comment(simulated, scene, scene.measured(scene.pull(), packed({"a.txt": "x"})), tmp_path)

    [found] = report_of(tmp_path)["findings"]
    assert found["detail"].startswith("The artifacts that `artifact` names hold no file that ends in .json")


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out"])
def test_a_first_half_that_left_nothing_is_said_and_shows_no_old_figures(
        simulated: Any, tmp_path: Path, conclusion: str) -> None:
    scene = PullScene()
    pull = scene.pull()
    scene.said(pull, f"{MARKER}\n99 % covered")

    ended, _ = comment(simulated, scene, scene.measured(pull, None, conclusion=conclusion), tmp_path)

    assert ended.code == 0
    [body] = bodies(pull)
    assert "99 %" not in body
    assert f"The workflow run ended in `{conclusion}`." in body
    assert "It left no report that could be read, so nothing is known of this commit." in body
    assert report_of(tmp_path)["status"] == "warn"


def test_a_first_half_that_left_nothing_is_said_where_no_comment_was(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()

    comment(simulated, scene, scene.measured(pull, None, conclusion="failure"), tmp_path)

    assert len(pull.comments) == 1


def test_a_first_half_that_failed_and_left_reports_says_both(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()

    comment(simulated, scene, scene.measured(pull, conclusion="failure"), tmp_path)

    [body] = bodies(pull)
    assert "ended in `failure`. What it left may not be all." in body
    assert "| Coverage | claims fail |" in body


def test_a_run_that_waits_for_approval_makes_no_comment_and_mends_one(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull, None, conclusion="action_required")
    ended, github = comment(simulated, scene, measured, tmp_path)
    assert (ended.code, bodies(pull)) == (0, [])

    scene.said(pull, f"{MARKER}\nold figures")
    again(github, measured, tmp_path)

    assert "old figures" not in bodies(pull)[0]


def test_reports_of_an_earlier_attempt_are_marked(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull)
    scene.state.rerun(measured, at=scene.when(-0.5))
    scene.state.complete_run(measured, at=scene.when(-0.4), conclusion="failure")

    comment(simulated, scene, measured, tmp_path)

    assert "| Coverage \\* |" in bodies(pull)[0]
    assert "of an earlier attempt" in bodies(pull)[0]


def test_of_two_artifacts_of_a_name_the_newer_one_counts(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull, packed({"coverage.json": "broken"}))
    scene.state.add_artifact(measured, "repo-vitals", REPORTS)

    comment(simulated, scene, measured, tmp_path)

    assert report_of(tmp_path)["metrics"][1]["value"] == 0


@pytest.mark.parametrize(("event", "conclusion", "said"), [
    ("push", "success", "was not started by a pull request"), ("pull_request", None, "the run goes on"),
    ("pull_request_target", "success", "was not started by a pull request"),
])
def test_a_run_that_is_none_of_a_pull_request_s_is_no_business_of_it(
        simulated: Any, tmp_path: Path, event: str, conclusion: Any, said: str) -> None:
    scene = PullScene()
    pull = scene.pull()

    ended, _ = comment(simulated, scene, scene.measured(pull, event=event, conclusion=conclusion), tmp_path)

    assert (ended.code, bodies(pull)) == (0, [])
    assert said in ended.stdout


def test_a_run_that_is_not_there_is_the_caller_s_mistake(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    measured = scene.measured(scene.pull())

    ended, _ = comment(simulated, scene, measured, tmp_path, "--run-id", "123456789")

    assert ended.code == 2
    assert "run-id: acme/widget has no run 123456789" in ended.stdout


def test_artifacts_are_chosen_by_name_and_pattern(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()
    measured = scene.measured(pull, name="vitals-linux")
    scene.state.add_artifact(measured, "binaries", b"not even a zip")

    comment(simulated, scene, measured, tmp_path, "--artifact", "vitals-*")

    assert report_of(tmp_path)["metrics"][0]["value"] == 2


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
