"""The history of github-action-benchmark as a baseline: a run for each of its entries that comes before."""
from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.baselines import Order
from repo_vitals.concerns.performance_compare.facts import Report, Result
from repo_vitals.concerns.performance_compare.foreign_history import of_now
from repo_vitals.concerns.performance_compare.told_reference import of_baseline_reports
from repo_vitals.sources.machine import Machine
from support.benchmarks import NOISE, Bench, facts, result, verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from repo_vitals.concerns.performance_compare.facts import Reference
    from support.commands import Ended

KEY = ("x", "seconds")


def history(*commits: str) -> Report:
    """A run a commit, the value its place."""
    return Report(shown="data.js", format="data-js", run_commits=commits, runs=tuple(
        (Result(name="x", unit="seconds", better="lower", samples=(float(place + 1),)),)
        for place in range(len(commits))))


def reference(report: Report, *, head: str | None = None, order: Order | None = None, most: int = 30) -> Reference:
    return of_baseline_reports([report], Machine(cpu="x"), like=lambda _: (), most=most, head=head, order=order)


def values(found: Reference) -> Sequence[float]:
    return [run.values[KEY][0] for run in found.runs]


def test_each_entry_is_a_run_and_it_is_said_that_nobody_knows_where_it_ran() -> None:
    found = reference(history("aaaaaaa", "bbbbbbb", "ccccccc"), most=2)
    assert values(found) == [2, 3]
    assert found.how == "2 runs of the given baseline, a history that does not say on which machines they ran"


def test_the_measured_commit_and_commits_of_other_branches_do_not_count() -> None:
    order = Order(commits=("ccccccc", "bbbbbbb", "aaaaaaa"), is_whole=True)
    found = reference(history("bbbbbbb", "fffffff", "aaaaaaa", "ccccccc", "ddddddd"), head="d" * 40, order=order)
    assert values(found) == [3, 1, 4]       # in the order of the commits, whatever the clocks said
    assert found.left_out == ("2 runs of data.js: of commits that do not come before the measured one",)


def test_what_a_shallow_checkout_does_not_know_comes_before_what_it_knows() -> None:
    order = Order(commits=("aaaaaaa",), is_whole=False)
    assert values(reference(history("aaaaaaa", "bbbbbbb", "ccccccc"), order=order)) == [2, 3, 1]


def test_why_a_history_gives_no_run_is_what_keeps_all_of_its_runs_out() -> None:
    given = history("aaaaaaa", "bbbbbbb")
    now = {one.key: one for one in (result("x", better="higher"),)}

    def why(*, unlike: tuple[str, ...] = (), order: Order | None = None) -> str:
        return of_baseline_reports([given], Machine(cpu="x"), like=lambda _: unlike, most=30, order=order,
                                   current=now).why_none
    assert [why(), why(unlike=("its processor",)), why(order=Order(commits=("c" * 7,), is_whole=True))] == [
        "all benchmarks of the baseline are better the other way round now",
        "all reports of the baseline are of unlike machines",
        "no run of the baseline is of a commit before the measured one"]


def test_where_nobody_knows_which_commits_come_before_it_is_said() -> None:
    found = of_baseline_reports([history("aaaaaaa")], Machine(cpu="x"), like=lambda _: (), most=30,
                                why_no_order="the checkout is shallow")
    [said] = found.left_out
    assert said == ("whether all runs of data.js come before the measured commit is not known, since the checkout is "
                    "shallow")


def suites(*entries: tuple[str, str]) -> Report:
    """A run of a commit for each (commit, suite), of a benchmark with the suite's name; the value is its place."""
    return Report(shown="data.js", format="data-js", run_commits=tuple(commit for commit, _ in entries),
                  run_suites=tuple(suite for _, suite in entries), runs=tuple(
        (Result(name=suite, unit="seconds", better="lower", samples=(float(place + 1),)),)
        for place, (_, suite) in enumerate(entries)))


def test_of_several_suites_each_benchmark_has_its_own_newest_runs_and_a_commit_is_one_run() -> None:
    report = suites(*((f"{number:07x}", suite) for number in range(6) for suite in "xyz"), ("a" * 7, "x"))
    found = reference(report, most=4)
    assert [sorted(name for name, _ in run.values) for run in found.runs] == [
        ["y", "z"], ["x", "y", "z"], ["x", "y", "z"], ["x", "y", "z"], ["x"]]


def test_a_commit_that_was_stored_many_times_is_one_run_with_what_was_stored_last() -> None:
    assert values(reference(history("aaaaaaa", *["bbbbbbb"] * 9, "ccccccc"))) == [1, 10, 11]


def test_missing_is_what_the_newest_run_of_its_own_suite_had() -> None:
    report = suites(("a" * 7, "x"), ("a" * 7, "y"), ("b" * 7, "y"))
    gone = Result(name="gone", unit="seconds", better="lower", samples=(1.0,))
    report = replace(report, runs=((*report.runs[0], gone), *report.runs[1:]))
    found = facts([result("x", 1.0)], reference=of_baseline_reports(
        [report], Machine(cpu="x"), like=lambda _: (), most=30, current={KEY: result()}))
    assert verdicts(found) == {"x": "unsure", "gone": "missing"}        # y is another job's


def test_given_as_the_current_report_its_newest_entry_alone_is_the_current_run() -> None:
    [found], unusable = of_now([history("aaaaaaa", "bbbbbbb", "ccccccc")], ["c" * 40, None])
    assert ([one.samples for one in found.results], found.runs, unusable) == ([(3.0,)], (), [])
    [note] = found.notes
    assert note == ("its newest entry is the current run, and 2 of other commits are not; they are a baseline where "
                    "`baseline-reports` names the file too")


def test_the_current_run_has_what_every_suite_says_of_the_newest_entrys_commit_and_nothing_older() -> None:
    report = suites(("a" * 7, "x"), ("b" * 7, "x"), ("b" * 7, "y"), ("a" * 7, "z"), ("b" * 7, "x"))
    [found], _ = of_now([report], [])       # nobody knows which commit is measured
    assert {one.name: one.samples for one in found.results} == {"x": (5.0,), "y": (3.0,)}


def test_what_stands_of_the_measured_commit_is_the_current_run_whatever_was_stored_after_it() -> None:
    report = suites(("a" * 7, "x"), ("b" * 7, "x"), ("b" * 7, "y"), ("a" * 7, "z"))
    [found], unusable = of_now([report], ["f" * 40, "b" * 40])
    assert ({one.name: one.samples for one in found.results}, unusable) == ({"x": (2.0,), "y": (3.0,)}, [])
    assert "its entry of the measured commit is the current run, and 1 of other commits" in found.notes[0]


def test_a_history_without_the_measured_commit_says_nothing_of_now() -> None:
    found, [unusable] = of_now([history("aaaaaaa", "bbbbbbb")], ["c" * 40])
    assert (found, unusable.shown) == ([], "data.js")
    assert unusable.why == (
        "says nothing of the measured commit cccccccccccc: its newest entry is of bbbbbbb, and no other is of it")
    # The tool stores what a pull request measures by its head, and the checkout is GitHub's merge of it.
    assert of_now([history("aaaaaaa", "bbbbbbb")], ["f" * 40, "b" * 40])[1] == []


def stored(bench: Bench, runs: Sequence[tuple[str, Mapping[str, float]]]) -> None:
    """The file as that action writes it, with a run of each commit."""
    entries = [{"commit": {"id": commit, "timestamp": "2026-01-01T00:00:00Z"}, "date": 1767225600000 + place * 1000,
                "tool": "customSmallerIsBetter", "benches": [
                    {"name": name, "unit": "s", "value": value} for name, value in values.items()]}
               for place, (commit, values) in enumerate(runs)]
    (bench.folder / "data.js").write_text("window.BENCHMARK_DATA = " + json.dumps(
        {"lastUpdate": 1, "repoUrl": "https://example.org", "entries": {"Benchmark": entries}}))


def test_a_name_without_its_package_is_that_of_the_one_benchmark_that_can_be_meant() -> None:
    current = {one.key: one for one in (result("m/a.x", within="x"), result("m/b.y", within="y"),
                                        result("m/c.y", within="y"))}
    found = of_baseline_reports([suites(("a" * 7, "x"), ("a" * 7, "y"))], Machine(cpu="x"), like=lambda _: (), most=30,
                                current=current)
    assert sorted(name for run in found.runs for name, _ in run.values) == ["m/a.x", "y"]


def test_a_regression_against_the_old_history_is_found_by_the_command(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "project")
    commits = [bench.repository.commit({"code": str(number)}) for number in range(14)]
    (bench.folder / ".git" / "info" / "exclude").write_text("data.js\n")
    runs = [(commit, bench.noisy({"parse": 1.0, "print": 2.0}, place)) for place, commit in enumerate(
        [*commits[:-1], "f" * 40])]
    slow = {"parse": 1.5 * NOISE[0], "print": 2.0 * NOISE[1]}
    expected = {"parse": "regressed", "print": "unchanged"}

    def rows(done: Ended) -> dict[str, str]:
        return {row["name"]: row["verdict"] for row in bench.report(done)["data"]["benchmarks"]}

    stored(bench, runs)
    done = bench.measure(slow, "--baseline-reports", "data.js", environ=bench.push(commits[-1]))
    assert (done.code, rows(done)) == (1, expected)
    assert "13 runs of the given baseline" in bench.report(done)["summary"]

    sides = ("--current", "data.js", "--baseline-reports", "data.js")
    both = bench.run(*sides, environ=bench.push(commits[-1]))       # whose newest entry nobody has here
    assert (both.code, bench.report(both)["status"], set(rows(both).values())) == (1, "unknown", {"missing"})
    assert "its newest entry is of ffffffffffff" in str(bench.report(both)["data"]["complete"])
    stored(bench, [*runs[:-1], (commits[-1], slow)])
    both = bench.run(*sides, environ=bench.push(commits[-1]))
    assert (both.code, rows(both)) == (1, expected)
