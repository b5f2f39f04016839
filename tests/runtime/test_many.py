"""Several repositories in one run: one connection, a report each, one summary, and no repository hides another."""
from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.runtime import many
from support import markdown_reader
from support.commands import Ended, read_report, run
from support.simulated import Scene

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "repo-vitals/community-metrics"


def organisation() -> Scene:
    """acme: `widget` passes, `late` fails by one issue, `worse` by two; a fork, an archived one; ann's notes."""
    scene = Scene()
    for name, late in (("widget", 0), ("late", 1), ("worse", 2)):
        within(scene, f"acme/{name}", late)
    scene.state.add_repository("acme/fork", fork=True)
    scene.state.add_repository("acme/attic", archived=True)
    within(scene, "ann/notes", 0)
    scene.state.account("bob")
    return scene


def within(scene: Scene, name: str, late: int) -> None:
    """Tell a small history of a repository, with so many issues that nobody answered."""
    known = {found.full_name: found for found in scene.state.repositories()}
    scene.repository = known.get(name) or scene.state.add_repository(name)
    scene.issue(at=-5).comment(by="bob", at=-4)
    scene.pull_request(at=-5).review(by="bob", at=-4)
    scene.commit(by="ann", at=-3)
    for number in range(late):
        scene.issue(at=-100 - number, title=f"Late {number} | @acme/team")


def measured(*arguments: str, folder: Path, at: Any, **more: Any) -> Ended:
    return run("community-metrics", *arguments, folder=folder, at=at, **more)


def step(*arguments: str, folder: Path, at: Any, **more: Any) -> tuple[Ended, dict[str, str], str]:
    """As a step of a job: how it ended, its outputs, its summary."""
    ended = measured(*arguments, folder=folder, at=at, environ={
        "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(folder / "output"), "RUNNER_TEMP": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "summary")}, **more)
    written = (folder / "output").read_text()
    outputs = {match[1]: match[3] for match in re.finditer(r"(?ms)^([a-z-]+)<<(\S+)\n(.*?)\n?^\2$", written)}
    summary = folder / "summary"
    return ended, outputs, summary.read_text() if summary.exists() else ""


def reports(folder: Path, below: str = FOLDER) -> dict[str, dict[str, Any]]:
    """Every report in the folder, held to the schema, by owner/name."""
    found = {}
    for path in sorted((folder / below).rglob("*.json")):
        report = read_report(path)
        assert report is not None
        found[path.relative_to(folder / below).with_suffix("").as_posix()] = report
    return found


def test_all_of_an_owner_but_forks_and_archived_ones_get_a_report_each(simulated: Any, tmp_path: Path) -> None:
    ended = measured("--repositories", "acme/*", folder=tmp_path, at=simulated(organisation()))
    found = reports(tmp_path)
    assert {name: (report["repository"], report["status"]) for name, report in found.items()} == {
        "acme/widget": ("acme/widget", "pass"), "acme/late": ("acme/late", "fail"),
        "acme/worse": ("acme/worse", "fail")}
    assert ended.code == 1
    assert ended.left_behind == [f"{FOLDER}/acme/{name}.json" for name in ("late", "widget", "worse")]


def test_forks_archived_ones_and_other_owners_are_measured_where_they_are_named(
        simulated: Any, tmp_path: Path) -> None:
    selection = "acme/fork\nacme/attic, ann/*\nacme/*\n!acme/w*"
    ended = measured("--repositories", selection, folder=tmp_path, at=simulated(organisation()))
    assert list(reports(tmp_path)) == ["acme/attic", "acme/fork", "acme/late", "ann/notes"]
    assert ended.code == 1


def test_each_report_is_that_of_a_run_alone_but_for_its_cost(simulated: Any, tmp_path: Path) -> None:
    github = simulated(organisation())
    measured("--repositories", "acme/late,acme/widget", folder=tmp_path, at=github)
    for name, report in reports(tmp_path).items():
        measured("--repository", name, folder=tmp_path / "alone", at=github)
        alone = read_report(tmp_path / "alone" / "repo-vitals" / "community-metrics.json")
        assert alone is not None
        assert {**report, "cost": None} == {**alone, "cost": None}
        assert {**report["cost"], "seconds": 0} == {**alone["cost"], "seconds": 0}


def test_every_report_says_its_own_cost_and_the_summary_that_of_all(simulated: Any, tmp_path: Path) -> None:
    github = simulated(organisation())
    ended = measured("--repositories", "acme/*", folder=tmp_path, at=github)
    own = [report["cost"] for report in reports(tmp_path).values()]
    listing = 1
    assert sum(cost["requests"] for cost in own) + listing == len(github.log)
    assert all(cost["requests"] > 0 and cost["graphql_points"] > 0 and cost["seconds"] > 0 for cost in own)
    assert f"cost: {len(github.log)} requests, " in ended.stdout


def test_the_outputs_are_those_of_all_together(simulated: Any, tmp_path: Path) -> None:
    ended, outputs, _ = step("--repositories", "acme/*", folder=tmp_path, at=simulated(organisation()))
    assert ended.code == 1
    assert outputs["status"] == "fail"
    assert outputs["findings"] == "3"
    assert outputs["report"] == str(tmp_path / FOLDER)
    assert outputs["summary"] == "3 repositories: 2 fail, 1 pass; 3 findings"
    assert {outputs[name] for name in set(outputs) - {"status", "findings", "report", "summary"}} == {""}


def test_the_summary_has_one_table_the_worst_first_and_the_rest_folded(simulated: Any, tmp_path: Path) -> None:
    _, _, summary = step("--repositories", "acme/*,acme/none", folder=tmp_path, at=simulated(organisation()))
    in_sight, folded = summary.split("<details>")[0], summary.split("<details>", 1)[1]
    document = markdown_reader.read(in_sight)
    assert in_sight.splitlines()[0] == "## ❌ Community metrics: fail"
    assert document.rows[0][:4] == ["Repository", "Status", "Findings", "Issues open"]
    assert [row[:4] for row in document.rows[1:]] == [
        ["acme/worse", "❌ fail", "2", "3"], ["acme/late", "❌ fail", "1", "2"],
        ["acme/none", "🚫 not measured", "", ""], ["acme/widget", "✅ pass", "0", "1"]]
    assert "4 repositories: 2 fail, 1 not measured, 1 pass; 3 findings" in in_sight
    assert "#### acme/worse" in folded
    assert "Late 0 &#124; @\u200bacme/team" in folded
    assert "#### acme/none\n\nrepository acme/none: not found on GitHub" in folded
    assert "#### acme/widget" not in folded
    assert f"`{tmp_path}/{FOLDER}/acme/late.json`" in folded


def test_the_log_has_a_line_for_each_and_all_of_them_at_the_end(simulated: Any, tmp_path: Path) -> None:
    ended = measured("--repositories", "acme/*,acme/none", folder=tmp_path, at=simulated(organisation()))
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("acme/late (1 of 4): fail; 1 open issue awaits a response for over 24 h; median first")
    assert lines[3].startswith("acme/none (4 of 4): repository acme/none: not found on GitHub")
    assert lines[4] == "community-metrics: FAIL  4 repositories: 2 fail, 1 not measured, 1 pass; 3 findings"
    assert [line.split()[0] for line in lines[6:10]] == ["acme/worse", "acme/late", "acme/none", "acme/widget"]
    assert lines[-1] == f"reports: {tmp_path}/{FOLDER}"


def test_annotations_name_the_repository(simulated: Any, tmp_path: Path) -> None:
    ended, _, _ = step("--repositories", "acme/late,acme/none", folder=tmp_path, at=simulated(organisation()))
    errors = [line for line in ended.stdout.splitlines() if line.startswith("::error")]
    assert [line.split("::")[1] for line in errors] == [
        "error title=Community metrics, acme/none".replace(",", "%2C"),
        "error title=Community metrics, acme/late: awaiting-response".replace(",", "%2C").replace(":", "%3A")]


@pytest.mark.parametrize(("selection", "code"), [
    ("acme/late,acme/none", 1), ("acme/none,acme/widget", 2), ("acme/widget,ann/notes", 0), ("acme/none", 2)])
def test_one_that_is_missing_never_hides_the_others(
        simulated: Any, tmp_path: Path, selection: str, code: int) -> None:
    ended = measured("--repositories", selection, folder=tmp_path, at=simulated(organisation()))
    assert ended.code == code
    assert list(reports(tmp_path)) == [name for name in selection.split(",") if name != "acme/none"]


def test_one_that_the_token_may_not_read_is_named_with_the_permission(simulated: Any, tmp_path: Path) -> None:
    scene = organisation()
    within(scene, "acme/secret", 0)
    scene.repository.private = True
    github = simulated(scene)
    token = github.token({"contents": "read", "pull_requests": "read", "discussions": "read"})
    scene.state.strict_permissions = False
    ended = measured("--repositories", "acme/secret,acme/widget", folder=tmp_path, at=github, token=token)
    assert ended.code == 2
    assert list(reports(tmp_path)) == ["acme/widget"]
    assert "error: Community metrics, acme/secret: the token may not read" in ended.stderr
    assert "issues: read" in ended.stderr


def test_one_that_github_can_not_answer_for_ends_in_3_and_the_others_are_measured(
        simulated: Any, tmp_path: Path) -> None:
    github = simulated(organisation())
    github.faults.add("graphql-error", operation="Issues", nth=(1,), type="SOMETHING_NEW")
    ended = measured("--repositories", "acme/widget,ann/notes", folder=tmp_path, at=github)
    assert ended.code == 3
    assert list(reports(tmp_path)) == ["ann/notes"]


def test_when_the_budget_is_spent_the_rest_is_not_asked_for_any_more(simulated: Any, tmp_path: Path) -> None:
    github = simulated(organisation())
    github.faults.add("primary-limit", operation="Repository", nth=(2, 3, 4, 5, 6), resets_in=7200)
    ended = measured("--repositories", "acme/widget,acme/late,acme/worse,ann/notes", folder=tmp_path, at=github)
    assert ended.code == 3
    assert list(reports(tmp_path)) == ["acme/widget"]
    lines = [line for line in ended.stdout.splitlines() if " of 4): " in line]
    assert "acme/late (2 of 4): GitHub's rate limit is spent: come back at " in lines[1]
    assert lines[2].startswith("acme/worse (3 of 4): not asked any more: GitHub's rate limit is spent")
    assert lines[3].startswith("ann/notes (4 of 4): not asked any more: ")
    assert ended.stderr.count("error: ") == 1
    assert sum(entry.operation == "Repository" for entry in github.log) == 2


def test_a_token_that_is_refused_is_not_tried_again_and_again(simulated: Any, tmp_path: Path) -> None:
    github = simulated(organisation())
    ended = measured("--repositories", "acme/widget,acme/late", folder=tmp_path, at=github, token="ghs_refused")
    assert ended.code == 2
    assert len(github.log) == 1
    assert ended.left_behind == []


def test_an_internal_error_in_one_leaves_the_others_their_turn(
        simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = many.attempt

    def broken(monitor: Any, inputs: Any, *given: Any, **more: Any) -> Any:
        def collect(github: Any, repository: str, *rest: Any) -> Any:
            return 1 / 0 if repository == "acme/late" else monitor.collect(github, repository, *rest)
        return attempt(replace(monitor, collect=collect), inputs, *given, **more)
    monkeypatch.setattr(many, "attempt", broken)
    ended = measured("--repositories", "acme/late,acme/widget", folder=tmp_path, at=simulated(organisation()))
    assert ended.code == 3
    assert list(reports(tmp_path)) == ["acme/widget"]
    assert "Community metrics, acme/late: internal error (ZeroDivisionError in " in ended.stderr


def test_folders_are_where_the_inputs_say(simulated: Any, tmp_path: Path) -> None:
    ended = measured("--repositories", "acme/widget,ann/notes", "--report", "out/", "--openmetrics", "prom",
                     "--badge", "out", folder=tmp_path, at=simulated(organisation()))
    assert ended.code == 0
    assert ended.left_behind == sorted(["out/acme/widget.json", "out/ann/notes.json", "prom/acme/widget.prom",
                                        "prom/ann/notes.prom", "out/acme/widget.svg", "out/ann/notes.svg"])
    assert 'repository="ann/notes"' in (tmp_path / "prom/ann/notes.prom").read_text()


@pytest.mark.parametrize(("given", "said"), [
    (("--report", "all.json"), 'report: "all.json" looks like a file; with repositories it is a folder'),
    (("--report", "x.json"), "in which each gets its own owner/name.json"),
    (("--openmetrics", "m.prom"), 'openmetrics: "m.prom" looks like a file'),
    (("--badge", "b.svg"), 'badge: "b.svg" looks like a file'),
    (("--repository", "acme/widget"), "repositories: repository is given as well; give one of the two"),
    (("--repositories", "acme"), '--repositories: "acme" holds "acme", which is none of owner/name, owner/*'),
    (("--repositories", "nobody/*"), 'repositories: "nobody/*": GitHub knows no such owner'),
    (("--repositories", "bob/*"), 'repositories: "bob/*": this token sees no repository of that owner'),
    (("--repositories", "acme/*,!acme/*"), "repositories: everything that is selected is left out again"),
    (("--rules", "high: .status =="), "rules"),
    (("--window", "0s"), "--window"),
])
def test_a_mistake_in_the_call_is_named_before_anything_is_measured(
        simulated: Any, tmp_path: Path, given: tuple[str, ...], said: str) -> None:
    github = simulated(organisation())
    ended = measured("--repositories", "acme/*", *given, folder=tmp_path, at=github)
    assert ended.code == 2
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert ended.left_behind == []
    assert len(github.log) <= 1


def configured(folder: Path, text: str) -> None:
    (folder / ".github").mkdir()
    (folder / ".github" / "repo-vitals.toml").write_text(text)


def test_the_selection_may_stand_in_the_configuration(simulated: Any, tmp_path: Path) -> None:
    configured(tmp_path, '[community-metrics]\nrepositories = ["acme/*", "!acme/w*"]\nreport = "all"\n')
    ended = measured(folder=tmp_path, at=simulated(organisation()))
    assert (ended.code, list(reports(tmp_path, "all"))) == (1, ["acme/late"])


def test_the_configuration_may_not_send_reports_out_of_the_folder(simulated: Any, tmp_path: Path) -> None:
    configured(tmp_path, '[community-metrics]\nrepositories = ["acme/*"]\nreport = "../all"\n')
    github = simulated(organisation())
    ended = measured(folder=tmp_path, at=github)
    assert (ended.code, len(github.log)) == (2, 0)
    assert "the configuration file may not lead out of the working folder" in ended.stderr


def test_nor_through_a_link_below_the_folder(simulated: Any, tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    (inside / "all").mkdir(parents=True)
    outside.mkdir()
    (inside / "all" / "acme").symlink_to(outside)
    configured(inside, '[community-metrics]\nrepositories = ["acme/widget"]\nreport = "all"\n')
    ended = measured(folder=inside, at=simulated(organisation()))
    assert ended.code == 2
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("chosen", [False, True])
def test_run_measures_them_too(simulated: Any, tmp_path: Path, chosen: bool) -> None:
    configured(tmp_path, '[community-metrics]\nrepositories = ["acme/*"]\n')
    given = ["--reports", "out"] if chosen else []
    ended = run("run", *given, folder=tmp_path, at=simulated(organisation()), environ={
        "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "output"), "RUNNER_TEMP": str(tmp_path)})
    below = "out/community-metrics" if chosen else FOLDER
    assert ended.code == 1
    assert list(reports(tmp_path, below)) == ["acme/late", "acme/widget", "acme/worse"]
    written = (tmp_path / "output").read_text()
    assert "\nfail\n" in written
    assert "\n3\n" in written
    assert "\ncommunity-metrics: 3 repositories: 2 fail, 1 pass; 3 findings\n" in written


def test_all_reports_have_the_same_clock(simulated: Any, tmp_path: Path) -> None:
    github = simulated(organisation())
    github.faults.add("latency", nth=(1,), seconds=1.1)
    ended = measured("--repositories", "acme/widget,ann/notes", folder=tmp_path, at=github,
                     environ={"REPO_VITALS_NOW": ""})
    assert ended.code == 0, ended.stderr
    assert len({report["generated_at"] for report in reports(tmp_path).values()}) == 1


def test_a_rule_of_ones_own_holds_for_each(simulated: Any, tmp_path: Path) -> None:
    rule = 'high: .repository == "ann/notes" # Notes need a look'
    ended = measured("--repositories", "acme/widget,ann/notes", "--rules", rule, folder=tmp_path,
                     at=simulated(organisation()))
    assert ended.code == 1
    assert {name: len(report["findings"]) for name, report in reports(tmp_path).items()} == {
        "acme/widget": 0, "ann/notes": 1}


def test_the_summary_can_be_switched_off(simulated: Any, tmp_path: Path) -> None:
    _, _, summary = step("--repositories", "acme/widget", "--summary", "false", folder=tmp_path,
                         at=simulated(organisation()))
    assert summary == ""


def test_an_owner_of_more_than_a_page_of_repositories_is_read_to_the_end(simulated: Any, tmp_path: Path) -> None:
    scene = organisation()
    for number in range(120):
        scene.state.add_repository(f"acme/r{number:03}")
    ended = measured("--repositories", "acme/*,!acme/r*", folder=tmp_path, at=simulated(scene))
    assert (ended.code, list(reports(tmp_path))) == (1, ["acme/late", "acme/widget", "acme/worse"])
