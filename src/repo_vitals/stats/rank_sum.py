"""Whether one of two samples tends to be larger: the Mann-Whitney test. Pure."""
from __future__ import annotations

import math
from collections import Counter
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# From eight values a side on the normal approximation is close enough to the exact distribution to decide at 1 %.
SMALLEST_SAMPLE = 8


def rank_sum_p(first: Sequence[float], second: Sequence[float]) -> float | None:
    """The two-sided p-value of the Mann-Whitney U test; None with fewer than SMALLEST_SAMPLE values on a side.

    Normal approximation with mid-ranks for ties, the variance corrected for them, and continuity correction (Mann and
    Whitney 1947; Lehmann, Nonparametrics, 1.4). 1 where all values are the same.
    """
    m, n = len(first), len(second)
    if min(m, n) < SMALLEST_SAMPLE:
        return None
    counts = Counter((*first, *second))
    rank, below = {}, 0
    for value in sorted(counts):
        rank[value] = below + (counts[value] + 1) / 2
        below += counts[value]
    u = math.fsum(rank[value] for value in first) - m * (m + 1) / 2
    total = m + n
    ties = sum(count**3 - count for count in counts.values())
    variance = m * n / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:
        return 1.0
    z = max(0.0, abs(u - m * n / 2) - 0.5) / math.sqrt(variance)
    return min(1.0, 2 * (1 - NormalDist().cdf(z)))
