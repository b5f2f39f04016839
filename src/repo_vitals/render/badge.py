"""Status badges: an SVG of our own, and JSON for a shields.io endpoint. Nothing in them is loaded. Pure."""
from __future__ import annotations

import json
import math
import unicodedata
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from repo_vitals import plain_text

if TYPE_CHECKING:
    from repo_vitals.report.model import Report, Status

# White on each of these has a contrast of at least 4.5 (WCAG 2 AA).
_LABEL_COLOUR = "#24292f"
COLOURS: dict[Status, str] = {"pass": "#1a7f37", "warn": "#9a6700", "fail": "#cf222e", "unknown": "#57606a"}

_HEIGHT = 20
_NARROW, _WIDE = set("fijlrtI.,:;'|!()[]- "), set("mwMW@%&")


def badge_svg(report: Report, figure: str | None = None) -> str:
    """`label | message` in the status's colour; the words are in the title too, for screen readers.

    `figure` names a ratio of the report's to be shown in place of the verdict, in whole per cent, rounded down.
    """
    label, message = _words(report, figure)
    left, right = _width(label) + 12, _width(message) + 12
    whole, said = left + right, escape(f"{label}: {message}", {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{_HEIGHT}" role="img" aria-label="{said}">'
        f"<title>{said}</title>"
        f'<clipPath id="r"><rect width="{whole}" height="{_HEIGHT}" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="{_HEIGHT}" fill="{_LABEL_COLOUR}"/>'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{COLOURS[report.status]}"/></g>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">'
        f"{_text(label, left / 2, left - 12)}{_text(message, left + right / 2, right - 12)}</g></svg>\n"
    )


def badge_json(report: Report, figure: str | None = None) -> str:
    """The badge as https://shields.io/badges/endpoint-badge wants it; `figure` as for `badge_svg`."""
    label, message = _words(report, figure)
    # isError keeps a reader from recolouring a badge that does not say all is well.
    said = {"schemaVersion": 1, "label": label, "message": message, "color": COLOURS[report.status].lstrip("#"),
            "isError": report.status in ("fail", "unknown")}
    return json.dumps(said, ensure_ascii=False) + "\n"


def _words(report: Report, figure: str | None) -> tuple[str, str]:
    label = plain_text.one_line(report.monitor, limit=60) or "repo-vitals"
    if figure is not None:
        value = next((metric.value for metric in report.metrics if metric.name == figure and not metric.labels), None)
        # A float's product with 100 may lie a hair off: of 0.29 it is 28.999….
        return label, "unknown" if value is None else f"{math.floor(round(100 * value, 9))} %"
    count = len([finding for finding in report.findings if finding.severity != "info"])
    findings = "" if not count else f", {count:,} finding{'' if count == 1 else 's'}"
    return label, f"{report.status}{findings}"


def _text(words: str, middle: float, width: int) -> str:
    # textLength fits the words into their box with whatever font is there.
    return f'<text x="{middle:g}" y="14" textLength="{width}">{escape(words)}</text>'


def _width(words: str) -> int:
    """About how many pixels the words take in Verdana at 11."""
    def one(character: str) -> float:
        if character in _NARROW:
            return 4.4
        if character in _WIDE or unicodedata.east_asian_width(character) in "WF":
            return 11.0
        return 0.0 if unicodedata.combining(character) else 7.1
    return round(sum(one(character) for character in words))
