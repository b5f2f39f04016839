"""Figures against limits, and what a person is shown."""
from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.dependency_health.criteria import Limits
from repo_vitals.concerns.dependency_health.facts import (
    Advisory,
    BotSetup,
    Change,
    Detail,
    Facts,
    Index,
    LockFile,
    Package,
    Release,
    Update,
)
from repo_vitals.concerns.dependency_health.judge import judge
from repo_vitals.concerns.dependency_health.measure import measure
from repo_vitals.concerns.dependency_health.policy import DEFAULT
from repo_vitals.report.status import overall
from support.dependencies import days
from support.hostile import text as hostile_text
from support.simulated import NOW

if TYPE_CHECKING:
    from repo_vitals.report.model import Judgement

LIMITS = Limits(maintained_within=timedelta(days=730), allowed=("MIT",), unscored="high")
GOOD = Detail(licenses=("MIT",), advisories=(), deprecated=None, project=None)
DEPENDABOT = BotSetup(bot="dependabot", path=".github/dependabot.yml", ecosystems=frozenset({"npm"}), interval_days=7)


def package(name: str = "a", *, direct: bool | None = True) -> Package:
    return Package(ecosystem="npm", name=name, version="1.0.0", direct=direct, files=("package-lock.json",))


def known(*, newest: str = "1.0.0", detail: Detail = GOOD, name: str = "a", **more: Any) -> Index:
    """A deps.dev that knows one package, last published ten days ago."""
    release = Release(newest=newest, newest_at=days(10), last_at=days(10), used={"1.0.0": days(375.25)})
    return Index(**{"releases": {("npm", name): release}, "details": {("npm", name, "1.0.0"): detail}, **more})


def update(number: int = 1, kind: Any = "patch", *, age: float = 1, **more: Any) -> Update:
    return Update(
        **{
            "number": number,
            "title": f"Bump {number}",
            "url": f"https://example.org/{number}",
            "bot": "dependabot",
            "created_at": days(age),
            "kind": kind,
            "severity": None,
            "why": "title",
            **more,
        }
    )


def facts(**more: Any) -> Facts:
    """One dependency in good health, looked after by a bot that is awake."""
    return Facts(**{
        "repository": "acme/widget", "updates": (), "setups": (DEPENDABOT,), "last_by_bot": {"dependabot": days(3)},
        "looked_back_to": days(30), "packages": (package(),), "index": known(),
        "locks": (LockFile(path="package-lock.json", ecosystem="npm", packages=(package(),)),), **more})


def judged(given_facts: Facts, *, limits: Limits = LIMITS, silence: timedelta | None = None) -> Judgement:
    measured = measure(given_facts, policy=DEFAULT, limits=limits, now=NOW)
    return judge(measured, given_facts, limits, policy=DEFAULT, silence=silence, now=NOW)


def status(judgement: Judgement) -> str:
    return overall(judgement.metrics, judgement.findings)


def rules(judgement: Judgement) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in judgement.findings]


def test_all_in_good_health_passes() -> None:
    judgement = judged(facts())
    assert (status(judgement), judgement.findings, judgement.notes, judgement.data["complete"]) == (
        "pass",
        (),
        (),
        True,
    )
    assert judgement.summary == (
        "update pull requests open: 0; overdue: 0; failing: 0; direct dependencies outdated: 0; libyears: 0.0"
    )


# -- updates -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("kind", "severity", "age", "finding", "expected"),
    [
        ("security", "critical", 1.1, "high", "fail"),
        ("security", "high", 2.1, "high", "fail"),
        ("security", None, 2.1, "high", "fail"),
        ("security", "medium", 3.1, "medium", "warn"),
        ("security", "low", 7.1, "low", "warn"),
        ("patch", None, 14.1, "medium", "warn"),
        ("minor", None, 30.1, "low", "warn"),
        ("major", None, 91.1, "low", "warn"),
        ("other", None, 14.1, "low", "warn"),
        ("unknown", None, 30.1, "low", "warn"),
    ],
)
def test_an_overdue_update_is_a_finding_as_grave_as_it_is(
    kind: str, severity: str | None, age: float, finding: str, expected: str,
) -> None:
    late = judged(facts(updates=(update(7, kind, age=age, severity=severity),)))
    assert (rules(late), status(late)) == ([("overdue-update", finding)], expected)
    assert judged(facts(updates=(update(7, kind, age=age - 0.2, severity=severity),))).findings == ()


def test_an_overdue_update_says_which_it_is_since_when_and_where() -> None:
    (found,) = judged(facts(updates=(update(7, "security", age=3, severity="critical"),))).findings
    assert (found.title, found.url, found.since) == ("#7 Bump 7", "https://example.org/7", days(2))
    assert found.detail == (
        "An update of kind critical security, open for 3 d: 2 d longer than the update policy allows."
    )


@pytest.mark.parametrize(("kind", "expected"), [("security", "medium"), ("patch", "low")])
@pytest.mark.parametrize("checks", ["FAILURE", "ERROR"])
def test_an_update_whose_checks_fail_is_a_finding(kind: str, expected: str, checks: str) -> None:
    assert rules(judged(facts(updates=(update(kind=kind, checks=checks, age=0.1),)))) == [("failing-update", expected)]


@pytest.mark.parametrize("checks", [None, "SUCCESS", "PENDING", "EXPECTED"])
def test_checks_that_have_not_failed_are_no_finding(checks: str | None) -> None:
    assert judged(facts(updates=(update(checks=checks),))).findings == ()


def test_a_finding_keeps_its_id_when_the_figures_and_the_title_move() -> None:
    found = [finding for age in (20, 90) for finding in judged(facts(
        updates=(update(1, age=age, checks="FAILURE", title=f"Bump to 1.{age}"),))).findings]
    ids = [finding.as_json(monitor="dependency-health")["id"] for finding in found]
    assert len(ids) == 4
    assert len(set(ids)) == 2


# -- bots --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("last", "newest", "expected"),
    [
        (days(31), "2.0.0", [("update-bot-silent", "medium")]),
        (days(29), "2.0.0", []),
        (None, "2.0.0", [("update-bot-silent", "medium")]),
        (None, "1.0.0", []),  # nothing is outdated: nothing to open
    ],
)
def test_a_configured_bot_that_is_silent_while_something_is_outdated_is_a_finding(
    last: Any, newest: str, expected: list[tuple[str, str]],
) -> None:
    last_by_bot = {} if last is None else {"dependabot": last}
    assert rules(judged(facts(index=known(newest=newest), last_by_bot=last_by_bot))) == expected


def test_a_bot_is_not_blamed_for_an_ecosystem_that_it_does_not_look_after() -> None:
    setup = BotSetup(bot="dependabot", path=".github/dependabot.yml", ecosystems=frozenset({"cargo"}), interval_days=7)
    assert judged(facts(setups=(setup,), index=known(newest="2.0.0"), last_by_bot={})).findings == ()


def test_how_long_a_bot_may_be_silent_can_be_given() -> None:
    given_facts = facts(index=known(newest="2.0.0"), last_by_bot={"dependabot": days(5)})
    assert rules(judged(given_facts, silence=timedelta(days=4))) == [("update-bot-silent", "medium")]


def test_a_renovate_of_ones_own_account_is_not_silent() -> None:
    setup = BotSetup(bot="renovate", path="renovate.json", ecosystems=frozenset({"npm"}), interval_days=1)
    index = known(newest="2.0.0")
    assert judged(facts(setups=(setup,), index=index, last_by_bot={"our-renovate": days(3)})).findings == ()
    silent = [("update-bot-silent", "medium")]
    assert rules(judged(facts(setups=(setup,), index=index, last_by_bot={"dependabot": days(3)}))) == silent
    assert rules(judged(facts(index=index, last_by_bot={"our-renovate": days(3)}))) == silent


@pytest.mark.parametrize(
    ("setup", "expected"),
    [
        ({"off": True}, ("update-bot-off", "low")),
        ({"problem": "it can't be parsed"}, ("update-bot-misconfigured", "medium")),
    ],
)
def test_a_bot_that_is_off_or_whose_configuration_is_broken_is_a_finding(
    setup: dict[str, Any], expected: tuple[str, str],
) -> None:
    broken = BotSetup(**{"bot": "renovate", "path": "renovate.json", "ecosystems": frozenset({"npm"}),
                         "interval_days": 1, **setup})
    assert rules(judged(facts(setups=(broken,), last_by_bot={}))) == [expected]


def test_no_bot_at_all_is_a_low_finding_and_only_a_word_where_nothing_is_locked() -> None:
    assert rules(judged(facts(setups=(), last_by_bot={}))) == [("no-update-bot", "low")]
    assert rules(judged(facts(setups=(), last_by_bot={}, locks=(), packages=()))) == [("no-update-bot", "info")]
    assert rules(judged(facts(setups=(), last_by_bot={"renovate": days(1)}))) == []      # configured elsewhere


# -- criteria ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("detail", "expected"), [
    ({"licenses": ("GPL-3.0-only",)}, ("license-not-allowed", "medium")),
    ({"deprecated": True}, ("unmaintained-dependency", "medium")),
    ({"advisories": (Advisory(id="GHSA-1", severity="critical"),)}, ("vulnerable-dependency", "critical")),
    ({"advisories": (Advisory(id="GHSA-1", severity="low"),)}, ("vulnerable-dependency", "low")),
    ({"advisories": (Advisory(id="GHSA-1", severity=None),)}, ("vulnerable-dependency", "high")),
])
def test_a_criterion_that_fails_is_a_finding(detail: dict[str, Any], expected: tuple[str, str]) -> None:
    given_detail = Detail(**{"licenses": ("MIT",), "advisories": (), "deprecated": None, "project": None, **detail})
    judgement = judged(facts(index=known(detail=given_detail)))
    assert rules(judgement) == [expected]
    assert judgement.findings[0].title.startswith("a 1.0.0 ")


def test_what_is_not_direct_is_not_held_to_the_criteria() -> None:
    given_detail = Detail(licenses=("GPL-3.0-only",), advisories=(), deprecated=True, project=None)
    assert judged(facts(packages=(package(direct=False),), index=known(detail=given_detail))).findings == ()


# -- what was not looked at whole --------------------------------------------------------------------------------

def test_dependencies_that_were_not_asked_about_make_the_verdict_unknown_and_the_report_says_why() -> None:
    judgement = judged(facts(index=Index(stopped="the 5 requests are used up")))
    assert status(judgement) == "unknown"
    assert judgement.data["complete"] == "deps.dev: the 5 requests are used up"
    assert judgement.notes == ("1 of 1 dependencies are unknown: the 5 requests are used up",)
    assert "libyears: unknown" in judgement.summary


def test_an_unreadable_lock_file_makes_the_verdict_unknown_and_the_report_names_it() -> None:
    bad = LockFile(path="x/uv.lock", ecosystem="pypi", problem="is not TOML (at line 3)")
    judgement = judged(facts(locks=(*facts().locks, bad)))
    assert status(judgement) == "unknown"
    assert judgement.data["complete"] == "lock files that can't be read: x/uv.lock"
    assert judgement.notes == ("x/uv.lock is not TOML (at line 3); figures that depend on it are unknown",)


def test_a_deps_dev_that_was_not_to_be_asked_spoils_no_verdict_and_is_said() -> None:
    judgement = judged(facts(index=Index(off=True)))
    assert (status(judgement), judgement.data["complete"]) == ("pass", "deps.dev was not to be asked")
    assert "libyears" not in judgement.summary


def test_a_deps_dev_that_knows_nothing_at_all_is_doubted() -> None:
    judgement = judged(facts(index=Index(releases={("npm", "a"): None}, details={("npm", "a", "1.0.0"): None})))
    assert any("is the address in `deps-dev` right?" in note for note in judgement.notes)


def test_without_lock_files_a_note_says_so_and_only_the_updates_are_judged() -> None:
    judgement = judged(facts(locks=(), packages=(), index=Index()))
    assert status(judgement) == "pass"
    assert [metric.name for metric in judgement.metrics if metric.status is not None] == []
    assert any("no lock file was found" in note for note in judgement.notes)


@pytest.mark.parametrize("index", [Index(), Index(off=True)])
def test_where_there_is_neither_a_lock_file_nor_an_update_bot_nothing_was_looked_at_and_that_is_no_pass(
        index: Index) -> None:
    judgement = judged(facts(locks=(), packages=(), index=index, setups=(), last_by_bot={}))
    assert status(judgement) == "unknown"
    assert judgement.summary == "dependencies unknown: there is neither a lock file nor an update bot"
    assert any("no lock file was found" in note for note in judgement.notes)


def test_an_update_of_a_bot_that_is_configured_nowhere_is_something_to_judge() -> None:
    judgement = judged(facts(locks=(), packages=(), index=Index(), setups=(), last_by_bot={}, updates=(update(),)))
    assert status(judgement) == "pass"


# -- data --------------------------------------------------------------------------------------------------------

def test_the_data_has_every_update_bot_lock_file_and_dependency() -> None:
    one = update(7, "minor", age=31, changes=(Change(name="a", before="1.0.0", after="1.1.0"), Change(name="b")))
    data = judged(facts(updates=(one,), index=known(newest="2.0.0"))).data
    assert json.loads(json.dumps(data)) == data
    (row,) = data["updates"]
    assert (row["number"], row["kind"], row["counts_as"], row["age_seconds"], row["overdue_seconds"]) == (
        7, "minor", "minor", 31 * 86400, 86400)
    assert row["packages"] == [{"name": "a", "from": "1.0.0", "to": "1.1.0"}, {"name": "b", "from": None, "to": None}]
    assert data["bots"] == [{"bot": "dependabot", "path": ".github/dependabot.yml", "ecosystems": ["npm"],
                             "interval_seconds": 604800, "off": False, "problem": None,
                             "last_pull_request_at": "2026-01-28T06:00:00Z"}]
    assert data["lock_files"] == [{"path": "package-lock.json", "ecosystem": "npm", "dependencies": 1, "apart": {},
                                   "problem": None}]
    (dependency,) = data["dependencies"]
    assert dependency["libyears"] == pytest.approx(1)
    assert (dependency["behind"], dependency["newest"], dependency["direct"]) == ("major", "2.0.0", True)
    assert dependency["criteria"]["license"] == {"verdict": "pass", "reason": "allowed"}
    assert data["policy"]["patch"] == 14 * 86400


@given(
    title=hostile_text,
    name=hostile_text,
    path=hostile_text,
    license_text=hostile_text,
    kind=st.sampled_from(["patch", "security"]),
)
def test_strangers_text_stands_in_findings_and_data_and_never_in_the_summary(
    title: str,
    name: str,
    path: str,
    license_text: str,
    kind: str,
) -> None:
    one = update(
        1, kind, age=100, title=title, url="https://example.org/1", changes=(Change(name=name),), checks="ERROR"
    )
    strange = Package(ecosystem="npm", name=name, version="1.0.0", direct=True, files=(path,))
    detail = Detail(licenses=(license_text,), advisories=(), deprecated=True, project=None)
    index = Index(releases={("npm", name): None}, details={("npm", name, "1.0.0"): detail})
    judgement = judged(facts(updates=(one,), packages=(strange,), index=index))
    plain = judged(facts(updates=(update(1, kind, age=100, checks="ERROR"),), index=Index(
        releases={("npm", "a"): None}, details={package().key: detail})))
    assert judgement.summary == plain.summary
    assert len(judgement.findings) >= 3
    json.dumps(judgement.data)
