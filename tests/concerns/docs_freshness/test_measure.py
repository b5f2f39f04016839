"""Figures from facts."""
from __future__ import annotations

import pytest

from repo_vitals.concerns.docs_freshness.definitions import METRICS
from repo_vitals.concerns.docs_freshness.facts import Facts
from repo_vitals.concerns.docs_freshness.measure import measure
from repo_vitals.report.model import check_names


@pytest.mark.parametrize(("open_issues", "samples"), [(12, 1), (0, 1), (None, 0)])
def test_the_open_issues_are_one_reading_and_none_where_issues_are_off(open_issues: int | None, samples: int) -> None:
    (metric,) = measure(Facts(repository="acme/widget", open_issues=open_issues))
    assert (metric.value, metric.samples) == (open_issues, samples)


def test_every_figure_is_as_its_definition_says() -> None:
    check_names(measure(Facts(repository="acme/widget", open_issues=1)), {metric.name: metric for metric in METRICS})
