"""The command as a whole, over repositories and reports made for it."""
from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from repo_vitals.concerns.coverage import ledger
from support.checkouts import Repository, in_actions, pull_request, push
from support.covered import Hits, cobertura, figures, lcov, measure, report_of

if TYPE_CHECKING:
    from pathlib import Path

    from support.commands import Ended

TEN = {"src/a.py": dict.fromkeys(range(1, 11), 1)}
CODE = {"src/a.py": "".join(f"{number}\n" for number in range(1, 11))}


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "work" / "widget")
    repository.commit({**CODE, ".gitignore": "/*.info\n/*.xml\n/repo-vitals/\n/history/\n"})
    return repository


def missing(count: int, of: int = 10) -> Hits:
    """src/a.py with so many lines that did not run."""
    return {"src/a.py": {number: int(number > count) for number in range(1, of + 1)}}


def check(repository: Repository, hits: Hits | None, *options: str, environ: dict[str, str] | None = None) -> Ended:
    if hits is not None:
        repository.write({"lcov.info": lcov(hits)})
    return measure(repository.folder, "--reports", "lcov.info", *options, environ=environ)


def rules(ended: Ended) -> list[str]:
    return [finding["rule"] for finding in report_of(ended)["findings"]]


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


def test_reports_that_name_no_file_of_the_checkout_tell_nothing_of_a_change(project: Repository) -> None:
    """Else the change would seem to add nothing coverable, and pass."""
    project.commit({"src/b.py": "1\n"})
    ended = check(project, {"/elsewhere/x.py": {1: 1}}, "--minimum-patch-ratio", "0.5")
    assert (ended.code, report_of(ended)["status"]) == (1, "unknown")
    assert "1 file of 1 that the reports name is not in the checkout, such as /elsewhere/x.py" in str(
        report_of(ended)["data"]["notes"])


# Files of one name


def jacoco(lines: str, group: str = "") -> str:
    package = f'<package name="org/x"><sourcefile name="A.java">{lines}</sourcefile></package>'
    return f'<report name="r">{f"""<group name="{group}">{package}</group>""" if group else package}</report>'


RAN = "".join(f'<line nr="{number}" mi="0" ci="1" mb="0" cb="0"/>' for number in range(1, 11))
NOT = RAN.replace('mi="0" ci="1"', 'mi="1" ci="0"')


@pytest.mark.parametrize("in_git", [True, False])
def test_reports_of_two_packages_that_name_a_file_alike_are_of_two_files(project: Repository, in_git: bool) -> None:
    if in_git:
        project.commit({f"packages/{name}/src/index.js": "x\n" * 10 for name in "ab"})
    project.write({f"packages/{name}/coverage/lcov.info": lcov({"src/index.js": dict.fromkeys(range(1, 11), ran)})
                   for name, ran in (("a", 1), ("b", 0))})
    ended = measure(project.folder, "--reports", "**/lcov.info")
    assert (ended.code, figures(ended)["line_ratio"], figures(ended)["lines_valid"]) == (1, 0.5, 20)
    files = [file["file"] for file in report_of(ended)["data"]["files"]]
    assert files == ([f"packages/{name}/src/index.js" for name in "ab"] if in_git else
                     [f"packages/{name}/coverage/: src/index.js" for name in "ab"])
    assert rules(ended).count("paths-ambiguous") == (0 if in_git else 2)


def test_modules_of_java_are_told_apart_by_their_reports_folders_or_groups(project: Repository) -> None:
    project.commit({f"{name}/src/main/java/org/x/A.java": "x\n" * 10 for name in "ab"})
    project.write({"a/target/jacoco.xml": jacoco(RAN), "b/target/jacoco.xml": jacoco(NOT),
                   "all.xml": f'<report name="r">{jacoco(RAN, "a")[17:-9]}{jacoco(NOT, "b")[17:-9]}</report>'})
    for reports in ("*/target/jacoco.xml", "all.xml"):
        ended = measure(project.folder, "--reports", reports)
        assert (ended.code, figures(ended)["line_ratio"], "paths-ambiguous" in rules(ended)) == (1, 0.5, False)
        assert [file["file"][:2] for file in report_of(ended)["data"]["files"]] == ["a/", "b/"]


def test_a_path_that_fits_several_files_is_never_one_with_another_report_s(project: Repository) -> None:
    project.commit({f"{name}/main.py": "x\n" * 10 for name in "ab"})
    sources = "<sources><source>/srv/app</source></sources><packages>"
    for name, ran in (("one", 1), ("two", 0)):
        text = cobertura({"main.py": dict.fromkeys(range(1, 11), ran)})
        project.write({f"{name}.xml": text.replace("<packages>", sources)})
    ended = measure(project.folder, "--reports", "*.xml", "--minimum-ratio", "0.5")
    assert (figures(ended)["line_ratio"], rules(ended), report_of(ended)["status"]) == (
        0.5, ["paths-ambiguous"] * 2, "warn")
    assert [file["file"] for file in report_of(ended)["data"]["files"]] == ["one.xml: main.py", "two.xml: main.py"]


def test_a_report_in_a_folder_that_begins_with_a_dot_is_of_that_folder(project: Repository) -> None:
    project.commit({f"{name}/src/x.js": "x\n" * 10 for name in (".a", "a")})
    project.write({".a/lcov.info": lcov({"src/x.js": {1: 1}})})
    ended = measure(project.folder, "--reports", ".a/lcov.info")
    assert [file["file"] for file in report_of(ended)["data"]["files"]] == [".a/src/x.js"]


def test_a_file_that_is_not_in_git_does_not_cover_the_lines_that_are_added_to_one_of_the_same_words(
    project: Repository,
) -> None:
    project.commit({"backend/app/main.py": "x\n" * 10, "app/old.py": "x\n"})
    project.commit({"app/version.py": "x\n" * 10})
    sources = f"<sources><source>{project.folder / 'backend'}</source></sources><packages>"
    text = cobertura({f"app/{name}.py": dict.fromkeys(range(1, 11), 1) for name in ("main", "version")})
    project.write({"b.xml": text.replace("<packages>", sources)})
    ended = measure(project.folder, "--reports", "b.xml", "--minimum-patch-ratio", "0.9")
    assert (ended.code, report_of(ended)["status"], figures(ended)["patch_ratio"]) == (1, "unknown", None)
    assert "backend/app/version.py may be app/version.py, to which the change adds lines" in str(
        report_of(ended)["data"]["notes"])
    project.write({"lcov.info": lcov({"app/version.py": dict.fromkeys(range(1, 11), 0)})})
    found = figures(measure(project.folder, "--reports", "b.xml, lcov.info", "--minimum-patch-ratio", "0.9"))
    assert (found["patch_ratio"], found["lines_covered"], found["lines_valid"]) == (0, 20, 30)


def test_files_that_are_kept_apart_are_excluded_and_belong_to_components_as_they_are_named(
    project: Repository,
) -> None:
    project.commit({f"p/{name}/src/y.js": "x\n" for name in "ab"})
    project.write({f"p/{name}/lcov.info": lcov({"src/y.js": {1: 1}, "src/gen/g.js": {1: 0}}) for name in "ab"})
    ended = measure(project.folder, "--reports", "p/*/lcov.info", "--exclude", "src/gen/**")
    assert (ended.code, figures(ended)["lines_valid"], report_of(ended)["data"]["files_excluded"]) == (0, 2, 2)
    ended = measure(project.folder, "--reports", "p/*/lcov.info", "--components", "gen: src/gen/**")
    assert (figures(ended)["component_line_ratio gen"], report_of(ended)["data"]["components"][0]["valid"]) == (0, 2)


def test_reports_of_one_folder_are_of_one_file_though_git_does_not_know_it(project: Repository) -> None:
    project.write({"one.info": lcov({"gen/a.py": {1: 1, 2: 0}}), "two.info": lcov({"gen/a.py": {1: 0, 2: 1}})})
    ended = measure(project.folder, "--reports", "*.info")
    assert (figures(ended)["line_ratio"], figures(ended)["lines_valid"], rules(ended)) == (1.0, 2, [])


def test_totals_beside_files_are_left_out_and_said_so(project: Repository) -> None:
    counts = '{"total": 10, "covered": 0, "skipped": 0, "pct": 0}'
    kinds = ", ".join(f'"{kind}": {counts}' for kind in ("lines", "statements", "functions", "branches"))
    project.write({"sum.json": f'{{"total": {{{kinds}}}}}', "lcov.info": lcov(TEN)})
    ended = measure(project.folder, "--reports", "sum.json, lcov.info")
    assert (rules(ended), report_of(ended)["status"], figures(ended)["lines_valid"]) == (
        ["report-left-out"], "warn", 10)
    assert "report-left-out" not in rules(measure(project.folder, "--reports", "sum.json"))


# Reports of another commit


def test_a_report_that_is_committed_is_called_stale_until_it_is_written_anew(project: Repository) -> None:
    project.commit({"saved.lcov": lcov(TEN)})
    ended = measure(project.folder, "--reports", "saved.lcov")
    assert (rules(ended), report_of(ended)["status"]) == (["report-stale"], "warn")
    project.write({"saved.lcov": lcov(missing(1))})
    assert rules(measure(project.folder, "--reports", "saved.lcov")) == []


@pytest.mark.parametrize(("stamp", "rule"), [("1769580000", ["report-stale"]), ("1769580000000", ["report-stale"]),
                                             ("1769790000", []), ("1", []), ("x", []), ("9" * 15, [])])
def test_a_report_that_says_it_is_older_than_the_commit_is_stale(project: Repository, stamp: str, rule: list[str],
                                                                 ) -> None:
    clover = "".join(f"<line num='{number}' type='stmt' count='1'/>" for number in range(1, 11))
    project.write({
        "a.xml": cobertura(TEN).replace("timestamp='1'", f"timestamp='{stamp}'"),
        "b.xml": f"<coverage generated='{stamp}'><project><file path='src/a.py'>{clover}</file></project></coverage>",
        "c.xml": f"<report name='r'><sessioninfo id='s' start='1' dump='{stamp}'/><package name='src'>"
                 f"<sourcefile name='a.py'>{RAN}</sourcefile></package></report>"})
    assert [rules(measure(project.folder, "--reports", name)) for name in ("a.xml", "b.xml", "c.xml")] == [rule] * 3


def test_lines_beyond_a_file_s_end_are_of_another_commit(project: Repository) -> None:
    ended = check(project, {"src/a.py": dict.fromkeys(range(1, 13), 1)})
    assert rules(ended) == ["lines-beyond-the-end"]
    assert report_of(ended)["findings"][0]["title"] == (
        "Reports name lines that 1 file does not have, such as src/a.py")
    assert rules(check(project, {"src/a.py": dict.fromkeys(range(1, 12), 1)})) == []


# What a change adds


def test_uncovered_added_lines_are_annotated_where_they_are(project: Repository, tmp_path: Path) -> None:
    base = project.git("rev-parse", "HEAD")
    project.git("checkout", "--quiet", "-b", "topic")
    head = project.commit({"src/a.py": CODE["src/a.py"] + "".join(f"{number}\n" for number in range(11, 21))})
    project.git("checkout", "--quiet", "main")
    project.merge("topic")
    hits = {"src/a.py": {number: int(number not in (12, 13, 15)) for number in range(1, 21) if number != 14}}
    ended = check(project, hits, "--minimum-ratio", "0.5", "--minimum-patch-ratio", "0.7",
                  environ=pull_request(tmp_path, base=base, head=head))
    assert (ended.code, figures(ended)["patch_ratio"]) == (1, 6 / 9)
    assert "::notice title=Coverage%3A added-lines-not-covered,file=src/a.py,line=12,endLine=15::" in ended.stdout
    data = report_of(ended)["data"]
    assert data["patch"] == {"covered": 6, "valid": 9, "files_left_out": 0, "files_in_no_report": 0, "files": [
        {"file": "src/a.py", "covered": 6, "valid": 9, "uncovered": [[12, 15]]}]}
    assert (data["pull_request"]["number"], data["pull_request"]["head_sha"], data["base"]["commit"]) == (7, head, base)


def test_changed_code_that_no_report_names_is_named(project: Repository) -> None:
    project.commit({"src/new.py": "1\n", "README.md": "1\n", "gen/x.py": "1\n"})
    ended = check(project, TEN, "--exclude", "gen")
    notes = [note for note in report_of(ended)["data"]["notes"] if note.startswith("no report names")]
    assert (ended.code, len(notes)) == (0, 1)
    assert notes[0].startswith("no report names src/new.py, to which the change adds lines")
    project.commit({f"src/new{number}.py": "1\n" for number in range(7)})
    assert "src/new4.py and 2 more files, to which" in str(report_of(check(project, TEN))["data"]["notes"])


def test_a_changed_file_that_may_be_one_that_was_not_found_makes_the_added_lines_unknown(project: Repository) -> None:
    project.commit({"src/b.py": "1\n", "lib/b.py": "1\n"})
    ended = check(project, {**TEN, "/elsewhere/b.py": {1: 0}}, "--minimum-patch-ratio", "1")
    assert (ended.code, report_of(ended)["status"], figures(ended)["patch_ratio"]) == (1, "unknown", None)
    assert "/elsewhere/b.py may be lib/b.py, to which the change adds lines" in str(report_of(ended)["data"]["notes"])
    assert check(project, {**TEN, "/elsewhere/c.py": {1: 1}}, "--minimum-patch-ratio", "1").code == 0
    assert check(project, {**TEN, "/elsewhere/b.py": {1: 1}}, "--minimum-patch-ratio", "1", "--path-map",
                 "/elsewhere=src").code == 0


def test_a_change_that_adds_no_coverable_line_passes(project: Repository) -> None:
    project.commit({"README.md": "x\n"})
    ended = check(project, TEN, "--minimum-patch-ratio", "1")
    assert (ended.code, figures(ended)["patch_ratio"], report_of(ended)["data"]["patch"]["files_in_no_report"]) == (
        0, None, 1)


def test_many_uncovered_stretches_are_fifty_findings_and_all_in_the_data(project: Repository) -> None:
    project.commit({"src/b.py": "x\n" * 400})
    ended = check(project, {"src/b.py": {number: number % 2 for number in range(1, 401)}}, "--minimum-ratio", "0.1")
    report = report_of(ended)
    assert (rules(ended).count("added-lines-not-covered"), len(report["data"]["patch"]["files"][0]["uncovered"])) == (
        50, 200)
    assert "of 200 stretches of added lines that did not run the 50 longest" in str(report["data"]["notes"])


def test_notes_are_one_annotation_and_leave_the_others_to_added_lines(project: Repository, tmp_path: Path) -> None:
    project.commit({"src/b.py": "x\n" * 40, "src/c.py": "x\n"})
    hits = {"src/b.py": {number: number % 2 for number in range(1, 41)}, "/elsewhere/x.py": {1: 1}}
    ended = check(project, hits, "--minimum-ratio", "0.1", "--components", "none: docs",
                  environ=push(tmp_path, before=None))
    notices = [line for line in ended.stdout.splitlines() if line.startswith("::notice ")]
    assert "not in the checkout" in notices[0]
    assert "%0Acomponent none: no coverable line is in" in notices[0]
    assert all(",file=src/b.py,line=" in line for line in notices[1:9])


def test_a_shallow_checkout_says_what_to_do(project: Repository, tmp_path: Path) -> None:
    project.commit({"src/b.py": "1\n"})
    shallow = project.clone(tmp_path / "shallow", depth=1)
    ended = check(shallow, TEN, "--minimum-patch-ratio", "0.5")
    assert (ended.code, report_of(ended)["status"]) == (1, "unknown")
    assert "fetch-depth: 0" in str(report_of(ended)["data"]["notes"])


def test_a_partial_clone_says_that_it_may_lack_files(project: Repository, tmp_path: Path) -> None:
    project.commit({"src/a.py": "x\n"})
    project.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    project.git("clone", "--quiet", "--filter=blob:none", f"file://{project.folder}", str(clone))
    (clone / "lcov.info").write_text(lcov(TEN), encoding="utf-8")
    ended = measure(clone, "--reports", "lcov.info", "--minimum-patch-ratio", "0.5")
    assert (ended.code, report_of(ended)["status"], figures(ended)["line_ratio"]) == (1, "unknown", 1.0)
    assert "a checkout with `filter` or `sparse-checkout` may lack files" in str(report_of(ended)["data"]["notes"])


def test_two_commits_are_enough_for_a_pull_request(project: Repository, tmp_path: Path) -> None:
    base = project.git("rev-parse", "HEAD")
    project.git("checkout", "--quiet", "-b", "topic")
    head = project.commit({"src/b.py": "1\n"})
    project.git("checkout", "--quiet", "main")
    project.merge("topic")
    shallow = project.clone(tmp_path / "shallow", depth=2)
    ended = check(shallow, {**TEN, "src/b.py": {1: 1}}, environ=pull_request(tmp_path, base=base, head=head))
    assert figures(ended)["patch_ratio"] == 1.0


# What was before


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
