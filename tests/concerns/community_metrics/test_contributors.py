"""Which commits are whose, and how few people carry half of them."""
from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.community_metrics.contributors import (
    Mailmap,
    Person,
    absence_factor,
    noreply_login,
    people,
    split_new,
)
from support.community import commit

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.facts import Commit


def names(*commits: Commit, mailmap: str = "", ignored: frozenset[str] = frozenset()) -> dict[str, int]:
    return {person.identity: person.commits
            for person in people(commits, Mailmap(mailmap), ignored, known=commits)}


def persons(*counts: int) -> list[Person]:
    return [Person(identity=f"login:p{place}", commits=count, emails=frozenset(), user_ids=frozenset())
            for place, count in enumerate(counts)]


def test_a_login_is_matched_whole_and_without_case() -> None:
    # A substring test would credit ann with joanna's commits.
    assert names(commit("ann", 1), commit("Ann", 2, email="other@example.org"), commit("joanna", 3)) == {
        "login:ann": 2, "login:joanna": 1}


def test_an_unlinked_address_joins_the_account_that_another_commit_with_it_names() -> None:
    assert names(commit("ann", 1, email="a@x.org"), commit(None, 2, email="A@x.org")) == {"login:ann": 2}


def test_an_unlinked_address_alone_is_a_person_of_its_own() -> None:
    assert names(commit(None, 1, email="Zed@x.org")) == {"email:zed@x.org": 1}


def test_commits_without_an_address_join_nobody() -> None:
    commits = (commit("ann", 1, email=" "), commit("bob", 2, email=" "), commit(None, 3, email=" ", name="Zed"),
               commit(None, 4, email=" ", name="Yan"))
    assert names(*commits) == {"login:ann": 1, "login:bob": 1, "name:yan": 1, "name:zed": 1}
    assert {person.emails for person in people(commits, Mailmap(""), frozenset(), known=commits)} == {frozenset()}


def test_the_mailmap_joins_addresses_and_comments_in_it_are_nothing() -> None:
    mailmap = ("# people\nAnn A <ann@x.org> <old@y.org>\nZed <zed@x.org> Other Zed <shared@y.org>\n"
               "Only Name <n@x.org>\n\n<")
    assert names(commit("ann", 1, email="ann@x.org"), commit(None, 2, email="OLD@y.org"),
                 commit(None, 3, email="shared@y.org", name="Other Zed"),
                 commit(None, 4, email="shared@y.org", name="Someone"), mailmap=mailmap) == {
        "login:ann": 2, "email:zed@x.org": 1, "email:shared@y.org": 1}


def test_two_accounts_of_one_person_are_joined_by_the_mailmap() -> None:
    mailmap = "Ann <ann@x.org> <work@y.org>\n"
    commits = [commit("ann-work", 1, email="work@y.org"), commit("ann", 2, email="ann@x.org")]
    assert list(names(*commits, mailmap=mailmap).values()) == [2]
    assert names(*commits, mailmap=mailmap, ignored=frozenset({"ann-work"})) == {}
    assert names(*commits) == {"login:ann-work": 1, "login:ann": 1}


def test_a_person_is_asked_for_by_account_and_by_every_address_beside_it() -> None:
    commits = [commit("ann", 1, email="ann@x.org"), commit(None, 2, email="new@z.org")]
    mailmap = Mailmap("Ann <ann@x.org> <old@y.org>\nAnn <ann@x.org> <new@z.org>")
    (ann,) = people(commits, mailmap, frozenset(), known=commits)
    assert ann.user_ids == {"U_ann"}
    assert ann.emails == {"ann@x.org", "old@y.org", "new@z.org"}


def test_a_person_met_under_an_alias_only_is_asked_for_by_her_proper_address_too() -> None:
    commits = [commit(None, 2, email="old@y.org")]
    (ann,) = people(commits, Mailmap("Ann <ann@x.org> <old@y.org>"), frozenset(), known=commits)
    assert (ann.identity, ann.emails) == ("email:ann@x.org", {"ann@x.org", "old@y.org"})


def test_the_login_is_as_github_spells_it_and_the_name_that_of_the_newest_commit_or_of_the_mailmap() -> None:
    commits = [commit(None, 1, email="1+ann@users.noreply.github.com", name="Ann A"),
               commit("Ann", 2, email="1+ann@users.noreply.github.com", name="A"),
               commit(None, 4, email="zed@x.org", name="Zed Z"), commit(None, 9, email="zed@x.org", name="Z"),
               commit(None, 5, email="old@y.org", name="Old Name"), commit(None, 6, email="n@x.org", name="n")]
    mailmap = Mailmap("New Name <new@y.org> Old Name <old@y.org>\nNina <N@x.org>")
    found = {person.identity: (person.login, person.name)
             for person in people(commits, mailmap, frozenset(), known=commits)}
    assert found == {"login:ann": ("Ann", "Ann A"), "email:zed@x.org": (None, "Zed Z"),
                     "email:new@y.org": (None, "New Name"), "email:n@x.org": (None, "Nina")}


@pytest.mark.parametrize(("email", "login"), [
    ("12345+ann@users.noreply.github.com", "ann"),
    ("ann@users.noreply.github.com", "ann"),
    ("49699333+dependabot[bot]@users.noreply.github.com", "dependabot[bot]"),
    ("ann@users.noreply.ghe.example.org", "ann"),
    ("12345+ann_acme@users.noreply.github.com", "ann_acme"),      # of an enterprise with managed users
    ("ann@example.org", None),
    ("x@users.noreply.github.com.evil/../", None),
])
def test_a_no_reply_address_names_its_login(email: str, login: str | None) -> None:
    assert noreply_login(email) == login


def test_bots_are_known_by_name_by_address_and_by_configuration() -> None:
    assert names(commit(None, 1, email="1+ci[bot]@users.noreply.github.com", name="CI"),
                 commit(None, 2, email="x@x.org", name="github-actions[bot]"), commit("acme-ci", 3),
                 ignored=frozenset({"acme-ci"})) == {}


def test_half_of_2475_contributions_were_made_by_two() -> None:
    # The example of the CHAOSS definition.
    assert absence_factor(persons(1000, 202, 90, 33, 332, 343, 42, 433)) == 2


@given(st.lists(st.integers(1, 50), min_size=1, max_size=7))
def test_the_absence_factor_is_the_size_of_the_smallest_group_with_half(counts: list[int]) -> None:
    smallest = next(size for size in range(1, len(counts) + 1)
                    if any(2 * sum(group) >= sum(counts) for group in combinations(counts, size)))
    assert absence_factor(persons(*counts)) == smallest


def test_without_contributions_there_is_no_absence_factor() -> None:
    assert absence_factor([]) is None


def test_who_was_seen_before_returns_and_who_was_not_is_new() -> None:
    assert split_new(persons(1, 1, 1), frozenset({"login:p1"})) == {"new": 2, "returning": 1}
