"""Runs that were taken in pairs, and other reports beside them."""
from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.performance_compare.comparing import Row, compared
from repo_vitals.concerns.performance_compare.facts import Facts, Report, Result
from repo_vitals.concerns.performance_compare.paired_reports import of_pairs
from repo_vitals.concerns.performance_compare.pairs import Pair, judged, written
from repo_vitals.concerns.performance_compare.policy import Policy
from repo_vitals.concerns.performance_compare.runs import as_runs, together
from repo_vitals.sources.machine import Machine
from support.benchmarks import NOISE, NOW, Bench, result

if TYPE_CHECKING:
    from pathlib import Path

SPEEDS = (1.0, 2.0, 1.4, 0.7, 3.0, 1.1, 2.2, 0.9)      # of the machine, pair by pair


def pairs(name: str = "parse", *, slower: float = 1.2, shown: str = "ab.json") -> Report:
    sides = [[(result(name, speed * factor * noise),) for speed, noise in zip(SPEEDS, noises, strict=False)]
             for factor, noises in ((1.0, NOISE), (slower, NOISE[1:]))]
    return Report(shown=shown, format="repo-vitals", paired=True, baseline_runs=tuple(sides[0]), runs=tuple(sides[1]))


def plain(*results: Result, **more: tuple[Result, ...]) -> Report:
    return Report(shown="bench.json", format="go", results=results, **more)


def rows(*reports: Report, **policy: float) -> dict[str, Row]:
    found = of_pairs(reports)
    assert found is not None
    given = Facts(repository="", reports=reports, current=as_runs(found[0], samples=8), results=together(found[0]),
                  reference=found[1])
    return {row.key[0]: row for row in compared(given, Policy(**policy)).rows}


def left_out(*reports: Report) -> tuple[str, ...]:
    found = of_pairs(reports)
    assert found is not None
    return found[1].left_out


def test_a_run_that_has_no_partner_is_no_pair_and_a_note_says_so() -> None:
    beside = plain(result("parse", 9.0), result("other"))
    for reports in permutations([pairs(), beside]):
        found = rows(*reports)
        assert found["parse"] == rows(pairs())["parse"]
        assert (found["parse"].verdict, found["other"].verdict) == ("regressed", "new")
        assert left_out(*reports) == (
            "1 benchmark of bench.json: only the pairs that another report holds of them count",)


def test_more_runs_than_pairs_of_something_else_change_no_pair() -> None:
    many = replace(plain(), runs=tuple((result("other", 1.0 + place),) for place in range(20)))

    assert rows(many, pairs())["parse"] == rows(pairs())["parse"]


def test_what_another_report_holds_of_an_earlier_version_is_no_pair_either() -> None:
    beside = plain(result("other"), baseline=(result("other", 0.5),))

    assert (rows(pairs(), beside)["other"].verdict, rows(pairs(), beside)["other"].runs) == ("unsure", (0, 1))
    assert "earlier version is not compared" in left_out(pairs(), beside)[0]


@pytest.mark.parametrize("second", ["print", "parse"])
def test_pairs_of_several_reports_keep_their_partners(second: str) -> None:
    # The first has a benchmark that the second has on the other side alone: each side by itself would be laid out
    # otherwise.
    extra = result("gone", 5.0)
    first = pairs(slower=1.2)
    first = replace(first, baseline_runs=tuple((*run, extra) for run in first.baseline_runs))
    other = pairs(second, slower=1.2, shown="ab2.json")
    other = replace(other, baseline_runs=tuple((*run, extra) for run in other.baseline_runs))

    found = rows(first, other)

    assert {found[name].verdict for name in ("parse", second)} == {"regressed"}
    assert found["parse"].runs == ((8, 8) if second == "print" else (16, 16))
    assert found["gone"].verdict == "missing"


def test_each_look_at_pairs_has_its_share_of_the_error() -> None:
    once, twice = (rows(replace(pairs(), looks=looks))["parse"] for looks in (1, 2))
    halved = rows(pairs(), error=Policy().error / 2)["parse"]

    assert (twice.low, twice.high) == (halved.low, halved.high)
    assert once.low is not None
    assert twice.low is not None
    assert twice.low < once.low


def test_what_only_the_current_side_of_the_pairs_has_is_new() -> None:
    asked = pairs()
    found = rows(replace(asked, runs=tuple((*run, result("added")) for run in asked.runs)))

    assert found["added"].verdict == "new"


def test_what_is_better_the_other_way_round_now_is_not_compared_with_what_it_was(tmp_path: Path) -> None:
    sides = [[(result("score", value * noise, unit="points", better=better),) for noise in NOISE[:8]]
             for value, better in ((100.0, "higher"), (50.0, "lower"))]
    taken = [Pair(order=("a", "b"), a=a, b=b) for a, b in zip(*sides, strict=True)]
    bench = Bench(tmp_path)
    (tmp_path / "ab.json").write_text(written(taken, seed=1, machine=Machine(), at=NOW))
    done = bench.run("--current", "ab.json")

    assert {(row.verdict, row.why) for row in judged(taken, tolerance=0.01, error=0.05).rows} == {
        ("missing", "it was better when higher, and is when lower now"), ("new", "")}
    assert {row["verdict"] for row in bench.report(done)["data"]["benchmarks"]} == {"missing", "new"}


def test_reports_without_pairs_are_none() -> None:
    assert of_pairs([plain(result())]) is None


def test_what_only_the_first_pairs_were_asked_for_is_missing_still() -> None:
    asked = pairs()
    first = asked.baseline_runs[0]

    found = rows(replace(asked, baseline_runs=((*first, result("gone")), *asked.baseline_runs[1:])))

    assert (found["gone"].verdict, found["gone"].runs) == ("missing", (1, 0))
