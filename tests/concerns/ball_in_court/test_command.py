"""The command from end to end, against the simulated GitHub."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.delivery import pace
from repo_vitals.simulator.faults import Fault, FaultPlan
from support import hostile, runner
from support.commands import Ended, read_report, run
from support.simulated import REPOSITORY, Scene

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator

MAY = {"issues": "write", "pull_requests": "write"}
LABEL = "awaiting-author"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN", 0)


def scene() -> Scene:
    """Two issues and a pull request that wait for their authors, and others that do not."""
    told = Scene().role("mia", "MEMBER")
    told.issue(at=-90).comment(by="mia", at=-80)
    told.issue(at=-90).comment(by="mia", at=-80).comment(by="ann", at=-70)
    told.issue(at=-90).comment(by="zoe", at=-80)
    told.issue(at=-90).comment(by="mia", at=-60).comment(by="helper[bot]", at=-50)
    told.pull_request(at=-90).review(by="mia", at=-60)
    told.pull_request(at=-90).review(by="mia", at=-60, state="APPROVED")
    return told


def labelled(told: Scene, label: str = LABEL) -> list[int]:
    return [number for number, thread in sorted(told.repository.threads.items())
            if label in {one.name for one in thread.labels}]


def court(github: Simulator, folder: Path, *given: str, permissions: Any = None) -> Ended:
    return run("ball-in-court", *given, folder=folder, at=github, token=github.token(permissions or MAY),
               environ={"GITHUB_STEP_SUMMARY": str(folder / "summary"), "GITHUB_ACTIONS": "true"})


def report_of(folder: Path) -> dict[str, Any]:
    found = read_report(folder / "repo-vitals" / "ball-in-court.json")
    assert found is not None
    return found


def writes(github: Simulator) -> list[tuple[str, str]]:
    return [(entry.method, entry.path.removeprefix(f"/repos/{REPOSITORY}")) for entry in github.log
            if entry.method != "GET" and entry.path != "/graphql"]


def test_what_waits_for_its_author_is_labelled_and_a_second_run_writes_nothing(simulated: Any, tmp_path: Path) -> None:
    told = scene()
    github = simulated(told)

    ended = court(github, tmp_path, "--pull-requests", "true")

    assert (ended.code, labelled(told)) == (0, [1, 4, 5])
    assert told.repository.labels[LABEL].color == "fbca04"
    assert report_of(tmp_path)["summary"] == (
        "awaiting their author: 2 issues and 1 pull request; label put on 3, taken off 0")
    assert report_of(tmp_path)["cost"]["requests"] == 4 + 1 + 1 + 3     # reads, whether the label is there, writes
    assert "An issue | put on | a member spoke last |" in (tmp_path / "summary").read_text(encoding="utf-8")
    github.log.clear()
    court(github, tmp_path, "--pull-requests", "true")
    assert (writes(github), len(github.log)) == ([], 4)


def test_the_label_goes_as_soon_as_the_author_spoke_or_pushed_and_comes_again_with_a_member_s_word(
        simulated: Any, tmp_path: Path) -> None:
    told = scene()
    github = simulated(told)
    court(github, tmp_path, "--pull-requests", "true")
    first, pull = told.repository.threads[1], told.repository.threads[5]
    told.state.add_label(first, "Stale", at=told.when(-0.5), by=told.who("github-actions[bot]"))
    told.state.comment(first, by=told.who("ann"), at=told.when(-0.4), body="Here it is")
    pull.head_sha = "b" * 40

    court(github, tmp_path, "--pull-requests", "true")

    assert (labelled(told), labelled(told, "Stale")) == ([4], [])
    told.state.comment(first, by=told.who("mia"), at=told.when(-0.3), body="And the version?")
    court(github, tmp_path)
    assert labelled(told) == [1, 4]


def test_a_dry_run_plans_and_writes_nothing(simulated: Any, tmp_path: Path) -> None:
    told = scene()
    github = simulated(told)

    ended = court(github, tmp_path, "--dry-run", "true", permissions={"issues": "read"})

    assert (ended.code, labelled(told), writes(github)) == (0, [], [])
    assert report_of(tmp_path)["data"]["actions"] == [
        {"verb": "add-labels", "target": f"{REPOSITORY}#{number}", "before": None, "after": {"labels": [LABEL]}}
        for number in (1, 4)]
    assert "dry-run: would have put the label awaiting-author on #1, #4" in ended.stdout


def test_threads_whose_end_tells_too_little_are_read_further_back_together(simulated: Any, tmp_path: Path) -> None:
    told = Scene().role("mia", "MEMBER")
    for _ in range(4):
        told.issue(at=-900).comment(by="mia", at=-800).comment(by="helper[bot]", at=-700, times=150, every=1)
    # Put on by a person long ago, and many words and labels since, the first of which were the author's.
    asked = told.issue(at=-900).label(LABEL, at=-850, by="mia").comment(by="ann", at=-840)
    asked.comment(by="zoe", at=-800, times=40, every=1)
    for hours in range(30):
        asked.label(f"l{hours}", at=-700 + hours, by="mia")
    github = simulated(told)

    court(github, tmp_path)

    assert labelled(told) == [1, 2, 3, 4]
    assert [entry.operation for entry in github.log if entry.path == "/graphql"] == [
        "Viewer", "IssueTurns", *["EarlierTurns"] * 4, "LabelsByName"]


def test_many_pages_are_read_to_the_end(simulated: Any, tmp_path: Path) -> None:
    told = Scene().role("mia", "MEMBER")
    for _ in range(120):
        told.issue(at=-90).comment(by="mia", at=-80)

    court(simulated(told), tmp_path, "--limit", "5")

    assert len(labelled(told)) == 5
    report = report_of(tmp_path)
    assert {metric["name"]: metric["value"] for metric in report["metrics"]}["awaiting_author_left"] == 115
    assert (report["status"], report["findings"][0]["rule"]) == ("warn", "writes-left")


@pytest.mark.parametrize("fault", [
    Fault(kind="status", status=502, method="POST", path="/repos/*/labels", nth=(2,), applied=True),
    Fault(kind="reset", method="POST", path="/repos/*/labels", nth=(2,)),
    Fault(kind="status", status=422, body="json", method="POST", path="/repos/*/issues/1/labels", times=1),
    Fault(kind="status", status=422, body="json", method="POST", path="/repos/*/labels", times=4),
    Fault(kind="heavy", operation="IssueTurns", status=502, above=25),
    Fault(kind="partial-data", operation="IssueTurns", times=1),
], ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.path or fault.operation}-{fault.applied}")
def test_a_call_that_is_lost_heals_by_the_next_run_at_the_latest(
        simulated: Any, tmp_path: Path, fault: Fault) -> None:
    told = scene()
    github = simulated(told, faults=FaultPlan([fault]))

    first = court(github, tmp_path)
    done = len(labelled(told))

    assert fault.fired
    assert (first.code, done) in ((0, 2), (3, 1), (3, 0))
    assert {metric["name"]: metric["value"] for metric in report_of(tmp_path)["metrics"]
            }["awaiting_author_labelled"] == done
    assert (court(github, tmp_path).code, labelled(told)) == (0, [1, 4])


@pytest.mark.parametrize(("permissions", "change", "said"), [
    ({"issues": "read"}, lambda repository: None, "issues: write"),
    (MAY, lambda repository: setattr(repository, "archived", True), "archived"),
    (MAY, lambda repository: setattr(repository, "issues_enabled", False), "issues switched off"),
])
def test_what_stands_against_every_write_is_said_once_and_ends_in_2(
        simulated: Any, tmp_path: Path, permissions: Any, change: Any, said: str) -> None:
    told = scene()
    told.state.label(told.repository, LABEL)
    change(told.repository)
    github = simulated(told)

    ended = court(github, tmp_path, permissions=permissions)

    errors = [line for line in ended.stdout.splitlines() if line.startswith("::error")]
    assert (ended.code, len(errors), labelled(told)) == (2, 1, [])
    assert said in errors[0]
    assert len(writes(github)) <= 1


def test_what_was_marked_and_closed_is_looked_up_with_the_rest(simulated: Any, tmp_path: Path) -> None:
    told = scene()
    closed = told.issue(at=-90).comment(by="mia", at=-80).label(LABEL, at=-79, by="github-actions[bot]")
    closed.comment(by="ann", at=-2).close(at=-1)
    pull = told.pull_request(at=-90).review(by="mia", at=-60).label(LABEL, "Stale", at=-1, by="github-actions[bot]")

    ended = court(simulated(told), tmp_path, "--staled", f'[{{"number": {pull.number}}}]', "--closed",
                  f"[{closed.number}, 999]")

    report = report_of(tmp_path)
    assert ended.code == 1
    assert report["data"]["effect"] == {"marked": {"items": [pull.number], "wrongly": []}, "closed": {
        "items": [closed.number], "wrongly": [{"number": closed.number, "why": "author-spoke"}]}}
    assert [finding["rule"] for finding in report["findings"]] == ["wrongly-closed"]
    assert "1 of what was told as marked or closed can't be found: deleted or moved" in report["data"]["notes"]


def test_no_title_or_comment_of_a_stranger_s_is_more_than_text(simulated: Any, tmp_path: Path) -> None:
    told = Scene().role("mia", "MEMBER")
    for words in hostile.FRAGMENTS:
        told.issue(at=-90, title=words).comment(by="mia", at=-80, body=words)
    closed = [told.issue(at=-90, title=words).close(at=-80).number for words in hostile.FRAGMENTS]

    ended = court(simulated(told), tmp_path, "--closed", str(closed), "--label", "needs: answer",
                  "--limit", "400")

    report = report_of(tmp_path)
    assert len(labelled(told, "needs: answer")) == len(report["data"]["items"]) == len(hostile.FRAGMENTS)
    assert re.fullmatch(r"[a-z0-9 :;(),]+", report["summary"])
    # What is a command in the log is one of ours: the error that ends the run, findings, and what was done.
    assert {command.name for command in runner.commands(ended.stdout)} <= {"error", "notice", "add-mask"}
