"""Values of benchmarks and changes of them, as people write them: `1.35 ms`, `12.3 % slower`. Pure."""
from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.comparing import Row

_STEPS: dict[str, tuple[tuple[float, str], ...]] = {
    "seconds": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")),
    "bytes": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
    "operations_per_second": ((1e9, "G/s"), (1e6, "M/s"), (1e3, "k/s"), (1.0, "/s")),
    "bytes_per_second": ((1e9, "GB/s"), (1e6, "MB/s"), (1e3, "kB/s"), (1.0, "B/s")),
}
# What more and less of a unit is called; of others it is more and less.
_WORDS = {"seconds": ("slower", "faster"), "operations_per_second": ("faster", "slower"),
          "bytes_per_second": ("faster", "slower"), "bytes": ("larger", "smaller")}


def quantity(value: float | None, unit: str) -> str:
    """A value in the unit that a person would say it in, with three digits; empty for none. A unit that is a tool's own
    word is text from outside."""
    if value is None:
        return ""
    steps = _STEPS.get(unit)
    if steps is None:
        return f"{_digits(value)} {unit}"
    factor, name = next(((factor, name) for factor, name in steps if abs(value) >= factor), steps[-1])
    return f"{_digits(value / factor)} {name}"


def change(ratio: float | None, unit: str) -> str:
    """A ratio in words: `12.3 % slower`. A rate that halves is twice as slow for its time, and said as it is: less."""
    if ratio is None:
        return "changed"
    more, less = _WORDS.get(unit, ("more", "less"))
    if ratio >= 2:
        return f"{_digits(ratio)} times as {'much' if more == 'more' else _plain(more)}"
    return f"{per_cent(abs(ratio - 1))} {more if ratio >= 1 else less}"


def per_cent(share: float) -> str:
    """`12.3 %`; as many digits as it takes not to read as none."""
    value = 100 * share
    return f"{value:.1f} %" if value >= 0.95 or value == 0 else f"{value:.2g} %"


def interval(row: Row) -> str:
    """The interval of the ratio as changes in per cent: `+10.1 % to +14.6 %`; empty where there is none."""
    if row.low is None or row.high is None or row.low == row.high:
        return ""
    return f"{_signed(row.low)} to {_signed(row.high)}"


def sign(ratio: float | None) -> str:
    """A ratio as a signed change in per cent; empty for none."""
    return "" if ratio is None else _signed(ratio)


def _signed(ratio: float) -> str:
    share = 100 * (ratio - 1)
    if abs(share) >= 1000:
        return "∞" if share == float("inf") else f"{_digits(ratio)} times"
    return f"{share:+.1f} %".replace("-", "\N{MINUS SIGN}")


def _plain(comparative: str) -> str:
    return {"slower": "slow", "faster": "fast", "larger": "large"}[comparative]


def _digits(value: float) -> str:
    if value != 0 and (abs(value) >= 1e6 or abs(value) < 1e-3):
        return f"{value:.4g}" if not float(value).is_integer() or abs(value) >= 1e15 else f"{int(value):,}"
    if float(value).is_integer():
        return f"{int(value):,}"
    # By the magnitude of what is shown: 99.9996 is 100.
    magnitude = math.floor(math.log10(abs(float(f"{value:.3g}"))))
    return f"{value:,.{max(0, 2 - magnitude)}f}"
