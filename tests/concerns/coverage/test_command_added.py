"""The command: what a change adds."""
from __future__ import annotations

from typing import TYPE_CHECKING

from support.checkouts import Repository, pull_request, push
from support.covered import CODE, TEN, check, figures, lcov, measure, report_of, rules

if TYPE_CHECKING:
    from pathlib import Path


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
