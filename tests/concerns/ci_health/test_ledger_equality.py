"""A run with a history tells what one without tells, whatever happened in between. It only asks for less."""
from __future__ import annotations

import random
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.ci_health.judge import judge
from repo_vitals.concerns.ci_health.measure import measure
from repo_vitals.concerns.ci_health.policy import Policy
from repo_vitals.delivery.history_folder import write_folder
from repo_vitals.sources.history import History
from repo_vitals.sources.history_folder import Folder
from support.ci import NOW, collected, until
from support.ci_scene import CiScene, sha
from support.simulated import serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from repo_vitals.report.model import Cost, Judgement
    from repo_vitals.simulator.server import Simulator

CRON = "on:\n  push:\n  merge_group:\n  schedule:\n    - cron: '0 3 * * 1'\n"


def told(github: Simulator, end: datetime, *, history: History | None = None, days: float = 10, branch: str = "main",
         cost: Cost | None = None, **policy: Any) -> Judgement:
    window, wanted = until(end, days), Policy(**{"last": 4, "minimum_runs": 2, "jobs": 6, **policy})
    facts = collected(github, window=window, policy=wanted, branch=branch, history=history, cost=cost,
                      environ={"GITHUB_TOKEN": github.token()})
    return judge(measure(facts, window, wanted), facts, window, wanted)


def remembering(github: Simulator, folder: Path, end: datetime, **given: Any) -> Judgement:
    history = History(Folder(folder))
    found = told(github, end, history=history, **given)
    write_folder(history)
    return found


class World:
    """A repository to which anything may happen at any time, by a die of its own."""

    def __init__(self, seed: int) -> None:
        self.scene = CiScene()
        self.chance = random.Random(seed)
        self.now = NOW - timedelta(days=60)
        self.workflows = [self.scene.workflow("ci.yml", "CI", text=CRON),
                          self.scene.workflow("rare.yml", "Rare", text="on: push"),
                          self.scene.workflow("nightly.yml", "Nightly", text=CRON)]

    def pass_time(self, days: float, happenings: int) -> None:
        end = self.now + timedelta(days=days)
        for moment in sorted(self.chance.uniform(0, days * 86400) for _ in range(happenings)):
            self._happen((self.now + timedelta(seconds=moment)).replace(microsecond=0))
        self.now = end

    def _happen(self, moment: datetime) -> None:
        state, runs = self.scene.state, self.scene.repository.runs
        open_runs = [run for run in runs if run.status != "completed"]
        over = [run for run in runs if run.status == "completed" and moment - run.created_at < timedelta(days=30)]
        what = self.chance.choices(
            ("start", "complete", "rerun", "delete", "disable", "enable", "delete-workflow", "lose"),
            (50, 40, 12, 6, 1, 1, 0.3, 3))[0]
        if what == "start":
            self._start(moment)
        elif what == "complete" and open_runs:
            run = self.chance.choice(open_runs)
            if run.latest.updated_at < moment:
                state.complete_run(run, at=moment, conclusion=self.chance.choice(
                    ("success", "success", "success", "failure", "cancelled", "skipped", "timed_out")))
        elif what == "rerun" and over:
            run = self.chance.choice(over)
            if run.updated_at < moment:
                state.rerun(run, at=moment, failed_only=self.chance.random() < 0.5)
                self._job(run)
        elif what == "delete" and over:
            state.delete_run(self.chance.choice(over))
        elif what in ("disable", "enable"):
            state.disable_workflow(self.chance.choice(self.workflows),
                                   "active" if what == "enable" else "disabled_inactivity", at=moment)
        elif what == "delete-workflow" and len(self.workflows) > 1:
            state.delete_workflow(self.workflows.pop(), at=moment)
        elif what == "lose" and runs:
            run = self.chance.choice(runs)
            # What a history remembers of an attempt is not lost with it, so that only unknown ones are lost here.
            if len(run.attempts) == 1 and run.status == "completed" and moment > run.updated_at:
                state.rerun(run, at=moment)
                state.forget_attempt(run, 1)

    def _start(self, moment: datetime) -> None:
        workflow = self.chance.choices(self.workflows, (8, 1, 3)[:len(self.workflows)])[0]
        event, branch = self.chance.choice((
            ("push", "main"), ("push", "main"), ("schedule", "main"), ("pull_request", "feature"), ("push", "release"),
            ("merge_group", "gh-readonly-queue/main/pr-7-abc"), ("workflow_dispatch", "main")))
        run = self.scene.state.start_run(workflow, at=moment, branch=branch, event=event,
                                         sha=sha(self.chance.randrange(40)))
        self._job(run)

    def _job(self, run: Any) -> None:
        started = run.latest.started_at + timedelta(seconds=self.chance.randrange(90))
        self.scene.state.add_job(
            run, name=self.chance.choice(("build", "test")), created_at=run.latest.started_at, started_at=started,
            completed_at=started + timedelta(seconds=self.chance.randrange(300)),
            conclusion=self.chance.choice(("success", "failure")), steps=[
                ("Compile", "success", started, started + timedelta(seconds=9))])


@given(seed=st.integers(0, 10**6), spans=st.lists(st.tuples(
    st.sampled_from([0, 0.01, 0.4, 1, 3, 9, 25]), st.integers(0, 40)), min_size=1, max_size=4), data=st.data())
# Without shrinking, which would take an hour: a seed and the days are enough to go after a difference.
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_with_a_history_the_report_is_the_same(seed: int, spans: list[tuple[float, int]], data: st.DataObject) -> None:
    world = World(seed)
    world.pass_time(40, 90)
    with serving(world.scene) as github, tempfile.TemporaryDirectory() as folder:
        for days, happenings in [(0.0, 0), *spans]:
            world.pass_time(days, happenings)
            asked: dict[str, Any] = data.draw(st.sampled_from([
                {}, {}, {}, {"days": 14}, {"days": 5}, {"last": 9}, {"last": 1}, {"branch": "release"},
                {"workflows": ("ci.yml",)}, {"events": frozenset({"push"})},
                {"events": frozenset({"push", "merge_group"})}, {"security_workflows": ("ci.yml",)},
                {"events": frozenset({"push", "merge_group"}), "security_workflows": ("rare.yml",)
                 if world.workflows[1:] else ()}, {"jobs": 2}, {"jobs": 40}]))
            expected = told(github, world.now, **asked)
            assert remembering(github, Path(folder), world.now, **asked) == expected


def test_a_longer_window_has_the_runs_between_its_beginning_and_the_older_ones_that_were_kept(tmp_path: Path) -> None:
    scene = CiScene()
    for days in (1, 2, 23, 25, 26, 27):      # of ten days, the newest four reach beyond the window before
        scene.run(at=-days * 24, took=1)
    with serving(scene) as github:
        assert remembering(github, tmp_path, NOW) == told(github, NOW)
        assert remembering(github, tmp_path, NOW, days=14) == told(github, NOW, days=14)


@pytest.fixture(scope="module")
def github_and_world() -> Any:
    """No test changes anything of it."""
    world = World(3)
    world.pass_time(45, 160)
    with serving(world.scene) as github:
        yield github, world


@pytest.fixture(scope="module")
def ledger_and_truth(github_and_world: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Judgement]:
    """What a run over thirty days left behind, to be copied, and what one without a history tells."""
    github, world = github_and_world
    folder = tmp_path_factory.mktemp("ledger")
    remembering(github, folder, world.now, days=30)
    return folder, told(github, world.now, days=30)


def damage(folder: Path, change: Callable[[str], str], name: str) -> None:
    (path,) = folder.rglob(name)
    path.write_text(change(path.read_text()))


@pytest.mark.parametrize("name", ["head.json", "jobs.jsonl", "2025-12.jsonl"])
@pytest.mark.parametrize("change", [
    lambda text: text[:-40], lambda text: text.replace("success", "failure", 1), lambda _: "", lambda _: "{}",
    lambda _: "[" * 100_000, lambda text: text + "\x00"])
def test_a_damaged_ledger_costs_requests_and_never_a_figure(
        github_and_world: Any, ledger_and_truth: tuple[Path, Judgement], tmp_path: Path, name: str,
        change: Callable[[str], str]) -> None:
    github, world = github_and_world
    ledger, expected = ledger_and_truth
    shutil.copytree(ledger, tmp_path, dirs_exist_ok=True)
    damage(tmp_path, change, name)
    found = remembering(github, tmp_path, world.now, days=30)
    assert (found.metrics, found.findings) == (expected.metrics, expected.findings)
    assert remembering(github, tmp_path, world.now, days=30) == expected     # it was written anew


def test_a_clock_that_was_set_back_and_goes_on_loses_nothing(github_and_world: Any, tmp_path: Path) -> None:
    github, world = github_and_world
    for days in (0, 6, 40, 3, 0):
        end = world.now - timedelta(days=days)
        assert remembering(github, tmp_path, end) == told(github, end)


def test_a_year_without_a_run_leaves_no_gap(github_and_world: Any, tmp_path: Path) -> None:
    github, world = github_and_world
    for days in (400, 0):
        end = world.now - timedelta(days=days)
        assert remembering(github, tmp_path, end) == told(github, end)


def test_a_ledger_of_a_newer_version_is_left_as_it_is(github_and_world: Any, tmp_path: Path) -> None:
    github, world = github_and_world
    remembering(github, tmp_path, world.now)
    damage(tmp_path, lambda text: text.replace('"schema_version":1', '"schema_version":2'), "head.json")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    found = remembering(github, tmp_path, world.now)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert found.metrics == told(github, world.now).metrics
    assert any("schema version 2" in note for note in found.notes)


def test_the_ledger_of_another_repository_is_not_believed(github_and_world: Any, tmp_path: Path) -> None:
    github, world = github_and_world
    remembering(github, tmp_path, world.now)
    other = World(9)
    other.pass_time(45, 60)
    other.scene.repository.id = 424242      # deleted and made again under the same name
    with serving(other.scene) as remade:
        found = remembering(remade, tmp_path, other.now)
        assert any("another repository" in note for note in found.notes)
        assert found.metrics == told(remade, other.now).metrics
