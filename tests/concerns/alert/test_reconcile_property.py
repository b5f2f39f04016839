"""Whatever happened, at rest the issues say what the reports say: one open alert a key that fails, none that does not.

GitHub is one in memory. Runs overlap, die, and lose calls before or after they took effect; people and bots close,
reopen, retitle, lock, delete and edit; strangers write markers; what is remembered is lost or overtaken.
"""
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.alert_happenings import Act, Both, Fault, Policy, Run, Says
from support.alert_policies import A, Grouped, Reported, Rules, Snoozed
from support.alert_stage import Stage

OUTCOMES = ("failing", "failing", "healthy", "unknown", "nothing")


# -- what may happen ---------------------------------------------------------------------------------------------

says = st.builds(Says, st.tuples(st.sampled_from(OUTCOMES), st.sampled_from(OUTCOMES)),
                 st.integers(min_value=1, max_value=3), st.sampled_from(["medium", "high", "critical"]),
                 st.sampled_from([True, True, False]))
faults = st.builds(Fault, st.dictionaries(st.integers(0, 3), st.sampled_from(["before", "after"]), max_size=2),
                   st.booleans(), st.booleans(), st.booleans(), st.sampled_from([False, False, True]))
clean_runs = st.builds(Run, says)
runs = st.one_of(clean_runs, st.builds(Run, says, faults))
BY_PEOPLE = ("retitle", "relabel", "close", "close", "close", "reopen", "lock", "snooze", "acknowledge", "resolve",
             "wait", "wait", "bot closes", "bot closes", "a stranger's marker", "a stranger's title",
             "another tool of ours")
DESTRUCTIVE = ("delete", "edit", "no state", "no marker", "damaged state", "history lost", "history old", "history old")
policies = st.builds(Policy, st.sampled_from([(1, 1), (1, 1), (2, 2), (2, 3)]), st.sampled_from([1, 2]),
                     st.sampled_from([False] * 6 + [True]), st.sampled_from([False] * 8 + [True]))


def acts(kinds):
    return st.builds(Act, st.sampled_from(kinds), st.integers(0, 1), st.integers(0, 3))


# What seldom comes together by chance: turns of one alert, after which much depends on what was remembered.
FAILS, UNKNOWN = Run(Says(("failing", "failing"))), Run(Says(("unknown", "nothing")))
HEALTHY, GRAVE = Run(Says(("healthy", "healthy"))), Run(Says(("failing", "failing"), severity="critical"))
turns = st.sampled_from([(Act("close", 0), HEALTHY), (Act("close", 0), FAILS),
                         (Act("close", 1), GRAVE), (HEALTHY, HEALTHY, Act("wait", 0, 3)),
                         (Act("snooze", 0), GRAVE), (HEALTHY, Act("reopen", 1)),
                         (Policy(resolve_after=2), HEALTHY, Policy(), UNKNOWN),
                         (Act("retitle", 0), Run(Says(("failing", "failing"), problems=2)))])
upheavals = st.sampled_from([
    (Act("a stranger's marker", 0), FAILS), (Act("a stranger's marker", 1), HEALTHY),
    (HEALTHY, Both(FAILS, HEALTHY, ())), (HEALTHY, Act("history old", 0, 1), FAILS),
    (GRAVE, Act("history old", 0, 1), FAILS), (HEALTHY, Act("wait", 0, 3), FAILS, HEALTHY, Act("delete", 0, 1), FAILS),
    (FAILS, Run(FAILS.says, Fault(lags=True))), (Act("close", 0), Run(GRAVE.says, Fault(lags=True)))])
wild = st.lists(st.one_of(runs, runs, acts(BY_PEOPLE + DESTRUCTIVE), policies, upheavals, st.builds(
    Both, runs, runs, st.lists(st.booleans(), max_size=8).map(tuple))), max_size=10)
calm = st.lists(st.one_of(clean_runs, clean_runs, acts(BY_PEOPLE), policies, turns), max_size=10)


# -- what must hold ----------------------------------------------------------------------------------------------

def _play(policy, happenings, at_rest, *, has_history: bool, is_calm: bool) -> None:
    """Nearly all that can go wrong takes an open alert, so that failing runs come before it, at times two at once."""
    stage = Stage(has_history=has_history, is_calm=is_calm)
    begins = (FAILS, FAILS) if is_calm or len(happenings) % 3 else (FAILS_TWICE,)
    for happening in (policy, *begins, *happenings):
        for one in happening if isinstance(happening, tuple) else (happening,):
            stage.play(one)
    stage.rest(at_rest)


FAILS_TWICE = Both(FAILS, FAILS, ())
ENDS = st.tuples(st.sampled_from(OUTCOMES), st.sampled_from(OUTCOMES))


@settings(max_examples=60)
@given(policies, wild, ENDS, st.sampled_from([True, True, False]))
def test_at_rest_a_key_that_fails_has_one_open_alert_and_any_other_none(policy, happenings, at_rest, history):
    _play(policy, happenings, at_rest, has_history=history, is_calm=False)


@settings(max_examples=40)
@given(policies, calm, ENDS)
def test_where_no_call_is_lost_thresholds_and_peoples_wishes_are_kept_to_the_run(policy, happenings, at_rest):
    _play(policy, happenings, at_rest, has_history=True, is_calm=True)


said_of_both = st.tuples(*[st.sampled_from(["a", "b", "ab", "healthy", "healthy", "unknown", "", "a and more"])] * 2)
rules = st.builds(Rules, st.sampled_from(["monitor", "finding", "all"]), st.sampled_from([(1, 1), (2, 2), (2, 3)]),
                  st.sampled_from([1, 2]), st.sampled_from(["", "", A]))
# Other rules, and a run that could not judge all that there are alerts about.
REGROUPED = [(Rules("all"), Reported(("a", "a")), Reported(("healthy", ""))),
             (Rules("finding"), Reported(("a", "a")), Rules(), Reported(("unknown", "healthy"))),
             (Rules("finding", (2, 2)), Reported(("ab", "a"))), (Rules("all", (2, 2)), Reported(("a", "a")))]
grouped = st.lists(st.one_of(*[st.builds(Reported, said_of_both, st.sampled_from([1, 1, 72]))] * 3, rules,
                             st.builds(Snoozed, st.integers(0, 3)), st.sampled_from(REGROUPED)),
                   min_size=2, max_size=10)
judged = st.tuples(*[st.sampled_from(["a", "b", "ab", "healthy"])] * 2)


def _change_rules(first, happenings, last) -> None:
    stage = Grouped()
    for happening in (Rules(first), Reported(("ab", "b")), *happenings):
        for one in happening if isinstance(happening, tuple) else (happening,):
            stage.play(one)
    stage.rest(last)


@given(st.sampled_from(["monitor", "finding", "all"]), grouped, judged)
def test_whatever_becomes_of_the_rules_alerts_end_only_when_what_they_are_about_was_judged(first, happenings, last):
    _change_rules(first, happenings, last)


# Rules that stay, and from the first run on whatever monitors report, together or each in a workflow of its own.
steady = st.builds(Rules, st.sampled_from(["monitor", "finding", "all", "all"]),
                   st.sampled_from([(1, 1), (2, 2), (2, 3), (3, 3)]), st.sampled_from([1, 2, 2]))
each_says = st.sampled_from(["a", "b", "ab", "healthy", "healthy", "unknown", "", "", "a and more"])
IN_TURN = (Reported(("a", "a")), Reported(("a", "a")), Reported(("healthy", "")), Reported(("", "healthy")))
reported = st.lists(st.one_of(*[st.builds(Reported, st.tuples(each_says, each_says))] * 4, st.sampled_from(
    [IN_TURN, (*IN_TURN, Reported(("healthy", "")))])), min_size=3, max_size=10)


def _count(rules, happenings) -> None:
    stage = Grouped()
    for happening in (rules, *happenings):
        for one in happening if isinstance(happening, tuple) else (happening,):
            stage.play(one)


@settings(max_examples=60)
@given(steady, reported)
def test_whatever_the_grouping_thresholds_count_the_runs_of_one_monitor_or_finding(rules, happenings):
    _count(rules, happenings)


@pytest.mark.slow
@settings(max_examples=4_000)
@given(steady, reported)
def test_thresholds_count_the_runs_of_one_monitor_or_finding_in_many_more_histories(rules, happenings):
    _count(rules, happenings)


@pytest.mark.slow
@settings(max_examples=1_500)
@given(st.sampled_from(["monitor", "finding", "all"]), grouped, judged)
def test_changes_of_the_rules_end_no_alert_too_early_in_many_more_histories(first, happenings, last):
    _change_rules(first, happenings, last)


@pytest.mark.slow
@settings(max_examples=4_000)
@given(policies, wild, ENDS, st.booleans())
def test_at_rest_all_is_well_in_many_more_histories(policy, happenings, at_rest, history):
    _play(policy, happenings, at_rest, has_history=history, is_calm=False)


@pytest.mark.slow
@settings(max_examples=3_000)
@given(policies, calm, ENDS)
def test_thresholds_and_wishes_are_kept_in_many_more_histories(policy, happenings, at_rest):
    _play(policy, happenings, at_rest, has_history=True, is_calm=True)
