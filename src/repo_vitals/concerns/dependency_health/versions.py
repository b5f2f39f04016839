"""Versions as their ecosystems order them: semantic ones for Cargo and npm, PEP 440 for PyPI. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.dependency_health.facts import Ecosystem

Step = Literal["major", "minor", "patch"]
STEPS: tuple[Step, ...] = ("major", "minor", "patch")


def parse(ecosystem: Ecosystem, text: str) -> Any:
    """A version that can be compared with others of its ecosystem; None for text that is none."""
    try:
        if ecosystem == "pypi":
            from packaging.version import Version

            return Version(text)
        from semver import Version as SemVer

        return SemVer.parse(text)
    except (ValueError, TypeError, OverflowError):
        return None


def is_prerelease(version: Any) -> bool:
    """Whether a parsed version comes before a release: alpha, beta, rc, dev."""
    flag = getattr(version, "is_prerelease", None)
    return bool(flag) if isinstance(flag, bool) else bool(version.prerelease)


def newest_stable(ecosystem: Ecosystem, versions: Iterable[tuple[str, bool]]) -> str | None:
    """The newest version for general use, of (version, whether it is the ecosystem's default).

    It is the default, what an installer takes when no version is named: that is never one which its registry withdrew.
    Without a default, or where that is a pre-release although there are releases, it is the greatest release; without
    any release the greatest pre-release, as pip takes it too. None where nothing can be compared.
    """
    parsed = [(text, is_default, version) for text, is_default in versions
              if (version := parse(ecosystem, text)) is not None]
    stable = [entry for entry in parsed if not is_prerelease(entry[2])] or parsed
    defaults = [entry for entry in stable if entry[1]]
    chosen = max(defaults or stable, key=lambda entry: entry[2], default=None)
    return None if chosen is None else chosen[0]


def behind(ecosystem: Ecosystem, used: str, newest: str) -> Step | Literal["current"] | None:
    """How far a version in use is behind another: by its first number that differs; `current` where it is not.

    None where the two can't be compared. With 0.x too the second number is `minor`, as the update bots name it,
    although Cargo and npm take a change there for a breaking one.
    """
    before, after = parse(ecosystem, used), parse(ecosystem, newest)
    if before is None or after is None:
        return None
    if after <= before:
        return "current"
    return first_difference(_numbers(before), _numbers(after))


def first_difference(before: tuple[int, ...], after: tuple[int, ...]) -> Step:
    """Which of the numbers is the first to differ; whatever lies behind the second is a patch."""
    width = max(len(before), len(after), 3)
    left, right = (part + (0,) * (width - len(part)) for part in (before, after))
    place = next((index for index in range(width) if left[index] != right[index]), 2)
    return STEPS[min(place, 2)]


def _numbers(version: Any) -> tuple[int, ...]:
    release = getattr(version, "release", None)
    if release is not None:
        # An epoch starts all numbers over.
        return (version.epoch * 1_000_000_000 + release[0], *release[1:])
    return version.major, version.minor, version.patch
