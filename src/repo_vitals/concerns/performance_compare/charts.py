"""Charts of benchmarks over the runs of the history: those in the report, and those in a file. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.levels import values_of
from repo_vitals.concerns.performance_compare.quantities import sign
from repo_vitals.concerns.performance_compare.words import counted
from repo_vitals.render.figures import series_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from repo_vitals.concerns.performance_compare.facts import Facts, Key
    from repo_vitals.concerns.performance_compare.levels import Levels, Step
    from repo_vitals.concerns.performance_compare.measure import Measured

RUNS = 50               # the newest, that a chart shows
MOST_IN_A_FILE = 30     # charts; more is a page that nobody looks through


def entries(changed: Iterable[Key], history: Levels, *, most: int, others: Iterable[Key] = (),
            ) -> Iterator[dict[str, Any]]:
    """Charts in the form of `data.series`, as far as a benchmark has two values: those that `changed` now, then those
    whose level changed last, then `others`."""
    found = 0
    for key in dict.fromkeys((*changed, *(step.key for step in history.steps), *others)):
        first = max(0, len(history.runs) - RUNS)
        values = values_of(key, history.runs)
        if found == most:
            return
        if sum(value is not None for value in values[first:]) < 2:
            continue
        found += 1
        steps = sorted((step for step in history.steps if step.key == key), key=lambda step: step.index)
        marks = [[step.index - first, f"{_label(step.commit, step.index)} {sign(step.ratio)}".rstrip()]
                 for step in steps if step.index >= first]
        yield {"title": f"{key[0]}, {key[1].replace('_', ' ')}, the last {len(values) - first} runs",
               "unit": key[1] if key[1] in ("seconds", "bytes") else "count",
               "points": [[_label(history.runs[place].commit, place), values[place]]
                          for place in range(first, len(values))],
               **({"levels": _levels(values, steps)[first:]} if steps else {}),
               **({"marks": marks} if marks else {})}


def svg(measured: Measured, facts: Facts) -> str:
    """The charts of all benchmarks, those that changed first, as a file."""
    from repo_vitals.render.chart_svg import charts_svg

    changed = [row.key for row in measured.compared.rows if row.verdict in ("regressed", "improved")]
    drawn = list(entries(changed, measured.levels, most=MOST_IN_A_FILE, others=sorted(facts.results)))
    return charts_svg(series_in(drawn), title=f"{facts.repository}, {facts.suite}: {len(drawn):,} of "
                      f"{counted(len(facts.results), 'benchmark')}", nothing="No benchmark has values of two runs yet.")


def _label(commit: str | None, place: int) -> str:
    return commit[:7] if commit else str(place)


def _levels(values: Sequence[float | None], steps: Sequence[Step]) -> list[float]:
    """The level at each run, by the steps."""
    found = []
    for place in range(len(values)):
        passed = [step for step in steps if step.index <= place]
        found.append(passed[-1].after if passed else steps[0].before)
    return found
