"""The report's figures as OpenMetrics text, for Prometheus and what reads its format. Pure.

Format: https://prometheus.io/docs/specs/om/open_metrics_spec/. Gauges only: a monitor's figures are readings, not
counters of a process.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.report.model import Metric, MetricDefinition, Report

PREFIX = "repo_vitals_"
CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_OURS = ("monitor", "repository")
# Line breaks other than \n have no escape in the format, and a reader that splits lines at them would see two samples.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def to_openmetrics(report: Report, definitions: Mapping[str, MetricDefinition]) -> str:
    """Every figure that has a value, with labels `monitor` and `repository` added; figures without one are left out.

    Raises ValueError where the format has no room for what the report says: a metric without a definition, one that
    brings a label `monitor` or `repository`, two figures of one name and the same labels. The code is wrong then.
    """
    families: dict[str, list[Metric]] = {}
    for metric in report.metrics:
        if metric.name not in definitions:
            raise ValueError(f"metric {metric.name} has no definition")
        if metric.value is not None:
            families.setdefault(metric.name, []).append(metric)
    lines: list[str] = []
    for name, metrics in families.items():
        lines += _head(definitions[name])
        samples = [_sample(metric, report) for metric in metrics]
        if len({sample.rpartition(" ")[0] for sample in samples}) < len(samples):
            raise ValueError(f"metric {name} has two figures with the same labels")
        lines += samples
    return "\n".join([*lines, "# EOF", ""])


def _head(definition: MetricDefinition) -> list[str]:
    name = PREFIX + definition.name
    lines = [f"# TYPE {name} gauge"]
    if name.endswith(f"_{definition.unit}"):    # the format allows a unit only as the name's ending
        lines.append(f"# UNIT {name} {definition.unit}")
    return [*lines, f"# HELP {name} {_escaped(definition.definition)}"]


def _sample(metric: Metric, report: Report) -> str:
    taken = [label for label in _OURS if label in metric.labels]
    if taken:
        raise ValueError(f"metric {metric.name} has a label {taken[0]} of its own")
    labels = {**metric.labels, "monitor": report.monitor, "repository": report.repository}
    shown = ",".join(f'{label}="{_escaped(value)}"' for label, value in sorted(labels.items()))
    return f"{PREFIX}{metric.name}{{{shown}}} {metric.value!r}"


def _escaped(text: str) -> str:
    cleaned = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
    return cleaned.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
