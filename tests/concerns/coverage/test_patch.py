"""Which added lines count, and which of them ran; diff-cover has to find the same."""
from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.coverage.diffs import NotADiff, added_lines, unquoted
from repo_vitals.concerns.coverage.facts import Added, FileCoverage, Summary
from repo_vitals.concerns.coverage.patch import Patch, patch_of
from repo_vitals.concerns.coverage.totals import Count
from repo_vitals.sources.bases import base_of
from repo_vitals.sources.checkout import Checkout
from repo_vitals.sources.workflow_event import WorkflowEvent
from support.checkouts import Repository
from support.covered import Hits, lcov

if TYPE_CHECKING:
    from collections.abc import Mapping


def coverage(hits: Mapping[str, Mapping[int, int]]) -> dict[str, FileCoverage]:
    files = {}
    for path, lines in hits.items():
        files[path] = FileCoverage()
        for number, times in lines.items():
            files[path].lines.mark(number, ran=times > 0)
    return files


def patch(added: dict[str, tuple[tuple[int, int], ...]], hits: Hits) -> Patch:
    return patch_of(Added(files=added), coverage(hits))


def test_only_added_lines_that_can_be_covered_count() -> None:
    found = patch({"a.py": ((2, 3),)}, {"a.py": {1: 0, 2: 1, 4: 0, 5: 0}})
    assert [(file.path, file.lines, file.uncovered) for file in found.files] == [("a.py", Count(1, 2), ((4, 4),))]


def test_a_change_that_adds_nothing_coverable_has_no_lines() -> None:
    assert patch({"a.py": ((3, 2),)}, {"a.py": {1: 0}}).lines == Count(0, 0)


def test_files_that_no_report_names_are_counted_and_add_no_lines() -> None:
    found = patch({"README.md": ((1, 9),), "a.py": ((1, 1),)}, {"a.py": {1: 1}})
    assert (found.unreported, found.lines) == (1, Count(1, 1))


def test_a_file_of_which_only_totals_are_known_can_t_be_told() -> None:
    found = patch_of(Added(files={"a.js": ((1, 5),)}), {"a.js": FileCoverage(summary=Summary(lines=(3, 5)))})
    assert (found.without_lines, found.unreported, found.lines) == (1, 0, Count())


@pytest.mark.parametrize(("ranges", "lines", "expected"), [
    (((1, 5),), {1: 0, 2: 0, 3: 0}, ((1, 3),)),
    (((1, 5),), {1: 0, 2: 1, 3: 0}, ((1, 1), (3, 3))),
    (((1, 9),), {1: 0, 5: 0, 9: 0}, ((1, 9),)),                 # what can't be covered between them parts nothing
    (((1, 2), (8, 2)), {1: 0, 8: 0, 9: 0}, ((1, 1), (8, 9))),   # lines that were there before do
    (((1, 2), (3, 2)), {2: 0, 3: 0}, ((2, 3),)),
    (((4, 1), (1, 1)), {1: 0, 4: 1}, ((1, 1),)),
])
def test_neighbouring_lines_are_one_stretch(ranges: tuple[tuple[int, int], ...], lines: dict[int, int],
                                            expected: tuple[tuple[int, int], ...]) -> None:
    assert patch({"a": ranges}, {"a": lines}).files[0].uncovered == expected


@given(st.sets(st.integers(1, 60)), st.dictionaries(st.integers(1, 60), st.booleans()))
def test_stretches_hold_every_uncovered_added_line_and_no_covered_one(numbers: set[int], ran: dict[int, bool]) -> None:
    ranges = tuple((number, 1) for number in sorted(numbers))
    found = patch({"a": ranges}, {"a": {number: int(yes) for number, yes in ran.items()}})
    held = [number for file in found.files for first, last in file.uncovered for number in range(first, last + 1)]
    assert len(held) == len(set(held))
    assert {number for number in held if number in ran} == {n for n in numbers if ran.get(n) is False}
    assert found.lines == Count(sum(ran.get(n, False) for n in numbers), sum(n in ran for n in numbers))


def diff(text: str) -> Added:
    return added_lines(io.BytesIO(text.encode("utf-8", "surrogateescape")))


def test_content_that_looks_like_a_header_is_content() -> None:
    added = diff("diff --git a/n.py b/n.py\nnew file mode 100644\nindex 0000000..d64b110\n--- /dev/null\n+++ b/n.py\n"
                 "@@ -0,0 +1,4 @@\n++++ b/evil.py\n+@@ -0,0 +1,3 @@\n+--- a/x\n+diff --git a/y b/y\n")
    assert added.files == {"n.py": ((1, 4),)}


def test_other_ends_of_lines_than_git_s_end_none() -> None:
    added = diff("diff --git a/n b/n\nindex 1..2 100644\n--- a/n\n+++ b/n\n@@ -1 +1,2 @@\n-a\n"
                 "+b\x0c\r\x1c\u2028c\r\n+@@ -9 +9 @@\x85\n\\ No newline at end of file\n")
    assert added.files == {"n": ((1, 2),)}


def test_a_line_of_many_megabytes_is_one_line() -> None:
    assert diff("diff --git a/n b/n\nindex 1..2 100644\n--- a/n\n+++ b/n\n@@ -1,0 +2 @@\n+" + "x" * 3_000_000
                + "\n@@ -5,0 +7 @@\n+y\n").files == {"n": ((2, 1), (7, 1))}


def test_no_diff_adds_no_lines_and_what_is_none_is_refused() -> None:
    assert diff("").files == {}
    with pytest.raises(NotADiff):
        diff("@@ -1 +1 @@\n+x\n")


@pytest.mark.parametrize(("header", "path"), [
    ("b/a.py", "a.py"), ('"b/a\\"b\\\\c\\n\\t.py"', 'a"b\\c\n\t.py'), ('"b/\\303\\274\\377.py"', "ü\udcff.py"),
    ("b/b/x", "b/x"), ('"', '"'), ('"b/"', "")])
def test_names_are_read_as_git_writes_them(header: str, path: str) -> None:
    assert unquoted(header) == path


def ours(repository: Repository, hits: Hits) -> dict[str, tuple[int, int]]:
    """Added lines of the topic branch per file: all coverable ones, and those that did not run."""
    checkout = Checkout(repository.folder, os.environ)
    base = base_of(checkout, WorkflowEvent(), "main")
    with checkout.diff(base.commit, checkout.head) as stream:
        found = patch_of(added_lines(stream), coverage(hits))
    return {file.path: (file.lines.valid, file.lines.uncovered) for file in found.files}


def theirs(repository: Repository, hits: Hits) -> dict[str, tuple[int, int]]:
    """The same by diff-cover."""
    from diff_cover.diff_cover_tool import main

    outside = repository.folder.parent
    (outside / "lcov.info").write_text(lcov(hits), encoding="utf-8")
    here = Path.cwd()
    os.chdir(repository.folder)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            main(["diff-cover", str(outside / "lcov.info"), "--compare-branch=main", "--format",
                  f"json:{outside / 'diff.json'}", "--quiet"])
    finally:
        os.chdir(here)
    found = json.loads((outside / "diff.json").read_text(encoding="utf-8"))
    per_file = {path: (len(stats["covered_lines"]) + len(stats["violation_lines"]), len(stats["violation_lines"]))
                for path, stats in found["src_stats"].items()}
    assert (found["total_num_lines"], found["total_num_violations"]) == (
        sum(lines for lines, _ in per_file.values()), sum(missing for _, missing in per_file.values()))
    return {path: counts for path, counts in per_file.items() if counts[0]}


NAMES = ("a.py", "src/b.py", "src/with space.py", "src/c.py")
lines_of_code = st.lists(st.sampled_from(["x", "y", "", "  z", "-- x", "++ y", "@@ -1 +1 @@", "if a:"]), max_size=12)
trees = st.dictionaries(st.sampled_from(NAMES), lines_of_code, max_size=len(NAMES))


def text(lines: list[str], end: str = "\n") -> str:
    return end.join(lines) + (end if lines else "")


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(trees, trees, trees, st.booleans(), st.booleans(), st.data())
def test_diff_cover_finds_the_same_added_lines(
    before: dict[str, list[str]], after: dict[str, list[str]], meanwhile: dict[str, list[str]], moves: bool,
    crlf: bool, data: st.DataObject,
) -> None:
    """Over changed, new, removed and renamed files, while the base branch goes on."""
    with tempfile.TemporaryDirectory() as folder:
        repository = Repository(Path(folder).resolve() / "repository")
        repository.commit({name: text(lines) for name, lines in before.items()})
        repository.git("checkout", "--quiet", "-b", "topic")
        changed: dict[str, str | None] = dict.fromkeys(before)
        changed |= {name: text(lines, "\r\n" if crlf else "\n") for name, lines in after.items()}
        if moves and "a.py" in before and "a.py" not in after:
            changed["moved.py"] = text([*before["a.py"], "new"])
        repository.commit(changed)
        repository.git("checkout", "--quiet", "main")
        repository.commit({name: text(lines) for name, lines in meanwhile.items()})
        repository.git("checkout", "--quiet", "topic")
        hits: Hits = {}
        for name, content in changed.items():
            if content:
                numbers = st.integers(1, content.count("\n"))
                hits[name] = data.draw(st.dictionaries(numbers, st.integers(0, 2)))
        assert ours(repository, hits) == theirs(repository, hits)
