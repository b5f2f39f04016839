"""Two reports' knowledge of one file as one: a line, branch or function that ran in either did run. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.facts import FileCoverage, Summary


def join(into: FileCoverage, other: FileCoverage) -> None:
    """Adds to a file what another report knows of it. In whichever order reports are joined, the outcome is the same.

    Which branches were taken is known to some formats (`arms`): then they are united one by one. Formats that only
    count them leave no more than the larger count, which is never too high.
    """
    into.lines.unite(other.lines)
    for line, counts in other.branches.items():
        into.branches[line] = _larger(into.branches.get(line), counts)
    for function, ran in other.functions.items():
        into.functions[function] = into.functions.get(function, False) or ran
    for kind, lines in other.arms.items():
        own = into.arms.setdefault(kind, {})
        for line, arms in lines.items():
            own[line] = united(own.get(line), arms)
    into.summary = _summary(into.summary, other.summary)


def united(one: tuple[int, int] | None, other: tuple[int, int]) -> tuple[int, int]:
    """Branches of a line as bits and count. Reports that count different branches can't be laid over each other: the
    one that knows more of them stands."""
    if one is None or other[1] > one[1]:
        return other
    if other[1] < one[1]:
        return one
    return one[0] | other[0], one[1]


def settle(file: FileCoverage) -> None:
    """Counts the branches that are known one by one, in place."""
    for lines in file.arms.values():
        for line, (taken, count) in lines.items():
            file.branches[line] = _larger(file.branches.get(line), (taken.bit_count(), count))
    file.arms = {}


def _larger(one: tuple[int, int] | None, other: tuple[int, int]) -> tuple[int, int]:
    return other if one is None else (max(one[0], other[0]), max(one[1], other[1]))


def _summary(one: Summary | None, other: Summary | None) -> Summary | None:
    # Without lines there is no telling what two runs share, so the better one stands for both.
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda each: (each.lines[0], each.lines, each.branches or (-1, -1),
                                             each.functions or (-1, -1)))
