"""The command from end to end: one report in every shape, whatever strangers wrote."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.simulator.deps_dev import DepsDevSimulator
from repo_vitals.simulator.faults import Fault, FaultPlan
from support.commands import read_report, run
from support.dependencies import CARGO_LOCK, dependabot, renovate, renovate_row, small_scene, small_world
from support.hostile import FRAGMENTS
from support.simulated import serving

if TYPE_CHECKING:
    from pathlib import Path

    from support.commands import Ended
    from support.simulated import Scene


def ended(scene: Scene, folder: Path, *options: str, **environ: str) -> tuple[Ended, dict[str, Any]]:
    with serving(scene) as github, DepsDevSimulator(small_world()) as deps_dev:
        done = run(
            "dependency-health",
            "--deps-dev",
            deps_dev.url,
            "--openmetrics",
            "x.prom",
            "--badge",
            "x.svg",
            *options,
            folder=folder,
            at=github,
            environ=environ,
        )
    report = read_report(folder / "repo-vitals" / "dependency-health.json")
    assert report is not None, done.stderr
    return done, report


def healthy() -> Scene:
    """A dependency a year behind, whose last update was merged a week ago."""
    scene = small_scene()
    dependabot(scene, "serde", "1.0.99", "1.0.100", "patch", at=-24 * 8).merge(at=-24 * 7)
    return scene


def test_a_healthy_repository_passes_with_figures_in_every_form(tmp_path: Path) -> None:
    done, report = ended(healthy(), tmp_path)
    assert (done.code, report["status"], report["data"]["complete"]) == (0, "pass", True)
    assert report["summary"] == (
        "update pull requests open: 0; overdue: 0; failing: 0; direct dependencies outdated: 1; libyears: 1.0"
    )
    assert 'repo_vitals_dependency_libyears{monitor="dependency-health",repository="acme/widget"} 1' in (
        tmp_path / "x.prom").read_text(encoding="utf-8")


def test_two_runs_at_one_moment_say_the_same_but_for_their_cost(tmp_path: Path) -> None:
    scene = small_scene()
    dependabot(scene, "serde", "1.0.100", "1.0.200", "patch", at=-400, checks="FAILURE")
    reports = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        _, report = ended(scene, tmp_path / name, "--history", str(tmp_path / "history"))
        reports.append({key: value for key, value in report.items() if key != "cost"})
    assert reports[0] == reports[1]


def test_a_run_with_a_budget_is_unknown_until_the_history_has_it_all(tmp_path: Path) -> None:
    scene, codes, statuses = healthy(), [], []
    for _ in range(3):
        done, report = ended(scene, tmp_path, "--history", str(tmp_path / "history"), "--deps-dev-requests", "1",
                             "--unknown-is", "fail")
        codes.append(done.code)
        statuses.append(report["status"])
    assert (codes, statuses) == ([1, 1, 0], ["unknown", "unknown", "pass"])


def test_a_deps_dev_that_does_not_answer_ends_in_3_with_the_report_and_the_history_written(tmp_path: Path) -> None:
    history = ("--history", str(tmp_path / "history"))
    with serving(healthy()) as github, DepsDevSimulator(small_world()) as deps_dev:
        deps_dev.faults = FaultPlan([Fault(kind="status", status=418)])
        done = run("dependency-health", "--deps-dev", deps_dev.url, *history, folder=tmp_path, at=github,
                   environ={"GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(tmp_path)})
    assert done.code == 3
    assert "::error title=Dependency health::deps.dev" in done.stdout
    report = read_report(tmp_path / "repo-vitals" / "dependency-health.json")
    assert report is not None
    assert (report["status"], report["data"]["complete"]) == (
        "unknown", "deps.dev: deps.dev answered 418; is the address in `deps-dev` right?")
    assert list((tmp_path / "history").rglob("*.jsonl"))


def test_a_question_that_deps_dev_fails_on_makes_the_verdict_unknown_and_no_error(tmp_path: Path) -> None:
    for path in ("*/packages/serde", "*/packages/serde/versions/*"):
        with serving(healthy()) as github, DepsDevSimulator(small_world()) as deps_dev:
            deps_dev.faults = FaultPlan([Fault(kind="status", status=418, path=path)])
            done = run("dependency-health", "--deps-dev", deps_dev.url, folder=tmp_path, at=github)
        report = read_report(tmp_path / "repo-vitals" / "dependency-health.json")
        assert report is not None
        assert (done.code, report["status"]) == (0, "unknown")
        assert "1 question" in report["data"]["complete"]
        unchecked = next(one for one in report["metrics"] if one["name"] == "dependencies_unchecked")
        assert (unchecked["value"], unchecked["status"]) == (1, "unknown")


def test_rules_can_hold_the_libyears_to_a_limit(tmp_path: Path) -> None:
    rule = 'high: [.metrics[] | select(.name == "dependency_libyears" and .value > 0.5)] | length > 0 # too far behind'
    done, report = ended(healthy(), tmp_path, "--rules", rule)
    assert (done.code, [finding["title"] for finding in report["findings"]]) == (1, ["too far behind"])


@pytest.mark.parametrize("part", range(0, len(FRAGMENTS), 12))
def test_hostile_texts_break_nothing_and_command_nothing(tmp_path: Path, part: int) -> None:
    words = [text for text in FRAGMENTS[part:part + 12] if "\x00" not in text]
    scene = small_scene()
    for word in words:
        story = renovate(scene, f"Update {word} to v2 {word}", renovate_row(word, word, word, word), at=-4000)
        scene.state.add_label(story.thread, (word.replace("\n", " ").strip() or "x")[:50], at=scene.when(-3999))
        story.thread.branch, story.thread.message = f"renovate/{word}", word
    lock = json.dumps({"lockfileVersion": 3, "packages": {f"node_modules/{word}": {"version": word} for word in words}})
    scene.state.put_file(scene.repository, "web/package-lock.json", lock)
    scene.state.put_file(scene.repository, ".github/renovate.json5", "".join(words))
    summary = tmp_path / "summary.md"
    done, report = ended(scene, tmp_path, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary),
                         GITHUB_OUTPUT=str(tmp_path / "output"), RUNNER_TEMP=str(tmp_path))
    assert done.code == 0 or report["status"] == "fail"
    assert len(report["data"]["updates"]) == len(words)
    assert not [line for line in done.stdout.splitlines() if "::set-output" in line.split("%0A")[0][:12]]
    text = summary.read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "<img src=x" not in text
    assert all(word not in report["summary"] for word in words if len(word) > 3)


def test_lock_files_that_name_a_package_like_a_path_never_ask_for_it(tmp_path: Path) -> None:
    scene = small_scene()
    scene.state.put_file(scene.repository, "Cargo.lock", CARGO_LOCK.replace('"itoa"', '"../../advisories/x"'))
    with serving(scene) as github, DepsDevSimulator(small_world()) as deps_dev:
        run("dependency-health", "--deps-dev", deps_dev.url, folder=tmp_path, at=github)
        assert all("advisories" not in asked.path for asked in deps_dev.log)
    report = read_report(tmp_path / "repo-vitals" / "dependency-health.json")
    assert report is not None
    assert report["data"]["lock_files"][0]["apart"] == {"path": 1, "unreadable": 1}
