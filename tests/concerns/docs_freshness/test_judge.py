"""Figures against limits, and what a person is told."""
from __future__ import annotations

from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.docs_freshness.allowing import _fits
from repo_vitals.concerns.docs_freshness.definitions import METRICS
from repo_vitals.concerns.docs_freshness.facts import Age, Document, Required
from repo_vitals.report.model import check_names
from repo_vitals.report.status import overall
from support.documented import NOW, changed, cited, facts, judged, link, site, unknown, values, version

if TYPE_CHECKING:
    from repo_vitals.report.model import Judgement


def status(judgement: Judgement) -> str:
    return overall(judgement.metrics, judgement.findings)


def rules(judgement: Judgement) -> list[str]:
    return [finding.rule for finding in judgement.findings]


def test_a_fresh_document_without_faults_passes() -> None:
    judgement = judged()
    assert (status(judgement), rules(judgement)) == ("pass", [])
    assert judgement.summary == "0 of 1 document stale, the oldest 24 h old, 0 of 0 links broken"


def test_every_figure_is_as_its_definition_says() -> None:
    check_names(judged(facts(links=[link()], sites=[site()])).metrics, {metric.name: metric for metric in METRICS})


def test_without_a_document_nothing_is_known() -> None:
    judgement = judged(facts({}, no_documents="the working folder is no git checkout"))
    assert status(judgement) == "unknown"
    assert judgement.summary == "documents unknown: the working folder is no git checkout"
    assert set(values(judgement).values()) == {None}


@pytest.mark.parametrize(("age", "of_class", "expected"), [
    (changed(90), "other", "pass"), (changed(90.1), "other", "warn"), (changed(31), "user", "warn"),
    (changed(31), "security", "pass"), (changed(364), "process", "pass"),
    (Age(changed=changed(400).changed, reviewed=date(2026, 1, 1)), "other", "pass"),
    (Age(changed=changed(1).changed, next_review=date(2026, 1, 20)), "other", "warn"),
])
def test_a_document_is_stale_when_its_classes_window_is_over(age: Age, of_class: Any, expected: str) -> None:
    judgement = judged(facts({"docs/a.md": age}, classes={"docs/a.md": of_class}))
    assert status(judgement) == expected
    assert ("document-stale" in rules(judgement)) == (expected == "warn")


def test_staleness_fails_where_that_is_asked_for() -> None:
    assert status(judged(facts({"docs/a.md": changed(100)}), stale="fail")) == "fail"


def test_an_age_that_is_not_known_is_never_a_pass_and_hides_no_other() -> None:
    judgement = judged(facts({"docs/a.md": unknown(), "docs/b.md": changed(100)}))
    assert (status(judgement), rules(judgement)) == ("unknown", ["document-stale"])
    assert (values(judgement)["docs_stale"], values(judgement)["docs_age_seconds 0.5"]) == (None, None)
    assert "the age of 1 document is unknown: the checkout is shallow" in judgement.notes


def test_the_oldest_is_named_only_where_all_ages_are_known() -> None:
    long_ago = Age(changed=None, why_unknown="the checkout is shallow", unchanged_since=NOW - timedelta(days=400))
    judgement = judged(facts({"docs/a.md": long_ago, "docs/b.md": changed(1)}))
    assert judgement.summary == "1 of 2 documents stale, 0 of 0 links broken"


def test_a_document_that_is_due_at_each_release_is_of_unknown_age_where_no_release_is_known() -> None:
    age = Age(changed=changed(1).changed, why_unknown="the repository's tags are not known")
    judgement = judged(facts({"docs/api/a.md": age}, classes={"docs/api/a.md": "api"}))
    assert (status(judgement), values(judgement)["docs_stale"]) == ("unknown", None)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=9))
def test_ages_are_summed_up_as_quantiles(days: list[float]) -> None:
    held = {f"docs/{number}.md": changed(age) for number, age in enumerate(days)}
    found = values(judged(facts(held)))["docs_age_seconds 0.5"]
    assert found == pytest.approx(86400 * median(days), abs=1)


def test_what_a_document_cites_and_that_vanished_makes_it_stale() -> None:
    judgement = judged(facts(citations=[cited()]))
    assert (status(judgement), values(judgement)["docs_stale"]) == ("warn", 1)
    stale, citation = judgement.findings
    assert stale.rule == "document-stale"
    assert stale.detail == "1 thing that it cites vanished since it named it. Class: other."
    assert citation.title.endswith(", which vanished since it was cited")
    assert (citation.rule, citation.file, citation.line, citation.severity) == (
        "citation-vanished", "docs/a.md", 7, "low")


def test_a_broken_internal_link_fails_at_its_line() -> None:
    judgement = judged(facts(links=[link(suggestion="docs/b.md"), link("x.md", state="ok")]))
    assert (status(judgement), values(judgement)["links broken"], values(judgement)["links ok"]) == ("fail", 1, 1)
    [finding] = judgement.findings
    assert (finding.file, finding.line, finding.severity, finding.title, finding.detail) == (
        "docs/a.md", 3, "high", "docs/a.md links to gone.md, which is not there", "Perhaps docs/b.md is meant.")


@pytest.mark.parametrize(("breach", "expected"), [("warn", "warn"), ("fail", "fail")])
def test_a_broken_external_link_counts_as_the_user_says(breach: str, expected: str) -> None:
    gone = link("https://gone.example/", external=True, failures=3, reason="it answered 404")
    known = facts(links=[gone, link("a.md", state="ok")])
    judgement = judged(known, links="all", external_links=breach)
    assert (status(judgement), [one.title for one in judgement.findings]) == (
        expected, ["docs/a.md links to https://gone.example/: it answered 404"])


def test_unverified_links_break_nothing_but_none_verified_is_said() -> None:
    unsure = link("https://x.example/", state="unverified", external=True)
    assert status(judged(facts(links=[unsure, link("https://y.example/", state="ok", external=True)]),
                         links="all")) == "pass"
    assert rules(judged(facts(links=[unsure]), links="all")) == ["external-links-not-checked"]
    assert rules(judged(facts(links=[unsure], asked=1), links="all")) == []


def test_links_that_nobody_checked_are_no_figure() -> None:
    judgement = judged(facts(), links="none")
    assert (values(judgement)["links broken"], status(judgement)) == (None, "pass")


@pytest.mark.parametrize(("mentions", "value", "expected"), [
    ([version(), version(source="tag", file="", line=0)], 0, "pass"),
    ([version(agrees=False)], 1, "warn"), ([version(source="tag", file="")], None, "pass"), ([], None, "pass")])
def test_versions_that_do_not_agree_are_counted(mentions: list[Any], value: float | None, expected: str) -> None:
    judgement = judged(facts(versions=mentions))
    assert (values(judgement)["version_mismatches"], status(judgement)) == (value, expected)
    assert ("versions agree" in judgement.summary) is (value == 0)


def test_a_version_mismatch_stands_at_its_line() -> None:
    [finding] = judged(facts(versions=[version(agrees=False)]), version_mismatches="fail").findings
    assert (finding.severity, finding.file, finding.line, finding.title) == (
        "high", "README.md", 3, "README.md states 1.3.0 of widget, where 1.4.0 is expected")


@pytest.mark.parametrize(("state", "value", "expected"), [
    ("ok", 0, "pass"), ("building", 0, "pass"), ("unreachable", 1, "warn"), ("build failed", 1, "warn"),
    ("outdated", 1, "warn"), ("unknown", None, "unknown")])
def test_hosted_documentation_has_to_be_of_the_newest_release(state: str, value: float | None, expected: str) -> None:
    judgement = judged(facts(sites=[site(state)]))
    assert (values(judgement)["sites_unreachable"], status(judgement)) == (value, expected)
    assert judgement.summary.endswith(f", {value or 0} of 1 site down or behind" + ", 1 unknown" * (value is None))


def test_a_site_that_is_down_is_not_hidden_by_one_that_can_not_be_asked() -> None:
    judgement = judged(facts(sites=[site("unreachable"), site("unknown", name="Read the Docs")]), sites="fail")
    assert status(judgement) == "fail"


def test_missing_files_and_sections_warn() -> None:
    wanted = [Required(what="SECURITY", path=None, is_there=False), Required(what="README", path="README.md",
                                                                             is_there=True),
              Required(what="README: Usage | Use", path="README.md", is_there=False)]
    judgement = judged(facts(required=wanted))
    assert (status(judgement), [finding.title for finding in judgement.findings]) == (
        "warn", ["There is no SECURITY", "README.md has no heading Usage | Use"])


def test_a_document_that_can_not_be_read_is_said() -> None:
    [finding] = judged(facts(unread={"docs/b.md": "is binary"})).findings
    assert (finding.rule, finding.file, finding.title) == ("document-unreadable", "docs/b.md", "docs/b.md is binary")


def test_a_github_that_did_not_answer_leaves_the_run_unfinished() -> None:
    judgement = judged(facts(unavailable="tags could not be read: 502", missing=("the repository's tags",)))
    assert judgement.unavailable == "tags could not be read: 502"
    assert judgement.data["complete"] == ["the repository's tags"]


@pytest.mark.parametrize("allowed", [{"link": "gone.md"}, {"link": "go*.md", "path": "docs/*.md"}, {"link": "*"}])
def test_an_allowed_link_is_excluded_with_its_reason(allowed: dict[str, Any]) -> None:
    judgement = judged(facts(links=[link()]), allow=[allowed])
    assert (status(judgement), rules(judgement), values(judgement)["links excluded"]) == ("pass", [], 1)
    assert judgement.data["links"][0]["reason"] == "is allowed: known"


def test_an_allowed_document_may_be_stale_and_name_old_versions_but_not_link_to_nothing() -> None:
    known = facts({"docs/old.md": changed(1000)}, citations=[cited("docs/old.md")], links=[link(file="docs/old.md")],
                  versions=[version(agrees=False, file="docs/old.md")])
    judgement = judged(known, allow=[{"document": "docs/o*.md"}])
    assert rules(judgement) == ["link-broken"]
    assert (values(judgement)["docs_stale"], values(judgement)["version_mismatches"]) == (0, 0)
    assert [table["state"] for table in judgement.data["allow"]] == ["used"]


def test_an_expired_entry_fails_and_what_it_allowed_counts_again() -> None:
    judgement = judged(facts(links=[link()]), allow=[{"link": "gone.md", "expires": "2026-01-30"}])
    assert rules(judgement) == ["link-broken", "allow-expired"]
    assert status(judged(allow=[{"document": "docs/a.md", "expires": "2026-01-30"}])) == "fail"


@pytest.mark.parametrize(("allowed", "more", "expected"), [
    ({"link": "gone.md"}, {}, ["allow-unused"]), ({"document": "docs/x.md"}, {}, ["allow-unused"]),
    ({"link": "https://x.example/"}, {}, []), ({"link": "https://x.example/"}, {"links": "all"}, ["allow-unused"]),
    ({"link": "gone.md"}, {"links": "none"}, []), ({"license": "MIT", "package": "x"}, {}, [])])
def test_an_entry_that_allows_nothing_warns_where_this_run_looked_for_such(
    allowed: dict[str, Any], more: dict[str, Any], expected: list[str],
) -> None:
    assert rules(judged(allow=[allowed], **more)) == expected


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_a_pattern_of_links_is_a_shells_star(pattern: str, target: str) -> None:
    import re

    truth = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), target) is not None
    assert (pattern == target or _fits(pattern, target)) == truth


def test_a_finding_keeps_its_id_when_lines_and_figures_move() -> None:
    before = judged(facts({"docs/a.md": changed(100)}, links=[link(line=3)], versions=[version(agrees=False)]))
    after = judged(facts({"docs/a.md": changed(200)}, links=[link(line=9)], versions=[version(
        agrees=False, found="1.2.0", line=8)]))
    ids = [[finding.as_json(monitor="docs-freshness")["id"] for finding in one.findings] for one in (before, after)]
    assert ids[0] == ids[1]


def test_the_summary_and_the_notes_quote_strangers_words() -> None:
    path = "docs/\u202e::error::x\n@ann.md"
    document = Document(path=path, format="markdown", notes=("its front matter is no YAML",))
    known = facts({path: changed(100)}, links=[link("::error::\n", file=path)])
    judgement = judged(type(known)(**{**vars(known), "documents": {path: document}}))
    assert all("\n" not in said and "\u202e" not in said for said in (judgement.summary, *judgement.notes))


def test_links_are_bounded_in_the_report_the_broken_ones_kept() -> None:
    from repo_vitals.concerns.docs_freshness import report_data

    many = [link(f"{number}.md", state="ok") for number in range(report_data.MOST_LINKS)]
    data = judged(facts(links=[*many, link()])).data
    assert (len(data["links"]), data["links_left_out"]) == (report_data.MOST_LINKS, 1)
    assert any(one["state"] == "broken" for one in data["links"])


def test_the_ages_are_drawn() -> None:
    known = facts({f"docs/{days}.md": changed(days) for days in (1, 20, 80, 1000)})
    [series] = judged(known).data["series"]
    assert series["points"] == [["1 week", 1], ["1 month", 2], ["3 months", 3], ["6 months", 3], ["1 year", 3],
                                ["2 years", 3], ["any age", 4]]
