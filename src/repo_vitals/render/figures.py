"""Figures as people read them: hours and days, per cent, MB. The report keeps seconds, ratios and bytes. Pure."""
from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import in_words
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repo_vitals.report.model import Cost, Finding, Metric, Report, Target

NOTHING = "\N{EN DASH}"              # where there was nothing to measure
NOT_REACHED = "not reached"         # observations, but the survival curve never comes down to the quantile
STATUS_SIGNS = {"pass": "✅", "warn": "⚠️", "fail": "❌", "unknown": "❔"}

_SYMBOLS = {"<=": "≤", ">=": "≥", "==": "="}
_ACRONYMS = {"ci": "CI", "faq": "FAQ", "sla": "SLA"}
_WORTH_SAYING = 0.1     # of the larger of two values; smaller moves are left to the table
_FEW = 5                # figures without a value that stand among the others
_TOO_LONG = 1e15        # of more digits than anyone reads, and than a float holds
_LONGEST_SPAN = timedelta.max.total_seconds() / 2


def in_units(value: float | None, unit: str) -> str:
    """A value in the unit that a person would say it in: `3.2 h`, `93.4 %`, `1.2 MB`, `1,234`."""
    if value is None:
        return NOTHING
    if unit == "seconds":
        return in_words(timedelta(seconds=value)) if abs(value) < _LONGEST_SPAN else f"{value:.3g} s"
    if unit == "ratio":
        return _per_cent(value)
    if unit == "bytes":
        return _bytes(value)
    return _count(value)


def value_of(metric: Metric) -> str:
    """A metric's value. Where rounding would make it look like its target, the exact figure stands beside it."""
    if metric.value is None:
        return NOT_REACHED if metric.samples else NOTHING
    shown = _named_in_units(metric.name, metric.value, metric.unit)
    target = metric.target
    if target is not None and metric.value != target.limit and shown == in_units(target.limit, metric.unit):
        if metric.unit == "ratio" and not target.met_by(metric.value):
            shown = _away_from(target, metric.value)
        return f"{shown} ({metric.value:.10g}{' s' if metric.unit == 'seconds' else ''})"
    return shown


def _named_in_units(name: str, value: float, unit: str) -> str:
    """A ratio that is a change, after ÷ before, as the factor that it is: 126 % would read as more than twice."""
    if unit == "ratio" and name.endswith(("_change_ratio", "_growth_ratio")):
        return f"\N{MULTIPLICATION SIGN} {value:.3g}"
    return in_units(value, unit)


def _away_from(target: Target, value: float) -> str:
    """A ratio that misses its target, rounded to the side on which it is: it must not read as if it were met."""
    scaled = round(value * 1000, 9)
    return f"{(math.floor(scaled) if value < target.limit else math.ceil(scaled)) / 10:.1f}".removesuffix(".0") + " %"


def target_of(target: Target, unit: str) -> str:
    """A target such as `≤ 48.0 h`."""
    return f"{_SYMBOLS.get(target.comparison, target.comparison)} {in_units(target.limit, unit)}"


def monitor_in_words(monitor: str) -> str:
    """A monitor's name as a heading says it: `CI health`."""
    words = " ".join(_ACRONYMS.get(word, word) for word in monitor.split("-"))
    return words[:1].upper() + words[1:]


def title_of(name: str, labels: Mapping[str, str]) -> str:
    """A metric's name in words: `Issue first response, median`. Label values may be strangers' text."""
    words = name
    for suffix in ("_seconds", "_bytes"):
        words = words.removesuffix(suffix)
    said = " ".join(_ACRONYMS.get(word, word) for word in words.split("_"))
    parts = [said[:1].upper() + said[1:]]
    for label, value in sorted(labels.items()):
        parts.append(_quantile(value) if label == "quantile" else f"{label.replace('_', ' ')} {value}")
    return ", ".join(parts)


def worst_first(metrics: Iterable[Metric]) -> list[Metric]:
    """Breached targets, then what could not be judged, then the rest, each in the report's own order."""
    order = {"fail": 0, "warn": 1, "unknown": 2}
    return sorted(metrics, key=lambda metric: order.get(metric.status or "", 3))


def without_measurement(metrics: Iterable[Metric]) -> tuple[list[Metric], list[Metric]]:
    """The figures to show, and those of which nobody looks for a value that is not there: nothing was measured and
    nothing is judged. A few of these are shown with the others."""
    kept: list[Metric] = []
    empty: list[Metric] = []
    every = list(metrics)
    for metric in every:
        is_empty = metric.value is None and not metric.samples and metric.target is None and metric.status is None
        (empty if is_empty else kept).append(metric)
    return (kept, empty) if len(empty) > _FEW else (every, [])


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by severity, within one by age, the oldest first; those without a date last."""
    return sorted(findings, key=lambda finding: (
        -SEVERITIES.index(finding.severity), finding.since is None,
        0.0 if finding.since is None else finding.since.timestamp()))


@dataclass(frozen=True, kw_only=True)
class Series:
    """A figure over time, for a chart: labels and values, None where nothing was measured."""

    title: str
    points: tuple[tuple[str, float | None], ...]
    unit: str = "count"
    levels: tuple[float | None, ...] = ()       # a second line beside the values: one for each point, or none
    marks: tuple[tuple[int, str], ...] = ()     # places of points at which something happened, in a few words


def series_of(report: Report) -> tuple[Series, ...]:
    """The report's `data.series`; what has another shape is left out, since `data` is the monitor's own."""
    return series_in(report.data.get("series"))


def series_in(entries: Any) -> tuple[Series, ...]:
    """Entries of the form of `data.series` as series, without those of another form."""
    return tuple(series for entry in _list(entries) if (series := _series(entry)) is not None)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A small table of the monitor's own, such as the people to thank. Cells may be strangers' text."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sections_of(report: Report) -> tuple[Section, ...]:
    """The report's `data.sections` that have rows; what has another shape is left out."""
    found = (_section(entry) for entry in _list(report.data.get("sections")) if isinstance(entry, dict))
    return tuple(section for section in found if section.rows)


def previous_values(report: Report) -> dict[tuple[str, tuple[tuple[str, str], ...]], float | None]:
    """The previous window's value of each metric in `data.trend`, by name and sorted labels."""
    found = {}
    for entry in _list(report.data.get("trend")):
        if isinstance(entry, dict) and isinstance(entry.get("labels", {}), dict) and "metric" in entry:
            labels = tuple(sorted((str(name), str(value)) for name, value in entry.get("labels", {}).items()))
            found[str(entry["metric"]), labels] = number(entry.get("previous"))
    return found


def change_of(metric: Metric, previous: Mapping[tuple[str, tuple[tuple[str, str], ...]], float | None]) -> str:
    """How a metric moved since the previous window: `▲ from 3.2 h`; empty where either has no value."""
    before = previous.get((metric.name, tuple(sorted(metric.labels.items()))))
    if before is None or metric.value is None:
        return ""
    if metric.value == before:
        return "unchanged"
    return f"{'▲' if metric.value > before else '▼'} from {_named_in_units(metric.name, before, metric.unit)}"


def moved_most(
    metrics: Iterable[Metric], previous: Mapping[tuple[str, tuple[tuple[str, str], ...]], float | None], *, most: int,
) -> list[Metric]:
    """The figures that left the window before by a tenth of the larger value or more, the widest apart first."""
    apart = []
    for metric in metrics:
        before = previous.get((metric.name, tuple(sorted(metric.labels.items()))))
        if before is None or metric.value is None or metric.value == before:
            continue
        share = abs(metric.value - before) / max(abs(metric.value), abs(before))
        if share >= _WORTH_SAYING:
            apart.append((share, metric))
    return [metric for _, metric in sorted(apart, key=lambda found: -found[0])[:most]]


def missing_of(report: Report) -> tuple[str, ...]:
    """What `data.complete` says is missing; empty when everything was read."""
    said = report.data.get("complete", True)
    if said is True:
        return ()
    entries = said if isinstance(said, list) else [said or "the report does not say what is missing"]
    return tuple(str(entry) for entry in entries)


def notes_of(report: Report) -> tuple[str, ...]:
    """What a reader should know about the facts."""
    return tuple(str(note) for note in _list(report.data.get("notes")))


def cost_of(report: Report) -> str:
    """What the run asked of GitHub, in one line."""
    return cost_in_words(report.cost)


def cost_in_words(cost: Cost) -> str:
    """`37 requests, 52 GraphQL points, 8.2 s`."""
    parts = [_plural(cost.requests, "request"), _plural(cost.graphql_points, "GraphQL point")]
    if cost.not_modified:
        parts.append(f"{cost.not_modified} not modified")
    if cost.retries:
        parts.append(_plural(cost.retries, "retry").replace("retrys", "retries"))
    return ", ".join([*parts, f"{cost.seconds:.1f} s"])


def _per_cent(value: float) -> str:
    # Rounding must not say "all" or "none" where it isn't: 0.9999 is not 100 %, 0.0001 is not 0 %.
    if 0.9995 <= value < 1:
        return "99.9 %"
    if 0 < value < 0.0005:
        return "< 0.1 %"
    if abs(value) >= _TOO_LONG:
        return f"{value:.3g}"       # as a ratio: a hundred times the largest number is none
    return f"{100 * value:.1f}".removesuffix(".0") + " %"


def _bytes(value: float) -> str:
    if abs(value) >= _TOO_LONG * 1000:
        return f"{value:.3g} B"
    for power, name in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if abs(value) >= 1000**power:
            return f"{value / 1000**power:.1f} {name}"
    return f"{value:.0f} B"


def _count(value: float) -> str:
    if abs(value) >= _TOO_LONG:
        return f"{value:.3g}"
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,.2f}"


def _quantile(value: str) -> str:
    if value == "0.5":
        return "median"
    try:
        return f"p{100 * float(value):g}"
    except ValueError:
        return f"quantile {value}"


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def number(value: Any) -> float | None:
    """The value as a figure; None for what is none."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:       # an integer of more digits than a float can tell
        return None


def _section(entry: dict[Any, Any]) -> Section:
    headers = tuple(str(header) for header in _list(entry.get("headers")))
    rows = tuple(tuple(str(cell) for cell in row) for row in _list(entry.get("rows"))
                 if isinstance(row, (list, tuple)) and len(row) == len(headers))
    return Section(title=str(entry.get("title", "")), headers=headers, rows=rows if headers else ())


def _series(entry: Any) -> Series | None:
    if not isinstance(entry, dict):
        return None
    points = tuple((str(point[0]), number(point[1])) for point in _list(entry.get("points"))
                   if isinstance(point, (list, tuple)) and len(point) == 2)
    levels = tuple(number(level) for level in _list(entry.get("levels")))
    marks = tuple((mark[0], str(mark[1])) for mark in _list(entry.get("marks"))
                  if isinstance(mark, (list, tuple)) and len(mark) == 2 and type(mark[0]) is int)
    return Series(title=str(entry.get("title", "")), points=points, unit=str(entry.get("unit", "count")),
                  levels=levels if len(levels) == len(points) else (), marks=marks)
