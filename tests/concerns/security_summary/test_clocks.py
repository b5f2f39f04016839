"""For how long vulnerabilities have been there, over many runs."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary import ledger
from repo_vitals.concerns.security_summary.clocks import due, open_time, seen_by_entry
from repo_vitals.concerns.security_summary.facts import Mended, Seen, ToolIgnore
from repo_vitals.concerns.security_summary.merge import merge
from support.clocks import DAY, after, run
from support.security import advisory, report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.concerns.security_summary.facts import Report


def spans(known: Sequence[Seen]) -> list[tuple[datetime, datetime | None]]:
    (one,) = known
    return [(span.start, span.end) for span in one.spans]


FOUND, CLEAN = report(advisory("CVE-1")), report()


def test_the_clock_starts_at_the_first_sight_and_runs_on() -> None:
    known = run(run((), FOUND, day=0), FOUND, day=3)
    assert spans(known) == [(after(0), None)]
    assert open_time(known[0].spans, after(5)) == 5 * DAY


def test_an_alert_that_was_opened_earlier_wins_and_one_from_the_future_does_not() -> None:
    opened = report(advisory("CVE-1", opened_at=after(-9)))
    assert spans(run((), opened, day=0)) == [(after(-9), None)]
    assert spans(run(run((), FOUND, day=0), opened, day=1)) == [(after(-9), None)]
    assert spans(run((), report(advisory("CVE-1", opened_at=after(9))), day=0)) == [(after(0), None)]


def test_a_whole_report_of_the_same_tool_without_it_stops_the_clock() -> None:
    assert spans(run(run((), FOUND, day=0), CLEAN, day=2)) == [(after(0), after(2))]


@pytest.mark.parametrize("reports", [
    (), (report(format="trivy"),), (replace(CLEAN, missing=("packages were skipped",)),),
    (CLEAN, replace(CLEAN, missing=("it is cut",))),
])
def test_a_report_that_is_missing_another_tools_or_not_whole_is_no_fix(reports: tuple[Report, ...]) -> None:
    assert spans(run(run((), FOUND, day=0), *reports, day=2)) == [(after(0), None)]


def test_of_two_reports_of_a_tool_both_are_needed_again() -> None:
    known = run((), FOUND, report(advisory("CVE-2", name="other"), shown="b.json"), day=0)
    assert all(one.is_open for one in run(known, CLEAN, day=1))
    assert not any(one.is_open for one in run(known, CLEAN, CLEAN, day=1))


def test_what_a_tool_was_told_to_overlook_is_not_mended() -> None:
    known = run((), FOUND, day=0)
    assert spans(run(known, CLEAN, day=1, overlooked=(ignore("cve-1"),))) == [(after(0), None)]
    assert spans(run(known, CLEAN, day=1, overlooked=(ignore("CVE-1", package="other"),))) == [(after(0), after(1))]
    assert spans(run(known, CLEAN, day=1, overlooked=(ignore("CVE-1", concern="ban"),))) == [(after(0), after(1))]


@pytest.mark.parametrize("version", [None, "1.0.0"])
def test_an_override_of_a_whole_package_mends_nothing_in_it(version: str | None) -> None:
    known = run((), FOUND, day=0)
    override = ignore("*", package="Left-Pad", version=version)
    assert spans(run(known, CLEAN, day=1, overlooked=(override,))) == [(after(0), None)]
    assert not run(known, CLEAN, day=1, overlooked=(ignore("*", package="other"),))[0].is_open


def test_a_threshold_that_begins_to_hide_the_milder_ones_mends_none() -> None:
    known = run((), FOUND, day=0)
    assert run(known, CLEAN, day=1, thresholds={"osv-scanner": "high"})[0].is_open
    lasting = run((), FOUND, day=0, thresholds={"osv-scanner": "high"})
    assert not run(lasting, CLEAN, day=1, thresholds={"osv-scanner": "high"})[0].is_open


def test_a_run_of_the_tool_for_something_else_stops_no_clock() -> None:
    known = run((), report(advisory("CVE-1"), format="cargo-deny"), day=0)
    licenses = report(format="cargo-deny", checks="licenses bans")
    assert spans(run(known, licenses, day=1)) == [(after(0), None)]
    assert spans(run(known, licenses, report(format="cargo-deny"), day=2)) == [(after(0), after(2))]


def test_a_job_says_nothing_about_what_another_job_with_the_same_tool_found() -> None:
    known = run((), FOUND, day=0, job="a")
    assert run(known, CLEAN, day=1, job="b")[0].is_open
    assert not run(known, CLEAN, day=2, job="a")[0].is_open


def ignore(identifier: str, **more: Any) -> ToolIgnore:
    return ToolIgnore(id=identifier, where="osv-scanner.toml", **more)


def test_sarif_of_one_tool_says_nothing_about_anothers() -> None:
    found = report(advisory("CVE-1"), format="sarif", tool="Trivy 0.50.1")
    assert run(run((), found, day=0), report(format="sarif", tool="Grype 0.80"), day=1)[0].is_open
    assert not run(run((), found, day=0), report(format="sarif", tool="trivy v0.51.0"), day=1)[0].is_open


def test_what_comes_back_goes_on_from_where_its_clock_stood() -> None:
    known: tuple[Seen, ...] = ()
    for day, seen in ((0, FOUND), (2, CLEAN), (10, FOUND)):
        known = run(known, seen, day=day)
    assert spans(known) == [(after(0), after(2)), (after(10), None)]
    assert open_time(known[0].spans, after(11)) == 3 * DAY
    assert due(known[0].spans, timedelta(days=7)) == after(15)      # two of the seven days were used before
    assert due(known[0].spans, None) is None


def test_a_reopened_alert_keeps_its_first_date_and_a_new_one_begins_with_its_own() -> None:
    gone = run(run((), FOUND, day=0), CLEAN, day=2)
    same = report(advisory("CVE-1", opened_at=after(0)))
    assert spans(run(gone, same, day=10)) == [(after(0), after(2)), (after(10), None)]
    new = report(advisory("CVE-1", opened_at=after(8)))
    assert spans(run(gone, new, day=10)) == [(after(0), after(2)), (after(8), None)]


@given(st.lists(st.tuples(st.integers(-3, 3), st.sampled_from(["seen", "gone", "opened"])), min_size=1, max_size=6))
def test_runs_whose_clocks_differ_leave_nothing_that_cannot_be_read_back(
    runs: list[tuple[int, str]],
) -> None:
    known: tuple[Seen, ...] = ()
    for day, what in runs:
        opened = report(advisory("CVE-1", opened_at=after(day - 1)))
        known = run(known, {"seen": FOUND, "gone": CLEAN, "opened": opened}[what], day=day)
        assert ledger.read(ledger.write(known)).seen == known


def test_a_run_whose_clock_is_behind_ends_what_began_after_it_right_then() -> None:
    assert spans(run(run((), FOUND, day=1), CLEAN, day=0)) == [(after(1), after(1))]


def test_an_alert_that_is_no_longer_open_ends_only_where_github_says_that_it_was_fixed() -> None:
    open_, fixed = report(advisory("CVE-1"), format="dependabot"), Mended(advisory=advisory("CVE-1"), at=after(2))
    known = run((), open_, day=0, job="a")
    dismissed = run(known, report(format="dependabot"), day=3, job="a")
    assert spans(dismissed) == [(after(0), None)]
    assert spans(run(dismissed, report(format="dependabot", mended=(fixed,)), day=4, job="b")) == [(after(0), after(2))]
    assert not run(run((), open_, FOUND, day=0), report(format="dependabot"), CLEAN, day=3)[0].is_open


@pytest.mark.parametrize("more", [{"kind": "withdrawn"}, {"kind": "unmaintained"}, {"private": True}])
def test_what_a_tool_still_tells_of_in_another_way_is_not_mended(more: Any) -> None:
    known = run((), FOUND, day=0)
    assert run(known, report(advisory("CVE-1", **more)), day=1)[0].is_open
    assert not run(known, report(advisory("CVE-2", **more)), day=1)[0].is_open


@pytest.mark.parametrize(("before", "ecosystem", "after_it"), [
    ("Foo_Bar", "PyPI", "foo-bar"), ("g/a", "Maven", "g:a"), ("serde_json", "crates.io", "serde-json")])
def test_a_clock_runs_on_when_the_ecosystem_is_learned_and_when_it_is_told_no_more(
    before: str, ecosystem: str, after_it: str,
) -> None:
    bare = report(advisory("CVE-1", name=before, ecosystem=""))
    known = report(advisory("CVE-1", name=after_it, ecosystem=ecosystem))
    for order in ((bare, known), (known, bare)):
        first = run((), order[0], day=0)
        then = run(first, order[1], day=3)
        assert spans(then) == [(after(0), None)]
        assert ledger.shard_of(first[0]) == ledger.shard_of(then[0])
        (entry,) = merge(order[1].advisories)
        assert seen_by_entry(then, [entry]) == {entry: then[0]}
    apart = report(advisory("CVE-1", name=after_it, ecosystem="npm"))
    assert len(run(run((), known, day=0), apart, day=1)) == 2


def test_an_update_to_another_affected_version_is_no_new_beginning() -> None:
    known = run(run((), FOUND, day=0), report(advisory("CVE-1", version="2.0.0")), day=5)
    assert spans(known) == [(after(0), None)]


def test_names_that_are_learned_later_join_what_was_known_apart() -> None:
    known = run(run((), report(advisory("CVE-1")), day=0), report(advisory("CVE-1"), advisory("GHSA-1")), day=1)
    assert len(known) == 2
    known = run(known, report(advisory("CVE-1", "GHSA-1")), day=2)
    assert spans(known) == [(after(0), None)]
    assert known[0].ids == {"CVE-1", "GHSA-1"}


def test_an_ecosystem_that_is_learned_later_does_not_start_the_clock_anew() -> None:
    known = run(run((), report(advisory("CVE-1", ecosystem="")), day=0), FOUND, day=1)
    assert spans(known) == [(after(0), None)]
    assert known[0].key == ("npm", "left-pad")


def test_private_advisories_and_milder_kinds_leave_no_trace() -> None:
    assert run((), report(advisory("CVE-1", private=True), advisory("RUSTSEC-1", name="b", kind="unmaintained")),
               day=0) == ()


def test_what_has_long_been_gone_is_forgotten_and_what_is_open_is_not() -> None:
    gone = run(run((), FOUND, day=0), CLEAN, day=1)
    assert run(gone, day=390) == gone
    assert run(gone, day=402) == ()
    assert len(run(run((), FOUND, day=0), day=4000)) == 1


@given(st.lists(st.sampled_from(["found", "clean", "missing"]), min_size=1, max_size=12))
def test_any_sequence_of_runs_gives_the_time_that_a_stopwatch_would(sights: list[str]) -> None:
    known: tuple[Seen, ...] = ()
    running, total, ever = False, 0, False
    for day, sight in enumerate(sights):
        total += running
        if sight == "found":
            running = ever = True
        elif sight == "clean":
            running = False
        given_reports = {"found": (FOUND,), "clean": (CLEAN,), "missing": ()}[sight]
        known = tuple(one for text in [ledger.write(run(known, *given_reports, day=day))]
                      for one in ledger.read(text).seen)
    assert len(known) == ever
    if ever:
        assert open_time(known[0].spans, after(len(sights) - 1)) == total * DAY
        assert known[0].is_open == running


def mended(*ids: str, opened: float | None, at: float) -> Report:
    alert = advisory(*ids, version=None, source="dependabot", opened_at=None if opened is None else after(opened))
    return report(format="dependabot", mended=(Mended(advisory=alert, at=after(at)),))


def test_what_github_remembers_as_fixed_is_counted_though_no_run_ever_saw_it() -> None:
    assert spans(run((), mended("CVE-1", opened=-4, at=-1), day=0)) == [(after(-4), after(-1))]
    assert run((), mended("CVE-1", opened=None, at=-1), day=0) == ()


def test_githubs_date_of_a_fix_goes_before_the_run_that_saw_it_gone() -> None:
    seen_there = report(advisory("CVE-1", source="dependabot", opened_at=after(0)), format="dependabot")
    known = run((), seen_there, day=1)
    once = run(known, mended("CVE-1", opened=0, at=2), day=5)
    assert spans(once) == [(after(0), after(2))]
    assert run(once, mended("CVE-1", opened=0, at=2), day=6) == once


def test_what_is_there_now_was_not_mended_for_good() -> None:
    known = run((), FOUND, day=0)
    assert spans(run(known, FOUND, mended("CVE-1", opened=0, at=1), day=2)) == [(after(0), None)]
