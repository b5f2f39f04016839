"""What is said of each benchmark, and of all of them together."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.comparing import compared
from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Failed, Reference, Unusable
from repo_vitals.concerns.performance_compare.policy import Policy
from repo_vitals.concerns.performance_compare.quantities import change
from repo_vitals.report.status import overall
from support.benchmarks import NOISE, Bench, facts, judged, result, run, runs, verdicts

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Facts, Result

QUIET = {f"quiet {number}": 1.0 for number in range(8)}
SUITE = {"parse": 1.0, **QUIET}


def suite_with(value: float) -> list[Result]:
    return [result("parse", value), *(result(name) for name in QUIET)]


def status(given_facts: Facts, **policy: Any) -> str:
    found = judged(given_facts, **policy)
    return overall(found.metrics, found.findings)


@pytest.mark.parametrize(("value", "verdict"), [(1.5, "regressed"), (0.5, "improved"), (1.0, "unchanged")])
def test_a_change_far_beyond_the_noise_is_told_and_no_change_is_none(value: float, verdict: str) -> None:
    found = verdicts(facts(suite_with(value), runs(SUITE)))

    assert found.pop("parse") == verdict
    assert not {"regressed", "improved"} & set(found.values())


def test_a_rate_that_falls_regressed_and_its_ratio_is_the_rates_own() -> None:
    baseline = runs({"throughput": 1000.0}, unit="operations_per_second")

    [row] = judged(facts([result("throughput", 500.0, unit="operations_per_second", better="higher")],
                         baseline)).data["benchmarks"]

    assert row["verdict"] == "regressed"
    assert row["ratio"] == pytest.approx(0.5, rel=0.02)
    assert row["low"] < row["ratio"] < row["high"] < 1


def test_a_runner_that_is_slower_as_a_whole_is_said_and_makes_no_benchmark_regress() -> None:
    found = judged(facts([result(name, 1.12) for name in SUITE], runs(SUITE)))

    assert {row["verdict"] for row in found.data["benchmarks"]} <= {"unchanged", "unsure"}
    assert found.data["common_change"] == pytest.approx(1.12, rel=0.02)
    assert "the runner was 1" in found.summary
    assert "slower as a whole" in found.summary


@pytest.mark.parametrize(("speed", "said"), [
    (1.1, "once the runner's own speed ({:.1f} % slower as a whole) is taken out; 1 s → 2.20 s as measured"),
    (0.9, "once the runner's own speed ({:.1f} % faster as a whole) is taken out; 1 s → 1.80 s as measured"),
    (1.0, "(1 s → 2 s)"),
])
def test_what_is_the_runners_own_is_told_apart_wherever_a_change_stands_beside_its_values(
    speed: float, said: str,
) -> None:
    found = judged(facts([result("parse", 2 * speed), *(result(name, speed) for name in QUIET)], runs(SUITE)))

    [title] = [finding.title for finding in found.findings if finding.rule == "regression"]
    [one] = [one for one in found.data["benchmarks"] if one["name"] == "parse"]
    table = found.data["sections"][0]
    row = dict(zip(table["headers"], table["rows"][0], strict=True))
    ratio, common = one["ratio"], found.data["common_change"]
    assert (ratio, common) == (pytest.approx(2, rel=0.1), pytest.approx(speed, rel=0.03))
    assert title == f"parse: {change(ratio, 'seconds')} {said.format(100 * (max(common, 1 / common) - 1))}"
    assert row["Change"] == f"+{100 * (one['ratio'] - 1):.1f} %"
    assert row.get("As measured") == (f"+{100 * (2 * speed - 1):.1f} %" if speed != 1 else None)


def test_a_finding_says_what_its_own_interval_was_made_with() -> None:
    given_facts = facts(suite_with(1.5), runs(SUITE))
    assert given_facts.reference is not None
    looked = replace(given_facts, reference=replace(given_facts.reference, looks=4))

    for some, sure in ((given_facts, "95"), (looked, "98.75")):
        [detail] = [finding.detail for finding in judged(some).findings if finding.rule == "regression"]
        assert f", each end at {sure} % for all times and rates together, from 11 runs" in detail


def test_memory_is_not_excused_by_a_slow_runner() -> None:
    memory = {f"peak {number}": 1e6 for number in range(3)}
    current = [*(result(name, 1.3) for name in SUITE), *(result(name, 1.3e6, unit="bytes") for name in memory)]
    baseline = [BenchmarkRun(values={**times.values, **sizes.values}) for times, sizes in zip(
        runs(SUITE), runs(memory, unit="bytes", noise=[1 + (one - 1) / 20 for one in NOISE]), strict=True)]

    found = verdicts(facts(current, baseline))

    assert {found[name] for name in memory} == {"regressed"}
    assert "regressed" not in {found[name] for name in SUITE}


def test_a_suite_that_is_half_as_fast_as_a_whole_is_worth_a_warning() -> None:
    found = judged(facts([result(name, 2.0) for name in SUITE], runs(SUITE)))

    assert "slower-as-a-whole" in {finding.rule for finding in found.findings}


def test_samples_of_one_run_are_never_taken_for_runs() -> None:
    found = judged(facts([result("parse", 1.5)], [run({"parse": [1.0, 1.001, 0.999] * 100})]))

    assert [row["verdict"] for row in found.data["benchmarks"]] == ["unsure"]
    assert overall(found.metrics, found.findings) == "unknown"
    assert "the baseline has 1 of the 3 runs that it takes" in " ".join(found.notes)


@pytest.mark.parametrize(("value", "verdict"), [
    (1_000_000, "unchanged"), (1_010_000, "unchanged"), (1_010_001, "regressed"), (990_000, "improved")])
def test_a_size_that_the_same_code_gives_again_is_compared_with_one_run_as_it_is(value: float, verdict: str) -> None:
    given_facts = facts([result("app", value, unit="bytes", exact=True)], [run({"app": 1_000_000}, unit="bytes")])

    assert verdicts(given_facts) == {"app": verdict}


@pytest.mark.parametrize(("then", "now", "verdict"), [
    (0.0, 0.0, "unchanged"), (0.0, 5.0, "unsure"), (-1.0, 1.0, "unsure"), (1e-310, 1.0, "unsure"),
    (1e300, 1e300, "unchanged")])
def test_values_without_a_ratio_have_a_verdict_of_their_own(then: float, now: float, verdict: str) -> None:
    assert verdicts(facts([result("x", now)], [run({"x": then})] * 11)) == {"x": verdict}


def test_what_only_one_side_has_is_new_or_missing_and_missing_warns_or_fails() -> None:
    given_facts = facts([*suite_with(1.0), result("fresh", 1.0)], runs({**SUITE, "gone": 1.0}))

    found = verdicts(given_facts)

    assert (found["fresh"], found["gone"]) == ("new", "missing")
    assert (status(given_facts), status(given_facts, missing="fail")) == ("warn", "fail")


def test_what_an_old_run_had_and_the_newest_lacks_is_not_asked_for_any_more() -> None:
    assert "removed" not in verdicts(facts(suite_with(1.0), [run({**SUITE, "removed": 1.0}), *runs(SUITE)]))


def test_a_unit_that_changes_is_another_benchmark_and_said() -> None:
    given_facts = facts([result("parse", 5.0, unit="bytes")], runs({"parse": 1.0}))

    rows = {(row["unit"], row["verdict"]): row["why"] for row in judged(given_facts).data["benchmarks"]}

    assert rows == {("bytes", "new"): None, ("seconds", "missing"): "it is in bytes now"}


def test_a_benchmark_that_only_runs_on_unlike_machines_have_is_not_new() -> None:
    reference = Reference(how="the history", why_none="its runs are on unlike machines",
                          known=frozenset({("parse", "seconds")}))
    given_facts = facts([result("parse"), result("fresh")], reference=reference)

    assert verdicts(given_facts) == {"parse": "unsure", "fresh": "new"}
    assert status(given_facts) == "unknown"


def test_a_first_run_has_new_benchmarks_and_no_verdict() -> None:
    given_facts = facts([result("parse")], ())

    assert verdicts(given_facts) == {"parse": "new"}
    assert status(given_facts) == "unknown"
    assert judged(given_facts).data["complete"] == ["no baseline: the history knows no run"]


@pytest.mark.parametrize("said", [
    {"unusable": (Unusable(shown="b.json", why="is empty"),)}, {"unmatched": ("*.json",)},
    {"failed": (Failed(name="render", why="panicked"),)}])
def test_a_report_that_is_missing_or_broken_off_leaves_the_verdict_unknown(said: dict[str, Any]) -> None:
    assert status(facts(suite_with(1.0), runs(SUITE), **said)) == "unknown"


def test_what_regressed_fails_also_where_a_report_is_missing() -> None:
    assert status(facts(suite_with(2.0), runs(SUITE), unmatched=("*.json",))) == "fail"


@pytest.mark.parametrize("given_facts", [
    facts([], runs(SUITE)), facts([], None), facts([result()], None)], ids=["no benchmark", "nothing", "no baseline"])
def test_where_nothing_can_be_said_the_verdict_is_unknown(given_facts: Facts) -> None:
    assert status(given_facts) == "unknown"


@given(st.floats(1e-6, 1e6), st.permutations(sorted(SUITE)))
def test_neither_the_scale_nor_the_order_of_benchmarks_changes_a_verdict(scale: float, order: list[str]) -> None:
    current = {one.name: one for one in suite_with(1.5)}
    scaled = facts([result(name, current[name].samples[0] * scale) for name in order],
                   [run({name: one.values[name, "seconds"][0] * scale for name in order}) for one in runs(SUITE)])

    assert verdicts(scaled) == verdicts(facts(current.values(), runs(SUITE)))


def test_adding_a_benchmark_that_never_varies_changes_no_other_verdict() -> None:
    constant = [BenchmarkRun(values={**one.values, ("constant", "seconds"): (3.0,)}) for one in runs(SUITE)]

    with_it = verdicts(facts([*suite_with(1.5), result("constant", 3.0)], constant))

    assert with_it.pop("constant") == "unchanged"
    assert with_it == verdicts(facts(suite_with(1.5), runs(SUITE)))


def test_a_pair_is_told_by_its_place() -> None:
    # Each pair's runner is another one, twice as slow or not: only within a pair is there anything to see.
    speeds = [1.0, 2.0, 1.4, 0.7, 3.0, 1.1, 2.2, 0.9, 1.6, 1.0, 2.5]
    base = tuple(run({"parse": speed}) for speed in speeds)
    now = tuple(run({"parse": speed * 1.2 * noise}) for speed, noise in zip(speeds, NOISE, strict=True))
    given_facts = replace(facts([result("parse", 1.0)], reference=Reference(how="11 pairs", runs=base, paired=True)),
                          current=now)

    assert [row.verdict for row in compared(given_facts, Policy()).rows] == ["regressed"]


def test_verdicts_that_facts_bring_along_are_taken_as_they_are_unless_they_are_of_other_facts_or_limits() -> None:
    before = facts(suite_with(1.5), runs(SUITE))
    known = replace(before, compared=compared(before, Policy()))

    assert compared(replace(known, notes=("read since",)), Policy()) is known.compared
    quiet = facts(suite_with(1.0), runs(SUITE))
    assert compared(replace(quiet, compared=known.compared), Policy()) == compared(quiet, Policy()) != known.compared
    assert compared(known, Policy(tolerance=0.8)) == compared(before, Policy(tolerance=0.8)) != known.compared


@pytest.mark.parametrize("slower", [["write"], ["scan"], ["read", "sort"]])
def test_in_a_small_suite_no_benchmark_is_taken_for_the_machine(slower: list[str]) -> None:
    levels = {"parse": 0.01, "render": 0.02, "write": 0.005, "read": 0.004, "scan": 0.03, "sort": 0.001}
    baseline = [run(Bench.noisy(levels, place)) for place in range(len(NOISE))]
    current = {name: level * (2 if name in slower else 1) for name, level in levels.items()}

    found = verdicts(facts([result(name, value) for name, value in current.items()], baseline))

    assert sorted(name for name, verdict in found.items() if verdict == "regressed") == slower


@pytest.mark.parametrize(("then", "now", "verdict"), [
    (0.0, 4096.0, "regressed"), (4096.0, 0.0, "improved"), (0.0, 0.0, "unchanged")])
def test_a_count_that_never_varied_is_judged_from_and_to_zero_without_a_ratio(then: float, now: float, verdict: str,
                                                                             ) -> None:
    [row] = judged(facts([result("x", now, unit="bytes")], [run({"x": then}, unit="bytes")] * 3)).data["benchmarks"]

    assert (row["verdict"], row["ratio"]) == (verdict, None)


@pytest.mark.parametrize(("baseline", "unit"), [
    ([0.0, 0.0], "bytes"), ([0.0, 1.0, 0.0], "bytes"), ([0.0, 0.0, 0.0], "seconds")])
def test_what_varied_or_has_too_few_runs_or_is_a_clock_s_zero_is_unsure(baseline: list[float], unit: str) -> None:
    given_facts = facts([result("x", 5.0, unit=unit)], [run({"x": value}, unit=unit) for value in baseline])

    assert verdicts(given_facts) == {"x": "unsure"}


@pytest.mark.parametrize("beside", [
    result("app", 9.0, unit="bytes", exact=True), result("heap", 9.0, unit="bytes"), result("n", 0.0, unit="calls")])
def test_what_is_told_of_another_kind_of_benchmark_makes_no_verdict_on_times_of_which_the_runs_say_nothing(
    beside: Result,
) -> None:
    def before(time: float) -> BenchmarkRun:
        return BenchmarkRun(values={("parse", "seconds"): (time,), beside.key: beside.samples})

    assert status(facts([result("parse", 1.0), beside], [before(0.01)])) == "unknown"
    assert status(facts([result("parse", 1.0), beside], [before(NOISE[place]) for place in range(11)])) == "pass"


@pytest.mark.parametrize(("baseline", "now", "unit", "verdict"), [
    ([0.0] * 9 + [1.0], 0.0, "bytes", "unchanged"),         # it flickers, and now it is what it mostly was
    ([0.0] * 9 + [1.0], 1.0, "bytes", "unsure"),
    ([0.0] * 3, 1.0, "bytes", "unsure"),
    ([0.0] * 18, 1.0, "bytes", "unsure"),                   # chance puts it last once in 19 times
    ([0.0] * 19, 1.0, "bytes", "regressed"),
    ([0.0] * 3, 9.0, "bytes", "regressed"),                 # no rounding
    ([0.0] * 3, 1.0, "allocations", "regressed"),
    ([1.0] * 3, 0.0, "misses", "unsure"),
])
def test_a_count_that_flickers_by_one_does_not_fail_a_quiet_suite(baseline: list[float], now: float, unit: str,
                                                                  verdict: str) -> None:
    before = [BenchmarkRun(values={("parse", unit): (value,), ("parse", "seconds"): (NOISE[place % len(NOISE)],)})
              for place, value in enumerate(baseline)]
    found = judged(facts([result("parse", 1.0), result("parse", now, unit=unit)], before))

    assert {row["unit"]: row["verdict"] for row in found.data["benchmarks"]}[unit] == verdict
    if len(baseline) >= 10:
        assert overall(found.metrics, found.findings) == ("fail" if verdict == "regressed" else "pass")


@pytest.mark.parametrize(("runs_of_it", "in_the_past", "expected"), [(1, 1, "pass"), (2, 2, "pass"),
                                                                     (1, 11, "unknown"), (11, 11, "pass")])
def test_a_unit_that_is_new_fails_no_good_run_until_it_has_enough_of_them(runs_of_it: int, in_the_past: int,
                                                                          expected: str) -> None:
    def before(number: int) -> tuple[BenchmarkRun, ...]:
        return tuple(BenchmarkRun(values={("parse", "seconds"): (NOISE[place],),
                                          **({("parse", "bytes"): (512.0,)} if place >= 11 - number else {})})
                     for place in range(11))
    given_facts = facts([result("parse", 1.0), result("parse", 512.0, unit="bytes")], before(runs_of_it))

    assert status(replace(given_facts, past=before(in_the_past))) == expected


@pytest.mark.parametrize(("then", "now"), [(1e300, 1e-299), (1e-299, 1e300)])
def test_a_rate_of_any_size_has_a_verdict(then: float, now: float) -> None:
    given_facts = facts([result("x", now, unit="operations_per_second", better="higher")],
                        [run({"x": then}, unit="operations_per_second")] * 2)

    assert verdicts(given_facts) == {"x": "unsure"}


def test_of_very_many_that_are_missing_some_are_named_and_the_rest_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repo_vitals.concerns.performance_compare.words.MOST_MISSING", 2)
    failed = tuple(Failed(name=name, why="failed") for name in "abcd")

    said = judged(facts([result()], None, failed=failed)).data["complete"]

    assert said == ["a failed", "b failed", "reports or benchmarks missing besides these: 2"]


def test_of_very_many_sizes_some_are_figures_and_no_leak_gives_way_to_what_does_not_fail(
        monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("limits", "words"):
        monkeypatch.setattr(f"repo_vitals.concerns.performance_compare.{module}.MOST_FIGURES", 3)
    given_facts = facts([*(result(f"file {name}", unit="bytes", measures="binary_size") for name in "abc"),
                         *(result(f"leak {size}", size, unit="bytes", measures="leaked") for size in (0, 8, 9))], None)

    found = judged(given_facts)

    told = [metric.labels["target"] for metric in found.metrics if "target" in metric.labels]
    assert sorted(told) == ["leak 0", "leak 8", "leak 9"]
    assert [note for note in found.notes if "3 of the 6" in note]
    assert len(found.data["benchmarks"]) == 6
