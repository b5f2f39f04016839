"""Figures against limits."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.coverage import definitions
from repo_vitals.concerns.coverage.definitions import METRICS
from repo_vitals.concerns.coverage.facts import Added, Earlier, Facts, FileCoverage, ReportRead, Summary, Unusable
from repo_vitals.concerns.coverage.judge import judge
from repo_vitals.concerns.coverage.measure import measure
from repo_vitals.concerns.coverage.policy import Component, Policy
from repo_vitals.concerns.coverage.totals import Count, totals
from repo_vitals.report.model import Judgement, check_names
from repo_vitals.report.status import overall

READ = (ReportRead(shown="lcov.info", format="lcov"),)
NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)


def facts(covered: int, valid: int, **given: Any) -> Facts:
    """A file of so many lines, the first of which ran."""
    file = FileCoverage()
    for number in range(1, valid + 1):
        file.lines.mark(number, ran=number <= covered)
    return Facts(**{"repository": "acme/widget", "files": {"a.py": file}, "totals": totals([file]), "reports": READ,
                    **given})


def earlier(covered: int, valid: int) -> Earlier:
    return Earlier(commit="a" * 40, distance=0, at=NOW, lines=Count(covered, valid))


def judged(known: Facts, **limits: Any) -> Judgement:
    policy = Policy(**limits)
    return judge(measure(known, policy), known, policy)


def status(judgement: Judgement) -> str:
    return overall(judgement.metrics, judgement.findings)


@given(st.integers(0, 300), st.integers(1, 300), st.integers(0, 300))
def test_a_ratio_passes_just_when_the_whole_numbers_say_so(covered: int, valid: int, per_mille: int) -> None:
    covered = min(covered, valid)
    expected = "pass" if covered * 300 >= per_mille * valid else "fail"
    # A limit of a whole number of three hundredths is rarely a float: what is nearest to it is what a person gets.
    assert status(judged(facts(covered, valid), minimum=per_mille / 300)) == expected


@given(st.integers(0, 200), st.integers(1, 200), st.integers(0, 200), st.integers(1, 200), st.integers(0, 100))
def test_a_drop_passes_just_when_the_whole_numbers_say_so(before: int, all_before: int, now: int, all_now: int,
                                                         cents: int) -> None:
    before, now = min(before, all_before), min(now, all_now)
    judgement = judged(facts(now, all_now, earlier=earlier(before, all_before)), minimum=0.0, maximum_drop=cents / 100)
    within = 100 * (before * all_now - now * all_before) <= cents * all_before * all_now
    assert status(judgement) == ("pass" if within else "fail")


@pytest.mark.parametrize("more", [{}, {"a.py": ((1, 2),)}])
def test_added_lines_of_a_file_without_lines_are_unknown(more: dict[str, Any]) -> None:
    known = facts(10, 10, added=Added(files={"b.js": ((1, 5),), **more}))
    known = replace(known, files={**known.files, "b.js": FileCoverage(summary=Summary(lines=(1, 9)))})
    judgement = judged(known, minimum=0.0, minimum_patch=0.8)
    assert status(judgement) == "unknown"
    assert ("added lines unknown" in judgement.summary) is not bool(more)
    assert "no coverable line added" not in judgement.summary
    assert status(judged(known, minimum=0.0)) == "pass"


def test_every_figure_is_as_its_definition_says() -> None:
    known = facts(1, 2, added=Added(files={"a.py": ((1, 2),)}), earlier=earlier(1, 1))
    policy = Policy(components=(Component(name="c", paths=("a.py",)),))
    check_names(measure(known, policy).metrics, {metric.name: metric for metric in METRICS})


@pytest.mark.parametrize("known", [
    facts(0, 0), facts(0, 0, reports=()), facts(9, 9, unmatched=("*.xml",)),
    facts(9, 9, unusable=(Unusable(shown="b.xml", why="is empty"),)), facts(0, 9, unmatched=("*.xml",))])
def test_nothing_measured_and_something_missing_never_pass_and_never_fail(known: Facts) -> None:
    assert status(judged(known)) == "unknown"


def test_a_patch_limit_is_met_by_nothing_added_and_unknown_where_there_is_no_telling() -> None:
    nothing, untold = facts(9, 9, added=Added(files={})), facts(9, 9, no_added="the checkout is shallow")
    assert status(judged(nothing, minimum_patch=1.0)) == "pass"
    assert status(judged(untold, minimum_patch=0.0)) == "unknown"
    assert status(judged(untold)) == "pass"


def test_uncovered_added_lines_inform_and_fail_nothing_by_themselves() -> None:
    judgement = judged(facts(1, 3, added=Added(files={"a.py": ((2, 2),)})), minimum=0.0)
    assert status(judgement) == "pass"
    [finding] = judgement.findings
    assert (finding.severity, finding.file, finding.line, finding.end_line) == ("info", "a.py", 2, 3)


def test_a_branch_limit_without_branches_is_unknown() -> None:
    assert status(judged(facts(1, 1), minimum_branch=0.0)) == "unknown"


def test_findings_keep_their_ids_when_figures_move() -> None:
    ids = {finding.as_json(monitor="coverage")["id"]
           for covered in (1, 2) for finding in judged(facts(covered, 9, earlier=earlier(9, 9))).findings}
    assert len(ids) == 2


def test_the_longest_stretches_come_first() -> None:
    known = facts(0, 100, added=Added(files={"a.py": ((1, 2), (10, 50), (80, 1))}))
    lines = [finding.line for finding in judged(known).findings if finding.rule == "added-lines-not-covered"]
    assert lines == [10, 1, 80]


def test_of_very_many_files_the_worst_are_listed_and_the_others_counted() -> None:
    files = {}
    for number in range(10_003):
        files[f"{number:05}.py"] = FileCoverage()
        for line in range(1, 3 + (number == 7)):
            files[f"{number:05}.py"].lines.mark(line, ran=number < 3)
    data = judged(facts(0, 0, files=files, totals=totals(files.values()))).data
    assert (len(data["files"]), data["files_left_out"]) == (10_000, 3)
    assert {"file": "00007.py", "covered": 0, "valid": 3} in data["files"]
    assert [entry["file"] for entry in data["files"]] == sorted(entry["file"] for entry in data["files"])


def test_a_fork_s_figures_are_not_kept_and_neither_is_anything_that_collect_says_so_of() -> None:
    assert judged(facts(1, 1, is_kept=False)).is_kept is False
    assert judged(facts(1, 1)).is_kept is True


@pytest.mark.parametrize(("known", "said"), [
    (facts(9, 10), "90 % of lines covered (9 of 10)"),
    (facts(9, 10, earlier=earlier(9, 10)), "90 % of lines covered (9 of 10); as at aaaaaaaaaaaa"),
    (facts(9, 10, earlier=earlier(8, 10)), "90 % of lines covered (9 of 10); 10 points higher than at aaaaaaaaaaaa"),
    (facts(9, 10, unmatched=("*.xml",)),
     "90 % of lines covered (9 of 10); 1 report missing, so that this is no verdict"),
    (facts(9, 10, added=Added(files={"a.py": ((10, 1),)})), "90 % of lines covered (9 of 10); 0 % of 1 added line"),
])
def test_the_summary_says_it_in_a_line(known: Facts, said: str) -> None:
    assert judged(known).summary == said


def test_the_drop_is_of_the_unit_of_a_ratio() -> None:
    found = {metric.name: metric for metric in judged(facts(8, 10, earlier=earlier(9, 10))).metrics}
    drop = found[definitions.DROP_RATIO]
    assert (drop.value, str(drop.target), drop.status) == (0.1, "<= 0.01", "fail")
