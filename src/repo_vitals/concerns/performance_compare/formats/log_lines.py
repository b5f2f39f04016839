"""The lines of a log of any length, within bounds."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.head import plain
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.sources.report_files import ReportFile

LONGEST_LINE = 1 << 20      # bytes


def log_lines(file: ReportFile, *, strips: bool = True) -> Iterator[str]:
    """The lines without colours and, unless `strips` says no, the blanks behind them; blank ones too.

    Raises Unreadable for a line of more than LONGEST_LINE bytes, and as `report_files.opened` does.
    """
    with opened(file) as stream:
        number = 0
        while raw := stream.readline(LONGEST_LINE + 1):
            number += 1
            if len(raw) > LONGEST_LINE:
                raise Unreadable(f"holds a line of more than {LONGEST_LINE:,} bytes (line {number:,})")
            yield plain(raw.decode("utf-8"), strips=strips)
