"""For how long each vulnerability has been there, over many runs. Pure.

The clock of a vulnerability in a package starts when it is first seen in this repository, or when GitHub opened an
alert of it, if that was earlier. It runs on over updates from one affected version to another. It stops when a tool
that told of it was run again by the same job, looked for vulnerabilities, gave a whole report, and does not tell of it
any more; a report that is missing, cut or too old stops nothing, and neither does what the tool was told to overlook,
or what it tells of as withdrawn, private or milder. GitHub's list of open alerts stops nothing by itself, since an
alert that was dismissed leaves it as one that was fixed does; its list of fixed ones does.
A vulnerability that comes back goes on from where its clock stood: the time in between is not counted.
"""
from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.facts import Seen, Span
from repo_vitals.concerns.security_summary.identity import (
    ecosystem_of,
    id_key,
    ids_of,
    loose_name,
    name_in,
)
from repo_vitals.concerns.security_summary.merge import merge
from repo_vitals.concerns.security_summary.severity import GRADES, Grade
from repo_vitals.concerns.security_summary.sources import checks_of
from repo_vitals.concerns.security_summary.tool_ignores import EVERY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.security_summary.facts import Advisory, Mended, Report, ToolIgnore
    from repo_vitals.concerns.security_summary.merge import Entry

FORGOTTEN_AFTER = timedelta(days=400)       # since it was gone; no figure looks back further
_DEPENDABOT = "dependabot"
_OF_GITHUB = frozenset({_DEPENDABOT, "code-scanning", "secret-scanning"})
_ZERO = timedelta(0)


def origin_of(report: Report, job: str = "", thresholds: Mapping[str, str] | None = None) -> str:
    """What kind of scan a report comes from. SARIF is written by many tools.

    Another job's scan of the same kind may be of other lock files, and one with another threshold (by format) shows
    less: those are other scans. GitHub's lists are of the whole repository.
    """
    if report.format in _OF_GITHUB:
        return report.format
    kind = report.format
    if kind == "sarif":
        kind = f"sarif of {re.sub(r'[ /@]v?[0-9].*', '', report.tool).strip().lower()[:60]}"
    threshold = (thresholds or {}).get(report.format, "")
    return " ".join(part for part in (kind, f"from {threshold}" if threshold else "", job and f"by {job}") if part)


def advance(
    known: Sequence[Seen], entries: Iterable[Entry], reports: Sequence[Report], *, grade: Callable[[Entry], Grade],
    whole: Callable[[Report], bool], overlooked: Collection[ToolIgnore], now: datetime, is_sure: bool = True,
    job: str = "", thresholds: Mapping[str, str] | None = None,
) -> tuple[Seen, ...]:
    """What is known of every vulnerability after this run's sight of it.

    `overlooked` is what tools were told not to report, `job` what tells this job's scans from another's, `thresholds`
    the severity from which on tools report, by format. `is_sure` False: a part of what was known is lost, so that what
    seems new may not be.
    """
    origins_of = [origin_of(report, job, thresholds) for report in reports]
    origin_by_advisory = {id(advisory): origin for report, origin in zip(reports, origins_of, strict=True)
                          for advisory in report.advisories}
    read: dict[str, int] = defaultdict(int)
    cut: set[str] = set()
    for report, origin in zip(reports, origins_of, strict=True):
        # A tool that ran for something else (licences alone) shows no vulnerability to be gone.
        if "vulnerabilities" in checks_of(report):
            read[origin] += 1
        if not whole(report):
            cut.add(origin)
    by_name = _by_name(known)
    taken: set[int] = set()
    found: list[Seen] = []
    for group in _groups(entries):
        matching = [one for one in by_name.get(loose_name(group[0].key[1]), ())
                    if id(one) not in taken and is_same(one, group[0])]
        taken.update(id(one) for one in matching)
        origins = {origin_by_advisory[id(advisory)] for entry in group for advisory in entry.advisories
                   if id(advisory) in origin_by_advisory}
        found.append(_seen_now(group, matching, grade=grade, origins={name: read[name] for name in sorted(origins)},
                               now=now, is_sure=is_sure))
    ignores, told = _by_id(overlooked), _told(reports)
    present = list(found)
    for one in known:
        if id(one) in taken:
            continue
        gone = one.is_open and any(
            name not in cut and name != _DEPENDABOT and read.get(name, 0) >= number > 0
            for name, number in one.origins.items()) and not _may_be_hidden(one, ignores) and not _is_told(one, told)
        kept = _ended(one, now) if gone else one
        if kept.is_open or now - (kept.spans[-1].end or now) < FORGOTTEN_AFTER:
            found.append(kept)
    for report in reports:
        for mended in report.mended:
            _end(mended, found, present, grade=grade, now=now)
    return tuple(sorted(found, key=lambda one: (one.key, sorted(one.ids))))


def _by_name(known: Iterable[Seen]) -> Mapping[str, Sequence[Seen]]:
    found: dict[str, list[Seen]] = defaultdict(list)
    for one in known:
        found[loose_name(one.key[1])].append(one)
    return found


def _told(reports: Iterable[Report]) -> Mapping[str, Sequence[Advisory]]:
    """What the reports tell of that is no entry with a clock, by id: withdrawn, private, or of a milder kind."""
    found: dict[str, list[Advisory]] = defaultdict(list)
    for report in reports:
        for one in report.advisories:
            if one.kind != "vulnerability" or one.private:
                for key in ids_of(one):
                    found[key].append(one)
    return found


def _is_told(one: Seen, told: Mapping[str, Sequence[Advisory]]) -> bool:
    """Whether it is still told of, if in another way: nobody mended it."""
    return any(_is_package(one.key, ecosystem_of(about.package), about.package.name)
               for key in one.ids for about in told.get(key, ()))


def _ended(one: Seen, now: datetime) -> Seen:
    """It, gone as of now. Runners' clocks differ: one that is behind the run that saw it begin ends it right then."""
    last = one.spans[-1]
    return replace(one, spans=(*one.spans[:-1], replace(last, end=max(now, last.start))))


def _by_id(ignores: Iterable[ToolIgnore]) -> Mapping[str, Sequence[ToolIgnore]]:
    found: dict[str, list[ToolIgnore]] = defaultdict(list)
    for one in ignores:
        if one.concern == "vulnerability":
            found[id_key(one.id)].append(one)
    return found


def _may_be_hidden(one: Seen, ignores: Mapping[str, Sequence[ToolIgnore]]) -> bool:
    """Whether a tool may have been told to overlook it. The history keeps no versions: an ignore of one version may
    hide it, so that it is not taken for mended."""
    return any(ignore.package is None or loose_name(ignore.package) == loose_name(one.key[1])
               for key in (*one.ids, EVERY) for ignore in ignores.get(key, ()))


def _end(mended: Mended, found: list[Seen], present: Sequence[Seen], *, grade: Callable[[Entry], Grade], now: datetime,
         ) -> None:
    """Note in `found` when something was mended that its source remembers, unless it is `present`."""
    opened = mended.advisory.opened_at
    for entry in merge([mended.advisory]):
        if entry.kind != "vulnerability" or entry.private or mended.at > now:
            continue
        places = [place for place, one in enumerate(found) if is_same(one, entry)]
        if not places and opened is not None and opened <= mended.at:
            found.append(Seen(key=entry.key, ids=entry.id_keys, spans=(Span(start=opened, end=mended.at),),
                              severity=grade(entry)))
        for place in places:
            one, last = found[place], found[place].spans[-1]
            if one not in present and last.start <= mended.at and (last.end is None or mended.at < last.end):
                found[place] = replace(one, spans=(*one.spans[:-1], replace(last, end=mended.at)))


def is_same(one: Seen, entry: Entry) -> bool:
    """Whether an entry is about what the history knows; the ecosystem may have been unknown to one of them."""
    return not one.ids.isdisjoint(entry.id_keys) and _is_package(one.key, *entry.key)


def _is_package(key: tuple[str, str], ecosystem: str, name: str) -> bool:
    """Whether a package is the one of a key. Where one of them has no ecosystem, its name is as the other's is."""
    known = key[0] or ecosystem
    return ecosystem in ("", known) and name_in(known, key[1]) == name_in(known, name)


def seen_by_entry(known: Iterable[Seen], entries: Iterable[Entry]) -> Mapping[Entry, Seen]:
    """What the history knows of each entry."""
    by_name = _by_name(known)
    return {entry: one for entry in entries for one in by_name.get(loose_name(entry.key[1]), ())[::-1]
            if is_same(one, entry)}


def open_time(spans: Iterable[Span], now: datetime) -> timedelta:
    """How long something was there, gaps left out."""
    return sum((max((span.end or now) - span.start, _ZERO) for span in spans), _ZERO)


def due(spans: Sequence[Span], within: timedelta | None) -> datetime | None:
    """When the time that is allowed runs out, if it stays; None: it may stay for ever."""
    if within is None:
        return None
    last = spans[-1]
    return last.start + within - open_time(spans[:-1], last.start)


def _groups(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Entries of one vulnerability in one package, over its versions. Private ones are never written anywhere."""
    found: dict[tuple[tuple[str, str], frozenset[str]], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.kind == "vulnerability" and not entry.private:
            found[entry.key, entry.id_keys].append(entry)
    return [found[key] for key in sorted(found, key=lambda key: (key[0], sorted(key[1])))]


def _seen_now(
    group: Sequence[Entry], matching: Sequence[Seen], *, grade: Callable[[Entry], Grade], origins: dict[str, int],
    now: datetime, is_sure: bool,
) -> Seen:
    opened = min((entry.opened_at for entry in group if entry.opened_at is not None), default=now)
    opened = min(opened, now)
    spans = _united(span for one in matching for span in one.spans)
    if not spans:
        spans = [Span(start=opened)]
    elif spans[-1].end is not None:
        # An alert that GitHub opens again keeps the time when it was first opened.
        spans.append(Span(start=opened if opened > spans[-1].end else max(now, spans[-1].end)))
    if opened < spans[0].start:
        spans[0] = replace(spans[0], start=opened)
    ids = frozenset({*group[0].id_keys, *(identifier for one in matching for identifier in one.ids)})
    key = max([group[0].key, *(one.key for one in matching)], key=lambda key: (bool(key[0]), key))
    return Seen(key=key, ids=ids, spans=tuple(spans),
                severity=max((grade(entry) for entry in group), key=GRADES.index), origins=origins,
                is_sure=all(one.is_sure for one in matching) if matching else is_sure or any(
                    entry.opened_at is not None for entry in group))


def _united(spans: Iterable[Span]) -> list[Span]:
    """Spans that touch or overlap as one; an open one ends all."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if found and (found[-1].end is None or span.start <= found[-1].end):
            last = found[-1]
            end = None if last.end is None or span.end is None else max(last.end, span.end)
            found[-1] = Span(start=last.start, end=end)
        else:
            found.append(span)
    return found
