"""The command: which file a path of a report is, and whether the report is of this commit."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.covered import TEN, check, cobertura, figures, lcov, measure, missing, report_of, rules

if TYPE_CHECKING:
    from support.checkouts import Repository


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
