"""Since when a regression is known, when its clock stops, and what is said when its times are over."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.acceptance import Acceptance
from repo_vitals.concerns.performance_compare.clocks import MENDED, advanced
from repo_vitals.concerns.performance_compare.comparing import Row
from repo_vitals.concerns.performance_compare.facts import MOST_STANDING, Seen
from repo_vitals.report.status import overall
from support.benchmarks import NOW, facts, judged, result, runs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.performance_compare.facts import Facts
    from repo_vitals.report.model import Judgement

KEY = ("parse", "seconds")
SEEN = Seen(since=NOW - timedelta(hours=30), before=1.0, after=1.5)
FOR_GOOD = Acceptance(pattern="parse", reason="needed", by="allowlist")
FOR_A_TIME = replace(FOR_GOOD, expires=NOW + timedelta(days=1))


def row(verdict: Any, current: float | None = None, baseline: float = 1.0, *, better: str = "lower") -> Row:
    return Row(key=KEY, better=better, verdict=verdict, baseline=baseline, current=current,
               ratio=None if current is None else current / baseline)


SLOW, UNSURE, QUIET = row("regressed", 1.5), row("unsure", 1.2), row("unchanged", 1.01)
HELD_TO_IT = row("unchanged", 1.5, 1.5)                 # the baseline is of the slower level by now
BACK = row("improved", 1.0, 1.5)


def followed(rows: Iterable[Row], *, seen: Seen | None = None, acceptances: Iterable[Acceptance] = ()) -> Seen | None:
    """What stands after some runs, an hour each, the last of them now."""
    given_rows = list(rows)
    for ago, one in zip(range(len(given_rows) - 1, -1, -1), given_rows, strict=True):
        found = facts([result()], seen={} if seen is None else {KEY: seen})
        seen = advanced([one], found, acceptances, NOW - timedelta(hours=ago)).get(KEY)
    return seen


@pytest.mark.parametrize("between", [[SLOW], [UNSURE] * 9, [row("missing")] * 9, [QUIET] * (MENDED - 1),
                                     [QUIET, UNSURE], [QUIET, SLOW, QUIET, QUIET], [HELD_TO_IT] * 9,
                                     [row("unchanged", 1.3)] * 9])
def test_a_clock_runs_on_until_runs_agree_that_it_is_mended(between: list[Row]) -> None:
    seen = followed([SLOW, *between, SLOW])

    assert seen == Seen(since=NOW - timedelta(hours=len(between) + 1), before=1.0, after=1.5)


@pytest.mark.parametrize("mended", [[QUIET] * MENDED, [QUIET, UNSURE, QUIET, QUIET], [HELD_TO_IT, *[BACK] * MENDED],
                                    [BACK, row("unchanged", 1.0, 1.4), row("improved", 0.8)]])
def test_three_runs_that_find_it_where_it_was_stop_the_clock_and_what_comes_then_is_new(mended: list[Row]) -> None:
    assert followed([SLOW, *mended]) is None
    assert followed([SLOW, *mended, SLOW]) == Seen(since=NOW, before=1.0, after=1.5)


def test_of_a_rate_too() -> None:
    slow, settled = row("regressed", 500.0, 1000.0, better="higher"), row("unchanged", 500.0, 510.0, better="higher")
    back = row("improved", 1000.0, 510.0, better="higher")

    assert followed([slow, settled]) == Seen(since=NOW - timedelta(hours=1), before=1000.0, after=500.0)
    assert followed([slow, settled, back, back, back]) is None


def test_better_than_the_slower_level_and_not_as_good_as_before_is_not_mended() -> None:
    assert followed([SLOW, HELD_TO_IT, *[row("improved", 1.35, 1.5)] * 9]) is not None


WORSE = row("regressed", 2.3, 1.5)      # from the level that it regressed to before


def test_one_on_top_of_a_settled_level_starts_a_clock_and_its_mending_leaves_the_older_one() -> None:
    settled = [SLOW, *[HELD_TO_IT] * 9]
    both = followed([*settled, WORSE, UNSURE, WORSE])
    assert both == Seen(since=NOW - timedelta(hours=2), before=1.5, after=2.3, under=Seen(
        since=NOW - timedelta(hours=12), before=1.0, after=1.5))

    assert followed([HELD_TO_IT] * MENDED, seen=both) == both.under
    assert followed([BACK] * MENDED, seen=both) is None


@pytest.mark.parametrize("again", [row("regressed", 1.5, 1.3), row("regressed", 2.3, 1.0)])
def test_the_same_regression_told_from_a_level_between_or_grown_before_it_settled_is_no_second(again: Row) -> None:
    assert followed([SLOW, again]) == Seen(since=NOW - timedelta(hours=1), before=1.0, after=1.5)


def test_a_commit_measured_again_takes_no_older_regressions_time_for_that_of_one_on_top() -> None:
    def since(begun: Any) -> Any:
        return advanced([WORSE], facts([result()], seen={KEY: SEEN}, begun={KEY: begun}), [], NOW)[KEY].since

    assert since(SEEN.since) == NOW                                     # all that was seen then is the older one
    assert since(NOW - timedelta(hours=2)) == NOW - timedelta(hours=2)


def test_clocks_do_not_pile_up_without_end() -> None:
    steps = (1.5**number for number in range(1, 15))
    seen = followed([row("regressed", value, value / 1.5) for value in steps])
    assert seen is not None
    assert len(seen.all()) == MOST_STANDING


def test_an_acceptance_for_good_stops_the_clock_and_one_until_a_day_does_not() -> None:
    assert followed([SLOW], seen=SEEN, acceptances=[FOR_GOOD]) is None
    assert followed([SLOW], seen=SEEN, acceptances=[FOR_A_TIME]) == SEEN
    assert followed([SLOW], seen=SEEN, acceptances=[replace(FOR_GOOD, pattern="print")]) == SEEN


def test_a_run_that_is_compared_with_nothing_leaves_every_clock_as_it_is() -> None:
    assert advanced([], facts([], seen={KEY: SEEN}), [], NOW) == {KEY: SEEN}


def test_a_commit_that_is_measured_again_keeps_the_time_of_its_first_sight() -> None:
    found = advanced([SLOW], facts([result()], begun={KEY: SEEN.since}), [], NOW)
    assert found[KEY].since == SEEN.since


@given(st.lists(st.sampled_from([SLOW, UNSURE, QUIET, HELD_TO_IT, BACK]), max_size=12), st.floats(1e-12, 1e12))
def test_the_unit_of_the_values_changes_no_clock(rows: list[Row], unit: float) -> None:
    def scaled(one: Row) -> Row:
        return replace(one, current=(one.current or 0) * unit, baseline=(one.baseline or 0) * unit)

    one, other = followed(rows), followed(map(scaled, rows))
    assert (one and (one.since, one.mended)) == (other and (other.since, other.mended))


# --- what is said ---

def of_now(value: float, level: float = 1.0, *, hours: float = 30, mended: int = 0, **said: Any) -> Facts:
    """A benchmark that regressed so many hours ago, against eleven runs of a level."""
    seen = Seen(since=NOW - timedelta(hours=hours), before=1.0, after=1.5, mended=mended)
    return facts([result("parse", value), *(result(f"quiet {number}") for number in range(8))], runs(
        {"parse": level, **{f"quiet {number}": 1.0 for number in range(8)}}),
        **{"has_history": True, "seen": {KEY: seen}, **said})


def late(found: Judgement) -> dict[str, float | None]:
    return {metric.labels["due"]: metric.value for metric in found.metrics if metric.name == "regressions_overdue"}


def about(found: Judgement) -> list[tuple[str, str]]:
    return [(one.rule, one.severity) for one in found.findings if one.rule != "improvement"]


@pytest.mark.parametrize(("hours", "said", "number"), [
    (24, None, 0), (30, "Known for 30 h; the root cause was due 6 h ago.", 0),
    (96, "Known for 4 d; the root cause was due 3 d ago and a fix or revert was due 24 h ago.", 1)])
def test_a_regression_whose_times_are_over_is_a_finding_beside_it(hours: int, said: str | None, number: int) -> None:
    found = judged(of_now(1.5, hours=hours))

    assert about(found) == [("regression", "high"), *([("overdue-regression", "high")] if said else [])]
    assert late(found) == {"root_cause": float(said is not None), "fix": number}
    if said:
        one = found.findings[1]
        assert one.detail.startswith(said)
        assert one.since == NOW - timedelta(hours=hours - 24)
    assert ("the fix of 1 regression overdue" in found.summary) is bool(number)


def test_a_level_that_nobody_mended_or_accepted_stays_a_warning_when_runs_are_held_to_it() -> None:
    found = judged(of_now(1.5, 1.5, hours=96))

    assert about(found) == [("overdue-regression", "medium"), ("regression-settled", "medium")]
    assert found.findings[1].title == "parse: 1 s before its regression, and held to 1.50 s by now"
    assert overall(found.metrics, found.findings) == "warn"
    [one] = [one for one in found.data["benchmarks"] if one["name"] == "parse"]
    assert (one["verdict"], one["since"]) == ("unchanged", "2026-01-27T06:00:00Z")


def without_a_verdict(found: Facts) -> Facts:
    assert found.reference is not None
    return replace(found, reference=replace(found.reference, runs=found.reference.runs[:2]))


def without_the_benchmark(found: Facts) -> Facts:
    return replace(found, results={key: one for key, one in found.results.items() if key != KEY}, current=tuple(
        replace(one, values={key: value for key, value in one.values.items() if key != KEY}) for one in found.current))


@pytest.mark.parametrize(("given_facts", "severity", "said"), [
    (without_a_verdict(of_now(1.5, hours=96)), "medium", "This run can't say whether it still stands. Mend it,"),
    (without_the_benchmark(of_now(1.5, hours=96)), "medium", "This run can't say whether it still stands. Mend it,"),
    (of_now(1.0, hours=96), "info", "1 of the 3 runs in a row that have to agree found it mended."),
    (of_now(0.5, hours=96, mended=1), "info", "2 of the 3 runs in a row that have to agree found it mended."),
    (without_a_verdict(of_now(1.5, 1.5, hours=96, mended=1)), "info", "1 of the 3 runs in a row")])
def test_a_known_regression_counts_until_it_is_mended_though_a_run_can_not_say(given_facts: Facts, severity: str,
                                                                               said: str) -> None:
    found = judged(given_facts)

    assert late(found) == {"root_cause": 1, "fix": 1}
    [one] = [one for one in found.findings if one.rule == "overdue-regression"]
    assert (one.severity, said in one.detail) == (severity, True)
    assert "regression" not in dict(about(found))


def test_three_runs_that_find_it_mended_end_what_was_overdue() -> None:
    found = judged(of_now(1.0, hours=96, mended=2))
    assert (about(found), late(found)) == ([], {"root_cause": 0, "fix": 0})


def test_a_regression_on_top_of_a_settled_one_has_its_own_times_and_the_older_one_keeps_its() -> None:
    found = judged(of_now(2.3, 1.5, hours=960))

    assert about(found) == [("regression", "high"), ("overdue-regression", "medium"), ("regression-settled", "medium")]
    new, overdue, settled = (one for one in found.findings if one.rule != "improvement")
    assert (new.since, overdue.since, settled.since) == (
        NOW, NOW - timedelta(hours=936), NOW - timedelta(hours=960))
    assert new.detail.endswith("The root cause is due in 24 h. A fix or revert is due in 3 d.")
    assert settled.title == "parse: 1 s before its regression, and held to 1.50 s by now"
    assert late(found) == {"root_cause": 1, "fix": 1}


def test_both_of_two_overdue_regressions_of_a_benchmark_count() -> None:
    older = Seen(since=NOW - timedelta(days=40), before=1.0, after=1.5)
    found = judged(of_now(2.3, 1.5, seen={KEY: Seen(
        since=NOW - timedelta(days=4), before=1.5, after=2.3, under=older)}))

    assert late(found) == {"root_cause": 2, "fix": 2}
    [one] = [one for one in found.findings if one.rule == "overdue-regression"]
    assert (one.severity, one.title) == ("high", "parse: 2 of its regressions are overdue")
    assert "Known for 40 d; " in one.detail
    assert "Known for 4 d; " in one.detail


def test_what_is_accepted_is_not_overdue_and_the_acceptance_of_a_settled_level_is_of_use() -> None:
    for value, level in ((1.5, 1.0), (1.5, 1.5)):
        for accepted in (FOR_GOOD, FOR_A_TIME):
            found = judged(of_now(value, level, hours=96), acceptances=(accepted,))
            assert {rule for rule, _ in about(found)} <= {"regression-accepted"}
            assert late(found) == {"root_cause": 0, "fix": 0}


@pytest.mark.parametrize("said", [{"has_history": False}, {"is_kept": False}, {"reference": None}])
def test_without_a_history_that_the_run_goes_into_or_a_comparison_nothing_is_known_to_be_overdue(said: dict[str, Any],
                                                                                              ) -> None:
    found = judged(of_now(1.5, hours=96, **said))

    assert late(found) == {"root_cause": None, "fix": None}
    assert "overdue-regression" not in dict(about(found))
