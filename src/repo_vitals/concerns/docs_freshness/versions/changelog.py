"""Which releases a changelog has entries for, by its headings. Pure."""
from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from repo_vitals import late
from repo_vitals.concerns.docs_freshness.versions.numbers import parse
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from repo_vitals.concerns.docs_freshness.versions.numbers import Number

STEMS = ("CHANGELOG", "CHANGES", "CHANGE_LOG", "CHANGE-LOG", "HISTORY", "NEWS", "RELEASES", "RELEASE_NOTES",
         "RELEASE-NOTES", "RELEASENOTES")
_ENDINGS = ("", ".md", ".markdown", ".rst", ".txt")
_LONGEST = 300          # characters of a heading
_UNRELEASED = late.regex(r"\b(?:unreleased|not yet released|in progress|in development|upcoming|tbd|tba|next)\b",
                         re.IGNORECASE)
_ENTRY = late.regex(r"(?:[\[(]\s*)?(?:(?:version|release|ver\.?|rel\.?):?\s+)?([vV]?\d[0-9A-Za-z.+_-]*)(?:\s*[\])])?"
                    r"(\s*[-\u2013\u2014:/(\[,|].*|\s+(?:\w+ \d{1,2},? |\d{1,2} \w+ )?\d{4}\b.*)?",
                    re.IGNORECASE | re.DOTALL)
# Above all entries: that what came after them is told elsewhere, and where.
_ELSEWHERE = late.regex(
    r"\b(?:(?:and|or) (?:newer|later|higher|above|up|onwards?)|no longer (?:updated|maintained|kept)|deprecated|"
    r"discontinued|superseded|moved to)\b", re.IGNORECASE)
_MOST_ABOVE = 2_000     # characters above the first entry
_DAY = late.regex(r"\b(\d{4})-(\d\d)-(\d\d)\b")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One release that the changelog tells of."""

    number: Number
    line: int
    day: date | None


@dataclass(frozen=True, kw_only=True)
class Changelog:
    """A changelog's entries, whether it has a place for what is not released yet, and whether it goes on elsewhere."""

    file: str
    entries: tuple[Entry, ...]
    has_unreleased: bool
    goes_on: bool = False

    @property
    def newest(self) -> Entry | None:
        """The entry of the greatest version: lists of several release lines are not in one order."""
        return max(self.entries, key=lambda entry: entry.number, default=None)

    def of(self, number: Number) -> Entry | None:
        """The entry of a version."""
        return next((entry for entry in self.entries if entry.number == number), None)


def places(folder: str) -> tuple[str, ...]:
    """Where a changelog may lie, in small letters, the likeliest first."""
    start = f"{folder.lower()}/" if folder else ""
    return tuple(f"{start}{stem.lower()}{ending}" for stem in STEMS for ending in _ENDINGS)


def read(file: str, headings: Iterable[tuple[str, int]], names: Collection[str] = (), text: str = "") -> Changelog:
    """The entries among (heading, line). A version may stand behind one of `names`: `widget 1.2.0`.

    `text` is all of it, for what stands above the first heading of an entry or of what is not released.
    """
    entries, has_unreleased = [], False
    first: int | None = None
    for heading, line in headings:
        if len(heading) > _LONGEST:
            continue
        if _UNRELEASED.search(heading) is not None:
            has_unreleased = True
            first = line if first is None else first
            continue
        match = _ENTRY.fullmatch(_without_name(heading.strip(), names))
        number = None if match is None else parse(match[1].rstrip(".:_-"))
        if match is not None and number is not None and number.width > 1:
            entries.append(Entry(number=number, line=line, day=_day(match[2] or "")))
            first = line if first is None else first
    above = "" if first is None else "\n".join(text[:_MOST_ABOVE].splitlines()[:first - 1])
    return Changelog(file=file, entries=tuple(entries), has_unreleased=has_unreleased,
                     goes_on="://" in above and _ELSEWHERE.search(above) is not None)


def _without_name(text: str, names: Collection[str]) -> str:
    for name in names:
        if name and text.lower().startswith(name.lower()) and text[len(name):len(name) + 1] in (" ", "@", "-", "/"):
            return text[len(name) + 1:].strip()
    return text


def plain_headings(text: str) -> list[tuple[str, int]]:
    """The headings of a changelog without a format: lines that begin with a version, or are underlined."""
    lines = text.splitlines()
    begins = re.compile(r"(?:version\s+)?v?\d+\.\d", re.IGNORECASE)
    found = []
    for number, line in enumerate(lines, start=1):
        below = lines[number] if number < len(lines) else ""
        stripped = line.strip().lstrip("#").strip()
        is_underlined = re.fullmatch(r"[=~^-]{3,}\s*", below) is not None
        if stripped and line[:1] not in (" ", "\t", "-", "*") and (
                is_underlined or line.startswith("#") or begins.match(stripped) is not None):
            found.append((stripped, number))
    return found


def _day(text: str) -> date | None:
    match = _DAY.search(text)
    try:
        return None if match is None else date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
