"""Charts as one SVG file that stands alone, for pages and for READMEs. Nothing in it is loaded or run. Pure."""
from __future__ import annotations

import math
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from repo_vitals import plain_text
from repo_vitals.frozen import dataclass
from repo_vitals.render.chart import scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repo_vitals.render.figures import Series

# Words have a contrast of at least 4.5 on the ground, lines of at least 3 (WCAG 2 AA). The ground is drawn, so that
# they have it wherever the file is shown; what does not know the reader's scheme shows the light one.
LIGHT = {"ground": "#ffffff", "words": "#1f2328", "faint": "#59636e", "grid": "#d1d9e0", "line": "#0969da",
         "level": "#9a6700", "mark": "#cf222e"}
DARK = {"ground": "#0d1117", "words": "#f0f6fc", "faint": "#9198a1", "grid": "#3d444d", "line": "#4493f8",
        "level": "#d29922", "mark": "#f85149"}

_WIDTH, _HEIGHT = 760, 210      # of the file, and of each chart in it
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 20, 54, 30
_HEAD = 30                      # above the first chart
_ROOM = 0.15                    # of an axis, which a number on it takes at most
_MARK_ROWS = 2                  # on which words of marks lie in turn, so that neighbours do not hide each other


@dataclass(frozen=True)
class _Area:
    """Where a chart's values lie on the page."""

    low: float
    high: float
    number: int                 # of points

    def x(self, place: float) -> str:
        span = _WIDTH - _LEFT - _RIGHT
        return _coordinate(_LEFT + span * (place / (self.number - 1) if self.number > 1 else 0.5))

    def y(self, value: float) -> str:
        # In parts of the larger end: the whole distance may be more than a number can be, and half of it be none.
        unit = max(abs(self.low), abs(self.high))
        low = self.low / unit
        share = (value / unit - low) / (self.high / unit - low)
        return _coordinate(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM))


def charts_svg(series: Sequence[Series], *, title: str, nothing: str) -> str:
    """A chart below the other: values as a line with a dot each, gaps left open; levels as a second line, and marks.

    The same series give the same bytes. The axis begins at zero unless values are negative: a trend should not look
    steeper than it is. Series without a value are left out; without any the file says `nothing`.
    """
    drawn = [chart for one in series if (chart := "".join(_chart(one)))]
    height = _HEAD + max(1, len(drawn)) * _HEIGHT
    said = _words(title)
    size = f'width="{_WIDTH}" height="{height}"'
    styles = f"{_COMMON}{_style(LIGHT)}@media (prefers-color-scheme:dark){{{_style(DARK)}}}"
    box = f'xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_WIDTH} {height}"'
    parts = [
        f'<svg {box} role="img" aria-label="{said}"><title>{said}</title><style>{styles}</style>',
        f'<rect class="ground" {size}/><text class="head words" x="12" y="20">{said}</text>',
    ]
    # An svg within an svg shows nothing beyond its own borders, however long the words in it are.
    parts += [f'<svg y="{_HEAD + place * _HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">{chart}</svg>'
              for place, chart in enumerate(drawn)]
    if not drawn:
        parts.append(f'<text class="faint" x="12" y="{_HEAD + 20}">{_words(nothing)}</text>')
    return "\n".join((*parts, "</svg>", ""))


def _style(colours: dict[str, str]) -> str:
    filled = "".join(f".{name}{{fill:{colours[name]}}}" for name in ("ground", "words", "faint"))
    drawn = "".join(f".{name}{{stroke:{colours[name]}}}" for name in ("grid", "line", "level", "mark"))
    return f"{filled}{drawn}.dot{{fill:{colours['line']}}}.marked{{fill:{colours['mark']}}}"


_COMMON = ("text{font:11px Verdana,DejaVu Sans,sans-serif}.title{font-size:12px}.head{font-size:14px;font-weight:bold}"
           ".grid{shape-rendering:crispEdges}")


def _chart(series: Series) -> Iterator[str]:
    known = [value for _, value in series.points if value is not None]
    if not known:
        return
    factor, unit = scale(series.unit, max(map(abs, known)))
    # The unit suits the values; a level far beyond them may have no number in so small a one.
    if not all(math.isfinite(level / factor) for level in series.levels if level is not None):
        factor, unit = 1.0, series.unit
    values = [None if value is None else value / factor for _, value in series.points]
    levels = [None if level is None else level / factor for level in series.levels]
    shown = [value for value in (*values, *levels) if value is not None]
    low, high = min(0.0, *shown), max(0.0, *shown)
    area = _Area(low, high if high > low else low + 1, len(values))
    yield f'<text class="title words" x="12" y="18">{_words(series.title)}</text>'
    yield f'<text class="faint" x="12" y="34">{_words(unit)}</text>'
    yield from _axes(area, series)
    for turn, (place, words) in enumerate(series.marks):
        if 0 <= place < len(values):
            yield from _mark(area, place, words, row=turn % _MARK_ROWS)
    yield from (f'<path class="level" stroke-width="2" d="{path}"/>' for path in _steps(area, levels))
    yield from (f'<polyline class="line" fill="none" stroke-width="1.5" points="{line}"/>'
                for line in _lines(area, values))
    for place, ((label, _), value) in enumerate(zip(series.points, values, strict=True)):
        if value is not None:
            yield (f'<circle class="dot" cx="{area.x(place)}" cy="{area.y(value)}" r="2.5">'
                   f"<title>{_words(f'{label}: {_number(value)} {unit}')}</title></circle>")


def _axes(area: _Area, series: Series) -> Iterator[str]:
    for value in (area.low, _between(area), area.high):
        height = area.y(value)
        yield f'<path class="grid" d="M{_LEFT} {height}H{_WIDTH - _RIGHT}"/>'
        yield (f'<text class="faint" x="{_LEFT - 8}" y="{height}" dy="4" text-anchor="end">'
               f"{_words(_number(value))}</text>")
    ends = dict.fromkeys((0, (area.number - 1) // 2, area.number - 1))
    for place in ends:
        anchor = "middle" if len(ends) == 1 else {0: "start", area.number - 1: "end"}.get(place, "middle")
        yield (f'<text class="faint" x="{area.x(place)}" y="{_HEIGHT - 10}" text-anchor="{anchor}">'
               f"{_words(series.points[place][0], limit=24)}</text>")


def _between(area: _Area) -> float:
    """The number between the ends of the axis: zero, which says what is below it, unless an end's would hide it."""
    least = _ROOM * max(abs(area.low), abs(area.high))
    return 0.0 if min(-area.low, area.high) > least else area.low / 2 + area.high / 2


def _mark(area: _Area, place: int, words: str, *, row: int) -> Iterator[str]:
    x, top = area.x(place), _TOP - 6 - 12 * row
    anchor = "end" if place > area.number / 2 else "start"
    yield f'<path class="mark" stroke-dasharray="4 3" d="M{x} {top + 4}V{_HEIGHT - _BOTTOM}"/>'
    yield f'<text class="marked" x="{x}" y="{top}" text-anchor="{anchor}">{_words(words, limit=40)}</text>'


def _lines(area: _Area, values: Sequence[float | None]) -> Iterator[str]:
    """The points of each stretch without a gap that has at least two."""
    stretch: list[str] = []
    for place, value in enumerate((*values, None)):
        if value is not None:
            stretch.append(f"{area.x(place)},{area.y(value)}")
            continue
        if len(stretch) > 1:
            yield " ".join(stretch)
        stretch = []


def _steps(area: _Area, levels: Sequence[float | None]) -> Iterator[str]:
    """Each stretch of one level as a line of its own, from the run at which it begins to the one at which it ends."""
    begin = 0
    for place in range(1, len(levels) + 1):
        if place < len(levels) and levels[place] == levels[begin]:
            continue
        level = levels[begin]
        if level is not None:
            yield f"M{area.x(begin)} {area.y(level)}H{area.x(place - 1)}"
        begin = place


def _words(text: str, *, limit: int = 120) -> str:
    return escape(plain_text.one_line(text, limit=limit), {'"': "&quot;"})


def _number(value: float) -> str:
    """Four digits, and all before the point: nobody reads `1e+06` at a glance."""
    return f"{value:,.0f}" if 10_000 <= abs(value) < 1e9 else f"{value:.4g}"


def _coordinate(value: float) -> str:
    return f"{value:.1f}"
