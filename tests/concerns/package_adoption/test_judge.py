"""Figures from facts, and figures against limits."""
from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.package_adoption.definitions import METRICS
from repo_vitals.concerns.package_adoption.facts import Adoption, Facts, Package, Popular, Traffic, Version, Visits
from repo_vitals.concerns.package_adoption.judge import judge
from repo_vitals.concerns.package_adoption.measure import measure
from repo_vitals.report.model import check_names
from repo_vitals.report.status import overall

if TYPE_CHECKING:
    from repo_vitals.report.model import Judgement

TODAY = date(2026, 1, 31)
PACKAGE = Package("crates", "widget")


def days(count: int = 100, *, length: int = 84, last: int | None = None) -> dict[date, int]:
    """The same count a day; another one in the last seven."""
    return {TODAY - timedelta(days=back): count if last is None or back > 7 else last for back in range(1, length + 1)}


def adoption(**more: Any) -> Adoption:
    return Adoption(**{"package": PACKAGE, "total": 10_000, "days": days(), **more})


def judged(*adoptions: Adoption, old: float = 0.05, length: int = 30, **more: Any) -> Judgement:
    facts = Facts(repository="acme/widget", adoptions=adoptions, **{"keeps": True, **more})
    found = measure(facts, today=TODAY, weeks=8, change=0.3, quiet=())
    judgement = judge(found, facts, today=TODAY, days=length, old=old)
    check_names(judgement.metrics, {metric.name: metric for metric in METRICS})
    return judgement


def status(judgement: Judgement) -> str:
    return overall(judgement.metrics, judgement.findings)


def figure(judgement: Judgement, name: str, **labels: str) -> float | None:
    (found,) = [one for one in judgement.metrics if one.name == name and labels.items() <= one.labels.items()]
    return found.value


def rules(judgement: Judgement) -> list[str]:
    return [finding.rule for finding in judgement.findings]


def test_a_package_that_is_pulled_as_usual_passes() -> None:
    found = judged(adoption())
    assert (status(found), rules(found), found.summary) == ("pass", [], "1 of 1 package downloaded as usual")
    assert figure(found, "downloads_recent", days="28") == 2800
    assert figure(found, "downloads_days_missing", days="28") == 0
    assert figure(found, "downloads_growth_ratio") == 1
    assert figure(found, "downloads_seen") == 8400


@pytest.mark.parametrize(("last", "rule"), [(40, "downloads-drop"), (300, "downloads-spike")])
def test_a_week_that_is_off_warns_and_says_since_when(last: int, rule: str) -> None:
    found = judged(adoption(days=days(last=last)))
    (finding,) = found.findings
    assert (status(found), finding.rule, finding.severity) == ("warn", rule, "medium")
    assert finding.since is not None
    assert finding.since.date() == TODAY - timedelta(days=7)
    assert figure(found, "packages", state=rule.partition("-")[2]) == 1


def test_two_days_that_are_off_are_told_as_such_and_not_by_the_ratio_of_the_week() -> None:
    told = {day: 10 if (TODAY - day).days <= 2 else 150 if (TODAY - day).days <= 7 else 100 for day in days()}
    found = judged(adoption(days=told))
    (finding,) = found.findings
    assert (finding.rule, finding.title) == ("downloads-drop", "Downloads of crates:widget fell to 10 % of usual")
    assert finding.detail.startswith("In the two days to 2026-01-30,")
    assert finding.since is not None
    assert finding.since.date() == TODAY - timedelta(days=2)
    assert (figure(found, "downloads_week_ratio") or 0) > 1
    assert figure(found, "downloads_anomalous") == 1


def test_a_rise_from_none_is_told_without_a_ratio() -> None:
    found = judged(adoption(days=days(0, last=50)))
    (finding,) = found.findings
    assert (finding.rule, finding.title) == ("downloads-spike", "Downloads of crates:widget rose, where none is usual")
    assert (status(found), figure(found, "downloads_week_ratio"), figure(found, "downloads_anomalous")) == (
        "warn", None, 1)


def test_a_week_of_none_is_nought_per_cent_of_usual() -> None:
    found = judged(adoption(days=days(4, last=0)))
    (finding,) = found.findings
    assert (finding.title, figure(found, "downloads_week_ratio")) == (
        "Downloads of crates:widget fell to 0 % of usual", 0.0)


def test_too_short_a_past_is_unknown_and_says_what_would_help() -> None:
    found = judged(adoption(days=days(length=20)), keeps=False)
    assert status(found) == "unknown"
    (note,) = found.notes
    assert note == ("crates:widget: whether its downloads are as usual can't be told: 2 of the 8 weeks before are "
                    "known, and half of them are needed; with a history days are kept longer than the registry tells "
                    "them")


def test_nothing_told_is_unknown_and_never_zero() -> None:
    found = judged(adoption(days={}, total=None, problem="crates.io did not answer"),
                   unavailable="crates.io did not answer")
    assert status(found) == "unknown"
    assert rules(found) == ["downloads-unread"]
    assert {one.value for one in found.metrics if one.name.startswith("downloads")} == {None}
    assert found.data["complete"] == ["downloads of crates:widget: crates.io did not answer"]
    assert found.unavailable == "not everything could be asked: crates.io did not answer"


def test_a_finding_keeps_its_id_when_the_figures_move() -> None:
    ids = {finding.as_json(monitor="package-adoption")["id"]
           for last in (10, 40) for finding in judged(adoption(days=days(last=last))).findings}
    assert len(ids) == 1


def test_missing_days_are_marked_in_series_and_counted_and_never_zero() -> None:
    lost = TODAY - timedelta(days=3)
    told = {day: count for day, count in days().items() if day != lost}
    found = judged(adoption(days=told, partial=42))
    (series,) = found.data["series"]
    points = dict(series["points"])
    assert (points[lost.isoformat()], series["missing"]) == (None, [lost.isoformat()])
    assert (points[TODAY.isoformat()], series["partial"]) == (None, {TODAY.isoformat(): 42})
    assert 0 not in points.values()
    assert len(points) == 31
    assert figure(found, "downloads_recent", days="7") == 600
    assert figure(found, "downloads_days_missing", days="7") == 1
    assert rules(found) == ["downloads-days-missing"]
    assert status(found) == "pass"


def test_days_before_the_first_that_is_known_were_not_lost() -> None:
    found = judged(adoption(days=days(length=10)))
    assert rules(found) == []
    assert figure(found, "downloads_days_missing", days="28") == 18


def cells(judgement: Judgement) -> list[str]:
    """Of the table of packages: what was downloaded in 7 days, and in 28."""
    (table,) = [one for one in judgement.data["sections"] if one["title"] == "Packages"]
    ((_, _, week, month, *_),) = table["rows"]
    return [week, month]


@pytest.mark.parametrize(("told", "shown"), [
    (days(), ["700", "2,800"]),
    (days(length=10), ["700", "1,000 (since 2026-01-21)"]),
    (days(length=28), ["700", "2,800"]),
    ({day: count for day, count in days().items() if day.day != 28}, ["600 (1 day missing)", "2,700 (1 day missing)"]),
    ({day: count for day, count in days(length=14).items() if day.day not in (27, 28)},
     ["500 (2 days missing)", "1,200 (since 2026-01-17, 2 days missing)"]),
    ({day: 2 for day in days() if day.toordinal() % 2}, ["8", "28"]),
    ({}, ["", ""]),
])
def test_only_days_that_were_lost_are_said_to_be_missing_from_a_sum(told: dict[date, int], shown: list[str]) -> None:
    assert cells(judged(adoption(days=told))) == shown


def test_a_package_that_is_fetched_now_and_then_is_judged_with_its_days_of_none() -> None:
    rare = {day: 2 for day in days() if day.toordinal() % 2}
    found = judged(adoption(days=rare))
    assert (status(found), rules(found)) == ("pass", [])
    assert figure(found, "downloads_days_missing", days="28") == 28 - figure(found, "downloads_recent", days="28") / 2
    assert 0 not in dict(found.data["series"][0]["points"]).values()
    assert status(judged(adoption(days=rare, package=Package("npm", "widget")))) == "unknown"


def test_mirrors_are_told_apart_and_never_added() -> None:
    found = judged(adoption(package=Package("pypi", "widget"), mirrors=days(140)))
    assert figure(found, "downloads_recent", days="7") == 700
    assert figure(found, "downloads_recent_with_mirrors", days="7") == 980
    assert figure(found, "downloads_seen") == 8400


@pytest.mark.parametrize(("share", "said"), [(4, []), (5, []), (6, ["yanked-version-pulled"])])
def test_more_than_the_allowed_share_of_yanked_versions_warns(share: int, said: list[str]) -> None:
    found = judged(adoption(tells_versions=True, newest="2.0.0", recent_days=28, others=0, versions=(
        Version(version="2.0.0", recent=100 - share, yanked=False),
        Version(version="1.0.0", recent=share, yanked=True))))
    assert rules(found) == said
    assert figure(found, "downloads_yanked_ratio") == share / 100


@pytest.mark.parametrize(("problem", "more", "wanted"), [
    ("npm did not answer", {}, "unknown"), (None, {"deps_dev_failed": True}, "unknown"), (None, {}, "pass")])
def test_shares_of_old_versions_that_a_failure_left_untold_are_unknown(
    problem: str | None, more: dict[str, Any], wanted: str,
) -> None:
    """What nobody tells, as of a package without a history, is no verdict that is missing."""
    found = judged(adoption(package=Package("npm", "widget"), tells_versions=True, problem=problem), **more)
    assert status(found) == wanted
    assert figure(found, "downloads_vulnerable_ratio") is None


def test_where_versions_are_never_told_a_failure_of_deps_dev_decides_nothing() -> None:
    assert status(judged(adoption(package=Package("pypi", "widget")), deps_dev_failed=True)) == "pass"


def test_versions_with_flaws_are_named_with_them() -> None:
    found = judged(adoption(tells_versions=True, newest="2.0.0", recent_days=28, others=0, versions=(
        Version(version="2.0.0", recent=90, advisories=()),
        Version(version="1.0.0", recent=10, advisories=("RUSTSEC-2026-0001",)))))
    (finding,) = found.findings
    assert (finding.rule, finding.title) == (
        "vulnerable-version-pulled", "10.0 % of the downloads of crates:widget are of versions with known flaws")
    assert finding.detail == "Most of them of 1.0.0 (RUSTSEC-2026-0001)."
    assert [row["share"] for row in found.data["versions"]] == [0.9, 0.1]


def test_a_count_of_all_time_that_went_down_is_told() -> None:
    found = judged(adoption(total_before=10_001))
    assert (rules(found), status(found)) == (["downloads-went-down"], "pass")


def test_traffic_that_is_not_known_leaves_its_figures_unknown_and_decides_nothing() -> None:
    found = judged(adoption(), traffic=Traffic(problem="this token may not read it"))
    assert (rules(found), status(found)) == ([], "pass")
    assert found.notes == ("the repository's traffic is not known: this token may not read it",)
    assert {one.value for one in found.metrics if one.name.startswith("repository")} == {None}


def test_traffic_is_told_by_full_days() -> None:
    visits = Visits(days={TODAY - timedelta(days=back): 10 for back in (1, 2, 14, 15)}, uniques=6)
    read = Popular(name="/docs", title="Docs", count=9, uniques=2)
    found = judged(adoption(), traffic=Traffic(views=visits, clones=Visits(days={}, uniques=0), paths=(read,)))
    assert figure(found, "repository_views") == 30
    assert figure(found, "repository_view_uniques") == 6
    assert figure(found, "repository_clones") == 0
    assert found.data["traffic"]["paths"] == [{"name": "/docs", "title": "Docs", "count": 9, "uniques": 2}]


def test_a_crowd_of_versions_is_cut_to_the_newest_and_the_most_downloaded() -> None:
    versions = tuple(Version(version=f"1.{number}.0", recent=number) for number in range(1000))
    found = judged(adoption(newest="1.0.0", recent_days=7, others=0, tells_versions=True, versions=versions))
    listed = {row["version"] for row in found.data["versions"]}
    assert len(listed) == 100
    assert {"1.0.0", "1.999.0"} <= listed
    assert sum(one.name == "version_share_ratio" for one in found.metrics) == 11
    rows = next(one["rows"] for one in found.data["sections"] if one["title"] == "Versions")
    assert sum(int(row[3].replace(",", "")) for row in rows) == sum(version.recent or 0 for version in versions)
