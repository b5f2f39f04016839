"""Charts: Mermaid for GitHub, a line of blocks for a terminal. Pure."""
from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from repo_vitals import plain_text
from repo_vitals.render.markdown import Markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.render.figures import Series

_MOST_POINTS = 60           # more points than that can't be told apart
_LONGEST_LABEL = 24         # characters
# Pixels of Mermaid's axis, of a character of a label, and between two labels: it writes them over each other.
_AXIS, _CHARACTER, _BETWEEN = 600, 8, 12
_UNSEEN = str.maketrans({"0": "\u200b", "1": "\u2060"})   # have no width, and are not trimmed as blanks are
# Mermaid draws its first line in a lavender that can't be seen on white; this blue stands out on white and on dark.
# So does the orange of a second line.
_LINE = '%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "#2f81f7"}}}}%%'
_LINES = '%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "#2f81f7,#d29922"}}}}%%'
# Mermaid has no legend.
_LEGEND = "Blue: the values; orange: their usual level.\n"
_BLOCKS = "▁▂▃▄▅▆▇█"
_SCALES = {
    "seconds": ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"), (1e-3, "milliseconds"),
                (1e-6, "microseconds"), (1e-9, "nanoseconds")),
    "bytes": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "bytes")),
    "ratio": ((0.01, "per cent"),),
}


def mermaid(series: Series) -> Markdown | None:
    """A line chart as a Mermaid block; None with fewer than two values, which make no line.

    Points without a value are left out, label and all, since Mermaid knows no gaps. The axis begins at zero unless
    values are negative: a trend should not look steeper than it is. Levels are a second line.
    """
    places = _thinned([place for place, (_, value) in enumerate(series.points) if value is not None])
    measured = [(label, value) for label, value in (series.points[place] for place in places) if value is not None]
    if len(measured) < 2:
        return None
    factor, unit = scale(series.unit, max(abs(value) for _, value in measured))
    values = [value / factor for _, value in measured]
    beside = [series.levels[place] for place in places] if series.levels else []
    levels = [level / factor for level in beside if level is not None]
    low, high = min(0.0, *values, *levels), max(0.0, *values, *levels)
    if low == high:
        high = low + 1
    has_levels = bool(levels) and len(levels) == len(values)
    labels = ", ".join(f'"{label}"' for label in _labels([label for label, _ in measured]))
    return Markdown("\n".join((
        "```mermaid",
        _LINES if has_levels else _LINE,
        "xychart-beta",
        f'    title "{_word(series.title)}"',
        f"    x-axis [{labels}]",
        f'    y-axis "{unit}" {_number(low)} --> {_number(high)}',
        f"    line [{', '.join(_number(value) for value in values)}]",
        *([f"    line [{', '.join(_number(level) for level in levels)}]"] if has_levels else []),
        "```",
        "",
        *([_LEGEND] if has_levels else []),
    )))


def sparkline(values: Sequence[float | None]) -> str:
    """The values as blocks of rising height, a blank for none; empty with fewer than two values."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    span = high - low
    if span == 0:
        return "".join(" " if value is None else _BLOCKS[0] for value in values)
    return "".join(" " if value is None else _BLOCKS[round((value - low) / span * (len(_BLOCKS) - 1))]
                   for value in values)


def _labels(labels: Sequence[str]) -> list[str]:
    """As many of the labels as fit side by side, the first and the last among them, and others that nobody sees.

    Mermaid puts points of one label above each other, so that each is made another by what has no width.
    """
    words = [_word(label, limit=_LONGEST_LABEL) for label in labels]
    fitting = max(2, _AXIS // (_CHARACTER * max(map(len, words)) + _BETWEEN))
    last = len(words) - 1
    steps = min(last, fitting - 1)
    shown = {round(step * last / steps) for step in range(steps + 1)}
    found: list[str] = []
    for place, word in enumerate(words):
        said = word if place in shown else ""
        found.append(said if said and said not in found else said + f"{place + 1:b}".translate(_UNSEEN))
    return found


def _thinned(places: list[int]) -> list[int]:
    if len(places) <= _MOST_POINTS:
        return places
    last = len(places) - 1
    return [places[round(step * last / (_MOST_POINTS - 1))] for step in range(_MOST_POINTS)]


def scale(unit: str, largest: float) -> tuple[float, str]:
    """The unit that people would say values in, of which the largest is given: how many of the base unit it is, and
    its name."""
    scales = _SCALES.get(unit, ((1.0, "count"),))
    # Twice the unit, as in_words does: 30 hours are hours, 60 hours days.
    factor, name = next(((factor, name) for factor, name in scales if largest >= 2 * factor), scales[-1])
    # A hundred times the largest number is none.
    return (factor, name) if math.isfinite(largest / factor) else (1.0, unit)


def _word(text: str, *, limit: int = 80) -> str:
    """Text for within Mermaid's quotes, which may not be empty. Only what can't end them, begin a directive or be read
    as an entity is left."""
    return " ".join(re.sub(r"[^\w .,:/+()-]", " ", plain_text.one_line(text, limit=limit)).split()) or "-"


def _number(value: float) -> str:
    """A plain decimal: Mermaid reads no exponents."""
    return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else str(int(value))
