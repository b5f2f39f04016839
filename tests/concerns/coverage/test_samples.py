"""Real reports of many tools and versions: each is recognised by its own reader alone, and its figures are right."""
from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from repo_vitals.concerns.coverage.formats.head import Head
from repo_vitals.concerns.coverage.reading import FORMATS, reader
from repo_vitals.sources.report_files import Unreadable, head
from support.coverage_reports import SAMPLES, Figures, figures, read_one, report_file, samples

# What each tool itself prints of the same run, unless a comment says otherwise.
EXPECTED: dict[str, tuple[str, Figures]] = {
    # A profile knows lines by blocks; `go tool cover` counts 5 of 11 statements.
    "cover_set.out": ("go", Figures((5, 11), files=1)),
    "c8_10.1.3_clover.xml": ("clover", Figures((8, 8), (4, 5), files=1)),
    "c8_10.1.3_cobertura-coverage.xml": ("cobertura", Figures((8, 8), (4, 5), (2, 4), files=1)),
    "c8_10.1.3_coverage-final.json": ("istanbul", Figures((8, 8), (4, 5), (2, 4), files=1)),
    "c8_10.1.3_coverage-summary.json": ("istanbul-summary", Figures((8, 8), (4, 5), (2, 4), files=1)),
    "c8_10.1.3_lcov.info": ("lcov", Figures((8, 8), (4, 5), (2, 4), files=1)),
    "ccs_simplecov.xml": ("cobertura", Figures((350, 362), files=13)),
    # This version counts a line 0 of two files, which no file has: 12 of 17. Its JSON tells no branches.
    "coveragepy_5.5-branch.json": ("coverage-py", Figures((11, 15), files=4)),
    "coveragepy_5.5-branch.xml": ("cobertura", Figures((11, 15), (4, 8), files=4)),
    "coveragepy_5.5.json": ("coverage-py", Figures((11, 15), files=4)),
    "coveragepy_6.5.0.json": ("coverage-py", Figures((12, 19), files=5)),
    "coveragepy_7.13.0-branch.info": ("lcov", Figures((12, 16), (4, 8), (3, 5), files=4)),
    # Of functions, JSON leaves out those that are excluded.
    "coveragepy_7.13.0-branch.json": ("coverage-py", Figures((12, 16), (4, 8), (3, 4), files=4)),
    "coveragepy_7.13.0-branch.xml": ("cobertura", Figures((12, 16), (4, 8), files=4)),
    "coveragepy_7.13.0.json": ("coverage-py", Figures((12, 16), (0, 0), (3, 4), files=4)),
    # This version's lcov lists an excluded line, which its own sums leave out: 12 of 16.
    "coveragepy_7.2.7-branch.info": ("lcov", Figures((13, 17), (4, 8), files=4)),
    "coveragepy_7.2.7-branch.json": ("coverage-py", Figures((12, 16), (4, 8), files=4)),
    "coveragepy_7.2.7-branch.xml": ("cobertura", Figures((12, 16), (4, 8), files=4)),
    "coveragepy_7.2.7.xml": ("cobertura", Figures((12, 16), files=4)),
    "gcovr_5.2_cobertura.xml": ("cobertura", Figures((8, 11), (3, 8), files=1)),
    # gcovr 8 counts 11 of 13 lines: the line of a template once for each instance.
    "gcovr_8.8.info": ("lcov", Figures((10, 12), (5, 10), (5, 6), files=1)),
    "gcovr_8.8_clover.xml": ("clover", Figures((10, 12), files=1)),
    "gcovr_8.8_cobertura.xml": ("cobertura", Figures((10, 12), (5, 10), (5, 6), files=1)),
    # Here it lists no instructions, so there are only its totals.
    "gcovr_8.8_jacoco.xml": ("jacoco", Figures((11, 13), (5, 10), (5, 6), files=1)),
    # `go tool cover` counts 10 of 15 statements; on 14 lines one begins or goes on, counted by hand.
    "go_1.27_atomic.out": ("go", Figures((10, 14), files=1)),
    "jacoco_0.8.8_small.xml": ("jacoco", Figures((4, 9), (4, 6), (2, 8), files=2)),
    "llvm_cov_14.lcov.info": ("lcov", Figures((10, 14), (3, 8), (3, 4), files=1)),
    "llvm_cov_14_export.json": ("llvm-cov", Figures((10, 14), (3, 8), (3, 4), files=1)),
    # llvm-cov counts 17 of 22 branches: of a template those of one instance. Two instances took one arm each, which
    # makes both; lcov lists the branches of either.
    "llvm_cov_19.lcov.info": ("lcov", Figures((22, 25), (18, 24), (4, 5), files=1)),
    "llvm_cov_19_export.json": ("llvm-cov", Figures((22, 25), (18, 22), (4, 5), files=1)),
    "nyc.lcov.info": ("lcov", Figures((6, 10), (4, 6), (1, 3), files=2)),
    "nyc_15.1.0_clover.xml": ("clover", Figures((5, 5), (3, 5), files=1)),
    "nyc_15.1.0_cobertura-coverage.xml": ("cobertura", Figures((5, 5), (3, 5), (2, 4), files=1)),
    "nyc_15.1.0_coverage-final.json": ("istanbul", Figures((5, 5), (3, 5), (2, 4), files=1)),
    "nyc_15.1.0_coverage-summary.json": ("istanbul-summary", Figures((5, 5), (3, 5), (2, 4), files=1)),
    "nyc_15.1.0_lcov.info": ("lcov", Figures((5, 5), (3, 5), (2, 4), files=1)),
    "nyc_clover.xml": ("clover", Figures((6, 10), (4, 6), files=2)),
    "nyc_cobertura.xml": ("cobertura", Figures((6, 10), (4, 6), (1, 3), files=2)),
    "nyc_coverage-summary.json": ("istanbul-summary", Figures((6, 10), (4, 6), (1, 3), files=2)),
    # Its totals are of files that were cut out of it.
    "octocov_clover_package.xml": ("clover", Figures((11, 11), (0, 0), (1, 1), files=3)),
    "phpunit_9.6.7_cobertura.xml": ("cobertura", Figures((2, 5), (0, 0), (1, 2), files=1)),
    "reportgenerator_Cobertura2.1.1.xml": ("cobertura", Figures((24, 36), (1, 4), (8, 17), files=7)),
    "reportgenerator_Cobertura_CPPCoverage.xml": ("cobertura", Figures((0, 2), files=1)),
    "reportgenerator_JaCoCo0.8.3.xml": ("jacoco", Figures((26, 38), (1, 4), (9, 18), files=7)),
    "reportgenerator_OpenClover4.3.1.xml": ("clover", Figures((15, 22), (1, 2), (6, 12), files=7)),
    "reportgenerator_cpp.lcov.info": ("lcov", Figures((17, 19), (0, 0), (3, 3), files=3)),
}


def test_every_sample_has_figures():
    assert {path.name for path in samples()} == EXPECTED.keys()
    assert {form for form, _ in EXPECTED.values()} == set(FORMATS)


@pytest.mark.parametrize("name", EXPECTED)
def test_figures_are_the_tools_own(name: str):
    form, expected = EXPECTED[name]
    coverage, report = read_one(report_file(SAMPLES / name))
    assert (report.format, figures(coverage)) == (form, expected)
    assert report.files == expected.files


@pytest.mark.parametrize("name", EXPECTED)
def test_each_reader_refuses_every_other_formats_sample(name: str):
    start = Head(text=head(report_file(SAMPLES / name)))
    assert [form for form in FORMATS if reader(form).recognises(start)] == [EXPECTED[name][0]]
    for form in FORMATS:
        if form != EXPECTED[name][0]:
            with pytest.raises(Unreadable):
                read_one(report_file(SAMPLES / name, form))


def test_notes_say_where_a_report_contradicts_itself():
    def notes(name: str) -> tuple[str, ...]:
        return read_one(report_file(SAMPLES / name))[1].notes

    assert notes("coveragepy_7.13.0-branch.xml") == notes("coveragepy_7.13.0-branch.info") == ()
    assert notes("coveragepy_7.2.7-branch.info") == (
        "it states 75.00% of lines itself, but its lines make 76.47% (13 of 17)",)
    assert notes("octocov_clover_package.xml") == (
        "it states 80.55% of lines itself, but its lines make 100.00% (11 of 11)",)
    assert notes("gcovr_8.8_jacoco.xml") == ("it counts lines without listing which of them ran",)
    assert notes("cover_set.out") == ("by statements, as go tool cover counts, 5 of 11 ran",)


SHARED = Path(os.environ.get("REPO_VITALS_SAMPLES") or "no-samples")
RECORDED = sorted(path for folder in SHARED.glob("coverage-*") for path in folder.glob("manifest.json"))


def expected_lines(told: dict) -> tuple[int, int] | None:
    """Covered and coverable lines as a sample's manifest tells them, which was found by other means."""
    for covered, valid in (("distinct_file_lines_hit", "distinct_file_lines"), ("DA_lines_hit", "DA_lines"),
                           ("covered_lines", "num_statements"), ("stmt_lines_hit", "stmt_lines")):
        if covered in told:
            return told[covered], told[valid]
    if "line_covered" in told:
        return told["line_covered"], told["line_covered"] + told["line_missed"]
    if isinstance(told.get("lines"), dict):
        return told["lines"]["covered"], told["lines"].get("count", told["lines"].get("total"))
    return None


@pytest.mark.skipif(not RECORDED, reason="REPO_VITALS_SAMPLES names no folder of samples")
def test_recorded_samples_have_the_figures_that_were_found_by_other_means():
    checked = 0
    for manifest in RECORDED:
        for one in json.loads(manifest.read_text("utf-8")):
            coverage, report = read_one(report_file(manifest.parent / one["file"]))
            told = one["expected"]
            if report.format == "clover" and "nyc" in one["file"]:
                told = {"covered_lines": told["coveredstatements"], "num_statements": told["statements"]}
            if report.format == "go":
                ran = f"{told['statements_covered']:,} of {told['statements']:,} ran"
                assert report.notes == (f"by statements, as go tool cover counts, {ran}",)
            else:
                assert figures(coverage).lines == expected_lines(told), one["file"]
            if "method_covered" in told:
                assert figures(coverage).functions == (
                    told["method_covered"], told["method_covered"] + told["method_missed"])
            checked += 1
    assert checked >= 28
