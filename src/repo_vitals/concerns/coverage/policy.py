"""Where coverage's limits are, and which files make a component."""
from __future__ import annotations

from repo_vitals.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class Component:
    """A part of the repository that has a figure, and perhaps a limit, of its own."""

    name: str
    paths: tuple[str, ...]              # patterns, as `globs.matches` takes them
    minimum: float | None = None        # of its line ratio; None: shown and not judged


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Every limit; None where a figure is not judged."""

    minimum: float = 0.9
    maximum_drop: float = 0.01
    minimum_patch: float | None = None
    minimum_branch: float | None = None
    components: tuple[Component, ...] = ()
