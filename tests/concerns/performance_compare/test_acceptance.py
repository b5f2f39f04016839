"""Who may accept a change, how it is said, and what becomes of what was accepted."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.acceptance import (
    ACCEPTANCES,
    Acceptance,
    matches,
    of_allowlist,
    of_comment,
)
from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Names
from repo_vitals.config.allowlist import read as read_allowlist
from repo_vitals.report.model import Cost
from repo_vitals.report.status import overall
from repo_vitals.sources.acceptances import on_commit, on_pull_request
from repo_vitals.sources.github_connection import connect
from support.benchmarks import NOISE, NOW, facts, judged, result, runs
from support.simulated import Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.simulator.server import Simulator
    from repo_vitals.sources.github_connection import GitHub

LATER = NOW + timedelta(days=30)


def slower(*acceptances: Acceptance, value: float = 1.5):
    names = ["parse", *(f"quiet {number}" for number in range(6))]
    return judged(facts([result(name, value if name == "parse" else 1.0) for name in names],
                        runs(dict.fromkeys(names, 1.0))), acceptances=acceptances)


def rules(judgement) -> list[str]:
    return [finding.rule for finding in judgement.findings]


@pytest.mark.parametrize(("name", "pattern", "is_meant"), [
    ("parse/1", "parse/*", True), ("parse", "parse/*", False), ("sort[10]", "sort[10]", True),
    ("sort1", "sort[10]", False), ("sort[10]", "sort[*]", True), ("Parse", "parse", False), ("a", "*", True)])
def test_a_pattern_means_names_with_brackets_as_plain_text(name: str, pattern: str, is_meant: bool) -> None:
    assert matches(name, pattern) is is_meant


def test_a_line_has_a_pattern_a_reason_and_a_last_day_that_counts_in_full() -> None:
    [one] = ACCEPTANCES.parse("parse/* = the new format, which is safer, until 2027-01-31\n")

    assert (one.pattern, one.reason) == ("parse/*", "the new format, which is safer")
    assert one.expires == datetime(2027, 2, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(("pattern", "meant"), [
    ("parse", {"seconds"}), ("p*", {"seconds"}), ("parse (B/op)", {"bytes"}), ("p* (bytes)", {"bytes"}),
    ("*", {"seconds", "bytes"})])
def test_of_a_name_in_several_units_times_are_meant_unless_the_unit_is_named(pattern: str, meant: set[str]) -> None:
    one = Acceptance(pattern=pattern, reason="x", by="accept")

    names = Names(mixed=frozenset({"parse"}))
    assert {unit for unit in ("seconds", "bytes") if one.covers(("parse", unit), names)} == meant
    assert one.covers(("parse", "bytes"))       # where no other has the name


def test_of_a_name_in_several_units_none_of_which_is_a_time_all_are_meant() -> None:
    given = facts([result("scan", 9.0, unit=unit) for unit in ("instructions", "cycles")], [
        BenchmarkRun(values={("scan", "instructions"): (5.0 * noise,), ("scan", "cycles"): (5.0 * noise,)})
        for noise in NOISE])
    found = judged(given, acceptances=(Acceptance(pattern="scan", reason="x", by="accept", expires=LATER),))

    assert rules(found) == ["regression-accepted"] * 2


def test_an_entry_that_means_times_where_something_else_regressed_says_so() -> None:
    baseline = [BenchmarkRun(values={**one.values, ("parse", "bytes"): (512.0,)}) for one in runs({"parse": 1.0})]
    found = judged(facts([result("parse"), result("parse", 51_200.0, unit="bytes")], baseline), acceptances=(
        Acceptance(pattern="parse", reason="x", by="accept", expires=LATER),))

    [unused] = [finding.detail for finding in found.findings if finding.rule == "acceptance-unused"]
    assert unused == ("Of a name that stands for a time too it means times and rates alone; parse (bytes) would mean "
                      "what regressed. Its reason: x.")


def test_a_name_without_its_package_means_the_one_benchmark_that_has_it() -> None:
    names = facts([result("m/a.x-8", within="x-8"), result("m/b.y", within="y"), result("m/c.y", within="y")]).names
    covers = [Acceptance(pattern=pattern, reason="x", by="accept").covers
              for pattern in ("x-8", "x-8 (ns/op)", "x*", "m/a.x-8", "y")]

    assert [one(("m/a.x-8", "seconds"), names) for one in covers] == [True, True, True, True, False]
    assert not any(one((name, "seconds"), names) for one in covers for name in ("m/b.y", "m/c.y"))


def test_a_slower_parser_that_is_accepted_hides_no_growth_of_its_memory() -> None:
    baseline = [BenchmarkRun(values={**one.values, ("parse", "bytes"): (512.0,)}) for one in runs({"parse": 1.0})]
    found = judged(facts([result("parse", 1.5), result("parse", 51_200.0, unit="bytes")], baseline), acceptances=(
        Acceptance(pattern="parse", reason="x", by="accept", expires=LATER),))

    assert [(finding.rule, finding.labels["unit"]) for finding in found.findings] == [
        ("regression", "bytes"), ("regression-accepted", "seconds")]


def test_a_name_with_a_sign_stands_in_backquotes() -> None:
    [one] = ACCEPTANCES.parse("`n = 4` = it is safer = slower, until 2027-01-31")

    assert (one.pattern, one.reason) == ("n = 4", "it is safer = slower")
    with pytest.raises(ValueError, match="several signs"):
        ACCEPTANCES.parse("n = 4 = because, until 2027-01-31")


@pytest.mark.parametrize("line", [
    "parse", "parse = because", "parse = because, until tomorrow", "parse = because, until 2027-02-30",
    " = because, until 2027-01-31", "parse = , until 2027-01-31", "x" * 3000 + " = y, until 2027-01-31"])
def test_a_line_that_lacks_a_part_is_an_error_that_quotes_it(line: str) -> None:
    with pytest.raises(ValueError, match="holds"):
        ACCEPTANCES.parse(line)


def test_what_is_accepted_informs_and_does_not_fail_and_says_why() -> None:
    found = slower(Acceptance(pattern="par*", reason="a safer format", by="accept", expires=LATER))

    assert rules(found) == ["regression-accepted"]
    assert overall(found.metrics, found.findings) == "pass"
    assert "a safer format" in found.findings[0].detail
    [row] = [row for row in found.data["benchmarks"] if row["name"] == "parse"]
    assert (row["verdict"], row["accepted"]["by"]) == ("regressed", "accept")
    assert "0 regressed, 1 regressed and accepted" in found.summary


def test_an_acceptance_that_has_expired_accepts_nothing_and_fails() -> None:
    found = slower(Acceptance(pattern="parse", reason="x", by="accept", expires=NOW))

    assert rules(found) == ["regression", "acceptance-expired"]


def test_an_acceptance_that_accepts_nothing_is_named_so_that_it_can_hide_nothing_later() -> None:
    found = slower(Acceptance(pattern="parse", reason="x", by="accept", expires=LATER), value=1.0)

    assert rules(found) == ["acceptance-unused"]
    assert overall(found.metrics, found.findings) == "warn"


def test_the_allowlist_accepts_benchmarks_and_says_whose_word_it_is() -> None:
    entries = of_allowlist(read_allowlist([
        {"benchmark": "parse", "reason": "x", "owner": "@acme/core", "expires": "2026-03-01"},
        {"vulnerability": "CVE-1", "reason": "y"}]))

    assert [(one.pattern, one.who) for one in entries] == [("parse", "@acme/core")]
    assert slower(*entries).findings[0].labels["who"] == "@acme/core"


def test_a_comment_names_benchmarks_and_a_reason_on_a_line_of_its_own() -> None:
    body = "Fine.\r\n/accept-performance parse/*, `f(a, b)` because the format is safer \r\nThanks"

    assert [(one.pattern, one.reason, one.who) for one in of_comment(body, who="ann")] == [
        ("parse/*", "the format is safer", "ann"), ("f(a, b)", "the format is safer", "ann")]


@pytest.mark.parametrize("body", ["/accept-performance parse", "see /accept-performance parse because x", "",
                                  "> /accept-performance parse because x", "/accept-performance because x",
                                  "```\n/accept-performance parse because x\n```",
                                  "1.\n~~~~text\n~~~\n/accept-performance parse because x",
                                  "<!-- as in\n/accept-performance parse because x\n-->",
                                  "<!--\n/accept-performance parse because x",
                                  "<pre>\n/accept-performance a because x\n"])
def test_what_is_no_command_accepts_nothing(body: str) -> None:
    assert of_comment(body, who="ann") == ()


@pytest.mark.parametrize("before", ["```sh\nmake\n````", "<!-- note -->", "~~~\n```\n~~~", "<pre>x</pre>"])
def test_a_command_behind_code_and_hidden_text_counts(before: str) -> None:
    assert [one.pattern for one in of_comment(f"{before}\n/accept-performance parse because x", who="ann")] == ["parse"]


@given(st.text())
def test_no_comment_is_an_error(body: str) -> None:
    of_comment(f"/accept-performance {body}", who="ann")


class Asked:
    """A pull request on the simulated GitHub, and what counts of what was said there."""

    def __init__(self, simulator: Simulator, scene: Scene, github: GitHub) -> None:
        self.simulator, self.scene, self.github = simulator, scene, github
        self.pull = scene.pull_request(by="zoe", at=-20)
        scene.repository.grants.update({"mia": "write", "max": "maintain", "tom": "triage"})

    def said(self) -> list[tuple[str, str]]:
        found = on_pull_request(self.github, "acme/widget", self.pull.number, label="performance-accepted",
                                wanted=lambda body: "/accept" in body)
        return [(one.who, one.label or one.comment) for one in found.said]


@pytest.fixture
def asked() -> Iterator[Asked]:
    scene = Scene()
    with serving(scene) as simulator:
        environ = simulator.environment()
        github = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta(seconds=1))
        yield Asked(simulator, scene, github)
        github.close()


@pytest.mark.parametrize(("who", "counts"), [
    ("mia", True), ("max", True), ("tom", False), ("zoe", False), ("dependabot[bot]", False)])
def test_a_label_counts_when_who_put_it_there_may_write(asked: Asked, who: str, counts: bool) -> None:
    asked.scene.role("zoe", "MEMBER")       # what GitHub calls somebody gives no right
    asked.pull.label("performance-accepted", at=-10, by=who)

    assert asked.said() == ([(who, "performance-accepted")] if counts else [])


def test_a_label_that_is_taken_off_counts_no_more_and_put_back_is_the_word_of_who_put_it_back(asked: Asked) -> None:
    asked.pull.label("performance-accepted", at=-10, by="mia").unlabel("performance-accepted", at=-9, by="mia")
    assert asked.said() == []

    asked.pull.label("performance-accepted", at=-8, by="tom")
    assert asked.said() == []


def test_a_label_speaks_of_the_code_that_it_was_put_on_and_of_no_later_commit(asked: Asked) -> None:
    asked.pull.label("performance-accepted", at=-10, by="mia")

    def counts(**said: Any) -> bool:
        found = on_pull_request(asked.github, "acme/widget", asked.pull.number, label="performance-accepted",
                                wanted=lambda _: False, **said)
        assert bool(found.said) is not any("was put there before the newest commit" in note for note in found.notes)
        return bool(found.said)
    at = NOW - timedelta(hours=10)
    assert (counts(), counts(head_since=at), counts(head_since=at + timedelta(seconds=1))) == (True, True, False)
    assert counts(head_since=at + timedelta(hours=1), is_put_now=True)
    asked.pull.thread.head_at = at + timedelta(hours=1)
    assert not counts()


def test_a_comment_speaks_of_the_code_that_was_there_and_of_no_later_commit(asked: Asked) -> None:
    asked.pull.comment(by="mia", at=-10, body="/accept this")

    def notes(since: datetime | None = None) -> tuple[int, tuple[str, ...]]:
        found = on_pull_request(asked.github, "acme/widget", asked.pull.number, label="performance-accepted",
                                wanted=lambda body: "/accept" in body, head_since=since, is_put_now=True)
        return len(found.said), found.notes
    at = NOW - timedelta(hours=10)
    stale = (0, (("1 comment that accepts what regressed came before the newest commit, and does not count; who may "
                 "accept the change as it is now writes another"),))
    assert (notes(), notes(at), notes(at + timedelta(hours=9))) == ((1, ()), (1, ()), stale)
    asked.pull.thread.head_at = at + timedelta(hours=1)
    assert notes() == stale


def test_only_comments_of_people_who_may_write_and_that_are_not_hidden_count(asked: Asked) -> None:
    asked.pull.comment(by="zoe", at=-9, body="/accept mine").comment(by="mia", at=-8, body="/accept this")
    asked.pull.comment(by="mia", at=-7, body="/accept hidden", minimised=True)

    assert asked.said() == [("mia", "/accept this")]


def test_a_pull_request_on_which_nothing_was_said_costs_one_request(asked: Asked) -> None:
    asked.said()

    assert len(asked.simulator.log) == 1


def test_the_pull_request_that_brought_a_commit_speaks_for_it_once_it_is_merged(asked: Asked) -> None:
    asked.pull.label("performance-accepted", at=-10, by="mia")
    asked.scene.commit(by="mia", at=-5)
    commit = asked.scene.repository.commits[0].oid

    def said() -> list[str]:
        return [one.label for one in on_commit(asked.github, "acme/widget", commit, label="performance-accepted",
                                               wanted=lambda _: False).said]
    assert said() == []
    asked.pull.thread.merge_sha = commit
    assert said() == []
    asked.pull.merge(at=-5, by="mia")
    assert said() == ["performance-accepted"]


def test_a_commit_that_github_lacks_accepts_nothing(asked: Asked) -> None:
    assert on_commit(asked.github, "acme/widget", "1" * 40, label="x", wanted=lambda _: True).said == ()
