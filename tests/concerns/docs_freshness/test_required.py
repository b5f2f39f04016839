"""Files and sections that a repository ought to have."""
from __future__ import annotations

import pytest

from repo_vitals.concerns.docs_freshness.facts import Heading
from repo_vitals.concerns.docs_freshness.required import (
    DEFAULT,
    Elsewhere,
    Section,
    check,
    required,
    sections,
    stood_in,
    untold,
)


def found(*paths: str, wanted: tuple[str, ...] = DEFAULT, elsewhere: Elsewhere | None = None) -> dict[str, str | None]:
    said = check(frozenset(paths), wanted, (), elsewhere=elsewhere, headings_of=lambda _: None)
    return {one.what: one.path for one in said if one.is_there}


@pytest.mark.parametrize(("name", "path"), [
    ("README", "readme.rst"), ("README", "docs/README.md"), ("README", ".github/README.md"), ("LICENSE", "COPYING"),
    ("LICENSE", "LICENSE-MIT"), ("LICENSE", "LICENSES/MIT.txt"), ("LICENSE", "Licence.md"),
    ("SECURITY", ".github/SECURITY.md"), ("CHANGELOG", "HISTORY.rst"), ("CHANGELOG", "CHANGES"),
    ("CONTRIBUTING", "docs/contributing.md"), ("CODE_OF_CONDUCT", "CODE-OF-CONDUCT.md"),
])
def test_a_file_is_found_where_github_looks_for_it_whatever_its_case(name: str, path: str) -> None:
    assert found(path) == {name: path}


@pytest.mark.parametrize("path", [
    "src/README.md", "docs/LICENSE", "LICENSE_HEADER", "README.png", "SECURITY.py", "license_check.py", "READMEs.md"])
def test_a_file_elsewhere_or_of_another_kind_is_none(path: str) -> None:
    assert found(path) == {}


def test_the_place_that_github_takes_first_is_the_one() -> None:
    assert found("docs/SECURITY.md", "SECURITY.md", ".github/SECURITY.md") == {"SECURITY": ".github/SECURITY.md"}


def test_what_the_organisation_has_for_all_its_repositories_is_there_without_a_path() -> None:
    assert found(elsewhere=Elsewhere(names=frozenset({"SECURITY"}))) == {"SECURITY": None}


def test_only_support_and_governance_that_are_required_and_missing_are_worth_a_look_at_the_owners_files() -> None:
    said = check(frozenset({"SUPPORT.md"}), ("SUPPORT", "GOVERNANCE", "SECURITY"), (), elsewhere=None,
                 headings_of=lambda _: None)
    assert untold(said, "acme/widget") == ("GOVERNANCE",)
    # There the checkout has all that there is to look at.
    assert untold(said, "acme/.GitHub") == ()


def test_the_owners_files_stand_in_for_those_asked_for_and_no_others() -> None:
    said = check(frozenset(), ("SUPPORT", "GOVERNANCE", "CHANGELOG"), (), elsewhere=None, headings_of=lambda _: None)
    shared = frozenset({"docs/support.rst", "GOVERNANCE.png", "CHANGELOG.md"})
    assert [(one.what, one.path, one.is_there) for one in stood_in(said, ("SUPPORT", "GOVERNANCE"), shared)] == [
        ("SUPPORT", None, True), ("GOVERNANCE", None, False), ("CHANGELOG", None, False)]


def test_paths_and_patterns_of_ones_own_can_be_asked_for() -> None:
    assert found("docs/install.md", "ADR/0001.md", wanted=("docs/install.md", "adr/*.md", "ADR/*.md", "x.md")) == {
        "docs/install.md": "docs/install.md", "ADR/*.md": "ADR/0001.md"}


@pytest.mark.parametrize(("headings", "is_there"), [
    (["Installation"], True), (["\U0001f680 installation & usage"], True), (["1. Quick start"], True),
    (["Installations"], False), (["Installing"], False), ([], False)])
def test_a_section_is_there_where_a_heading_holds_its_words(headings: list[str], is_there: bool) -> None:
    section = Section(file="README", words=("Installation", "Quick Start"))
    [said] = check(frozenset({"README.md"}), (), (section,), elsewhere=None, headings_of=lambda path: [
        Heading(text=text, level=2, line=1, anchor="") for text in headings] if path == "README.md" else None)
    assert (said.what, said.path, said.is_there) == ("README: Installation | Quick Start", "README.md", is_there)


def test_sections_are_lines() -> None:
    assert sections().parse("readme: Usage, Install | Setup\n\ndocs/a.md: Options") == (
        Section(file="README", words=("Usage",)), Section(file="README", words=("Install", "Setup")),
        Section(file="docs/a.md", words=("Options",)))


@pytest.mark.parametrize("line", ["README", ": Usage", "README: ,", "../x.md: Usage"])
def test_a_section_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"README: Installation|with \.\."):
        sections().parse(line)


def test_the_word_none_asks_for_nothing_and_names_are_known_in_any_case() -> None:
    assert required().parse("none") == ()
    assert required().parse("readme, code-of-conduct, docs/a.md") == ("README", "CODE_OF_CONDUCT", "docs/a.md")
