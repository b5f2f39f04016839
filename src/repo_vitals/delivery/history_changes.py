"""What has to be written so that a history holds what a run wants kept, given what it holds at this moment.

The same for a folder under its lock and for a branch whose tip has moved: whoever loses a race asks again. Pure but for
reading through `Content`.
"""
from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from repo_vitals.errors import CallerError
from repo_vitals.sources.history import BASELINES, DAMAGED, POINTS, RECORDS, fingerprint
from repo_vitals.sources.history_points import (
    DAILY_AFTER,
    GRAINS,
    Month,
    file_of,
    grain_of,
    is_coarser,
    merged,
    month_of,
    parse_month,
    thinned,
    write_month,
)
from repo_vitals.sources.history_records import Records, parse_records, write_records
from repo_vitals.sources.history_records import merged as merged_records
from repo_vitals.sources.history_records import thinned as thinned_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repo_vitals.sources.history import Content, History
    from repo_vitals.sources.history_points import Point
    from repo_vitals.sources.history_records import Record

DEFAULT_LIMIT = 50_000_000


def changes(history: History, content: Content) -> dict[str, bytes]:
    """New contents by path, empty to remove a file; nothing where all is as wanted.

    What a monitor remembers of a repository is left out as a whole when another run has replaced any of what this one
    read of it: of two runs at once one is remembered, never half of each. What other monitors remember has nothing to
    do with that. Points and records of both stand. Raises CallerError for a newer schema.
    """
    wanted: dict[str, bytes] = {}
    kept = {path: _encoded(text) for path, text in history.kept.items()}
    # What this run never read is not looked at: whatever is there, even a link, gives way.
    now = {path: content.read(path) for path in kept if path in history.found}
    overtaken = {_whole_of(path) for path, there in now.items()
                 if fingerprint(there) != history.found[path] and (there or b"") != kept[path]}
    wanted.update({path: new for path, new in kept.items()
                   if _whole_of(path) not in overtaken and (path not in now or (now[path] or b"") != new)})
    # At once: what is far away is fetched month by month else.
    content.bring([*history.added, *history.added_records])
    for path, points in history.added.items():
        wanted.update(_with_points(content, path, points))
    for path, records in history.added_records.items():
        wanted.update(_with_records(content, path, records))
    there = set(content.paths()) if not all(wanted.values()) else set()
    # What is gone already is not removed once more: GitHub's API refuses a commit that does.
    return {path: new for path, new in wanted.items() if new or path in there}


def _whole_of(path: str) -> tuple[str, ...]:
    """What a file that is kept belongs to: all that one monitor remembers of one repository, or one baseline."""
    parts = tuple(path.split("/"))
    return parts if parts[0] == BASELINES else parts[:3]


def tidied(content: Content, wanted: Mapping[str, bytes], *, now: datetime, limit: int,
           everything: bool = False) -> tuple[dict[str, bytes], list[str]]:
    """`wanted` with old months made coarser and, where the whole is over `limit` bytes, the oldest ones removed.

    Months are made coarser in the folders that `wanted` writes to, or in all. The last 90 days, and what monitors
    remember whole, are never removed for their size. Also gives what to say about it.
    """
    done = dict(wanted)
    before, written = _months(content.paths()), _months(wanted)
    folders = before.keys() | written.keys() if everything else written.keys()
    due = {folder: {*written.get(folder, ()), *(before.get(folder, ()) if everything else
                                                _aged(before.get(folder, []), now))} for folder in sorted(folders)}
    # All at once: one by one, each may take a request.
    content.bring(f"{folder}/{file_of(month)}" for folder, aged in due.items() for month in aged)
    for folder, aged in due.items():
        if folder.startswith(f"{POINTS}/"):
            done.update(_coarser_points(content, done, folder, sorted(aged), now))
        else:
            months = sorted({*before.get(folder, ()), *written.get(folder, ())})
            done.update(_coarser(content, done, folder, months, sorted(aged), now))
    if content.total_with(done) <= limit:
        return done, []
    # Nothing is removed for a total that somebody noted: here each file is looked at.
    sizes = {**content.sizes(), **{path: len(new) for path, new in done.items()}}
    return _within(sizes, done, now=now, limit=limit)


def _months(paths: Iterable[str]) -> dict[str, list[str]]:
    """The months that grow coarser, by folder."""
    found: dict[str, list[str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        month = month_of(name) if folder.startswith((f"{POINTS}/", f"{RECORDS}/")) else None
        if month is not None:
            found.setdefault(folder, []).append(month)
    return found


def _aged(months: list[str], now: datetime) -> list[str]:
    """The months that may have come of age since a run last wrote to their folder; those before did so in its time.

    That run wrote the newest month that is there. So nothing old has to be read to see how coarse it is already. What
    slips through, for a clock that ran backwards say, becomes coarser in the first run of a year, which looks at all.
    """
    last = max((month for month in months if month <= f"{now:%Y-%m}"), default=None)
    if last is None or int(last[:4]) < now.year:
        return months
    before = datetime(int(last[:4]), int(last[5:7]), 1, tzinfo=timezone.utc)
    return [month for month in months if grain_of(month, before) != grain_of(month, now)]


def _coarser_points(content: Content, done: Mapping[str, bytes], folder: str, months: list[str], now: datetime,
                    ) -> dict[str, bytes]:
    """Those of the months that become coarser."""
    found = {}
    for month in months:
        path, grain = f"{folder}/{file_of(month)}", grain_of(month, now)
        text = done[path] if path in done else content.read(path) or b""
        if not text or is_coarser(text, grain):
            continue
        try:
            parsed = parse_month(text.decode("utf-8", "surrogateescape"), path=path)
        except CallerError:     # of a newer schema: it goes along as it is
            continue
        if not parsed.damaged:
            found[path] = write_month(Month(points=thinned(parsed.points, grain), grain=grain)).encode()
    return found


def _within(sizes: dict[str, int], done: dict[str, bytes], *, now: datetime, limit: int,
            ) -> tuple[dict[str, bytes], list[str]]:
    total = sum(sizes.values())
    if total <= limit:
        return done, []
    young = (now - DAILY_AFTER).strftime("%Y-%m")
    old = sorted((month, path) for path in sizes if path.startswith((f"{POINTS}/", f"{RECORDS}/")) and sizes[path]
                 and (month := month_of(path.rpartition("/")[2])) is not None and month < young)
    removed: list[str] = []
    for month, path in old:
        if total <= limit and month not in removed:     # a month goes for all monitors alike
            break
        total -= sizes[path]
        done[path] = b""
        removed.append(month)
    notes = []
    if removed:
        notes.append(f"history: figures of {removed[0]} to {removed[-1]} were removed, since all together is larger "
                     f"than history-limit ({limit} bytes)")
    if total > limit:
        notes.append(f"history: {total} bytes are more than history-limit ({limit} bytes), without anything old to "
                     "remove; raise the limit, or measure fewer repositories into one history")
    return done, notes


def _coarser(content: Content, done: Mapping[str, bytes], folder: str, months: list[str], due: list[str],
             now: datetime) -> dict[str, bytes]:
    """The months of a series of records that become coarser. Which records are the newest only all of them say."""
    paths = {month: f"{folder}/{file_of(month)}" for month in months}
    held = {month: done[path] if path in done else content.read(path) or b"" for month, path in paths.items()
            if month in due}
    if all(not text or is_coarser(text, grain_of(month, now)) for month, text in held.items()):
        return {}
    content.bring(paths.values())
    found: dict[str, Records] = {}
    for month, path in paths.items():
        text = held.get(month) or (done[path] if path in done else content.read(path) or b"")
        try:
            found[month] = parse_records(text.decode("utf-8", "surrogateescape"), path=path)
        except CallerError:     # of a newer schema: it goes along as it is
            continue
    return {paths[month]: write_records(records).encode() for month, records in thinned_records(found, now).items()}


def _encoded(text: str) -> bytes:
    """UTF-8, with bytes that were no UTF-8 as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:      # half a pair, as strangers' JSON may hold
        return text.encode("utf-8", "replace")


def _with_points(content: Content, path: str, points: tuple[Point, ...]) -> dict[str, bytes]:
    """The file with these points; lines of it that are no points move to a file of their own."""
    text = (content.read(path) or b"").decode("utf-8", "surrogateescape")
    found = parse_month(text, path=path)
    # A head may say a coarser grain than the month deserves, after a run whose clock was ahead: then all is kept.
    due = grain_of(points[0].month, max(point.at for point in points))
    grain = min(found.grain, due, key=GRAINS.index)
    month = Month(points=thinned(merged(found.points, points), grain), grain=grain)
    text_now = write_month(month)
    return {**({} if text_now == text else {path: text_now.encode()}), **_aside(content, path, found.damaged)}


def _with_records(content: Content, path: str, records: tuple[Record, ...]) -> dict[str, bytes]:
    """The file with these records; lines of it that are no records move to a file of their own."""
    text = (content.read(path) or b"").decode("utf-8", "surrogateescape")
    found = parse_records(text, path=path)
    due = grain_of(path.rpartition("/")[2][:7], max(record.at for record in records))
    month = Records(records=merged_records(found.records, records), grain=min(found.grain, due, key=GRAINS.index))
    text_now = write_records(month)
    return {**({} if text_now == text else {path: text_now.encode()}), **_aside(content, path, found.damaged)}


def _aside(content: Content, path: str, damaged: tuple[tuple[int, str], ...]) -> dict[str, bytes]:
    """The file of damaged lines of another one, with these."""
    if not damaged:
        return {}
    aside = f"{DAMAGED}/{path}"
    lines = "".join(f"{line}\n" for _, line in damaged).encode("utf-8", "surrogateescape")
    return {aside: (content.read(aside) or b"") + lines}
