"""The command as a whole, over repositories and reports made for it: limits, figures, and what can not be measured."""
from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from support.checkouts import Repository, in_actions
from support.covered import TEN, check, cobertura, figures, lcov, measure, missing, report_of, rules

if TYPE_CHECKING:
    from pathlib import Path


def test_the_limit_itself_passes_and_a_hair_below_fails_and_is_not_said_to_be_the_limit(project: Repository) -> None:
    assert check(project, missing(1)).code == 0
    project.commit({"src/a.py": "x\n" * 10_000})
    ended = check(project, missing(1001, of=10_000))
    report = report_of(ended)
    assert (ended.code, report["status"]) == (1, "fail")
    assert rules(ended) == ["coverage-below-minimum", "added-lines-not-covered"]
    assert report["summary"] == (
        "89.9 % of lines covered (8,999 of 10,000), below 90 %; 89.9 % of 10,000 added lines")
    assert report["findings"][0]["title"] == "Line coverage is 89.9 %, below 90 %"
    assert "90 % (0.8999)" not in ended.stdout.replace("89.9 % (0.8999)", "")
    assert report["findings"][0]["detail"] == "8,999 of 10,000 lines are covered; 1 more would do."


def test_reports_of_any_formats_are_one_union_of_lines(project: Repository) -> None:
    project.write({"coverage.xml": cobertura(missing(5)),
                   "other.info": lcov({"src/a.py": {1: 3, 2: 0, 11: 0}})})
    ended = measure(project.folder, "--reports", "coverage.xml, *.info", "--minimum-ratio", "0.6")
    found = figures(ended)
    assert (ended.code, found["line_ratio"], found["lines_covered"], found["lines_valid"]) == (1, 6 / 11, 6, 11)


def test_a_report_s_own_ratio_decides_nothing(project: Repository) -> None:
    project.write({"coverage.xml": cobertura(missing(5), line_rate=0.99)})
    ended = measure(project.folder, "--reports", "coverage.xml")
    assert (ended.code, figures(ended)["line_ratio"]) == (1, 0.5)
    assert "it states 99.00% of lines itself" in str(report_of(ended)["data"]["notes"])


def test_without_git_or_a_checkout_the_whole_ratio_is_measured(tmp_path: Path, project: Repository) -> None:
    folder = tmp_path / "alone"
    folder.mkdir()
    (folder / "lcov.info").write_text(lcov(TEN), encoding="utf-8")
    for where, environ in ((folder, {}), (project.folder, {"PATH": str(tmp_path)})):
        (where / "lcov.info").write_text(lcov(TEN), encoding="utf-8")
        ended = measure(where, "--reports", "lcov.info", environ=environ)
        assert (ended.code, figures(ended)["line_ratio"], figures(ended)["patch_ratio"]) == (0, 1.0, None)
        assert report_of(ended)["data"]["head_sha"] is None


def test_a_patch_limit_without_a_checkout_is_unknown_and_not_kept(tmp_path: Path) -> None:
    (tmp_path / "lcov.info").write_text(lcov(TEN), encoding="utf-8")
    ended = measure(tmp_path, "--reports", "lcov.info", "--minimum-patch-ratio", "0.5")
    assert (ended.code, report_of(ended)["status"]) == (1, "unknown")
    assert "patch coverage is unknown, since the working folder is no git checkout" in str(report_of(ended)["data"])


@pytest.mark.parametrize(("unknown_is", "code"), [(None, 1), ("warn", 0)])
def test_a_pattern_without_a_file_is_unknown_which_fails_unless_told_otherwise(
    project: Repository, unknown_is: str | None, code: int) -> None:
    options = [] if unknown_is is None else ["--unknown-is", unknown_is]
    ended = measure(project.folder, "--reports", "**/lcov-*.info", *options)
    report = report_of(ended)
    assert (ended.code, report["status"], rules(ended)) == (code, "unknown", ["report-missing"])
    assert report["summary"] == "line coverage unknown: no report could be read"
    assert report["data"]["complete"] == ["no file matches **/lcov-*.info"]


def test_one_damaged_report_of_many_makes_no_verdict_of_the_others(project: Repository) -> None:
    project.write({"good.info": lcov(TEN), "bad.info": "SF:src/a.py\nDA:1,1\n"})
    ended = measure(project.folder, "--reports", "*.info")
    assert (ended.code, report_of(ended)["status"], rules(ended)) == (1, "unknown", ["report-unreadable"])
    assert figures(ended)["line_ratio"] == 1.0


@pytest.mark.parametrize(("content", "said"), [
    (b"", "is empty"), (b"SF:src/a.py\nDA:1,1\n", "is cut off"), (b"hello\n", "is of no format"),
    (b"\xff\xfe\x00", ""), (b"SF:a\nDA:1,-1\nend_of_record\n", ""), (b"<a>" * 1000, ""),
    (b'<!DOCTYPE a [<!ENTITY b "c">]><coverage/>', "entities")])
def test_a_report_that_was_named_and_can_t_be_read_ends_the_run_and_says_so(project: Repository, content: bytes,
                                                                           said: str) -> None:
    (project.folder / "lcov.info").write_bytes(content)
    ended = check(project, None)
    assert ended.code == 2
    assert ended.stderr.startswith('error: Coverage: reports: "lcov.info" ')
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(("options", "said"), [
    ((), "reports: none given"), (("--reports", "nothing.xml"), '"nothing.xml" is no file'),
    (("--reports", "lcv=lcov.info"), "did you mean lcov?"),
    (("--reports", "lcov.info", "--max-input", "1"), "max-input"),
    (("--reports", "lcov.info", "--base", "nothing"), "base: "),
    (("--reports", "lcov.info", "--minimum-ratio", "90"), "write 0.9"),
    (("--reports", "lcov.info", "--exclude", "!a"), "of nothing"),
    (("--reports", "lcov.info", "--path-map", "a"), "is not like"),
    (("--reports", "lcov.info", "--path-map", "a=../b"), "leads out"),
    (("--reports", "lcov.info", "--components", "core"), "is not like core:"),
])
def test_a_mistake_of_the_caller_s_is_named(project: Repository, options: tuple[str, ...], said: str) -> None:
    project.write({"lcov.info": lcov(TEN)})
    ended = measure(project.folder, *options)
    assert ended.code == 2
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_zero_coverable_lines_are_unknown(project: Repository) -> None:
    project.write({"coverage.xml": cobertura({"src/a.py": {}})})
    ended = measure(project.folder, "--reports", "*.xml", "--minimum-ratio", "0")
    report = report_of(ended)
    assert (ended.code, report["status"], figures(ended)["lines_valid"]) == (1, "unknown", 0)
    assert report["summary"] == "line coverage unknown: the reports name no line that could be covered"


def test_a_report_larger_than_max_input_is_refused_unread(project: Repository) -> None:
    with (project.folder / "huge.info").open("wb") as file:
        file.truncate(3_000_000)
    ended = measure(project.folder, "--reports", "huge.info", "--max-input", "2 MB")
    assert ended.code == 2
    assert "3,000,000 bytes, more than the 2,000,000" in ended.stderr


def test_files_that_are_excluded_do_not_count_anywhere(project: Repository) -> None:
    project.commit({"src/gen/b.py": "1\n2\n"})
    hits = {**TEN, "src/gen/b.py": {1: 0, 2: 0}}
    ended = check(project, hits, "--exclude", "src/gen", "--minimum-patch-ratio", "1")
    report = report_of(ended)
    assert (ended.code, figures(ended)["line_ratio"], figures(ended)["patch_ratio"]) == (0, 1.0, None)
    assert ([file["file"] for file in report["data"]["files"]], report["data"]["files_excluded"]) == (["src/a.py"], 1)


def test_each_component_has_its_figure_and_its_limit(project: Repository) -> None:
    project.commit({"lib/b.py": "1\n2\n"})
    hits = {**TEN, "lib/b.py": {1: 1, 2: 0}}
    lines = "core: src/** >= 0.95\nlib: lib >= 0.6\nall: *.py\nnone: docs"
    ended = check(project, hits, "--components", lines)
    assert (ended.code, rules(ended)[0]) == (1, "component-coverage-below-minimum")
    found = figures(ended)
    assert [found[f"component_line_ratio {name}"] for name in ("core", "lib", "all", "none")] == [
        1.0, 0.5, 11 / 12, None]
    assert "component none: no coverable line is in its paths" in report_of(ended)["data"]["notes"]


def test_a_component_with_a_limit_and_no_lines_is_unknown(project: Repository) -> None:
    ended = check(project, TEN, "--components", "docs: docs >= 0.5")
    assert (ended.code, report_of(ended)["status"]) == (1, "unknown")


def test_branches_have_a_limit_where_one_is_given(project: Repository) -> None:
    project.write({"lcov.info": "SF:src/a.py\nDA:1,1\nBRDA:1,0,0,1\nBRDA:1,0,1,0\nFN:1,f\nFNDA:1,f\nend_of_record\n"})
    ended = measure(project.folder, "--reports", "lcov.info", "--minimum-branch-ratio", "0.6")
    found = figures(ended)
    assert (ended.code, found["branch_ratio"], found["function_ratio"]) == (1, 0.5, 1.0)
    assert rules(ended)[0] == "branch-coverage-below-minimum"
    assert report_of(ended)["findings"][0]["detail"] == "1 of 2 branches are covered; 1 more would do."


def test_the_badge_shows_the_ratio_rounded_down(project: Repository) -> None:
    project.commit({"src/a.py": "x\n" * 1000})
    check(project, missing(1, of=1000), "--badge", "badge.svg")
    svg = ElementTree.fromstring((project.folder / "badge.svg").read_text(encoding="utf-8"))
    assert svg.attrib["aria-label"] == "coverage: 99 %"
    check(project, missing(1, of=1000), "--badge", "badge.json")
    assert json.loads((project.folder / "badge.json").read_text(encoding="utf-8"))["message"] == "99 %"
    measure(project.folder, "--reports", "no*.info", "--badge", "badge.json")
    assert json.loads((project.folder / "badge.json").read_text(encoding="utf-8"))["message"] == "unknown"


def test_the_checkout_stays_as_it_was(project: Repository, tmp_path: Path) -> None:
    project.commit({"src/b.py": "1\n"})
    project.write({"lcov.info": lcov(TEN)})
    before = {path: path.read_bytes() for path in (project.folder / ".git").rglob("*") if path.is_file()}
    check(project, TEN, environ=in_actions(tmp_path, "push", {}, ref="refs/heads/main"))
    assert {path: path.read_bytes() for path in (project.folder / ".git").rglob("*") if path.is_file()} == before


def test_no_token_is_asked_for_or_used(project: Repository) -> None:
    ended = check(project, TEN, environ={"GITHUB_API_URL": "http://127.0.0.1:1", "GITHUB_TOKEN": "ghs_secret"})
    assert (ended.code, report_of(ended)["cost"]["requests"]) == (0, 0)
    assert "ghs_secret" not in ended.stdout + ended.stderr + json.dumps(report_of(ended))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_files_of_hostile_names_are_counted_and_break_nothing(project: Repository, tmp_path: Path) -> None:
    names = ["a\u202eb.py", "a|b`c`.py", "<img src=x>.py", "::error::x.py", "%0A::error::x.py", "[x](javascript:y).py"]
    project.commit(dict.fromkeys(names, "1\n2\n"))
    summary = tmp_path / "summary"
    ended = check(project, {name: {1: 1, 2: 0} for name in names}, "--minimum-ratio", "0.1", environ={
        **in_actions(tmp_path, "push", {}, ref="refs/heads/main"), "GITHUB_STEP_SUMMARY": str(summary)})
    assert (figures(ended)["lines_valid"], figures(ended)["patch_ratio"]) == (12, 0.5)
    assert {file["file"] for file in report_of(ended)["data"]["files"]} == set(names)
    assert "::error" not in [line[:7] for line in ended.stdout.splitlines()]
    assert "<img" not in summary.read_text(encoding="utf-8")
