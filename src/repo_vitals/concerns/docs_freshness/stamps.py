"""What a document says itself of its reviews: front matter and lines such as `**Last Updated**: 2025-01-01`. Pure."""
from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.docs_freshness.facts import Document

Which = Literal["reviewed", "next review"]

_MOST_AHEAD = timedelta(days=5 * 366)       # a next review later than that is hardly meant
_LONGEST_LINE = 300
_REVIEWED_KEYS = frozenset({"reviewed", "reviewedon", "lastreviewed", "lastreview", "lastreviewdate", "audited",
                            "lastaudited", "verified", "lastverified", "lastupdated", "lastmodified", "lastmod",
                            "updated", "updatedon"})
_NEXT_KEYS = frozenset({"nextreview", "nextreviewdate", "reviewby", "reviewdue", "nextaudit"})
_MONTHS = {name: number for number, names in enumerate((
    ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
    ("july", "jul"), ("august", "aug"), ("september", "sep", "sept"), ("october", "oct"), ("november", "nov"),
    ("december", "dec")), start=1) for name in names}
_MARKUP = re.compile(r"[*_`>#~]+|<!--|-->|</?[a-z]{1,10}>")
_LABEL = re.compile(
    r"[\s|(\[-]*(?:(?P<reviewed>last\s+(?:updated?|reviewed|review|modified|verified|audited|revised)|reviewed|audited)"
    r"|(?P<next>next\s+(?:scheduled\s+)?(?:review|audit)))(?:\s+date)?(?:\s+on)?\s*(?P<mark>[:|]?)\s*(?P<rest>.*)",
    re.IGNORECASE)
_HINTS = (b"updat", b"review", b"modified", b"verified", b"audit", b"revised")      # one is in every label
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?![\d-])")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?\s+([a-z]{3,9})\.?,?\s+(\d{4})(?!\d)", re.IGNORECASE)
_MONTH_ONLY = re.compile(r"([a-z]{3,9})\.?,?\s+(\d{4})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Stamps:
    """The dates, and notes on what could not be taken for one. A month without a day is its last."""

    reviewed: date | None = None
    next_review: date | None = None
    notes: tuple[str, ...] = ()


def read_stamps(document: Document, content: bytes, *, now: datetime) -> Stamps:
    """The latest review and the latest next one that the document states, outside of code.

    A review in the future and what is no date at all are notes, and count as not stated.
    """
    dates: dict[Which, list[date]] = {"reviewed": [], "next review": []}
    notes = []
    for which, line, stated in (*_in_front_matter(document), *_in_lines(content)):
        day = stated if isinstance(stated, date) else parse_date(stated)
        where = "its front matter" if line is None else f"line {line}"
        if day is None:
            notes.append(f"{where} has a {which} that is no date in a form that is read (2026-01-31, January 31, 2026)")
        elif which == "reviewed" and _bounded(day, stated, now.date()) > now.date():
            notes.append(f"{where} says that it was reviewed on {day}, which is in the future")
        elif which == "next review" and day > now.date() + _MOST_AHEAD:
            notes.append(f"{where} has its next review on {day}, which is more than five years ahead")
        else:
            dates[which].append(_bounded(day, stated, now.date()) if which == "reviewed" else day)
    return Stamps(reviewed=max(dates["reviewed"], default=None), next_review=max(dates["next review"], default=None),
                  notes=tuple(notes))


def parse_date(text: str) -> date | None:
    """The date that a text begins with: `2026-01-31`, `January 31, 2026`, `31 January 2026`, `January 2026`."""
    for pattern, order in ((_ISO, "ymd"), (_MONTH_FIRST, "mdy"), (_DAY_FIRST, "dmy"), (_MONTH_ONLY, "my")):
        match = pattern.match(text.strip())
        if match is not None:
            return _date(dict(zip(order, match.groups(), strict=True)))
    return None


def _date(parts: dict[str, str]) -> date | None:
    month = int(parts["m"]) if parts["m"].isdecimal() else _MONTHS.get(parts["m"].lower(), 0)
    year = int(parts["y"])
    try:
        if "d" in parts:
            return date(year, month, int(parts["d"]))
        from calendar import monthrange

        return date(year, month, monthrange(year, month)[1])
    except ValueError:
        return None


def _bounded(day: date, stated: date | str, today: date) -> date:
    """Not later than today, where it is today elsewhere already or somewhere in this month."""
    whole_month = isinstance(stated, str) and _MONTH_ONLY.match(stated.strip()) is not None
    if day == today + timedelta(days=1) or (whole_month and (day.year, day.month) == (today.year, today.month)):
        return min(day, today)
    return day


def _in_front_matter(document: Document) -> Iterator[tuple[Which, None, date | str]]:
    for key, value in (document.front_matter or {}).items():
        name = "".join(letter for letter in str(key).lower() if letter.isalnum())
        which: Which | None = ("reviewed" if name in _REVIEWED_KEYS else "next review" if name in _NEXT_KEYS else None)
        if which is None or value is None or isinstance(value, bool):
            continue
        if isinstance(value, datetime):
            yield which, None, value.date()
        elif isinstance(value, date):
            yield which, None, value
        else:
            # A number or list is no date, and Python refuses to write out numbers of thousands of digits.
            yield which, None, value[:_LONGEST_LINE] if isinstance(value, str) else ""


def _in_lines(content: bytes) -> Iterator[tuple[Which, int, str]]:
    small = content.lower()
    if not any(hint in small for hint in _HINTS):
        return
    fence = ""
    lines = content.decode("utf-8", "replace").splitlines()
    start = _behind_front_matter(lines)
    for number, line in enumerate(lines[start:], start=start + 1):
        bare = line.strip()
        if fence:
            fence = "" if bare.startswith(fence) and not bare.strip(fence[0]) else fence
        elif bare.startswith(("```", "~~~")):
            fence = bare[:len(bare) - len(bare.lstrip(bare[0]))]
        elif len(line) <= _LONGEST_LINE:
            yield from _in_line(bare, number)


def _in_line(line: str, number: int) -> Iterator[tuple[Which, int, str]]:
    match = _LABEL.match(_MARKUP.sub("", line))
    if match is None:
        return
    rest = match["rest"].strip(" |:\t")
    # Without a colon it may be a sentence that only begins so; with one, it is meant to be read.
    if parse_date(rest) is not None or (match["mark"] == ":" and re.match(r"\d|n/?a\b|tb[da]\b", rest, re.IGNORECASE)):
        yield ("reviewed" if match["reviewed"] else "next review"), number, rest


def _behind_front_matter(lines: list[str]) -> int:
    if not lines or lines[0].rstrip() not in ("---", "+++"):
        return 0
    return next((number + 1 for number, line in enumerate(lines[1:], start=1) if line.rstrip() == lines[0].rstrip()), 0)
