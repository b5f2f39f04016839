"""Reading an XML report by an object that takes its elements: by patterns where that is sure, else one by one."""
from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from repo_vitals.sources.report_files import opened
from repo_vitals.sources.xml_reading import NeedsWalk, walk, walk_runs

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from repo_vitals.concerns.coverage.formats.found import Found
    from repo_vitals.sources.report_files import ReportFile


class Taker(Protocol):
    """What takes the elements of one report in their order."""

    found: Found

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, piece: str) -> None:
        """Text of an element in `text_of`."""

    def take(self, run: bytes) -> None:
        """Sibling elements that the leaf's pattern matches, as they are written."""


def read_xml(
    file: ReportFile, taker: Callable[[], Taker], *, leaf: re.Pattern[bytes], text_of: frozenset[str] = frozenset(),
) -> Found:
    """What a new taker finds in the report. Raises Unreadable."""
    one = taker()
    try:
        with opened(file, as_declared=True) as stream:
            walk_runs(stream, one.start, one.end, one.text, text_of=text_of, leaf=leaf, take=one.take)
    except NeedsWalk:
        one = taker()
        with opened(file, as_declared=True) as stream:
            walk(stream, one.start, one.end, one.text, text_of=text_of)
    return one.found
