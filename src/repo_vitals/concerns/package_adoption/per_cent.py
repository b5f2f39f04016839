"""Shares as people read them, in findings and tables: `93.4 %`. Pure."""
from __future__ import annotations


def per_cent(share: float, *, digits: int = 0, sign: bool = False) -> str:
    """A ratio in per cent, with a sign also where it is positive if wanted."""
    return f"{100 * share:{'+' if sign else ''}.{digits}f} %"
