"""Two versions run in turn: in which order, what the pairs came to, and how that is written down. Pure."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.clock import format_instant
from repo_vitals.concerns.performance_compare.comparing import compared
from repo_vitals.concerns.performance_compare.facts import Facts, Report, Result
from repo_vitals.concerns.performance_compare.paired_reports import of_pairs
from repo_vitals.concerns.performance_compare.policy import Policy
from repo_vitals.concerns.performance_compare.quantities import interval, quantity, sign
from repo_vitals.concerns.performance_compare.results import MOST_SAMPLES
from repo_vitals.concerns.performance_compare.runs import as_runs, directions, together
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import log_line, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from random import Random

    from repo_vitals.concerns.performance_compare.comparing import Compared, Row
    from repo_vitals.sources.machine import Machine

Side = Literal["a", "b"]
Order = tuple[Side, Side]
_LONGEST_NAME = 60


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What one turn of both versions gave."""

    order: Order                        # which of the two came first
    a: tuple[Result, ...]               # the version to compare with
    b: tuple[Result, ...]


def orders(pairs: int, random: Random) -> list[Order]:
    """In which order each pair is run: of every two pairs one begins with a and one with b, which of them is chance.

    So however early it ends, one version was first at most once more than the other (permuted blocks of two).
    """
    found: list[Order] = []
    while len(found) < pairs:
        first: Order = ("a", "b") if random.random() < 1 / 2 else ("b", "a")
        found += [first, (first[1], first[0])]
    return found[:pairs]


def report_of(pairs: Sequence[Pair], *, looks: int = 1) -> Report:
    """The pairs as a report that holds both sides. `looks`: how often they are judged at most, this time included."""
    return Report(shown="ab", format="repo-vitals", runs=tuple(pair.b for pair in pairs),
                  baseline_runs=tuple(pair.a for pair in pairs), paired=True, looks=looks)


def judged(pairs: Sequence[Pair], *, tolerance: float, error: float, looks: int = 1) -> Compared:
    """Each benchmark's verdict on b against a, as the monitor gives it for a report of these pairs."""
    report = report_of(pairs, looks=looks)
    runs, reference = of_pairs([report]) or ([], None)
    facts = Facts(repository="", reports=(report,), current=as_runs(runs, samples=MOST_SAMPLES),
                  results=together(runs), reference=reference, directions=directions(report.baseline_runs))
    return compared(facts, Policy(tolerance=tolerance, error=error))


def written(pairs: Sequence[Pair], *, seed: int, machine: Machine, at: datetime, looks: int = 1) -> str:
    """The pairs as JSON: a report of our own format, which says besides in which order they were run."""
    said = {"cpu": machine.cpu, "os": machine.runner, **{f"versions.{name}": text
                                                         for name, text in machine.versions.items()}}
    row = {"format": "repo-vitals-benchmarks", "version": 1, "tool": "repo-vitals performance-compare ab",
           "written_at": format_instant(at), "machine": {name: text for name, text in said.items() if text},
           "paired": True, "looks": looks, "seed": seed, "order": ["".join(pair.order) for pair in pairs],
           "baseline_runs": [[_as_json(result) for result in pair.a] for pair in pairs],
           "runs": [[_as_json(result) for result in pair.b] for pair in pairs]}
    return json.dumps(row, ensure_ascii=True, indent=1, allow_nan=False) + "\n"


def table(found: Compared) -> list[str]:
    """The verdicts as lines of a log, the worst first."""
    ranks = ("regressed", "missing", "unsure", "new", "improved", "unchanged")
    rows = sorted(found.rows, key=lambda row: (ranks.index(row.verdict), -(row.slowdown or 0), row.key))
    cells = [("benchmark", "a", "b", "change", "interval", "verdict"), *map(_cells, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(6)]
    return [log_line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
            for row in cells]


def _cells(row: Row) -> tuple[str, str, str, str, str, str]:
    name, unit = row.key
    return (one_line(name, limit=_LONGEST_NAME), one_line(quantity(row.baseline, unit)),
            one_line(quantity(row.current, unit)), sign(row.ratio), interval(row),
            row.verdict + (f" ({one_line(row.why)})" if row.why else ""))


def _as_json(result: Result) -> dict[str, Any]:
    row: dict[str, Any] = {"name": result.name, "unit": result.unit, "better": result.better,
                           "samples": list(result.samples), "statistic": result.statistic}
    if result.interval is not None:
        row["interval"] = list(result.interval)
    if result.size is not None:
        row["size"] = result.size
    if result.exact:
        row["exact"] = True
    if result.measures:
        row["measures"] = result.measures
    return row
