"""The command from end to end: one report in every shape, whatever strangers wrote."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.simulator.registries import CrateVersion
from support.adoption import TODAY, WIDGETS, add_widgets, days, published, world
from support.commands import read_report, run
from support.hostile import FRAGMENTS

if TYPE_CHECKING:
    from pathlib import Path

    from support.adoption import World
    from support.commands import Ended


def ended(made: World, folder: Path, *options: str, **environ: str) -> Ended:
    given = [text for name, value in made.options().items() for text in (f"--{name}", value)]
    return run("package-adoption", *given, "--openmetrics", "x.prom", "--badge", "x.svg", *options, folder=folder,
               at=made.github, environ=environ)


def report_of(done: Ended) -> dict[str, Any]:
    found = read_report(done.folder / "repo-vitals" / "package-adoption.json")
    assert found is not None, done.stderr
    return found


def test_packages_of_every_registry_pass_in_one_report_of_every_form(tmp_path: Path) -> None:
    with world(*WIDGETS) as made:
        add_widgets(made)
        done = ended(made, tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))
    report = report_of(done)
    assert (done.code, report["status"], report["data"]["complete"]) == (0, "pass", True)
    assert report["summary"] == "4 of 4 packages downloaded as usual"
    assert {(row["package"], row["registry"]) for row in report["data"]["packages"]} == {
        ("widget", "crates"), ("widget", "pypi"), ("widget", "npm"), ("@acme/widget", "npm")}
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert summary.count("```mermaid") == 4
    assert "administration: read" in summary
    families = {family.name for family in text_string_to_metric_families((tmp_path / "x.prom").read_text())}
    assert "repo_vitals_downloads_growth_ratio" in families


def test_two_runs_at_one_moment_say_the_same_but_for_their_cost(tmp_path: Path) -> None:
    with world(*WIDGETS, "github") as made:
        add_widgets(made)
        made.scene.state.release(made.scene.repository, "v1", at=published(3), assets={"a.zip": 4})
        reports = []
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            found = report_of(ended(made, tmp_path / name))
            del found["cost"]
            reports.append(found)
    assert reports[0] == reports[1]


def test_without_a_token_registries_are_measured_all_the_same(tmp_path: Path) -> None:
    with world(*WIDGETS) as made:
        add_widgets(made)
        done = ended(made, tmp_path, GITHUB_TOKEN="")
    assert (done.code, report_of(done)["status"]) == (0, "pass")
    assert made.github.log == []


def test_a_registry_that_is_down_ends_in_3_with_a_report_of_the_others(tmp_path: Path) -> None:
    with world(*WIDGETS) as made:
        add_widgets(made)
        made.registries.faults = FaultPlan([Fault(kind="not-json", path="/api/v1/crates/*")])
        done = ended(made, tmp_path, "--max-wait", "1s", "--traffic", "false")
    report = report_of(done)
    assert done.code == 3
    assert report["status"] == "unknown"
    assert [one["registry"] for one in report["data"]["packages"] if one["problem"] is None] == ["pypi", "npm", "npm"]
    assert "its answer is not JSON" in report["data"]["complete"][0]


def test_a_package_that_does_not_exist_ends_in_2_and_is_named(tmp_path: Path) -> None:
    with world("crates:widget", "crates:wigdet") as made:
        add_widgets(made)
        done = ended(made, tmp_path)
    assert done.code == 2
    assert 'packages: "crates:wigdet": crates.io knows no such crate' in done.stdout + done.stderr
    report = report_of(done)
    assert report["status"] == "unknown"
    assert report["summary"] == "1 of 2 packages downloaded as usual, 1 can't be told yet"
    assert report["data"]["complete"] == ["downloads of crates:wigdet: crates.io knows no such crate"]


def test_a_repository_that_does_not_exist_ends_in_2_with_a_report_of_the_packages(tmp_path: Path) -> None:
    with world("crates:widget") as made:
        add_widgets(made)
        done = ended(made, tmp_path, "--repository", "acme/nosuch")
    assert done.code == 2
    assert "repository acme/nosuch: not found on GitHub" in done.stdout + done.stderr
    assert report_of(done)["data"]["traffic"]["problem"].startswith("repository acme/nosuch: not found")


def test_a_halved_week_warns_and_fails_where_that_is_asked_for(tmp_path: Path) -> None:
    with world("crates:widget") as made:
        made.registries.crate("widget", CrateVersion(number="1.0.0", published=published(400), days={
            day: count // 2 if (TODAY - day).days <= 7 else count for day, count in days(400).items()}))
        assert ended(made, tmp_path).code == 0
        done = ended(made, tmp_path, "--fail-on", "warn")
    assert (done.code, report_of(done)["status"]) == (1, "warn")
    assert [one["rule"] for one in report_of(done)["findings"] if one["severity"] == "medium"] == ["downloads-drop"]


@pytest.mark.parametrize("place", range(0, len(FRAGMENTS), 12))
def test_strangers_words_change_nothing_but_themselves(tmp_path: Path, place: int) -> None:
    words = [word for word in FRAGMENTS[place:place + 12] if word not in ("\0", "\ud800", "\udfff")]
    with world("github") as made:
        for number, word in enumerate(words):
            made.scene.state.release(made.scene.repository, f"{word}{number}", at=published(number),
                                     assets={f"{word}.zip": 3})
        of = made.scene.repository.visited
        of.referrers = [(word, 2, 1) for word in words[:10]]
        of.paths = [(word, word, 2, 1) for word in words[:10]]
        token = made.token(contents="read", administration="read")
        done = ended(made, tmp_path, GITHUB_TOKEN=token, GITHUB_ACTIONS="true",
                     GITHUB_OUTPUT=str(tmp_path / "output"), GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))
    report = report_of(done)
    assert (done.code, report["status"]) == (0, "unknown")
    assert report["summary"] == "0 of 1 package downloaded as usual, 1 can't be told yet"
    assert len(report["data"]["versions"]) == len(words)
    outputs = (tmp_path / "output").read_text(encoding="utf-8")
    assert outputs.count("ghadelimiter_") % 2 == 0
    assert "pwned" not in outputs
    assert "<script" not in (tmp_path / "summary.md").read_text(encoding="utf-8")
