"""What documents say at their head of the version that they tell of."""
from __future__ import annotations

import time

import pytest

from support.versions import told, wrong

CARGO = '[package]\nname = "widget"\nversion = "0.2.0"\n'
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0]\n\n## [0.1.4]\n\n## [0.1.0]\n\n## [0.0.9]\n"
FILES = {"Cargo.toml": CARGO, "CHANGELOG.md": CHANGELOG}


def found(text: str, path: str = "docs/GUIDE.md", tags: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    return [(line, version) for file, line, version, expected in wrong({**FILES, path: text}, tags=tags)
            if (file, expected) == (path, "0.2.0")]


@pytest.mark.parametrize("line", [
    "**Version**: 0.1.0", "**Version:** 0.1.0  ", "Version: v0.1.0", "> Version: 0.1.0", "| Version | 0.1.0 |",
    "*Version: 0.1.0 (August 2025)*", "Version: 0.1.0 | Updated: 2025-08-18", "- Plugin version: 0.1.0",
    ":Version: 0.1.0", "<!-- version: 0.1.0 -->", "VERSION: 0.1.0", "**Version**: 0.1.0 \u2013 August 2025"])
def test_a_version_that_was_the_projects_is_stale_at_the_head_of_a_document(line: str) -> None:
    [(number, version)] = found(f"# Guide\n\n{line}\n**Last Updated**: August 18, 2025\n\n## Use\n")
    assert (number, version.lstrip("v")) == (3, "0.1.0")


@pytest.mark.parametrize("line", [
    "**Version**: 1.0", "**Version**: 0.1", "Version: 7.3.1", "Version: 0.3.0", "Version: 0.2.0",
    "Version: 0.1.0 or later",
    "Version: 0.1.0 and above", "Document version: 0.1.0", "Rust version: 0.1.0", "Version 0.1.0 brought colours",
    "Version: 0.1.0 to 0.1.4", "Version:", "The version: 0.1.0", "Version: 0.1.x", "Version: 0.1.0.post",
    "Since version: 0.1.0"])
def test_a_documents_own_revision_and_what_was_never_the_projects_is_none_of_it(line: str) -> None:
    assert found(f"# Guide\n\n{line}\n\n## Use\n") == []


def test_a_version_below_the_head_is_about_something_that_stands_there() -> None:
    assert found("# Guide\n\n## Widgets\n\nVersion: 0.1.0\n") == []
    assert found("# Guide\n\n" + "Words.\n" * 40 + "Version: 0.1.0\n") == []


@pytest.mark.parametrize("line", ["### Current Version: v0.1.0", "**Current version:** 0.1.0", "Latest release: 0.1.0"])
def test_what_is_said_to_be_current_has_to_be_wherever_it_stands(line: str) -> None:
    text = f"# Guide\n\n## Version migration\n\n{line}\n"
    assert [number for number, _ in found(text)] == [5]
    assert found(text.replace("0.1.0", "0.2.0")) == []


def test_the_first_numbers_of_the_version_agree_with_it() -> None:
    files = {"Cargo.toml": CARGO.replace("0.2.0", "1.4.2"), "CHANGELOG.md": "# Changes\n## 1.4.2\n## 1.4.0\n## 1.3.0\n"}
    for stated, agrees in (("1.4", True), ("v1", True), ("1.3", False), ("1.4.0", False)):
        assert wrong({**files, "a.md": f"# A\n\nCurrent version: {stated}\n"}) == (
            [] if agrees else [("a.md", 3, stated, "1.4.2")])


def test_code_is_an_example() -> None:
    assert found("# Guide\n\n```text\nVersion: 0.1.0\nCurrent version: 0.1.0\n```\n\n## Use\n") == []


@pytest.mark.parametrize(("path", "is_held"), [
    ("docs/MIGRATION_GUIDE.md", True), ("docs/security/audit-report.md", True), ("README.md", True),
    ("docs/adr/0001-use-widgets.md", False), ("docs/release-notes/0.1.0.md", False), ("blog/first.md", False),
    ("docs/v0.1.0/guide.md", False)])
def test_what_stays_with_its_version_need_not_keep_up(path: str, is_held: bool) -> None:
    assert bool(found("# Guide\n\n**Version**: 0.1.0\n", path)) is is_held


def test_tags_know_what_was_the_projects_as_well() -> None:
    files = {"Cargo.toml": CARGO, "docs/GUIDE.md": "# Guide\n\n**Version**: 0.1.0\n"}
    assert wrong(files) == []
    assert wrong(files, tags=["v0.2.0", "other-0.1.0"]) == []
    for tag in ("v0.1.0", "widget-0.1.0"):
        assert wrong(files, tags=["v0.2.0", "widget-0.2.0", tag]) == [("docs/GUIDE.md", 3, "0.1.0", "0.2.0")]


def test_a_head_that_agrees_is_counted_among_what_was_compared() -> None:
    every = told({**FILES, "docs/GUIDE.md": "# Guide\n\n**Version**: 0.2.0\n"})
    assert [(one.file, one.agrees) for one in every if one.source == "head"] == [("docs/GUIDE.md", True)]


def test_without_a_version_of_the_whole_nothing_is_held_to_any() -> None:
    assert told({"CHANGELOG.md": CHANGELOG, "docs/GUIDE.md": "# Guide\n\n**Version**: 0.1.0\n"})[1:] == []


def test_what_an_announcement_will_say_is_an_example() -> None:
    text = "# Releasing\n\n## Announcement template\n\n```bash\ncargo install widget@1.2.0\n```\n\n## Yanking\n\n"
    assert found(text) == []
    assert found(text + "`cargo install widget@1.2.0`\n") == [(11, "1.2.0")]


@pytest.mark.parametrize("piece", ["*", "version: ", " ", "|", "version: 1.", "current version: 1.2.3 - ", "`<!--"])
def test_lines_made_to_be_slow_are_not(piece: str) -> None:
    began = time.process_time()
    found("# x\n\n" + (piece * (299 // len(piece)) + "\n") * 5_000)
    found("# x\n\nversion: 1.2.3 " + piece * 200_000)
    assert time.process_time() - began < 5
