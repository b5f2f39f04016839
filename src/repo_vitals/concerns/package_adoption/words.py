"""The line that sums up, and the notes. Strangers' words are none of them. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repo_vitals.concerns.package_adoption.facts import Facts
    from repo_vitals.concerns.package_adoption.measure import Measured

_MOST_NOTES = 20


def summary(measured: Sequence[Measured]) -> str:
    """How many packages are as usual, and what the others are."""
    states = [one.week.verdict for one in measured]
    noun = "package" if len(states) == 1 else "packages"
    parts = [f"{states.count('usual')} of {len(states)} {noun} downloaded as usual"]
    words = {"drop": "fell", "spike": "rose", "unknown": "can't be told yet"}
    parts += [f"{states.count(state)} {word}" for state, word in words.items() if state in states]
    return ", ".join(parts)


def notes(measured: Sequence[Measured], facts: Facts) -> tuple[str, ...]:
    """What a reader should know about the figures."""
    found = list(dict.fromkeys(_each(measured, facts)))
    more = len(found) - _MOST_NOTES
    return tuple(found[:_MOST_NOTES] + ([f"and {more} more notes, each in data.packages"] if more > 0 else []))


def _each(measured: Sequence[Measured], facts: Facts) -> Iterator[str]:
    yield from facts.notes
    for one in measured:
        name = quotable(str(one.adoption.package), limit=120)
        if one.week.verdict == "unknown":
            hint = "" if facts.keeps else "; with a history days are kept longer than the registry tells them"
            yield f"{name}: whether its downloads are as usual can't be told: {one.week.reason}{hint}"
        yield from (f"{name}: {note}" for note in one.adoption.notes)
        if one.adoption.tells_versions and one.adoption.problem is None:
            yield from (f"{name}: how much of it goes to {words} can't be told: {pulled.reason}"
                        for words, pulled in (("yanked versions", one.yanked),
                                              ("versions with known flaws", one.flawed)) if pulled.reason)
    if facts.traffic is not None and facts.traffic.problem is not None:
        yield f"the repository's traffic is not known: {quotable(facts.traffic.problem, limit=300)}"
    if not facts.keeps and any(one.adoption.package.registry == "github" for one in measured):
        yield ("github: an asset has one count of all time, so what was downloaded when is known only with a "
               "`history`")
