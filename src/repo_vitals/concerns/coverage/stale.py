"""Reports that may be of another commit than the one that is checked out."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.concerns.coverage.facts import FileCoverage, ReportRead
    from repo_vitals.sources.checkout import Checkout
    from repo_vitals.sources.report_files import ReportFile

_TOLERATED = timedelta(days=1)      # between clocks, and where a commit is amended after its tests
_OLDEST = datetime(2000, 1, 1, tzinfo=timezone.utc)     # some tools write 0 or 1 where they know no time
_NEWEST = datetime(2200, 1, 1, tzinfo=timezone.utc)
_MOST_LOOKED_AT = 5_000             # files, those that count most lines first


def instant(stated: str | None) -> datetime | None:
    """A time in a report as seconds or milliseconds since 1970; None for one that can't be."""
    text = (stated or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        return None
    seconds = int(text) / (1000 if len(text) > 11 else 1)
    if not _OLDEST.timestamp() <= seconds < _NEWEST.timestamp():
        return None
    return datetime.fromtimestamp(seconds, timezone.utc)


def aged(reports: Sequence[ReportRead], files: Sequence[ReportFile], checkout: Checkout | None) -> list[ReportRead]:
    """The reports, those with `stale` that are older than the checked-out commit or stand in it as they are."""
    if checkout is None:
        return list(reports)
    committed = checkout.time(checkout.head)
    by_name = {file.shown: file for file in files}
    return [replace(report, stale=_why(report, by_name[report.shown], checkout, committed)) for report in reports]


def _why(report: ReportRead, file: ReportFile, checkout: Checkout, committed: datetime | None) -> str:
    if checkout.holds(file.path):
        return "is committed, and no newer than the commit"
    written = report.written_at
    if written is not None and committed is not None and committed - written > _TOLERATED:
        return f"says that it was written on {written:%Y-%m-%d}, before the checked-out commit of {committed:%Y-%m-%d}"
    return ""


def beyond(files: Mapping[str, FileCoverage], tree: frozenset[str], checkout: Checkout | None) -> tuple[str, ...]:
    """Files of the checkout of which reports name lines that they do not have, in order.

    Kotlin's compiler numbers inlined lines beyond a file's end, and some tools count a line after the last.
    """
    if checkout is None:
        return ()
    named = sorted((path for path in files.keys() & tree if not path.endswith(".kt")),
                   key=lambda path: (-files[path].lines.valid, path))[:_MOST_LOOKED_AT]
    sizes = checkout.line_counts(checkout.head, sorted(named))
    return tuple(sorted(path for path, size in sizes.items() if files[path].lines.last > size + 1))
