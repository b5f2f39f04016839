"""What is asked of GitHub, by the real client from a simulated one."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.ci_health.details import requests_left
from repo_vitals.concerns.ci_health.policy import Policy
from repo_vitals.delivery.history_folder import write_folder
from repo_vitals.errors import InputError, PermissionMissing, RepositoryNotFound
from repo_vitals.sources.history import History
from repo_vitals.sources.history_folder import Folder
from repo_vitals.sources.history_points import Point
from support.ci import DAY, NOW, collected, judged, rules, status, until, value
from support.ci_scene import CiScene, sha
from support.simulated import REPOSITORY, Scene, simulated  # noqa: F401

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator

QUEUE = "gh-readonly-queue/main/pr-7-0123abcd"


def paths(github: Simulator) -> list[str]:
    return [entry.path.removeprefix(f"/repos/{REPOSITORY}/actions/") for entry in github.log]


def test_a_quiet_repository_takes_few_requests(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    scene.workflow()
    for place in range(25):
        scene.job(scene.run(at=-place - 1, sha=sha(place)))
    github = simulated(scene)
    facts = collected(github, policy=Policy(jobs=3))
    assert len(facts.runs) == 25
    # Repository and files; workflows; runs of the branch; three for jobs.
    assert paths(github)[:3] == ["/graphql", "workflows", "runs"]
    assert len(github.log) == 6


def test_the_branch_is_the_default_one_without_forks_and_its_queue_counts_where_it_is_named(
        simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    fork = scene.state.add_repository("eve/widget", fork=True)
    kept = [scene.run(at=-9), scene.run(at=-8, branch=QUEUE, event="merge_group"),
            scene.run(at=-7, event="workflow_dispatch")]
    scene.run(at=-6, branch="feature")
    scene.run(at=-5, branch="gh-readonly-queue/other/pr-1-aa", event="merge_group")
    scene.run(at=-4, event="pull_request", fork=fork)
    github = simulated(scene)
    queued = collected(github, policy=Policy(events=frozenset({"push", "merge_group"})))
    assert [run.id for run in queued.runs] == [run.id for run in kept]
    assert [run.id for run in collected(github).runs] == [kept[0].id, kept[2].id]


def test_another_branch_can_be_measured(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    scene.run(at=-9)
    other = scene.run(at=-8, branch="release/1.0 #é", event="push")
    facts = collected(simulated(scene), branch="release/1.0 #é")
    assert ([run.id for run in facts.runs], facts.default_branch) == ([other.id], "main")


def test_more_than_a_thousand_runs_are_read_whole_in_slices(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    # Many in the same second, over the boundary of a slice.
    made = [scene.run(at=-1 - place // 40 / 10, took=0) for place in range(2350)]
    github = simulated(scene)
    facts = collected(github, policy=Policy(jobs=0))
    assert {run.id for run in facts.runs} == {run.id for run in made}
    assert facts.missing == ()
    assert len(github.log) <= 4 + 26


def test_more_than_a_thousand_runs_of_one_second_are_said_to_be_missing(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    older = scene.run(at=-2)
    for _ in range(1010):
        scene.run(at=-1, took=0)
    facts = collected(simulated(scene), policy=Policy(jobs=0))
    assert len(facts.runs) == 1001
    assert older.id in {run.id for run in facts.runs}
    assert facts.missing == ("more than 1,000 runs were created at 2026-01-31T05:00:00Z; GitHub lists no more of them",)
    assert judged(facts).data["complete"] == list(facts.missing)


def test_a_workflow_whose_newest_runs_lie_far_back_is_asked_by_itself(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    rare = scene.workflow("rare.yml", "Rare")
    old = [scene.run(conclusion, at=-(70 + place) * DAY, of=rare)
           for place, conclusion in enumerate(["success", "cancelled", "failure", "success", "failure"])]
    facts = collected(simulated(scene), policy=Policy(last=3))
    assert [run.id for run in facts.runs] == [run.id for run in reversed(old[:4])]
    found = judged(facts, last=3, minimum_runs=2)
    assert value(found, "ci_success_ratio") == pytest.approx(2 / 3)
    assert status(found, "ci_success_ratio") == "unknown"
    assert any("last ran" in note for note in found.notes)


def test_attempts_are_asked_for_only_where_a_run_was_made_again(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    for place in range(6):
        scene.run(at=-place - 10)
    again = scene.run("failure", "cancelled", "success", at=-5)
    github = simulated(scene)
    facts = collected(github, policy=Policy(jobs=0))
    assert [path for path in paths(github) if "attempts" in path] == [
        f"runs/{again.id}/attempts/1", f"runs/{again.id}/attempts/2"]
    assert {number: one.conclusion for number, one in facts.earlier[again.id].items() if one} == {
        1: "failure", 2: "cancelled"}


def test_an_attempt_that_is_gone_is_known_to_be_gone(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    again = scene.run("failure", "success", at=-5)
    scene.state.forget_attempt(again, 1)
    facts = collected(simulated(scene))
    assert facts.earlier == {again.id: {1: None}}
    assert value(judged(facts), "ci_first_attempt_success_ratio") is None


def test_the_last_success_of_a_security_workflow_is_looked_for_beyond_the_runs_of_its_queue(
        simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    audit = scene.workflow("audit.yml", "Audit")
    ours = scene.run(at=-90 * DAY, of=audit)
    for place in range(3):
        scene.run(at=-place - 1, of=audit, branch=QUEUE, event="merge_group")
    policy: dict[str, Any] = {"workflows": ("audit.yml",), "security_workflows": ("audit.yml",), "last": 2,
                              "events": frozenset({"push", "merge_group"})}
    found = judged(collected(simulated(scene), policy=Policy(**policy)), **policy)
    assert found.data["security"][0]["last_success"]["id"] == ours.id


def test_jobs_are_asked_for_of_a_sample_with_as_many_runs_of_each_workflow(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    busy, quiet = scene.workflow("busy.yml", "Busy"), scene.workflow("quiet.yml", "Quiet")
    runs = [scene.run("failure" if place == 1 else "success", at=-place - 1, of=busy) for place in range(9)]
    other = scene.run(at=-300, of=quiet)
    scene.run("skipped", at=-0.5, of=busy)
    scene.run(None, at=-0.4, of=busy)
    for run in [*runs, other]:
        scene.job(run)
    facts = collected(simulated(scene), policy=Policy(jobs=3))
    assert set(facts.jobs_of) == {runs[0].id, runs[1].id, other.id}
    assert judged(facts, jobs=3).data["jobs_examined"] == {"runs": 3, "jobs": 3, "limit": 3}


def test_a_run_without_jobs_is_no_error(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    scene.run("failure", at=-3)
    facts = collected(simulated(scene))
    assert (facts.jobs, len(facts.jobs_of)) == ((), 1)
    assert judged(facts).data["failures"] == []


@pytest.mark.parametrize(("listed", "jobs", "left"), [(100, 50, 107), (5000, 50, 58), (30_000, 50, 56), (100, 0, 57)])
def test_what_is_asked_one_by_one_leaves_room_for_the_listing(listed: int, jobs: int, left: int) -> None:
    assert requests_left(Policy(jobs=jobs), listed=listed) == left


def test_a_first_run_stays_within_its_requests_where_many_runs_were_made_again(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    for place in range(300):
        scene.run("failure", "success", at=-place - 3, took=0.1, again=0.2, sha=sha(place))
    github = simulated(scene)
    facts = collected(github)
    assert len(github.log) <= 120
    assert facts.undecided == 300 - len(facts.earlier)
    assert len(facts.jobs_of) >= 20
    assert any(f"{facts.undecided} runs were run again" in note for note in judged(facts).notes)


@pytest.mark.parametrize("missing", ["actions", "contents"])
def test_each_permission_is_needed_and_named_when_it_is_missing(simulated: Any, missing: str) -> None:  # noqa: F811
    scene = CiScene()
    scene.run()
    github = simulated(scene)
    granted: Any = {"actions": "read", "contents": "read"}
    collected(github, environ={"GITHUB_TOKEN": github.token(granted)})
    del granted[missing]
    with pytest.raises(PermissionMissing, match=f"{missing}: read"):
        collected(github, environ={"GITHUB_TOKEN": github.token({"metadata": "read", **granted})})


def test_a_repository_that_is_not_there_is_said_to_be_missing(simulated: Any) -> None:  # noqa: F811
    with pytest.raises(RepositoryNotFound):
        collected(simulated(CiScene()), repository="acme/gadget")


def test_an_empty_repository_is_unknown(simulated: Any) -> None:  # noqa: F811
    facts = collected(simulated(Scene()))
    assert facts.runs == facts.measured == ()
    assert status(judged(facts), "ci_lowest_success_ratio") == "unknown"
    assert any("is empty" in note for note in facts.notes)


def test_a_workflow_that_does_not_exist_is_the_callers_mistake(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    scene.workflow("build.yml", "Build")
    with pytest.raises(InputError, match=r'no workflow is called "biuld\.yml"; did you mean build\.yml'):
        collected(simulated(scene), policy=Policy(workflows=("biuld.yml",)))


@pytest.mark.parametrize("listed", [True, False])
def test_a_deleted_workflow_is_left_out_unless_it_is_named(simulated: Any, listed: bool) -> None:  # noqa: F811
    scene = CiScene()
    scene.workflow()
    gone = scene.workflow("old.yml", "Old")
    scene.run("failure", of=gone)
    scene.state.delete_workflow(gone, listed=listed)
    github = simulated(scene)
    found = collected(github)
    assert [workflow.label for workflow in found.measured] == ["ci.yml"]
    assert "old.yml" in found.left_out
    named = collected(github, policy=Policy(workflows=("old.yml",)))
    assert value(judged(named), "ci_success_ratio") == 0


def test_a_workflow_that_never_ran_on_the_branch_is_unknown(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    scene.run(branch="feature")
    found = judged(collected(simulated(scene)))
    assert status(found, "ci_success_ratio") == "unknown"
    assert "ci.yml: never ran on main by push, schedule" in found.notes


def test_the_newest_scheduled_run_is_looked_for_however_old(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    old = scene.workflow("yearly.yml", "Yearly", text="on: {schedule: [{cron: '0 3 1 1 *'}]}", at=scene.when(-9000))
    never = scene.workflow("monthly.yml", "Monthly", text="on: {schedule: [{cron: '0 3 1 * *'}]}", at=scene.when(-9000))
    run = scene.run(at=-300 * DAY, of=old, event="schedule")
    facts = collected(simulated(scene))
    found = facts.scheduled[old.id]
    assert found is not None
    assert found.id == run.id
    assert facts.scheduled[never.id] is None
    assert rules(judged(facts)).count("overdue-schedule") == 2


def test_a_broken_workflow_file_is_a_note_and_ends_nothing(simulated: Any) -> None:  # noqa: F811
    scene = CiScene()
    scene.workflow("bad.yml", "Bad", text="on: [\n")
    scene.workflow("binary.yml", "Binary", text=b"\x00\xff\xfe")
    scene.run(of=scene.repository.workflows[0])
    notes = judged(collected(simulated(scene))).notes
    assert ".github/workflows/bad.yml: it is not valid YAML; its schedule is not known" in notes
    assert ".github/workflows/binary.yml: it is not text; its schedule is not known" in notes


def test_monitors_are_known_by_what_they_recorded(simulated: Any, tmp_path: Path) -> None:  # noqa: F811
    scene = CiScene()
    scene.run()
    github = simulated(scene)
    writing = History(Folder(tmp_path))
    for days in (14, 13, 11, 8, 7):
        moment = NOW - timedelta(days=days)
        writing.record("community-metrics", REPOSITORY, [Point(
            period=moment.strftime("%Y-%m-%d"), name="issues_open", value=3, samples=1, at=moment)])
        write_folder(writing)
        writing = History(Folder(tmp_path))
    facts = collected(github, history=History(Folder(tmp_path)))
    assert facts.recorded is not None
    known = facts.recorded["community-metrics"]
    assert (known.last, known.longest_gap) == (NOW - timedelta(days=7), timedelta(days=3))
    assert "silent-monitor" not in rules(judged(facts))
    later = collected(github, history=History(Folder(tmp_path)), window=until(NOW + timedelta(days=3)))
    assert "silent-monitor" in rules(judged(later, window=until(NOW + timedelta(days=3))))


def test_what_is_remembered_is_not_asked_for_again(simulated: Any, tmp_path: Path) -> None:  # noqa: F811
    scene = CiScene()
    scene.workflow("rare.yml", "Rare", text="on: {push: {}, schedule: [{cron: '0 3 1 1 *'}]}")
    for place in range(250):
        scene.job(scene.run(*(("failure", "success") if place % 40 == 0 else ("success",)), at=-place * 5 - 8,
                            sha=sha(place), of=scene.repository.workflows[0]))
    github = simulated(scene)

    def asked(end: Any) -> int:
        github.log.clear()
        history = History(Folder(tmp_path))
        collected(github, window=until(end), history=history)
        write_folder(history)
        return len(github.log)
    first = asked(NOW)
    assert first > 50
    # Repository, workflows, a listing, and one look at all that is remembered.
    assert asked(NOW) == 4
    scene.state.rerun(scene.repository.runs[-30], at=NOW)
    scene.state.delete_run(scene.repository.runs[-60])
    scene.job(scene.run(at=0.5, of=scene.repository.workflows[0]))
    assert asked(NOW + timedelta(hours=2)) <= 10


def test_runs_that_moved_together_are_read_together(simulated: Any, tmp_path: Path) -> None:  # noqa: F811
    scene = CiScene()
    runs = [scene.run(at=-place - 3) for place in range(200)]
    github = simulated(scene)
    history = History(Folder(tmp_path))
    collected(github, history=history, policy=Policy(jobs=0))
    write_folder(history)
    for run in runs[100:120]:
        scene.state.rerun(run, at=NOW - timedelta(minutes=5))
    github.log.clear()
    facts = collected(github, history=History(Folder(tmp_path)), policy=Policy(jobs=0))
    assert sum(run.attempt == 2 for run in facts.runs) == 20
    assert [path for path in paths(github) if path == "runs"] == ["runs"] * 2


def test_a_workflow_is_enabled_again_and_no_other(simulated: Any) -> None:  # noqa: F811
    from repo_vitals.concerns.ci_health.apply import apply
    from repo_vitals.report.model import Cost
    from repo_vitals.sources.github_connection import connect

    scene = CiScene()
    asleep = scene.workflow("asleep.yml", "Asleep", text="on: {schedule: [{cron: '0 3 * * *'}]}")
    off = scene.workflow("off.yml", "Off")
    scene.state.disable_workflow(asleep)
    scene.state.disable_workflow(off, "disabled_manually")
    github = simulated(scene)
    policy = Policy(enable_workflows=True)
    judgement = judged(collected(github, policy=policy), enable_workflows=True)

    def act(access: str, *, dry_run: bool) -> Any:
        environ = {**github.environment(), "GITHUB_TOKEN": github.token({"actions": access, "contents": "read"})}
        connection = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(),
                             max_wait=timedelta(seconds=5))
        return apply(connection, judgement, dry_run=dry_run).notes[-1]
    assert judgement.data["actions"] == [{
        "verb": "enable-workflow", "target": ".github/workflows/asleep.yml", "before": "disabled_inactivity",
        "after": "active"}]
    assert act("read", dry_run=True) == "dry-run: .github/workflows/asleep.yml would be enabled again"
    assert asleep.state == "disabled_inactivity"
    with pytest.raises(PermissionMissing, match="actions: write"):
        act("read", dry_run=False)
    assert act("write", dry_run=False) == ".github/workflows/asleep.yml was enabled again"
    assert (asleep.state, off.state) == ("active", "disabled_manually")
