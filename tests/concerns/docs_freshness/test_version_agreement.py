"""Which places agree on the version, by the rule in docs/metrics.md."""
from __future__ import annotations

import time

import pytest

from support.versions import told, wrong

CARGO = '[package]\nname = "widget"\nversion = "{}"\n'


def cargo(version: str, **files: str) -> dict[str, str]:
    return {"Cargo.toml": CARGO.format(version), **{name.replace("__", "."): text for name, text in files.items()}}


@pytest.mark.parametrize(("manifest", "tags", "agrees"), [
    ("1.4.0", ["v1.4.0"], True), ("1.5.0", ["v1.4.0"], True), ("1.5.0-dev", ["v1.4.0"], True),
    ("1.3.0", ["v1.4.0", "v1.3.0"], False), ("1.4.0", ["v1.5.0-rc.1", "v1.4.0"], True), ("1.4.0", [], True),
    ("0.0.0", ["v1.4.0"], True), ("1.4.0", ["v1", "v1.4", "nightly-2026-01-01"], True),
    ("1.4.0", ["other-9.0.0", "v1.4.0"], True), ("1.3.0", ["widget-v1.4.0"], False),
    ("1.3.0", ["Release-1.4.0"], False),
])
def test_a_manifest_is_never_behind_the_newest_tag_that_is_its_own(
    manifest: str, tags: list[str], agrees: bool,
) -> None:
    assert wrong(cargo(manifest), tags=tags) == ([] if agrees else [("Cargo.toml", 3, manifest, "1.4.0")])


@pytest.mark.parametrize(("manifest", "tags", "entries", "expected"), [
    ("1.4.0", ["v1.4.0"], ["[1.4.0] - 2026-01-01", "[1.3.0] - 2025-01-01"], None),
    ("1.4.0", ["v1.4.0"], ["[Unreleased]", "1.3.0"], "1.4.0"),
    ("1.5.0", ["v1.4.0"], ["v1.4.0 (2026-01-01)"], None),
    ("1.5.0", ["v1.4.0"], ["widget 1.5.0", "widget 1.4.0"], None),
    ("1.4.0", ["v1.4.0"], ["1.6.0", "1.4.0"], "1.4.0"),
    ("1.5.0", [], ["Version 1.4.0"], "1.5.0"),
    ("1.4.0", ["v1.4.0"], ["Version: 1.5.0 (unreleased)", "Version: 1.4.0 (2026-01-01)", "Version 1.3.0"], None),
    ("1.5.0", [], ["Unreleased", "1.4.0"], None),
    ("1.4.0", ["v1.4.0"], ["1.3.9 / 2026-02-01", "1.4.0 / 2026-01-01"], None),
    ("1.4.0", ["v1.4.0"], ["1.9.0 (unreleased)", "1.4.0"], None),
    ("1.4.0", ["v1.4.0"], ["Python 3.10 support", "1.2 migration guide"], None),
    ("1.4.0", ["v1.4.0"], ["[1.4.0] - 2026-01-01 [YANKED]", "2026-01-01"], None),
])
def test_a_changelog_has_the_newest_release_and_none_that_nobody_knows(
    manifest: str, tags: list[str], entries: list[str], expected: str | None,
) -> None:
    changelog = "# Changelog\n" + "".join(f"## {entry}\n" for entry in entries)
    found = wrong(cargo(manifest, CHANGELOG__md=changelog), tags=tags)
    assert [(file, expected) for file, _, _, expected in found] == (
        [] if expected is None else [("CHANGELOG.md", expected)])


@pytest.mark.parametrize(("above", "is_behind"), [
    ("This file is deprecated. For v1.4 and higher see https://x.org/releases", False),
    ("## 1.4.0 and newer\n\nSee GitHub Releases: https://x.org", False), ("All releases: https://x.org", True),
    ("## Unreleased\n\n- `a` is deprecated, see https://x.org", True), ("It needs Python 3.10 and newer.", True)])
def test_a_changelog_that_goes_on_elsewhere_is_not_behind(above: str, is_behind: bool) -> None:
    changelog = f"# Changelog\n\n{above}\n\n## 1.3.0\n\nNew and newer: see https://x.org\n"
    assert bool(wrong(cargo("1.4.0", CHANGELOG__md=changelog), tags=["v1.4.0"])) is is_behind


def test_a_changelog_without_a_format_is_read_by_its_lines() -> None:
    from repo_vitals.concerns.docs_freshness.versions.changelog import plain_headings

    assert plain_headings("NEWS\n====\n\n1.4.0 (2026-01-01)\n  - 9.9.9 is not out\n\nv1.3\n---\n") == [
        ("NEWS", 1), ("1.4.0 (2026-01-01)", 4), ("v1.3", 7)]


@pytest.mark.parametrize(("citation", "found"), [
    ("version: 1.4.0\n", []), ("version: '1.3.0'\n", [("CITATION.cff", 2, "1.3.0", "1.4.0")]),
    ("version: 1.4.0\ndate-released: 2026-01-01\n", []),
    ("version: 1.4.0\ndate-released: 2025-12-30\n", [("CITATION.cff", 3, "2025-12-30", "2026-01-01")]),
    ("references:\n  - version: 9.0.0\n", []), ("- version: 9.0.0\n", []),
])
def test_a_citation_names_the_release_and_the_day_of_it(citation: str, found: list[object]) -> None:
    files = cargo("1.4.0", CHANGELOG__md="## 1.4.0 (2026-01-01)\n", CITATION__cff=f"cff-version: 1.2.0\n{citation}")
    assert wrong(files, tags=["v1.4.0"]) == found


def test_a_version_of_two_numbers_stays_text_in_a_citation() -> None:
    assert wrong(cargo("1.10.0", CITATION__cff="version: 1.10\n"), tags=["v1.10.0"]) == []


@pytest.mark.parametrize("nest", ["[" * 150_000, "- " * 90_000])
def test_a_citation_of_a_stranger_takes_no_longer_than_one_of_a_friend(nest: str) -> None:
    began = time.process_time()
    told(cargo("1.4.0", CITATION__cff=f"version: 1.3.0\nx:\n {nest}"))
    assert time.process_time() - began < 1.5


def test_packages_of_one_repository_have_tags_of_their_own() -> None:
    files = {"Cargo.toml": '[workspace]\nmembers = ["a", "b", "c"]\n',
             "a/Cargo.toml": '[package]\nname = "widget-a"\nversion = "1.0.0"\n',
             "b/Cargo.toml": '[package]\nname = "widget_b"\nversion = "2.0.0"\n',
             "c/Cargo.toml": '[package]\nname = "c"\nversion = "0.1.0"\n'}
    tags = ["widget-a-v1.1.0", "widget-b@2.0.0", "v5.0.0"]
    assert wrong(files, tags=tags) == [("a/Cargo.toml", 3, "1.0.0", "1.1.0")]


@pytest.mark.parametrize(("version", "tags", "newest", "found"), [
    ("1.4.0", ["v1.4.0", "2025.01.01"], "v1.4.0", []), ("1.4.0", ["v1.5.0", "20250101.1"], "v1.5.0", ["1.4.0"]),
    ("2025.1.1", ["v1.4.0", "2025.01.01"], "2025.01.01", []), ("1.4.0", ["2025.01.01"], "2025.01.01", ["1.4.0"]),
    ("2024.6.1", ["v1.4.0", "2025.01.01"], "2025.01.01", ["2024.6.1"])])
def test_a_date_among_other_tags_is_no_release_of_a_manifest_that_states_none(
    version: str, tags: list[str], newest: str, found: list[str],
) -> None:
    files = cargo(version)
    assert [one.found for one in told(files, tags=tags) if one.source == "tag"] == [newest]
    assert [one[2] for one in wrong(files, tags=tags)] == found


def test_manifests_of_one_name_at_the_top_have_one_version() -> None:
    files = cargo("1.5.0", pyproject__toml='[project]\nname = "widget"\nversion = "1.4.0"\n')
    assert wrong(files, tags=["v1.4.0"]) == [("pyproject.toml", 3, "1.4.0", "1.5.0")]


def test_packages_of_other_names_at_the_top_may_have_versions_of_their_own() -> None:
    files = cargo("1.4.0", package__json='{"name": "@acme/binding", "version": "0.5.0"}',
                  README__md="`npm i @acme/binding@0.5.0`\n")
    assert wrong(files, tags=["v1.4.0"]) == []


@pytest.mark.parametrize(("tags", "used", "agrees"), [
    (["v1.4.0", "v1"], "v1", True), (["v2.0.0", "v1.4.0", "v1", "v2"], "v1", False), (["v1", "v2"], "v2", True),
    (["v1", "v2"], "v1", False), (["v2"], "v2.0.0", True), (["v3.0.0-rc.1", "v2.0.0"], "v3", True)])
def test_an_action_is_used_at_a_tag_that_is_there(tags: list[str], used: str, agrees: bool) -> None:
    files = cargo("9.0.0", README__md=f"```yaml\n- uses: acme/widget@{used}\n```\n")
    assert [one.agrees for one in told(files, tags=tags) if one.source == "snippet"] == [agrees]


def test_before_the_first_tag_nothing_is_said_of_an_action() -> None:
    assert wrong(cargo("0.1.0", README__md="```yaml\n- uses: acme/widget@v1\n```\n"), tags=[]) == []


def test_the_newest_tag_stands_in_no_file_and_is_told() -> None:
    [tag] = [one for one in told(cargo("1.4.0"), tags=["v1.4.0", "v1.3.9"]) if one.source == "tag"]
    assert (tag.file, tag.found, tag.agrees, tag.expected) == ("", "v1.4.0", True, "1.4.0")


def test_a_repository_without_packages_and_tags_states_nothing() -> None:
    assert told({"README.md": "`pip install widget==1.0`\n"}) == []
