"""Units as tools spell them, and the base units that results are kept in.

A unit is told by its whole word, never by a part of it, and never by a benchmark's name. What is no known unit stays
the tool's own word with factor 1. Of such, what is told per second counts as a rate, of which more is better, and of a
time for each of something less is; of the rest nothing tells which way is better.
A prefix is decimal (k, K, M, G: 10³ …) or binary (Ki, Mi, Gi: 2¹⁰ …) as it is spelled; IEC 80000-13. Before a word it
is one only if a blank parts them or the word is one that tools count in: `keys/s` are no thousands of `eys`.
"""
from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import one_line

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Better

LONGEST = 60        # characters of a unit that are kept


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A value times `factor` is in the base unit `name`; `better` is the direction that the unit has by itself, None
    where it has none."""

    name: str
    factor: float
    better: Better | None

    def in_base(self, value: float) -> float:
        """The value in the base unit. A thousandth divides, as the float for 1e-3 is none: 236.8 ns are 2.368e-07 s."""
        return value * self.factor if self.factor >= 1 else value / self._divisor

    @cached_property
    def _divisor(self) -> float:
        return round(1 / self.factor, 6)


# Seconds. Both letters that look like µ, and u and "usec" that stand for it.
_TIMES = {
    **dict.fromkeys(("ps", "psec", "picosecond", "picoseconds"), 1e-12),
    **dict.fromkeys(("ns", "nsec", "nanosecond", "nanoseconds"), 1e-9),
    **dict.fromkeys(("us", "µs", "μs", "usec", "µsec", "μsec", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
}
_DECIMAL = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
_BINARY = {"Ki": 2.0 ** 10, "Mi": 2.0 ** 20, "Gi": 2.0 ** 30, "Ti": 2.0 ** 40, "Pi": 2.0 ** 50}
_PREFIXES = _DECIMAL | _BINARY
_WORDS = {"": "", "kilo": "k", "mega": "M", "giga": "G", "tera": "T", "kibi": "Ki", "mebi": "Mi", "gibi": "Gi",
          "tebi": "Ti"}
_BYTES = {
    **{f"{prefix}B": factor for prefix, factor in _PREFIXES.items()},
    **{f"{word}{noun}": _PREFIXES[prefix] for word, prefix in _WORDS.items() for noun in ("byte", "bytes")},
    **{f"{prefix}{noun}": factor / 8 for prefix, factor in _PREFIXES.items() for noun in ("bit", "bits")},
    **{f"{word}{noun}": _PREFIXES[prefix] / 8 for word, prefix in _WORDS.items() for noun in ("bit", "bits")},
}
_BITS_PER_SECOND = {f"{prefix}bps": factor / 8 for prefix, factor in _DECIMAL.items()}
_COUNTS = {
    **dict.fromkeys(("alloc", "allocs", "allocation", "allocations"), "allocations"),
    **dict.fromkeys(("instr", "instrs", "instruction", "instructions", "insn", "insns"), "instructions"),
    **dict.fromkeys(("cycle", "cycles", "clocks"), "cycles"),
    **dict.fromkeys(("count", "counts", "#"), "count"),
}
# What one turn of a benchmark is called. A value per turn is the value; turns per second are a rate of operations.
_TURNS = frozenset({"op", "ops", "operation", "operations", "iter", "iters", "iteration", "iterations", "loop", "call",
                    "calls", "run", "runs", "inv", "invocation", "invocations"})
# What else tools write a prefix before (Melem/s, Kitem/s). No word may be here that makes another with a prefix: P is
# none of them, as stacks count pops.
_COUNTED = frozenset({f"{word}{end}" for end in ("", "s") for word in (
    "char", "elem", "element", "item", "packet", "pixel", "record", "req", "request", "sample", "token",
    "transaction")})
_PER = re.compile(r"(?P<what>.*?)\s*(?:/|\bper\b)\s*(?P<of>[^/]+)", re.IGNORECASE)
_PREFIXED = re.compile(r"(?P<prefix>[kKMGT])(?P<what>[a-z]{2,})")
_APART = re.compile(r"(?P<prefix>[kKMGT])\s+(?P<unit>\S.*)")


@lru_cache(maxsize=1024)
def base_unit(text: str) -> Unit:
    """The base unit of a tool's. Never raises: what is not known is kept as a word, on one line and cut."""
    word = one_line(text, limit=LONGEST)
    if apart := _APART.fullmatch(word):     # "M items/s"
        known = _known(apart["unit"]) or _rate(apart["unit"])
        if known is not None:
            return Unit(name=known.name, factor=known.factor * _DECIMAL[apart["prefix"]], better=known.better)
    return _known(word) or _rate(word) or Unit(name=word or "count", factor=1.0, better=None)


def _spelled(word: str) -> tuple[str, ...]:
    """A unit's spellings: what is written out may begin with a capital; of an abbreviation capitals are part."""
    return (word, word.lower()) if len(word) > 3 else (word,)


def _known(word: str) -> Unit | None:
    for name in _spelled(word):
        if name in _TIMES:
            return Unit(name="seconds", factor=_TIMES[name], better="lower")
        if name in _COUNTS:
            return Unit(name=_COUNTS[name], factor=1.0, better=None if _COUNTS[name] == "count" else "lower")
        if name in _BYTES:
            return Unit(name="bytes", factor=_BYTES[name], better="lower")
    if word in _BITS_PER_SECOND:
        return Unit(name="bytes_per_second", factor=_BITS_PER_SECOND[word], better="higher")
    if word.lower() in ("hz", "khz", "mhz", "ghz"):
        factor = {"h": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}[word[0].lower()]
        return Unit(name="operations_per_second", factor=factor, better="higher")
    return None


def _rate(word: str) -> Unit | None:
    """A unit of something per something else: per turn it is the something, per time it is a rate, which is of
    operations where nothing is said (M/s, as Hz is)."""
    told = _PER.fullmatch(word)
    if told is None:
        return None
    what, of = told["what"].strip(), told["of"].strip()
    if of.lower() in _TURNS:
        return _known(what)
    seconds = next((_TIMES[name] for name in _spelled(of) if name in _TIMES), None)
    if seconds is None:
        return Unit(name=word, factor=1.0, better="lower") if any(name in _TIMES for name in _spelled(what)) else None
    size = next((_BYTES[name] for name in _spelled(what) if name in _BYTES), None)
    if size is not None:
        return Unit(name="bytes_per_second", factor=size / seconds, better="higher")
    factor = 1 / seconds
    prefixed = _PREFIXED.fullmatch(what)
    if prefixed and (prefixed["what"] in _TURNS or prefixed["what"] in _COUNTED):
        what, factor = prefixed["what"], factor * _DECIMAL[prefixed["prefix"]]
    elif what in ("k", "K", "M", "G", "T"):
        what, factor = "", factor * _DECIMAL[what]
    if what.lower() in _TURNS or what in ("", "1"):
        return Unit(name="operations_per_second", factor=factor, better="higher")
    return Unit(name=f"{what}/s", factor=factor, better="higher")
