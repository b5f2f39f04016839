"""Days of downloads: which are full, which are missing, sums and growth over the same weekdays. Pure."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.package_adoption.facts import LAG
from repo_vitals.frozen import dataclass
from repo_vitals.stats.quantiles import median

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

GROWTH_DAYS = 28            # four weeks, so that every weekday is in each half as often
LEAST_PAIRS = 21            # of those days that have to be told in both halves
HARDLY_ANY = 3              # of as many a day, none is met once in twenty days and more by chance
_AROUND = 7 * 8             # days before and after a row of days of none that tell what is usual
SURELY_SOME = 20            # a count of none where that many are usual is no count: chance gives it once in 5e8


@dataclass(frozen=True, kw_only=True)
class Recent:
    """Downloads of the last `days` full days. `total` None: none of them was told."""

    days: int
    total: int | None
    told: int                   # days of them that the registry told


@dataclass(frozen=True, kw_only=True)
class Growth:
    """The last four weeks ÷ the four before, over days that were told in both. `ratio` None: too few were, or none."""

    ratio: float | None
    pairs: int


def newest_full(days: Mapping[date, int], today: date) -> date:
    """The newest day that counts as told: yesterday, or up to LAG days before where the registry is behind.

    Where nothing that young was told it is yesterday, so that the days since are missing and show.
    """
    yesterday = today - timedelta(days=1)
    young = [day for day in days if yesterday - timedelta(days=LAG) < day <= yesterday]
    return max(young, default=yesterday)


def span(through: date, days: int) -> list[date]:
    """The `days` days that end with `through`, oldest first."""
    return [through - timedelta(days=back) for back in reversed(range(days))]


def recent(days: Mapping[date, int], through: date, length: int) -> Recent:
    """What was told of the last days. Missing ones add nothing, and `told` says how many there are."""
    told = [days[day] for day in span(through, length) if day in days]
    return Recent(days=length, total=sum(told) if told else None, told=len(told))


def recent_counted(counted: Mapping[date, int], today: date, length: int) -> Recent:
    """The same from a count that only grows, as it stood at runs: from a day `length` days ago until today.

    The span is as long as the time between the two runs; without a run on that day there is no figure.
    """
    start = today - timedelta(days=length)
    if today not in counted or start not in counted:
        return Recent(days=length, total=None, told=0)
    return Recent(days=length, total=counted[today] - counted[start], told=length)


def growth(days: Mapping[date, int], through: date) -> Growth:
    """Each of the last 28 days beside the same weekday four weeks before; a day missing in either leaves both out."""
    pairs = [(days[day], days[day - timedelta(days=GROWTH_DAYS)]) for day in span(through, GROWTH_DAYS)
             if day in days and day - timedelta(days=GROWTH_DAYS) in days]
    before = sum(old for _, old in pairs)
    if len(pairs) < LEAST_PAIRS or before == 0:
        return Growth(ratio=None, pairs=len(pairs))
    return Growth(ratio=sum(new for new, _ in pairs) / before, pairs=len(pairs))


def between(counted: Mapping[date, int]) -> dict[date, int]:
    """Downloads a day from a count that only grows: of each day on which it was read, and on the day after too."""
    found = {}
    for day, count in counted.items():
        after = counted.get(day + timedelta(days=1))
        if after is not None and after >= count:
            found[day] = after - count
    return found


def believable(told: Mapping[date, int], known: Mapping[date, int] | None = None) -> dict[date, int]:
    """Without days of none that the registry lost or has not counted yet.

    A day of none is left out where it was known to have some, and where the same weekday has a median of at least
    SURELY_SOME, days of none aside, from eight weeks before the row of such days that it stands in to eight weeks after
    it. That is so of a long row too: packages that are pulled as often go out of use slowly.
    """
    known = known or {}
    kept = {day for day, count in told.items() if count == 0 and known.get(day)}
    # The row is of what was told; what was known of the same days still tells what is usual.
    best = {**known, **{day: count for day, count in told.items() if day not in kept}}
    # Nothing is lost of a package that is hardly ever fetched, whose rows of such days are many.
    if max(best.values(), default=0) < SURELY_SOME:
        return {day: count for day, count in told.items() if day not in kept}
    counts = {day.toordinal(): count for day, count in best.items()}
    lost = set(kept)
    for row in _rows(sorted(day for day, count in told.items() if count == 0)):
        first, last = row[0].toordinal() - _AROUND, row[-1].toordinal() + _AROUND
        for weekday in {day.weekday() for day in row}:
            start = first + (weekday + 1 - first) % 7       # ordinal 1 was a Monday
            around = [count for place in range(start, last + 1, 7) if (count := counts.get(place))]
            if around and median(around) >= SURELY_SOME:
                lost |= {day for day in row if day.weekday() == weekday}
    return {day: count for day, count in told.items() if day not in lost}


def counted_yet(told: Mapping[date, int], today: date) -> dict[date, int]:
    """Without the last days of none that a registry has not counted yet, for which it tells 0 as well.

    These are up to LAG days at the end, on weekdays with a median of more than HARDLY_ANY in the eight weeks before.
    Where there are more of them nobody fetches it any more, or the registry has stopped counting.
    """
    yesterday = today - timedelta(days=1)
    none: list[date] = []
    day = yesterday
    while told.get(day) == 0:
        none.append(day)
        day -= timedelta(days=1)
    waited_for = {day for day in none if _is_usual(told, day, none[-1])}
    return {day: count for day, count in told.items() if day not in waited_for or len(waited_for) > LAG}


def _is_usual(days: Mapping[date, int], day: date, before: date) -> bool:
    """Whether more than HARDLY_ANY are usual on that weekday in the eight weeks before a day."""
    back = 7 * ((day - before).days // 7 + 1)
    counts = [days[other] for week in range(8) if (other := day - timedelta(days=back + 7 * week)) in days]
    return bool(counts) and median(counts) > HARDLY_ANY


def stopped(days: Mapping[date, int], today: date, reach: int, *, often: bool = False) -> set[date]:
    """The days in rows of more than LAG, up to yesterday, on which nobody fetched it as it seems: missing, or of none.

    Only from the first day that is known on, and of the last `reach` days; with `often` of rows that have a day on
    which more than HARDLY_ANY are usual. Whether the registry counted them at all, another package has to tell.
    """
    if not days:
        return set()
    first = max(min(days), today - timedelta(days=reach))
    nothing = [day for day in span(today - timedelta(days=1), (today - first).days) if not days.get(day)]
    rows = [row for row in _rows(nothing) if len(row) > LAG]
    return {day for row in rows if not often or any(_is_usual(days, day, row[0]) for day in row) for day in row}


def _rows(days: Sequence[date]) -> list[list[date]]:
    """Days in order as rows of days that follow one another."""
    found: list[list[date]] = []
    for day in days:
        if found and day - found[-1][-1] == timedelta(days=1):
            found[-1].append(day)
        else:
            found.append([day])
    return found


def begun(days: Mapping[date, int], published: date | None) -> dict[date, int]:
    """Without the days before a package was there, of which npm tells none as well.

    It is there from the first download on, or from the day of its first version, where that was before.
    """
    first = min((day for day, count in days.items() if count), default=None)
    start = min((day for day in (first, published) if day is not None), default=None)
    return {day: count for day, count in days.items() if start is not None and day >= start}


def likely_none(days: Mapping[date, int], through: date, length: int) -> set[date]:
    """Of the last days, those without a row on which nothing was fetched, more likely than not told.

    For registries that leave such days out: a missing day, from the first that was told on, of a weekday whose told
    days have a median of at most HARDLY_ANY, or that has none at all. Where more is usual a missing day was lost.
    """
    wanted = span(through, length)
    told = [day for day in wanted if day in days]
    if not told:
        return set()
    rare = {weekday for weekday in range(7)
            if median([days[day] for day in told if day.weekday() == weekday] or [0]) <= HARDLY_ANY}
    return {day for day in wanted if day > told[0] and day not in days and day.weekday() in rare}


def with_proven(days: Mapping[date, int], since: date | None, today: date) -> dict[date, int]:
    """With the days of none that a count of all time proves, which was the same on the day `since` and is today.

    Not within the last LAG days of standing still: a registry that is behind adds nothing to either.
    """
    if since is None or (today - since).days <= LAG:
        return dict(days)
    proven = span(today - timedelta(days=1), (today - since).days - 1)
    return dict(sorted({**dict.fromkeys(proven, 0), **days}.items()))


def joined(known: Mapping[date, int], told: Mapping[date, int]) -> dict[date, int]:
    """What earlier runs knew with what the registry tells now, which is right where the two differ.

    A day that it tells no more, because its window went on or because it lost it, stays as it was known.
    """
    return dict(sorted({**known, **believable(told, known)}.items()))
