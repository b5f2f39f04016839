"""People are named only where that was asked for, each by the name that is theirs."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.community_metrics.measure import measure
from repo_vitals.concerns.community_metrics.recognition import acknowledgements, mentors, named
from repo_vitals.concerns.community_metrics.responses import Policy
from support.commands import run
from support.community import GHOST, MONTH, commit, discussion, facts, issue, pull_request, said
from support.simulated import Scene

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.community_metrics.facts import Commit, Item

DAY = 24


def helped(*items: Item) -> dict[str, int]:
    cohort = measure(facts(*items), window=MONTH, policy=Policy(), response_target=timedelta(hours=24)).cohort
    return {row["login"]: row["first_responses"] for row in mentors(cohort)}


def thanked(*commits: Commit, **more: Any) -> list[tuple[Any, ...]]:
    rows = acknowledgements(facts(commits=commits, **more), MONTH, Policy())
    return [(row["login"], row["name"], row["commits"], row["first_time"]) for row in rows]


def test_who_gave_first_responses_is_listed_most_first_then_by_alphabet() -> None:
    found = helped(
        issue(1, opened=9, remarks=(said("abe", 8), said("bob", 7))),
        pull_request(2, opened=9, remarks=(said("bob", 8),)),
        discussion(3, opened=9, remarks=(said("ann", 8), said("bob", 7),)),
        issue(4, by="bob", opened=9, remarks=(said("bob", 8), said("Cyd", 7))))
    assert list(found.items()) == [("bob", 2), ("abe", 1), ("Cyd", 1)]


def test_a_login_is_one_person_however_it_is_spelled() -> None:
    assert helped(issue(1, opened=9, remarks=(said("Bob", 8),)), issue(2, opened=9, remarks=(said("bob", 8),))) == {
        "Bob": 2}


def test_deleted_accounts_and_responses_older_than_their_item_name_nobody() -> None:
    assert helped(issue(1, opened=9, remarks=(said(GHOST, 8),)), issue(2, opened=9, remarks=(said("bob", 30),)),
                  issue(3, opened=DAY * 31, remarks=(said("bob", 9),)), issue(4, opened=9)) == {}


def test_contributors_of_the_window_are_listed_by_alphabet_with_their_commits() -> None:
    assert thanked(commit("Zoe", 5), commit("bob", 6), commit("Zoe", 7), commit("Old", DAY * 40),
                   commit("ci[bot]", 5), seen_before=frozenset({"login:zoe"})) == [
        ("bob", None, 1, True), ("Zoe", None, 2, False)]


def test_a_name_stands_only_where_there_is_no_login_and_never_an_address() -> None:
    commits = (commit(None, 5, email="lou@x.org", name="Lou L"), commit("ann", 6, name="Ann A"),
               commit(None, 7, email="nameless@x.org", name=" "))
    assert thanked(*commits) == [("ann", None, 1, True), (None, "Lou L", 1, True)]
    assert "@" not in str(named(None, acknowledgements(facts(commits=commits), MONTH, Policy())))


def test_a_login_known_from_another_commit_of_the_same_address_is_used() -> None:
    assert thanked(commit(None, 5, email="a@x.org", name="Ann"), commit("Ann", DAY * 40, email="a@x.org"),
                   seen_before=frozenset({"login:ann"})) == [("Ann", None, 1, False)]


def test_sections_show_what_was_asked_for_and_nothing_else() -> None:
    helpers = [{"login": "bob", "first_responses": 3}]
    people = [{"login": None, "name": "Lou", "commits": 2, "first_time": True}]
    assert named(None, None) == {}
    assert named(helpers, None) == {"mentors": helpers, "sections": [
        {"title": "First responses by", "headers": ["Person", "First responses"], "rows": [["bob", 3]]}]}
    assert named(None, people) == {"acknowledgements": people, "sections": [
        {"title": "Thanks to", "headers": ["Contributor", "Commits", "First time"], "rows": [["Lou", 2, "yes"]]}]}
    assert [section["title"] for section in named(helpers, people)["sections"]] == ["First responses by", "Thanks to"]


@pytest.mark.parametrize("options", [(), ("--mentors",), ("--acknowledgements",)], ids=["none", "mentors", "thanks"])
def test_the_report_names_people_only_on_request(simulated: Any, tmp_path: Path, options: tuple[str, ...]) -> None:
    scene = Scene()
    scene.issue(at=-5).comment(by="bob", at=-4)
    scene.commit(by="cyd", at=-4)
    ended = run("community-metrics", *(word for option in options for word in (option, "true")), folder=tmp_path,
                at=simulated(scene))
    assert ended.code == 0, ended.stderr
    data = ended.report["data"]
    assert data.get("mentors") == ([{"login": "bob", "first_responses": 1}] if options == ("--mentors",) else None)
    assert [row["login"] for row in data.get("acknowledgements", [])] == (
        ["cyd"] if options == ("--acknowledgements",) else [])
    assert len(data.get("sections", [])) == len(options)
