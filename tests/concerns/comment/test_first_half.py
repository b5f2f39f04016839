"""In the run that measured: a comment where the token may write, else the summary and one notice."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.commands import Ended, read_report, run
from support.pull_scene import MARKER, MAY_COMMENT, READS, B, PullScene, failing, passing, text_of, within
from support.simulated import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.simulator.model import PullRequest

MAY_WRITE = {**READS, "pull_requests": "write"}


def comment(simulated: Any, scene: PullScene, folder: Path, environ: dict[str, str], *arguments: str,
            permissions: dict[str, Any]) -> Ended:
    """Run the command as a step beside two reports."""
    (folder / "out").mkdir(exist_ok=True)
    (folder / "out" / "coverage.json").write_text(text_of(failing()), encoding="utf-8")
    (folder / "out" / "security.json").write_text(text_of(passing()), encoding="utf-8")
    github = simulated(scene)
    given = arguments or ("--reports", "out/*.json")
    return run("comment", *given, folder=folder, at=github, environ=environ,
               token=github.token(permissions))


def notices(ended: Ended) -> list[str]:
    return [line.split("::")[-1] for line in ended.stdout.splitlines() if line.startswith("::notice")]


def bodies(pull: PullRequest) -> list[str]:
    return [one.body for one in pull.comments]


def test_reports_of_the_repository_s_own_branch_become_a_comment(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull(fork=False, by="ann")

    ended = comment(simulated, scene, tmp_path, within(tmp_path, pull), permissions=MAY_WRITE)

    assert ended.code == 0
    [body] = bodies(pull)
    assert body.startswith(f"{MARKER}\n## Reports of `aaaaaaaaaaaa`\n")
    assert "About commit `aaaaaaaaaaaa` in `acme/widget` by `ann`" in body
    assert "/actions/runs/777)" in body
    assert "From `out/coverage.json`." in body
    assert notices(ended) == [f"commented on {REPOSITORY}#{pull.number}"]


@pytest.mark.parametrize("permissions", [READS, {"contents": "read", "metadata": "read"}])
def test_a_fork_s_run_without_the_right_to_write_succeeds_with_the_summary_and_one_notice(
        simulated: Any, tmp_path: Path, permissions: dict[str, Any]) -> None:
    scene = PullScene()
    pull = scene.pull()

    ended = comment(simulated, scene, tmp_path, within(tmp_path, pull), permissions=permissions)

    assert (ended.code, bodies(pull)) == (0, [])
    [notice] = notices(ended)
    assert notice.startswith("no comment was written: the token of a pull request from a fork or by Dependabot may not")
    assert "on workflow_run" in notice
    assert not [line for line in ended.stdout.splitlines() if line.startswith(("::error", "::warning"))]
    assert "403" not in ended.stdout
    summary = (tmp_path / "summary").read_text(encoding="utf-8")
    assert summary.startswith(f"{MARKER}\n## Claimed reports")
    assert "From a fork by `zoe`" in summary
    assert "_No comment was written:" in summary


def test_dependabot_s_run_succeeds_too(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull(fork=False, by="dependabot[bot]")

    ended = comment(simulated, scene, tmp_path, within(tmp_path, pull), permissions=READS)

    assert (ended.code, len(notices(ended))) == (0, 1)
    assert "From a fork" not in (tmp_path / "summary").read_text(encoding="utf-8")


def test_a_fork_s_run_that_may_write_comments_and_says_whose_code_it_is(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull()

    comment(simulated, scene, tmp_path, within(tmp_path, pull, event="pull_request_target"), permissions=MAY_WRITE)

    assert "**From a fork by `zoe`; not checked by this repository.**" in bodies(pull)[0]


def test_a_job_of_one_s_own_that_lacks_the_permission_is_told_which(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull(fork=False, by="ann")

    ended = comment(simulated, scene, tmp_path, within(tmp_path, pull), permissions=READS)

    assert ended.code == 2
    assert "pull-requests: write" in ended.stdout
    assert read_report(tmp_path / "repo-vitals" / "comment.json") is not None


def test_a_run_whose_commit_is_no_longer_the_head_writes_nothing(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull(fork=False, by="ann")

    ended = comment(simulated, scene, tmp_path, within(tmp_path, pull, sha=B), permissions=MAY_WRITE)

    assert (ended.code, bodies(pull)) == (0, [])
    assert "the pull request moved on" in notices(ended)[0]


def test_a_run_of_no_pull_request_has_the_summary_alone(simulated: Any, tmp_path: Path) -> None:
    ended = comment(simulated, PullScene(), tmp_path, {}, permissions=READS)

    assert ended.code == 0
    assert "this run is of no pull request" in ended.stdout + ended.stderr


@pytest.mark.parametrize(("arguments", "said"), [
    (("--reports", "missing.json"), "missing.json"), (("--reports", "out/broken.json"), "broken.json"),
    (("--reports", "out/other.json"), "is no report: $.a may not be there"), ((), "reports: none given"),
    (("--reports", "out/*.json", "--run-id", "7"), "reports: given for a run that has ended"),
    (("--reports", "out/*.json", "--key", "a b"), "is not 1 to 40 small letters, digits and hyphens"),
    (("--run-id", "x"), "run-id"), (("--reports", "../*.json", "--most-findings", "101"), "most-findings"),
])
def test_what_the_caller_got_wrong_is_named(simulated: Any, tmp_path: Path, arguments: tuple[str, ...],
                                            said: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "broken.json").write_text('{"a": ', encoding="utf-8")
    (tmp_path / "out" / "other.json").write_text('{"a": 1}', encoding="utf-8")
    scene = PullScene()
    github = simulated(scene)

    ended = run("comment", *arguments, folder=tmp_path, at=github,
                environ=within(tmp_path, scene.pull(fork=False)), token=github.token(MAY_COMMENT))

    assert ended.code == 2
    assert said in ended.stdout


def test_a_broken_report_that_a_pattern_found_is_refused_and_the_others_are_shown(
        simulated: Any, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "broken.json").write_text('{"a": ', encoding="utf-8")
    scene = PullScene()
    pull = scene.pull(fork=False)

    ended = comment(simulated, scene, tmp_path, within(tmp_path, pull), permissions=MAY_WRITE)

    assert ended.code == 0
    assert "- `out/broken.json` is cut off at byte 6\n" in bodies(pull)[0]
    assert "| Coverage | ❌ fail |" in bodies(pull)[0]


def test_a_pattern_that_finds_nothing_is_said_and_is_no_success(simulated: Any, tmp_path: Path) -> None:
    scene = PullScene()
    pull = scene.pull(fork=False)

    ended = comment(simulated, scene, tmp_path, within(tmp_path, pull), "--reports", "none/*.json",
                    permissions=MAY_WRITE)

    assert ended.code == 0
    assert "There is no report that could be read" in bodies(pull)[0]
    report = read_report(tmp_path / "repo-vitals" / "comment.json")
    assert report is not None
    assert (report["status"], report["metrics"][0]["value"]) == ("warn", None)


def test_whom_to_trust_is_not_for_a_fork_s_checkout_to_say(simulated: Any, tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_text('[comment]\ntrusted-authors = ["mia"]\n', encoding="utf-8")
    scene = PullScene()
    pull = scene.pull()
    theirs = scene.said(pull, f"{MARKER}\nby mia", by="mia")

    comment(simulated, scene, tmp_path, within(tmp_path, pull), permissions=MAY_WRITE)

    assert theirs.body == f"{MARKER}\nby mia"


def test_run_does_not_run_it(simulated: Any, tmp_path: Path) -> None:
    ended = run("run", "--monitors", "comment", folder=tmp_path, at=simulated(PullScene()))

    assert ended.code == 2
    assert '"comment" is not a monitor' in ended.stderr
