"""What a monitor says, as plain values; the JSON form is in schema.json. Pure."""
from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.clock import format_instant
from repo_vitals.frozen import dataclass
from repo_vitals.report.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from repo_vitals.errors import RepoVitalsError

SCHEMA_VERSION = 1

Status = Literal["pass", "warn", "fail", "unknown"]
Severity = Literal["info", "low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")
Labels = Mapping[str, str]

_COMPARE = {"<=": operator.le, "<": operator.lt, ">=": operator.ge, ">": operator.gt, "==": operator.eq}


@dataclass(frozen=True, kw_only=True)
class MetricDefinition:
    """What a metric's name means. Tables in docs/, OpenMetrics HELP and the report's definitions come from it."""

    name: str           # snake_case, base unit as its last word where it has one (seconds, bytes, ratio)
    unit: str           # "seconds", "bytes", "ratio" or "count"
    definition: str     # one sentence
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """A limit on a metric's value, such as `>= 0.9`, in the metric's own unit."""

    comparison: Literal["<=", "<", ">=", ">", "=="]
    limit: float

    def met_by(self, value: float) -> bool:
        """Whether the value keeps the limit; nothing is rounded before."""
        return bool(_COMPARE[self.comparison](value, self.limit))

    def __str__(self) -> str:
        limit = int(self.limit) if float(self.limit).is_integer() else self.limit
        return f"{self.comparison} {limit}"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure. `value` None means that there was nothing to measure, never zero."""

    name: str
    value: float | None
    unit: str
    samples: int                        # how many observations the value rests on; 0 when value is None
    labels: Labels = field(default_factory=dict)
    target: Target | None = None
    status: Status | None = None        # None without a target; else by `judged`

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"{self.name}: {self.value} is not a figure")

    def judged(self, target: Target, *, minimum_samples: int = 1, breach: Literal["warn", "fail"] = "fail") -> Metric:
        """The same figure held against a target: unknown without a value or with too few samples.

        `breach` is the status of a missed target; "warn" suits figures that are only a hint, such as a proxy.
        """
        status: Status
        if self.value is None or self.samples < minimum_samples:
            status = "unknown"
        else:
            status = "pass" if target.met_by(self.value) else breach
        return Metric(name=self.name, value=self.value, unit=self.unit, samples=self.samples, labels=self.labels,
                      target=target, status=status)

    def as_json(self) -> dict[str, Any]:
        """The metric as it stands in the JSON report."""
        return {"name": self.name, "labels": dict(sorted(self.labels.items())), "value": self.value, "unit": self.unit,
                "samples": self.samples, "target": None if self.target is None else str(self.target),
                "status": self.status}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something a person should look at. `subject` is what it is about, in words that outlive retitling (a number,
    a path, a package): the stable id is made of monitor, rule and subject only."""

    rule: str
    subject: str
    severity: Severity
    title: str                          # may hold strangers' text; every sink escapes it
    detail: str = ""
    url: str | None = None
    since: datetime | None = None
    labels: Labels = field(default_factory=dict)
    file: str | None = None             # path from the top of the repository, may be a stranger's text
    line: int | None = None             # in that file, from 1
    end_line: int | None = None         # where the finding is about several lines, the last of them

    def as_json(self, *, monitor: str) -> dict[str, Any]:
        """The finding as it stands in the JSON report."""
        place = {"file": self.file, "line": self.line, "end_line": self.end_line}
        return {"id": fingerprint(monitor, self.rule, self.subject), "rule": self.rule, "severity": self.severity,
                "title": self.title, "detail": self.detail, "url": self.url,
                "since": None if self.since is None else format_instant(self.since),
                "labels": dict(sorted(self.labels.items())),
                **{name: value for name, value in place.items() if value is not None}}


@dataclass(frozen=True, kw_only=True)
class Window:
    """The half-open span of time [start, end) that a report is about."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(kw_only=True)
class Cost:
    """What a run asked of the services it read from. The one mutable value here: the transport counts into it."""

    requests: int = 0                   # HTTP requests sent, retries included
    graphql_points: int = 0
    not_modified: int = 0               # answers 304, which cost no rate limit
    retries: int = 0
    seconds: float = 0.0                # wall time of the run

    def since(self, before: Cost) -> Cost:
        """What was counted after `before` was copied from this; its time is not known."""
        return Cost(requests=self.requests - before.requests,
                    graphql_points=self.graphql_points - before.graphql_points,
                    not_modified=self.not_modified - before.not_modified, retries=self.retries - before.retries)

    def as_json(self) -> dict[str, Any]:
        """The cost as it stands in the JSON report."""
        return {"requests": self.requests, "graphql_points": self.graphql_points, "not_modified": self.not_modified,
                "retries": self.retries, "seconds": round(self.seconds, 3)}


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a monitor's judge hands on: everything of a report but the frame that runtime puts around it."""

    repository: str                     # owner/name, as GitHub spells it
    metrics: tuple[Metric, ...]
    findings: tuple[Finding, ...]
    summary: str                        # one line of plain text, without strangers' text
    data: Mapping[str, Any]             # JSON values only
    notes: tuple[str, ...] = ()         # what a reader should know about the facts, one line each
    unavailable: str | None = None      # what could not be asked after retries, one line: the run ends in 3
    files: Mapping[str, Callable[[], str]] = field(default_factory=dict)    # texts by the input that says where they go
    markdown: str | None = None         # what the job summary shows in place of the report's own form, safe to show
    is_kept: bool = True                # False: the history gets nothing of it: it is not about the project
    remembered: Mapping[str, str] = field(default_factory=dict)     # files of the history to write whole, by path
    failures: tuple[RepoVitalsError, ...] = ()  # of parts of it; the run ends with the first one's exit code
    planned: Any = None                 # what a doer's `act` carries out; `data.actions` is what people see of it


@dataclass(frozen=True, kw_only=True)
class Report:
    """A monitor's whole report."""

    monitor: str
    repository: str                     # owner/name, as GitHub spells it
    generated_at: datetime
    window: Window
    status: Status
    summary: str
    metrics: tuple[Metric, ...]
    findings: tuple[Finding, ...]
    data: Mapping[str, Any]
    cost: Cost

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON object, in the order and form of the contract."""
        return {
            "schema_version": SCHEMA_VERSION,
            "monitor": self.monitor,
            "repository": self.repository,
            "generated_at": format_instant(self.generated_at),
            "window": {"start": format_instant(self.window.start), "end": format_instant(self.window.end)},
            "status": self.status,
            "summary": self.summary,
            "metrics": [metric.as_json() for metric in self.metrics],
            "findings": [finding.as_json(monitor=self.monitor) for finding in self.findings],
            "data": dict(self.data),
            "cost": self.cost.as_json(),
        }

    def values(self, name: str) -> dict[tuple[tuple[str, str], ...], float | None]:
        """Every value of one metric name, by its sorted labels."""
        return {tuple(sorted(metric.labels.items())): metric.value for metric in self.metrics if metric.name == name}


def check_names(metrics: Iterable[Metric], definitions: Mapping[str, MetricDefinition]) -> None:
    """Hold figures to their definitions: name, unit and label names. Raises ValueError: the code is wrong, not data."""
    for metric in metrics:
        definition = definitions.get(metric.name)
        if definition is None:
            raise ValueError(f"metric {metric.name} has no definition")
        if metric.unit != definition.unit or set(metric.labels) != set(definition.labels):
            raise ValueError(f"metric {metric.name} does not match its definition")
