"""The command: what the history remembers, and what a drop is measured against."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.coverage import ledger
from support.checkouts import Repository, in_actions, pull_request, push
from support.covered import TEN, Hits, check, figures, lcov, measure, missing, report_of, rules

if TYPE_CHECKING:
    from pathlib import Path

    from support.commands import Ended


def on_main(project: Repository, hits: Hits, folder: Path, *options: str, **files: str) -> Ended:
    """A push to main, measured with a history."""
    before = project.git("rev-parse", "HEAD")
    project.commit(files)
    return check(project, hits, "--history", "history", *options, environ=push(folder, before=before))


def lines_kept(project: Repository) -> list[dict[str, Any]]:
    places = sorted((project.folder / "history" / "coverage").rglob("*.jsonl"))
    return [json.loads(line) for place in places for line in place.read_text(encoding="utf-8").splitlines()]


def pull(project: Repository, hits: Hits, folder: Path, *options: str, fork: bool = False, event: str = "pull_request",
         ) -> Ended:
    """A pull request from topic, merged by GitHub and measured."""
    base = project.git("rev-parse", "main")
    project.git("checkout", "--quiet", "-B", "topic", "main")
    head = project.commit({"topic.txt": "x"})
    project.git("checkout", "--quiet", "--detach", "main")
    project.merge("topic")
    ended = check(project, hits, "--history", "history", *options, environ=pull_request(
        folder, base=base, head=head, event=event, head_repository="zoe/widget" if fork else "acme/widget"))
    project.git("checkout", "--quiet", "main")
    return ended


def test_a_drop_of_more_than_the_limit_fails_and_names_what_it_is_compared_with(project: Repository, tmp_path: Path,
                                                                               ) -> None:
    project.commit({"src/a.py": "x\n" * 100})
    on_main(project, missing(1, of=100), tmp_path)
    base = project.git("rev-parse", "HEAD")
    assert pull(project, missing(2, of=100), tmp_path).code == 0
    ended = pull(project, missing(3, of=100), tmp_path)
    report = report_of(ended)
    assert (ended.code, rules(ended), figures(ended)["drop_ratio"]) == (1, ["coverage-dropped"], 0.02)
    assert report["findings"][0]["detail"] == (
        f"It was 99 % (99 of 100) at {base[:12]}, and is 97 % (97 of 100). A drop of 1 % is allowed.")
    assert report["data"]["base"]["compared"] == {"commit": base, "commits_before_base": 0,
                                                  "at": "2026-01-31T06:00:00Z", "covered": 99, "valid": 100}


@pytest.mark.parametrize(("before", "now", "limit"), [((91, 100), (90, 100), "0.01"), ((100, 100), (97, 100), "0.03"),
                                                     ((57, 100), (28, 50), "0.01"), ((7, 10), (6, 10), "0.1")])
def test_a_drop_by_the_limit_itself_passes_whatever_binary_fractions_make_of_it(
    project: Repository, tmp_path: Path, before: tuple[int, int], now: tuple[int, int], limit: str) -> None:
    options = ("--minimum-ratio", "0", "--maximum-drop", limit)
    on_main(project, missing(before[1] - before[0], of=before[1]), tmp_path, *options)
    assert pull(project, missing(now[1] - now[0], of=now[1]), tmp_path, *options).code == 0


def test_the_nearest_commit_before_the_base_that_was_measured_is_named(project: Repository, tmp_path: Path) -> None:
    on_main(project, missing(0), tmp_path)
    measured = project.git("rev-parse", "HEAD")
    project.commit({"x": "1"})
    project.commit({"x": "2"})
    report = report_of(pull(project, missing(1), tmp_path, "--maximum-drop", "0.2"))
    assert report["summary"] == (f"90 % of lines covered (9 of 10); no coverable line added; 10 points lower than at "
                                 f"{measured[:12]}, 2 commits before the base")


def test_a_second_run_on_a_commit_is_not_compared_with_the_first(project: Repository, tmp_path: Path) -> None:
    options = ("--minimum-ratio", "0", "--base", "main")
    on_main(project, missing(0), tmp_path, *options)
    environ = push(tmp_path, before=project.git("rev-parse", "HEAD"))
    project.commit({"x": "1"})
    for _ in range(2):
        ended = check(project, missing(5), "--history", "history", *options, environ=environ)
        assert (ended.code, figures(ended)["drop_ratio"]) == (1, 0.5)


def test_a_rise_is_no_drop(project: Repository, tmp_path: Path) -> None:
    on_main(project, missing(1), tmp_path)
    ended = pull(project, missing(0), tmp_path, "--maximum-drop", "0")
    assert (ended.code, figures(ended)["drop_ratio"]) == (0, -0.1)


def test_nothing_to_compare_with_is_said_and_fails_nothing(project: Repository, tmp_path: Path) -> None:
    ended = pull(project, missing(1), tmp_path)
    assert (ended.code, report_of(ended)["status"], figures(ended)["drop_ratio"]) == (0, "pass", None)
    assert "there is nothing to compare the line ratio with, since the history knows neither the base" in str(
        report_of(ended)["data"]["notes"])


def test_two_steps_of_a_run_are_each_compared_with_their_own_reports(project: Repository, tmp_path: Path) -> None:
    project.write({"back.info": lcov(missing(5))})
    environ = push(tmp_path, before=None)
    limit = ("--minimum-ratio", "0", "--history", "history")
    check(project, missing(0), *limit, environ=environ)
    measure(project.folder, "--reports", "back.info", *limit, environ=environ)
    assert sorted(line["lines"] for line in lines_kept(project)) == [[5, 10], [10, 10]]
    ended = pull(project, missing(1), tmp_path, "--minimum-ratio", "0")
    assert (ended.code, figures(ended)["drop_ratio"]) == (1, 0.1)


def test_figures_of_other_files_are_never_compared(project: Repository, tmp_path: Path) -> None:
    on_main(project, missing(0), tmp_path)
    ended = pull(project, missing(5), tmp_path, "--exclude", "docs", "--minimum-ratio", "0")
    assert (figures(ended)["drop_ratio"], rules(ended), report_of(ended)["status"]) == (
        None, ["drop-not-judged"], "warn")


@pytest.mark.parametrize("fork", [True, False])
@pytest.mark.parametrize("event", ["pull_request", "pull_request_target"])
def test_a_pull_request_leaves_nothing_in_the_history(project: Repository, tmp_path: Path, fork: bool,
                                                      event: str) -> None:
    on_main(project, missing(0), tmp_path)
    history = project.folder / "history"
    before = {path: path.read_bytes() for path in history.rglob("*") if path.is_file()}
    assert before
    ended = pull(project, missing(9), tmp_path, fork=fork, event=event)
    assert ended.code == 1
    assert {path: path.read_bytes() for path in history.rglob("*") if path.is_file()} == before


def test_a_fork_s_run_says_whose_code_it_is_and_needs_no_token(project: Repository, tmp_path: Path) -> None:
    on_main(project, missing(0), tmp_path)
    ended = pull(project, missing(0), tmp_path, fork=True)
    assert ended.code == 0
    [notice] = [line for line in ended.stdout.splitlines() if line.startswith("::notice title=Coverage::")]
    assert "%0Athis is the code of zoe/widget; its figures are compared and shown, and not kept" in notice
    assert report_of(ended)["data"]["pull_request"]["from_fork"] is True


def test_a_run_on_the_base_s_own_code_says_nothing_of_the_pull_request_s(project: Repository, tmp_path: Path) -> None:
    project.git("checkout", "--quiet", "-b", "topic")
    head = project.commit({"topic.txt": "x"})
    project.git("checkout", "--quiet", "main")
    environ = pull_request(tmp_path, base=project.git("rev-parse", "main"), head=head, event="pull_request_target",
                           head_repository="zoe/widget")
    ended = check(project, TEN, "--minimum-patch-ratio", "0.5", environ=environ)
    notes = str(report_of(ended)["data"]["notes"])
    assert (ended.code, report_of(ended)["status"]) == (1, "unknown")
    assert "patch coverage is unknown, since the checkout is not of the pull request" in notes
    assert "this is the code of" not in notes


def test_a_push_to_another_branch_leaves_nothing_either(project: Repository, tmp_path: Path) -> None:
    environ = push(tmp_path, before=None, branch="topic")
    assert check(project, TEN, "--history", "history", environ=environ).code == 0
    assert not (project.folder / "history").exists()


def test_a_commit_that_is_measured_again_counts_as_it_was_measured_last(project: Repository, tmp_path: Path) -> None:
    on_main(project, missing(0), tmp_path)
    environ = push(tmp_path, before=project.git("rev-parse", "HEAD~1"))
    check(project, missing(1), "--history", "history", environ={**environ, "REPO_VITALS_NOW": "2026-02-01T06:00:00Z"})
    assert [line["lines"] for line in lines_kept(project)] == [[10, 10], [9, 10]]
    assert figures(pull(project, missing(2), tmp_path, "--minimum-ratio", "0"))["drop_ratio"] == 0.1


def test_an_incomplete_run_is_not_kept_for_others_to_be_held_to(project: Repository, tmp_path: Path) -> None:
    project.write({"good.info": lcov(TEN)})
    environ = push(tmp_path, before=None)
    ended = measure(project.folder, "--reports", "good.info, miss*.info", "--history", "history", environ=environ)
    assert not list((project.folder / "history").rglob("*.jsonl"))
    assert "is compared with and gets nothing: a report is missing" in str(report_of(ended)["data"]["notes"])


@pytest.mark.parametrize("event", ["push", "workflow_dispatch", "schedule"])
def test_another_commit_than_the_run_s_is_not_kept(project: Repository, tmp_path: Path, event: str) -> None:
    environ = {**in_actions(tmp_path, event, {}, ref="refs/heads/main"), "GITHUB_SHA": project.git("rev-parse", "HEAD")}
    own = project.clone(tmp_path / "own")
    project.git("checkout", "--quiet", "-b", "theirs")
    project.commit({"x": "1"})
    ended = check(project, TEN, "--history", "history", environ=environ)
    assert not list((project.folder / "history").rglob("*.jsonl"))
    assert "is not known to be the default branch's" in str(report_of(ended)["data"]["notes"])
    assert check(own, TEN, "--history", "history", environ={**environ, "GITHUB_SHA": "d" * 40}).code == 0
    assert len(lines_kept(own)) == 1


def test_another_repository_than_the_workflow_s_is_not_kept(project: Repository, tmp_path: Path) -> None:
    ended = check(project, TEN, "--history", "history", "--repository", "other/one",
                  environ=push(tmp_path, before=None))
    assert not list((project.folder / "history").rglob("*.jsonl"))
    assert "is not the one that the workflow runs in" in str(report_of(ended)["data"]["notes"])


def test_damaged_lines_of_the_ledger_are_left_out_and_named(project: Repository, tmp_path: Path) -> None:
    on_main(project, missing(0), tmp_path)
    [place] = (project.folder / "history" / "coverage").rglob("*.jsonl")
    place.write_text("{broken\n" + place.read_text(encoding="utf-8") + '{"v":1,"commit":"x"}\n', encoding="utf-8")
    ended = pull(project, missing(1), tmp_path)
    assert figures(ended)["drop_ratio"] == 0.1
    assert "2 damaged line(s) of coverage/acme/widget/commits/2026-01.jsonl" in str(report_of(ended)["data"]["notes"])


def test_a_ledger_of_a_later_version_is_left_as_it_is(project: Repository, tmp_path: Path) -> None:
    on_main(project, missing(0), tmp_path)
    [place] = (project.folder / "history" / "coverage").rglob("*.jsonl")
    later = place.read_text(encoding="utf-8").replace('"v":1', f'"v":{ledger.VERSION + 1}')
    place.write_text(later, encoding="utf-8")
    ended = on_main(project, missing(1), tmp_path, x="1")
    assert (place.read_text(encoding="utf-8"), figures(ended)["drop_ratio"]) == (later, None)
    assert "a newer version wrote it" in str(report_of(ended)["data"]["notes"])


def test_the_trend_of_the_default_branch_is_drawn(project: Repository, tmp_path: Path) -> None:
    for day in (1, 2, 3, 4):
        before = project.git("rev-parse", "HEAD")
        project.commit({"x": str(day)})
        ended = check(project, missing(4 - day), "--history", "history", environ={
            **push(tmp_path, before=before), "REPO_VITALS_NOW": f"2026-01-0{day}T06:00:00Z"})
    series = report_of(ended)["data"]["series"]
    assert series[0]["title"] == "Coverage line ratio, last 90 days"
    assert [value for _, value in series[0]["points"]] == [0.7, 0.8, 0.9, 1.0]
