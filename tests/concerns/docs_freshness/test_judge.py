"""Figures against limits."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.docs_freshness.facts import Facts
from repo_vitals.concerns.docs_freshness.judge import judge
from repo_vitals.concerns.docs_freshness.measure import measure
from repo_vitals.report.status import overall

if TYPE_CHECKING:
    from repo_vitals.report.model import Judgement


def judged(open_issues: int | None, *, maximum: int = 50) -> Judgement:
    facts = Facts(repository="acme/widget", open_issues=open_issues)
    return judge(measure(facts), facts, maximum=maximum)


@pytest.mark.parametrize(("open_issues", "status"), [(0, "pass"), (50, "pass"), (51, "fail"), (None, "unknown")])
def test_more_than_the_maximum_fails_and_nothing_measured_never_passes(open_issues: int | None, status: str) -> None:
    judgement = judged(open_issues)
    assert overall(judgement.metrics, judgement.findings) == status


def test_a_breach_is_one_finding_that_says_how_far() -> None:
    (finding,) = judged(51).findings
    assert (finding.rule, finding.severity, finding.title, finding.detail) == (
        "too-many-open-issues", "high", "51 issues are open", "The maximum is 50.")


def test_a_finding_keeps_its_id_when_the_figure_moves() -> None:
    findings = [*judged(51).findings, *judged(80).findings]
    assert len({finding.as_json(monitor="docs-freshness")["id"] for finding in findings}) == 1


def test_a_figure_that_is_missing_is_explained() -> None:
    judgement = judged(None)
    assert (judgement.summary, judgement.notes) == ("open issues unknown", ("issues are disabled in acme/widget",))
