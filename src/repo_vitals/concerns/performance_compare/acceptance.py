"""Accepted changes: who said of which benchmarks that they may be slower, why, and until when. Pure.

What is accepted until a day is to be repaired by then: it begins no new level. What is accepted for good does.
"""
from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.performance_compare.facts import TIMED, Names
from repo_vitals.concerns.performance_compare.units import base_unit
from repo_vitals.config.declare import LINES, Kind
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repo_vitals.concerns.performance_compare.facts import Key
    from repo_vitals.config.allowlist import Allowlist

By = Literal["allowlist", "accept", "label", "comment"]
COMMAND = "/accept-performance"
_MOST = 1000                # lines of `accept`
_LONGEST = 1000             # characters of a pattern or a reason
_MOST_NAMES = 100           # of one comment
_LINE = re.compile(r"(?:`(?P<quoted>[^`]+)`|(?P<plain>.+?))\s+=\s+(?P<reason>.+?)\s*,\s*until\s+"
                   r"(?P<day>\d{4}-\d\d-\d\d)")
_SIGN = re.compile(r"\s=\s")
_WITH_UNIT = re.compile(r"(?P<name>.+\S)\s+\((?P<unit>[^()]+)\)", re.DOTALL)
_COMMENT = re.compile(rf"^{COMMAND}[ \t]+(?P<names>.+?)[ \t]+because[ \t]+(?P<reason>\S.*?)[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r" {0,3}(?P<marks>`{3,}|~{3,})(?P<rest>.*)")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<(?P<tag>pre|script|style|textarea|template)\b.*?(?:</(?P=tag)\s*>|\Z)",
                     re.DOTALL | re.IGNORECASE)
_NAME = re.compile(r"`([^`]+)`|([^,`]+)")
_ANY = Names()


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """One acceptance. Pattern, reason and `who` are strangers' text."""

    pattern: str
    reason: str
    by: By
    who: str = ""                       # the owner that an entry names, or the login of who said it
    expires: datetime | None = None     # from this instant on it counts no more
    only: frozenset[Key] | None = None  # benchmarks that it can be about, where that is known: what its commit changed

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires is not None and now >= self.expires

    def covers(self, key: Key, names: Names = _ANY) -> bool:
        """Whether it is about a benchmark, by its name or by that without its package, where it alone has that.

        Of a name that stands for a time or a rate and for something else, a pattern means times and rates, unless it
        ends in a unit, `BenchmarkParse-8 (B/op)`; a label and a plain `*` mean them all.
        """
        if self.only is not None and key not in self.only:
            return False
        name, unit = key
        called = (name, names.short[key]) if key in names.short else (name,)
        if any(matches(one, self.pattern) for one in called):
            return name not in names.mixed or unit in TIMED or self.pattern == "*"
        told = _WITH_UNIT.fullmatch(self.pattern)
        return told is not None and unit in (told["unit"], base_unit(told["unit"]).name) and any(
            matches(one, told["name"]) for one in called)


def matches(name: str, pattern: str) -> bool:
    """Whether a benchmark's name is the pattern, in which `*` is any text and `?` any character; brackets are plain,
    since many tools put parameters in them."""
    return name == pattern or fnmatchcase(name, pattern.replace("[", "[[]"))


def of_allowlist(allowlist: Allowlist) -> tuple[Acceptance, ...]:
    """The `[[allow]]` tables about benchmarks."""
    return tuple(Acceptance(pattern=one.what, reason=one.reason, by="allowlist", who=one.owner or "",
                            expires=one.expires) for one in allowlist if one.concern == "benchmark")


def of_comment(body: str, *, who: str) -> tuple[Acceptance, ...]:
    """What a comment accepts: lines such as `/accept-performance parse/*, render because the new format needs it`.

    Names with commas stand in backquotes. What a reader of the comment sees as code or does not see is no command.
    """
    found = []
    for line in _COMMENT.finditer(_shown_text(body.replace("\r\n", "\n"))):
        names = [(quoted or plain).strip() for quoted, plain in _NAME.findall(line["names"])]
        found += [Acceptance(pattern=name[:_LONGEST], reason=line["reason"][:_LONGEST], by="comment", who=who)
                  for name in names if name]
    return tuple(found[:_MOST_NAMES])


def _shown_text(body: str) -> str:
    """The text without fenced code and HTML comments; of one that nobody closes everything is left out to the end."""
    kept, fence = [], ""
    for line in body.split("\n"):
        found = _FENCE.match(line)
        if not fence and found is not None:
            fence = found["marks"]
        elif fence and found is not None and not found["rest"].strip() and found["marks"].startswith(fence):
            fence = ""
        elif not fence:
            kept.append(line)
    return _HIDDEN.sub("", "\n".join(kept))


def of_label(label: str, *, who: str) -> Acceptance:
    """What a label on the pull request accepts: whatever regresses in it."""
    return Acceptance(pattern="*", reason=f"the label {label}", by="label", who=who)


def first_that_covers(key: Key, acceptances: Iterable[Acceptance], now: datetime, names: Names = _ANY,
                      ) -> Acceptance | None:
    """The first acceptance of a benchmark that still holds."""
    return next((one for one in acceptances if not one.expired(now) and one.covers(key, names)), None)


def _read(lines: Sequence[str]) -> tuple[Acceptance, ...]:
    if len(lines) > _MOST:
        raise ValueError(f"holds more than {_MOST:,} lines")
    found: dict[str, Acceptance] = {}
    for line in lines:
        one = _line(line)
        if one.pattern in found:
            raise ValueError(f'names "{quotable(one.pattern, limit=60)}" twice')
        found[one.pattern] = one
    return tuple(found.values())


def _line(line: str) -> Acceptance:
    match = _LINE.fullmatch(line) if len(line) <= 2 * _LONGEST else None
    if match is None:
        raise ValueError(f'holds "{quotable(line, limit=80)}", which is not like '
                         "`parse/* = the new format needs it, until 2027-01-31`")
    pattern = match["quoted"] or match["plain"]
    if match["quoted"] is None and _SIGN.search(match["reason"]):
        raise ValueError(f'holds "{quotable(line, limit=80)}" with several signs =; put the name before the right one '
                         "into backquotes")
    try:
        day = date.fromisoformat(match["day"])
        expires = datetime(day.year, day.month, day.day, tzinfo=timezone.utc) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise ValueError(f'holds "{quotable(match["day"], limit=20)}", which is no date') from None
    return Acceptance(pattern=pattern, reason=match["reason"], by="accept", expires=expires)


def _shown(acceptances: Iterable[Acceptance]) -> str:
    return ", ".join(one.pattern for one in acceptances)


ACCEPTANCES: Kind[tuple[Acceptance, ...]] = Kind(
    "lines", lambda text: _read(LINES.parse(text)), lambda value: _read(LINES.from_toml(value)), _shown, quotable=False)
