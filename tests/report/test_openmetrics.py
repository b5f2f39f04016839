"""OpenMetrics text, read back by the parser of prometheus_client."""
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from repo_vitals.report.model import Metric, MetricDefinition
from repo_vitals.report.openmetrics import to_openmetrics
from support.reports import DEFINITIONS, metric, report

OURS = {"monitor": "community-metrics", "repository": "acme/widget"}


def families(*metrics: Metric) -> dict:
    text = to_openmetrics(report(metrics=metrics), DEFINITIONS)
    return {family.name: family for family in text_string_to_metric_families(text)}


def test_the_whole_text():
    text = to_openmetrics(report(metrics=(
        metric("issues_open", 12), metric("issue_first_response_seconds", 90.5, quantile="0.5"),
        metric("issue_first_response_seconds", None, samples=3, quantile="0.9"),
        metric("issue_response_sla_ratio", 1, priority='p"1'))), DEFINITIONS)
    assert text == """\
# TYPE repo_vitals_issues_open gauge
# HELP repo_vitals_issues_open Open issues
repo_vitals_issues_open{monitor="community-metrics",repository="acme/widget"} 12
# TYPE repo_vitals_issue_first_response_seconds gauge
# UNIT repo_vitals_issue_first_response_seconds seconds
# HELP repo_vitals_issue_first_response_seconds Time to the first response
repo_vitals_issue_first_response_seconds{monitor="community-metrics",quantile="0.5",repository="acme/widget"} 90.5
# TYPE repo_vitals_issue_response_sla_ratio gauge
# UNIT repo_vitals_issue_response_sla_ratio ratio
# HELP repo_vitals_issue_response_sla_ratio Issues answered in time
repo_vitals_issue_response_sla_ratio{monitor="community-metrics",priority="p\\"1",repository="acme/widget"} 1
# EOF
"""


def test_a_report_without_figures_is_valid_text():
    assert to_openmetrics(report(), DEFINITIONS) == "# EOF\n"
    assert families() == {}


def test_figures_of_one_name_stand_together_wherever_they_stood():
    found = families(metric("issue_response_sla_ratio", 0.5, priority="a"), metric("issues_open", 1),
                     metric("issue_response_sla_ratio", 0.25, priority="b"))
    assert [len(family.samples) for family in found.values()] == [2, 1]


def test_what_was_not_measured_is_left_out_and_zero_is_not():
    found = families(metric("issues_open", 0), metric("issue_first_response_seconds", None, quantile="0.5"))
    assert list(found) == ["repo_vitals_issues_open"]
    assert found["repo_vitals_issues_open"].samples[0].value == 0


LABEL = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")))


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), LABEL,
       st.sampled_from(["", "\n", "\\", '"', "\\n", 'a\\"b\n']))
def test_values_and_labels_come_back_as_they_were(value, label, awkward):
    [family] = families(metric("issue_response_sla_ratio", value, priority=label + awkward)).values()
    [sample] = family.samples
    assert sample.labels == {**OURS, "priority": label + awkward}
    assert sample.value == value
    assert (family.type, family.unit) == ("gauge", "ratio")


def test_a_definition_may_hold_anything():
    definition = MetricDefinition(name="issues_open", unit="count", definition='a "b" \\ c\nd')
    text = to_openmetrics(report(metrics=(metric("issues_open", 1),)), {"issues_open": definition})
    [family] = text_string_to_metric_families(text)
    assert family.documentation == definition.definition


@pytest.mark.parametrize(("metrics", "said"), [
    ((Metric(name="unheard_of", value=1, unit="count", samples=1),), "has no definition"),
    ((metric("issues_open", 1), metric("issues_open", 2)), "two figures with the same labels"),
    ((metric("issue_response_sla_ratio", 1, repository="x"),), "a label repository of its own"),
    ((metric("issue_response_sla_ratio", 1, monitor="x"),), "a label monitor of its own"),
])
def test_what_the_format_has_no_room_for_is_refused(metrics, said):
    with pytest.raises(ValueError, match=said):
        to_openmetrics(report(metrics=metrics), DEFINITIONS)
