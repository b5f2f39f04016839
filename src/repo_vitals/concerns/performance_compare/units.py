"""Units as tools spell them, and the base units that results are kept in.

A unit is told by its whole word, never by a part of it, and never by a benchmark's name. What is no known unit stays
the tool's own word with factor 1; of such, what is told per second counts as a rate, and smaller is better for the
rest. A prefix is decimal (k, K, M, G: 10³ …) or binary (Ki, Mi, Gi: 2¹⁰ …) as it is spelled; IEC 80000-13.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from repo_vitals.plain_text import one_line

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Better

LONGEST = 60        # characters of a unit that are kept


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A value times `factor` is in the base unit `name`; `better` is the direction that the unit has by itself."""

    name: str
    factor: float
    better: Better

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
    **{f"{prefix}bit": factor / 8 for prefix, factor in _PREFIXES.items()},
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
_PER = re.compile(r"(?P<what>.+?)\s*(?:/|\bper\b)\s*(?P<of>[^/]+)", re.IGNORECASE)
_PREFIXED = re.compile(r"(?P<prefix>[kKMGTP])(?P<what>[a-z]{2,}.*)")


@lru_cache(maxsize=1024)
def base_unit(text: str) -> Unit:
    """The base unit of a tool's. Never raises: what is not known is kept as a word, on one line and cut."""
    word = one_line(text, limit=LONGEST)
    return _known(word) or _rate(word) or Unit(name=word or "count", factor=1.0, better="lower")


def _spelled(word: str) -> tuple[str, ...]:
    """A unit's spellings: what is written out may begin with a capital; of an abbreviation capitals are part."""
    return (word, word.lower()) if len(word) > 3 else (word,)


def _known(word: str) -> Unit | None:
    for name in _spelled(word):
        if name in _TIMES:
            return Unit(name="seconds", factor=_TIMES[name], better="lower")
        if name in _COUNTS:
            return Unit(name=_COUNTS[name], factor=1.0, better="lower")
        if name in _BYTES:
            return Unit(name="bytes", factor=_BYTES[name], better="lower")
    if word in _BITS_PER_SECOND:
        return Unit(name="bytes_per_second", factor=_BITS_PER_SECOND[word], better="higher")
    if word.lower() in ("hz", "khz", "mhz", "ghz"):
        factor = {"h": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}[word[0].lower()]
        return Unit(name="operations_per_second", factor=factor, better="higher")
    return None


def _rate(word: str) -> Unit | None:
    """A unit of something per something else: per turn it is the something, per time it is a rate."""
    told = _PER.fullmatch(word)
    if told is None:
        return None
    what, of = told["what"].strip(), told["of"].strip()
    if of.lower() in _TURNS:
        return _known(what) or (None if _PER.fullmatch(what) else Unit(name=word, factor=1.0, better="lower"))
    seconds = next((_TIMES[name] for name in _spelled(of) if name in _TIMES), None)
    if seconds is None:
        return None
    if what.lower() in _TURNS:
        return Unit(name="operations_per_second", factor=1 / seconds, better="higher")
    if what in _BYTES:
        return Unit(name="bytes_per_second", factor=_BYTES[what] / seconds, better="higher")
    factor = 1 / seconds
    if prefixed := _PREFIXED.fullmatch(what):
        what, factor = prefixed["what"], factor * _DECIMAL[prefixed["prefix"]]
        if what in _TURNS:
            return Unit(name="operations_per_second", factor=factor, better="higher")
    return Unit(name=f"{what}/s", factor=factor, better="higher")
