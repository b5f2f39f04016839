"""Ways through a dependency graph, from what the project asks for down to a package. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_WAYS = 10      # of one package; a graph can hold more of them than there are atoms
_MOST_STEPS = 2000


def ways(package: str, parents: Callable[[str], Iterable[str]], is_direct: Callable[[str], bool]) -> tuple[
        tuple[str, ...], ...]:
    """The shortest ways to a package, each from a direct dependency down to it, at most MOST_WAYS.

    No way goes through a package twice, and none goes on above a direct dependency.
    """
    found: list[tuple[str, ...]] = []
    open_ways: list[tuple[str, ...]] = [(package,)]
    steps = 0
    while open_ways and len(found) < MOST_WAYS:
        following: list[tuple[str, ...]] = []
        for way in open_ways:
            steps += 1
            if steps > _MOST_STEPS:
                return tuple(found)
            if is_direct(way[0]):
                found.append(way)
                continue
            following += [(parent, *way) for parent in sorted(set(parents(way[0]))) if parent not in way]
        open_ways = following
    return tuple(found[:MOST_WAYS])
