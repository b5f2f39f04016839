"""What kind of update a bot's pull request is, in all the forms in which the bots write them."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.dependency_health.facts import KINDS, Change
from repo_vitals.concerns.dependency_health.reading import severities
from repo_vitals.concerns.dependency_health.update_words import step
from repo_vitals.concerns.dependency_health.updates import classify, severity_of, worst
from repo_vitals.errors import CouldNotMeasure
from support.dependencies import DEPENDABOT_MESSAGE, RENOVATE_BODY, renovate_row
from support.hostile import text as hostile_text


def kind(title: str = "", *, branch: str = "", labels: tuple[str, ...] = (), message: str = "", body: str = "",
         has_alert: bool = False) -> str:
    return classify(title=title, branch=branch, labels=labels, message=message, body=body, has_alert=has_alert)[0]


# -- titles ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("title", "expected"), [
    ("Bump lodash from 4.17.19 to 4.17.21", "patch"),
    ("build(deps): bump serde from 1.0.1 to 1.1.0 in /crates/a", "minor"),
    ("Bump actions/checkout from 3 to 4", "major"),
    ("chore(deps-dev): bump @types/node from 20.1.0 to 22.0.0", "major"),
    ("Update rand requirement from 0.7 to 0.8", "minor"),
    ("Update requests requirement from >=2.30,<3 to >=2.31,<3 in /docs", "minor"),
    ("Bump some/image from 3.8-alpine to 3.9-alpine", "minor"),
    ("Bump actions/cache from 8f4b7f8 to a1b2c3d", "other"),
    ("Bump a from 1.2.3 to 1.2.3", "patch"),
    ("Update dependency vite to v6", "major"),
    ("chore(deps): update dependency vite to v6.1.2", "unknown"),
    ("Update actions/setup-node action to v5", "major"),
    ("Update Rust crate serde to 1.0.200", "unknown"),
    ("Update all non-major dependencies", "unknown"),
    ("fix(deps): update rust monorepo (major)", "major"),
    ("Update eslint packages (patch)", "patch"),
    ("Lock file maintenance", "other"),
    ("chore(deps): pin dependencies", "other"),
    ("Update node:20 Docker digest to 1234abc", "other"),
    ("Replace dependency moment with dayjs", "other"),
    ("Configure Renovate", "other"),
    ("Tidy up", "unknown"),
    ("", "unknown"),
])
def test_a_title_alone_tells_the_kind_where_it_names_both_versions_or_says_it(title: str, expected: str) -> None:
    assert kind(title) == expected


@pytest.mark.parametrize(("before", "after", "expected"), [
    ("1.2.3", "2.0.0", "major"), ("1.2.3", "1.3.0", "minor"), ("1.2.3", "1.2.4", "patch"), ("0.1.0", "0.2.0", "minor"),
    ("^16.2.1", "^16.3.5", "minor"), ("v4", "v5", "major"), ("1", "1.0.1", "patch"), ("1.2", "1.2.0.1", "patch"),
    ("1.2.3-rc.1", "1.2.3", "patch"), ("2.0.0", "1.9.0", "major"), ("latest", "1.0", "unknown"), ("", "1.0", "unknown"),
    ("abcdef1", "bcdef12", "other"), ("sha256:" + "a1" * 32, "sha256:" + "b2" * 32, "other"),
    ("20240101", "20240201", "major"), ("9" * 40, "1", "major"),
])
def test_the_first_number_that_differs_is_the_kind(before: str, after: str, expected: str) -> None:
    assert step(before, after) == expected


# -- Dependabot --------------------------------------------------------------------------------------------------

def test_dependabots_block_in_the_commit_message_comes_before_the_title() -> None:
    message = DEPENDABOT_MESSAGE.format(name="a", before="1.0.0", after="1.0.1", step="major")
    assert classify(title="Bump a from 1.0.0 to 1.0.1", branch="", labels=(), message=message, body="",
                    has_alert=False) == ("major", "commit message", (Change(name="a", before="1.0.0", after="1.0.1"),))


GROUP = """\
Bump the all group with 3 updates

Bumps the all group with 3 updates: [a](https://example.org/a), [b](https://example.org/b) and [c](https://e.org/c).

Updates `a` from 1.0.0 to 1.0.1
- [Release notes](https://example.org/a)

Updates `b` from 1.0.0 to 1.2.0

Updates `c` from 3.0.0 to 3.0.1
---
updated-dependencies:
- dependency-name: a
  dependency-version: 1.0.1
  dependency-type: direct:production
  update-type: version-update:semver-patch
  dependency-group: all
- dependency-name: b
  dependency-type: direct:development
  dependency-group: all
- dependency-name: c
  dependency-type: indirect
...

Signed-off-by: dependabot[bot] <support@github.com>
"""


def test_a_group_is_what_its_gravest_change_is_and_what_the_block_leaves_out_is_reckoned() -> None:
    found = classify(title="Bump the all group with 3 updates", branch="", labels=(), message=GROUP, body="",
                     has_alert=False)
    assert found == ("minor", "commit message", (
        Change(name="a", before="1.0.0", after="1.0.1"), Change(name="b", before="1.0.0", after="1.2.0"),
        Change(name="c", before="3.0.0", after="3.0.1")))


def test_a_group_without_a_block_is_read_from_the_list_in_its_body() -> None:
    body = "Bumps the all group.\r\n\r\nUpdates `a` from 1.0.0 to 1.0.1\r\nUpdates `b` from 1.0.0 to 2.0.0\r\n"
    assert kind("Bump the all group with 2 updates", body=body) == "major"


def test_only_the_first_block_counts_and_an_unfinished_one_does_not() -> None:
    block = "---\nupdated-dependencies:\n- dependency-name: {}\n  update-type: version-update:semver-{}\n...\n"
    assert kind(message=block.format("a", "patch") + "\n" + block.format("b", "major")) == "patch"
    assert kind("Bump a from 1.0.0 to 1.1.0", message=block.format("a", "major").replace("...", "")) == "minor"


# -- Renovate ----------------------------------------------------------------------------------------------------

def body_of(*rows: str) -> str:
    return RENOVATE_BODY.format(rows="\n".join(rows))


@pytest.mark.parametrize(("update", "expected"), [
    ("major", "major"), ("minor", "minor"), ("patch", "patch"), ("pin", "other"), ("digest", "other"),
    ("pinDigest", "other"), ("lockFileMaintenance", "other"), ("replacement", "other"), ("bump", "patch"),
    ("", "minor"), ("something new", "minor"),
])
def test_renovates_table_says_the_kind_and_else_the_versions_do(update: str, expected: str) -> None:
    assert kind("Update dependency a", body=body_of(renovate_row("a", update, "^1.0.0", "^1.1.0"))) == expected


def test_the_gravest_row_counts_and_tables_of_release_notes_do_not() -> None:
    body = body_of(renovate_row("a", "patch", "1.0.0", "1.0.1"), renovate_row("@b/c", "minor", "1.0.0", "1.1.0"))
    assert classify(title="Update all", branch="", labels=(), message="", body=body, has_alert=False) == (
        "minor", "table in the body", (Change(name="a", before="1.0.0", after="1.0.1"),
                                       Change(name="@b/c", before="1.0.0", after="1.1.0")))


def test_the_table_without_a_column_for_the_update_is_read_from_its_versions() -> None:
    body = ("This PR contains the following updates:\n\n| Package | Change | Age |\n|---|---|---|\n"
            "| [a](https://x) ([source](https://y)) | [`^16.2.1` -> `^17.0.0`](https://diffs) | ![age](https://z) |\n")
    assert kind("Update a", body=body) == "major"


def test_a_group_in_which_some_versions_cant_be_told_says_so() -> None:
    body = body_of(renovate_row("a", "patch", "1.0.0", "1.0.1"), "| b | dependencies |  | see below |")
    found, why, _ = classify(title="", branch="", labels=(), message="", body=body, has_alert=False)
    assert (found, why) == ("patch", "table in the body; the versions of some packages can't be told")


# -- security ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    "marked",
    [
        {"has_alert": True},
        {"title": "Update dependency a to v1.0.1 [SECURITY]"},
        {"title": "[Security] Bump a from 1 to 2"},
        {"branch": "renovate/npm-a-vulnerability"},
        {"labels": ("deps", "Security")},
        {"labels": ("type: security fix",)},
        {"labels": ("Type: Security",)},
        {"labels": ("type/security",)},
        {"labels": ("kind/security",)},
        {"labels": ("area:security",)},
        {"labels": ("security update",)},
        {"labels": ("security-updates",)},
        {"labels": (":lock: security",)},
        {"labels": ("\U0001f512 security",)},
        {"body": "Bumps [a](https://example.org/a).\n<details>\n<summary>Vulnerabilities fixed</summary>\n<summary>x"},
        {"body": "<details>\n<summary>Vulnerabilities fixed</summary>\n"},
    ],
)
def test_a_security_update_is_one_whatever_the_version_does(marked: dict[str, Any]) -> None:
    assert kind(**{"title": "Bump a from 1.0.0 to 2.0.0", **marked}) == "security"


@pytest.mark.parametrize(
    "words",
    [
        {"title": "Bump security-tool from 1.0.0 to 1.0.1"},
        {"labels": ("insecurity",)},
        {"labels": ("no-security-impact",)},
        {"labels": ("not security",)},
        {"labels": ("security: none",)},
        {"labels": ("security-reviewed",)},
        {"body": "<details>\n<summary>Release notes</summary>\n<summary>Vulnerabilities fixed</summary>\n"},
        {"body": "### Release Notes\n\n<summary>Vulnerabilities fixed</summary>\n"},
        {"body": "<SUMMARY >Commits</summary>\n<summary>Vulnerabilities fixed</summary>\n"},
        {"branch": "renovate/vulnerability-x"},
    ],
)
def test_a_package_that_is_named_after_security_is_no_security_update(words: dict[str, Any]) -> None:
    assert kind(**{"title": "Bump a from 1.0.0 to 1.0.1", **words}) == "patch"


def test_the_severity_is_that_of_the_linked_alert_then_of_the_packages_then_unknown() -> None:
    changes = (Change(name="Lodash"), Change(name="vite"))
    assert severity_of(1, changes, {1: "low"}, {"lodash": "critical"}) == "low"
    assert severity_of(2, changes, {1: "low"}, {"lodash": "medium", "vite": "high"}) == "high"
    assert severity_of(2, changes, {}, {"other": "high"}) is None
    assert worst([]) is None


def alert(severity: str, package: str, number: int | None = None) -> dict[str, Any]:
    return {"securityVulnerability": {"severity": severity, "package": {"name": package}},
            "dependabotUpdate": None if number is None else {"pullRequest": {"number": number}}}


def test_of_several_alerts_the_gravest_counts_and_moderate_is_medium() -> None:
    nodes = [alert("MODERATE", "A", 1), alert("HIGH", "a"), alert("LOW", "b", 1), {"securityVulnerability": None},
             alert("NEW WORD", "c")]
    assert severities(nodes) == ({1: "medium"}, {"a": "high", "b": "low"})
    with pytest.raises(CouldNotMeasure):
        severities([{"securityVulnerability": {"severity": "HIGH"}}])


# -- hostile -----------------------------------------------------------------------------------------------------

@given(hostile_text, hostile_text, st.lists(hostile_text, max_size=2), hostile_text, hostile_text, st.booleans())
def test_any_text_at_all_has_a_kind(title: str, branch: str, labels: list[str], message: str, body: str,
                                    has_alert: bool) -> None:
    found, why, _ = classify(title=title, branch=branch, labels=labels, message=message, body=body, has_alert=has_alert)
    assert found in KINDS
    assert why.isascii()


@pytest.mark.parametrize(
    "part",
    [
        "| a ",
        "Updates `a` from ",
        "Update a to ",
        "`->`",
        "[a](",
        "---\nupdated-dependencies:\n",
        "bump a from ",
        "Bumps [",
        "update dependency a ",
    ],
)
def test_texts_that_are_made_to_be_slow_are_not(part: str) -> None:
    long = part * (200_000 // len(part))
    assert kind(long, branch=long, message=long, body=long) in KINDS
