"""Tags that look like versions, by what stands before the version: `v1.2`, `widget-1.2.0`, `core/v0.3.1`. Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.versions.numbers import parse
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from repo_vitals.concerns.docs_freshness.versions.numbers import Number
    from repo_vitals.concerns.docs_freshness.versions.packages import Package

_PLAIN = frozenset({"", "release", "releases", "rel", "version", "ver"})
_AFTER = re.compile(r"(?:^|(?<=[-/@_]))[vV]?\d")
_LONGEST = 250


@dataclass(frozen=True, kw_only=True)
class Newest:
    """The newest of the tags of one prefix."""

    released: Number            # the greatest without a pre-release part; where there is none, the greatest
    any: Number                 # the greatest
    tag: str                    # of `released`, as it is written


def newest_by_prefix(names: Iterable[str], stated: Collection[Number] = ()) -> dict[str, Newest]:
    """The newest version of each prefix, in small letters, without the character that ends it; `` for plain tags.

    Dates are a scheme of their own. Where manifests state versions (`stated`) and none is a date, tags that are dates
    (2025.01.31) do not count beside others of their prefix, which any of them would outrank.
    """
    has_other_scheme = bool(stated) and not any(map(_is_date, stated))
    found: dict[str, list[Number]] = {}
    written: dict[tuple[str, Number], str] = {}
    for name in names:
        split = _split(name) if len(name) <= _LONGEST else None
        if split is not None:
            found.setdefault(split[0], []).append(split[1])
            written[split] = name
    newest = {}
    for prefix, every in found.items():
        numbers = [number for number in every if not (has_other_scheme and _is_date(number))] or every
        stable = [number for number in numbers if not number.is_prerelease] or numbers
        newest[prefix] = Newest(released=max(stable), any=max(numbers), tag=written[prefix, max(stable)])
    return newest


def every(names: Iterable[str], repository: str) -> frozenset[Number]:
    """The versions of all plain tags, and of those that carry the repository's own name."""
    splits = (_split(name) for name in names if len(name) <= _LONGEST)
    return frozenset(split[1] for split in splits if split is not None and split[0] in ("", repository.lower()))


def _is_date(number: Number) -> bool:
    return 1990 <= number.release[0] <= 2100 or 19_900_101 <= number.release[0] <= 21_001_231


def moving(names: Iterable[str]) -> Number | None:
    """The greatest of the tags that are one number alone, such as v1, which an action moves from release to release."""
    numbers = [number for name in names for number in (parse(name),) if number is not None]
    return max((number for number in numbers if number.width == 1 and number.phase == 1), default=None)


def _split(name: str) -> tuple[str, Number] | None:
    for match in _AFTER.finditer(name):
        number = parse(name[match.start():])
        # One number alone is a tag that moves, as v1 of an action; two or more are a version.
        if number is not None and number.width > 1:
            prefix = name[:match.start()].rstrip("-/@_").lower()
            return ("" if prefix in _PLAIN else prefix), number
    return None


def of_package(package: Package, newest: Mapping[str, Newest]) -> Newest | None:
    """The newest among tags that carry the package's own name or folder; None where none do."""
    bare = package.name.rpartition(":")[2]
    names = [bare, bare.rpartition("/")[2], package.folder, package.folder.rpartition("/")[2]]
    if package.ecosystem in ("cargo", "pypi"):
        names += [bare.replace("_", "-"), bare.replace("-", "_")]
    return next((newest[name.lower()] for name in names if name and name.lower() in newest), None)


def of_repository(name: str, newest: Mapping[str, Newest]) -> Newest | None:
    """The newest plain tag, or one that carries the repository's own name (`widget-1.2.0`)."""
    return newest.get("") or newest.get(name.lower())
