"""What each package's version is now, and which places agree with it. Pure. The rule stands in docs/metrics.md.

The newest release is the greatest tag without a pre-release part. A manifest may be ahead of it, since a release is
prepared there, and never behind. What readers are told may be the one or the other.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.versions import tags
from repo_vitals.concerns.docs_freshness.versions.numbers import is_placeholder, parse
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from repo_vitals.concerns.docs_freshness.versions.numbers import Number
    from repo_vitals.concerns.docs_freshness.versions.packages import Package
    from repo_vitals.concerns.docs_freshness.versions.tags import Newest


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One package, or the repository as a whole (without a package)."""

    package: Package | None
    manifest: Number | None         # None: the tag is the version, or nobody can tell
    newest: Newest | None           # None: it has no tags
    others: tuple[Number, ...] = ()     # of the repository as a whole: what its packages' manifests say
    moving: Number | None = None        # likewise: its tag of one number alone

    @property
    def name(self) -> str:
        """The package's name; empty for the repository."""
        return "" if self.package is None else self.package.name

    @property
    def current(self) -> tuple[Number, ...]:
        """The versions that a reader may be told: of the newest tag, the newest release, and the manifest."""
        found = [] if self.newest is None else [self.newest.released, self.newest.any]
        return (*found, *(() if self.manifest is None else (self.manifest,)), *self.others)

    @property
    def expected(self) -> str:
        """The version that a message names: the newest release, else the manifest's; empty where neither is known."""
        if self.newest is not None:
            return self.newest.released.text.lstrip("vV")
        known = self.current
        return known[0].text.lstrip("vV") if known else ""

    @property
    def ahead(self) -> Number | None:
        """The greatest version that is known."""
        return max(self.current, default=None)


def standings(packages: Sequence[Package], names: Collection[str], repository: str,
              ) -> tuple[list[Standing], Standing]:
    """How each package stands, and the repository as a whole, by its tags' `names`.

    Plain tags are the version of what lies at the top, of what inherits its version from there, and of all packages
    where they have one version together. Others have only tags that carry their own name.
    """
    newest = tags.newest_by_prefix(names, stated(packages))
    plain = tags.of_repository(repository.partition("/")[2], newest)
    at_top = any(package.is_at_top for package in packages)
    alike = len({_stated(package) for package in packages}) == 1
    apart = _apart(packages, plain)
    found = [Standing(package=package, manifest=_stated(package),
                      newest=_tags_of(package, newest, plain, is_plain=package not in apart and (
                          alike or package.is_at_top or (
                              package.is_inherited and (at_top or _all_inherit(packages))))))
             for package in packages]
    top = [standing for standing in found if standing.newest is plain and standing.manifest is not None]
    whole = Standing(package=None, manifest=None, newest=plain, moving=tags.moving(names),
                     others=tuple(sorted({standing.manifest for standing in top if standing.manifest is not None},
                                         reverse=True)))
    return found, whole


def stated(packages: Iterable[Package]) -> frozenset[Number]:
    """The versions that manifests state."""
    return frozenset(number for number in map(_stated, packages) if number is not None)


def _apart(packages: Sequence[Package], plain: Newest | None) -> list[Package]:
    """Packages at the top with versions of their own: behind the plain tags, where one of another name is not."""
    if plain is None:
        return []
    at_top = [(package, number) for package in packages if package.is_at_top
              for number in (_stated(package),) if number is not None]
    kept_up = {bare_name(package) for package, number in at_top if number >= plain.released}
    return [package for package, number in at_top
            if kept_up and number < plain.released and bare_name(package) not in kept_up]


def bare_name(package: Package) -> str:
    """A package's name as other ecosystems would have it: without scope or group, in small letters, with hyphens."""
    return package.name.rpartition(":")[2].rpartition("/")[2].replace("_", "-").lower()


def _all_inherit(packages: Collection[Package]) -> bool:
    return len({package.version for package in packages if package.is_inherited}) == 1


def _tags_of(package: Package, newest: Mapping[str, Newest], plain: Newest | None, *, is_plain: bool) -> Newest | None:
    own = tags.of_package(package, newest)
    return own if own is not None else plain if is_plain else None


def _stated(package: Package) -> Number | None:
    """The manifest's version; none for a stand-in such as 0.0.0, which releasing replaces."""
    number = None if package.version is None else parse(package.version)
    return None if number is None or is_placeholder(number) else number
