"""Findings in code that several reports tell of: each once, as the report says that takes it most gravely."""
from __future__ import annotations

import json
from collections import Counter
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary.apart import apart
from repo_vitals.concerns.security_summary.lock_files import placed
from repo_vitals.concerns.security_summary.reading import read
from support.report_files import written
from support.security import code, facts, judged, report, status

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.security_summary.facts import CodeFinding, Report


def of_codeql(*found: CodeFinding, shown: str = "a.sarif") -> Report:
    return report(format="sarif", checks="code", code=found, shown=shown)


def told(*reports: Report) -> Counter[tuple[str, bool]]:
    """How many there are by (level, whether suppressed), the same in whatever order the reports come."""
    ways = set()
    for given_ in permutations(reports):
        count: Counter[tuple[str, bool]] = Counter()
        for one in apart(given_):
            count[one.level, one.suppressed is not None] += one.count
        ways.add(frozenset(count.items()))
    (only,) = ways
    return Counter(dict(only))


SUPPRESSED = code(suppressed="a comment in the source")


def test_what_one_report_suppresses_and_another_does_not_is_not_suppressed() -> None:
    assert told(of_codeql(SUPPRESSED), of_codeql(code())) == {("high", False): 1}
    for order in ((SUPPRESSED, code()), (code(), SUPPRESSED)):
        assert status(judged(facts(*(of_codeql(one) for one in order)))) == "fail"


def test_what_all_reports_suppress_is() -> None:
    assert told(of_codeql(SUPPRESSED), of_codeql(SUPPRESSED)) == {("high", True): 1}


def test_the_gravest_level_that_a_report_gives_counts() -> None:
    assert told(of_codeql(code(level="low")), of_codeql(code(level="high"))) == {("high", False): 1}


def test_of_two_findings_at_a_place_one_may_be_suppressed() -> None:
    assert told(of_codeql(SUPPRESSED, code()), of_codeql(SUPPRESSED, SUPPRESSED)) == {
        ("high", False): 1, ("high", True): 1}


def test_without_a_file_only_a_fingerprint_tells_that_two_reports_mean_the_same() -> None:
    nowhere = code(file=None, line=None)
    assert told(of_codeql(nowhere), of_codeql(nowhere)) == {("high", False): 2}
    known = code(file=None, line=None, fingerprint="f1")
    assert told(of_codeql(known), of_codeql(known)) == {("high", False): 1}


def test_the_same_path_seen_from_two_folders_is_of_two_files_and_from_none_told_of_either() -> None:
    x, y = of_codeql(code(base="/x", suppressed="by hand")), of_codeql(code(base="/y"))
    assert told(x, y) == {("high", True): 1, ("high", False): 1}
    assert told(x, of_codeql(code(base="/x", suppressed="by hand"))) == {("high", True): 1}
    assert told(x, y, of_codeql(code())) == {("high", True): 1, ("high", False): 1}


@given(st.lists(st.lists(st.tuples(st.sampled_from(["high", "low"]), st.booleans(), st.integers(1, 3)), min_size=1,
                         max_size=4), min_size=1, max_size=3))
def test_there_are_as_many_of_each_weight_and_above_as_in_the_report_with_most(
    reports: list[list[tuple[Any, bool, int]]],
) -> None:
    found = told(*(of_codeql(*(code(level=level, suppressed="so" if hidden else None, count=count)
                               for level, hidden, count in one)) for one in reports))
    weights = [("high", False), ("low", False), ("high", True), ("low", True)]      # the heaviest first
    for place in range(1, 5):
        most = max(sum(count for level, hidden, count in one if (level, hidden) in weights[:place]) for one in reports)
        assert sum(found[weight] for weight in weights[:place]) == most


@pytest.mark.parametrize(("base", "file", "at"), [
    ("file:///elsewhere/x/", "src/a.py", ("src/a.py", "/elsewhere/x")),
    ("file://{folder}/x/", "src/a.py", ("x/src/a.py", None)),
    ("file://{folder}", "src/a.py", ("src/a.py", None)),
    ("file://{folder}/x/", "file://{folder}/src/a.py", ("src/a.py", None)),
    ("https://example.org/x/", "src/a.py", ("src/a.py", "https://example.org/x")),
    ("x/", "src/a.py", ("src/a.py", None)),         # seen from what nobody says
    (None, "src/a.py", ("src/a.py", None)),
])
def test_a_sarif_files_folders_say_where_a_finding_is(tmp_path: Path, base: str | None, file: str, at: object) -> None:
    folder = str(tmp_path.resolve())
    place = {"artifactLocation": {"uri": file.format(folder=folder), "uriBaseId": "SUB"}}
    bases = {} if base is None else {"originalUriBaseIds": {"SUB": {"uri": base.format(folder=folder)}}}
    run = {"tool": {"driver": {"name": "t"}}, **bases, "results": [
        {"ruleId": "R", "message": {"text": "m"}, "locations": [{"physicalLocation": place}]}]}
    (found,) = placed([read(written(tmp_path, json.dumps({"version": "2.1.0", "runs": [run]})))], folder)
    assert [(one.file, one.base) for one in found.code] == [at]


def test_folders_that_are_seen_from_one_another_are_followed_and_a_circle_is_not(tmp_path: Path) -> None:
    bases = {"TOP": {"uri": "file:///t/"}, "SUB": {"uri": "s/", "uriBaseId": "TOP"},
             "LOOP": {"uri": "a/", "uriBaseId": "LOOP"}}
    found = read(written(tmp_path, {"version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "t"}}, "originalUriBaseIds": bases, "results": [
            {"ruleId": "R", "message": {"text": "m"}, "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": "a.py", "uriBaseId": name}}}]} for name in ("SUB", "LOOP", "NONE")]}]}))
    assert [one.base for one in found.code] == ["/t/s", None, None]
