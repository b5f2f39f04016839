"""Ratios in words that never say more than there is: rounded down, and never up to a limit that they miss. Pure."""
from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

_MOST_DECIMALS = 8


def exactly(limit: float) -> Fraction:
    """A limit as the person wrote it: 0.9 is nine tenths, not the binary fraction next to it."""
    return Fraction(Decimal(repr(limit)))


def per_cent(ratio: Fraction, limit: float | None = None) -> str:
    """`89.9 %`, rounded down to a tenth; with more decimals where it would else look like a limit that is above it."""
    decimals = 1
    shown = _floored(ratio, decimals)
    while limit is not None and ratio < exactly(limit) and decimals < _MOST_DECIMALS and (
            shown == _floored(exactly(limit), decimals)):
        decimals += 1
        shown = _floored(ratio, decimals)
    return f"{shown} %"


def limit_per_cent(limit: float) -> str:
    """A limit, unrounded: `90 %`, `99.95 %`."""
    return f"{(Decimal(repr(limit)) * 100).normalize():f} %"


def points(difference: Fraction) -> str:
    """A difference of ratios, rounded to a hundredth: `0.42 points`, `1 point`; what is above zero never reads 0."""
    size = abs(difference)
    if 0 < size < Fraction(1, 20_000):
        return "less than 0.01 points"
    shown = f"{float(size * 100):.2f}".rstrip("0").rstrip(".")
    return f"{shown} {'point' if shown == '1' else 'points'}"


def _floored(ratio: Fraction, decimals: int) -> str:
    scaled = ratio.numerator * 100 * 10**decimals // ratio.denominator
    return f"{Decimal(scaled).scaleb(-decimals):f}".rstrip("0").removesuffix(".")
