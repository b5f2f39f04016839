"""One entry for each vulnerability, from everything that any report says of it. Pure.

The order of the reports makes no difference. Within one package, advisories that share an id are about the same thing,
and so are those that a third one joins: {A, B} and {B, C} make {A, B, C}. An entry is one such set for one installed
version. What names no version is joined to the entries that do, and is an entry of its own only where there is none.
"""
from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.identity import (
    WAYS_OF_WRITING,
    ecosystem_of,
    ids_of,
    is_older,
    name_in,
    rank_of,
    version_in,
)
from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from repo_vitals.concerns.security_summary.facts import Advisory, Kind

PackageKey = tuple[str, str]            # ecosystem ("" where nobody says), name as the registry compares it
_MOST = 5_000               # names of one vulnerability in one package, and versions that are installed of it
_MOST_TOGETHER = 1_000_000  # versions times names, and versions times advisories that name no version


@dataclass(frozen=True, kw_only=True, eq=False)     # one entry is one object: there may be tens of thousands
class Entry:
    """One vulnerability (or one milder thing) in one version of one package."""

    key: PackageKey
    version: str | None                 # to compare; None: nobody says which is installed
    id_keys: frozenset[str]             # what it is recognised by
    ids: tuple[str, ...]                # as the tools write them, the best known first; empty: it has none
    name: str                           # as most tools write it
    ecosystem: str
    installed: str | None
    kind: Kind
    advisories: tuple[Advisory, ...]    # what was said of it, in an order of our own

    @cached_property
    def label(self) -> str:
        """What it is known by: its best known id, or its kind where it has none."""
        return self.ids[0] if self.ids else self.kind

    @cached_property
    def subject(self) -> str:
        """What tells it from every other entry, the same in every run until a better known id of it is learned. One
        without an id goes by its address or title."""
        known_as = self.ids[0] if self.ids else min(self.id_keys).strip()
        return " ".join([*(part for part in (self.ecosystem, self.key[1]) if part), self.version or "?", known_as])

    @cached_property
    def title(self) -> str:
        """What it is about, in a tool's words."""
        return next((one.title for one in self.advisories if one.title.strip()), "")

    @cached_property
    def url(self) -> str | None:
        """Where more is said."""
        return next((one.url for one in self.advisories if one.url), None)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The readers that told of it."""
        return tuple(sorted({one.source for one in self.advisories}))

    @cached_property
    def fixed(self) -> tuple[str, ...]:
        """Versions that mend it, as any tool names them, but those of an older line than what is installed."""
        return tuple(sorted({version.strip() for one in self.advisories for version in one.fixed
                             if version.strip() and not is_older(version, self.installed)}, key=_natural))

    @cached_property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Every way from a direct dependency down to the package."""
        return tuple(sorted({path for one in self.advisories for path in one.paths if path}))

    @cached_property
    def parents(self) -> tuple[str, ...]:
        """The direct dependencies that bring it along: what the project itself can change."""
        return tuple(dict.fromkeys(path[0] for path in self.paths))

    @cached_property
    def direct(self) -> bool | None:
        """Whether the project itself asks for the package; None where nobody says."""
        said = {one.direct for one in self.advisories if one.direct is not None}
        if True in said or any(len(path) == 1 for path in self.paths):
            return True
        return False if said or self.paths else None

    @cached_property
    def epss(self) -> float | None:
        """Probability of exploitation within 30 days, the highest that anyone gives."""
        return max((one.epss for one in self.advisories if one.epss is not None), default=None)

    @cached_property
    def opened_at(self) -> datetime | None:
        """When GitHub first opened an alert of it."""
        return min((one.opened_at for one in self.advisories if one.opened_at is not None), default=None)

    @cached_property
    def private(self) -> bool:
        """Whether it is to be counted and never described: one tool's word is enough."""
        return any(one.private for one in self.advisories)

    @cached_property
    def place(self) -> tuple[str, int | None] | None:
        """The lock file or manifest, and the line, as a tool gives them; one with a line before others."""
        places = sorted((one.package.line is None, one.package.file, one.package.line or 0)
                        for one in self.advisories if one.package.file)
        return (places[0][1], places[0][2] or None) if places else None

    @cached_property
    def file(self) -> str | None:
        """The lock file or manifest that it is in."""
        return None if self.place is None else self.place[0]

    @cached_property
    def line(self) -> int | None:
        """The line in that file."""
        return None if self.place is None else self.place[1]


def merge(advisories: Iterable[Advisory]) -> tuple[Entry, ...]:
    """The entries of all advisories, in an order of their own. Withdrawn ones make none where all say so.

    Raises InputError where so many names and versions are joined that no tool can have meant it.
    """
    given = sorted(advisories, key=_order)
    by_package: dict[PackageKey, list[Advisory]] = defaultdict(list)
    for advisory, key in zip(given, _packages(given), strict=True):
        by_package[key].append(advisory)
    found = [one for key, about in by_package.items() for group in _joined(about) for one in _entries(key, group)]
    return tuple(entry for _, entry in sorted(found, key=lambda one: one[0]))


class _Known:
    """Which ecosystems have a package of some name, by version and by the ids that advisories name.

    Names and versions are written differently in some ecosystems, so they are kept apart by the way of writing. Two
    ecosystems are as many as it keeps for each: what two have is nobody's.
    """

    def __init__(self) -> None:
        self._ways: set[str] = set()
        self._by_version: dict[tuple[str, str, str], set[str]] = {}
        self._by_id: dict[tuple[str, str, str, str | None], set[str]] = {}

    def add(self, ecosystem: str, advisory: Advisory) -> None:
        way = ecosystem if ecosystem in WAYS_OF_WRITING else ""
        self._ways.add(way)
        name = name_in(ecosystem, advisory.package.name)
        version = version_in(ecosystem, advisory.package.version)
        if version is not None:
            self._keep(self._by_version.setdefault((way, name, version), set()), ecosystem)
        for identifier in ids_of(advisory):
            # Below "" as what names no version, below None as what names any.
            for place in (version or "", None):
                self._keep(self._by_id.setdefault((way, name, identifier, place), set()), ecosystem)

    @staticmethod
    def _keep(found: set[str], ecosystem: str) -> None:
        if len(found) < 2:
            found.add(ecosystem)

    def taken_for(self, advisory: Advisory) -> str:
        """The ecosystem that an advisory is taken for which names none; empty where it could be several, or none."""
        alike: set[str] = set()
        sharing: set[str] = set()
        ids = ids_of(advisory)
        for way in self._ways:
            name = name_in(way, advisory.package.name)
            version = version_in(way, advisory.package.version)
            if version is not None:
                alike |= self._by_version.get((way, name, version), set())
            for identifier in ids:
                for place in ((None,) if version is None else (version, "")):
                    sharing |= self._by_id.get((way, name, identifier, place), set())
        candidates = alike if len(alike) == 1 else sharing
        return next(iter(candidates)) if len(candidates) == 1 else ""


def _packages(advisories: Sequence[Advisory]) -> list[PackageKey]:
    """The package of each. One whose ecosystem nobody says is taken for the one of the same name and version that has
    an ecosystem; where several have, or a version is not said, for the one that shares an id."""
    known = _Known()
    ecosystems = [ecosystem_of(one.package) for one in advisories]
    if not all(ecosystems):
        for ecosystem, one in zip(ecosystems, advisories, strict=True):
            if ecosystem:
                known.add(ecosystem, one)
    found = []
    for given, one in zip(ecosystems, advisories, strict=True):
        ecosystem = given or known.taken_for(one)
        found.append((ecosystem, name_in(ecosystem, one.package.name)))
    return found


def _joined(advisories: Sequence[Advisory]) -> list[list[Advisory]]:
    """Advisories of one package in groups that share ids, directly or by others between them (union-find over ids)."""
    above: dict[str, str] = {}

    def root(key: str) -> str:
        while above.setdefault(key, key) != key:
            above[key] = above[above[key]]
            key = above[key]
        return key

    for one in advisories:
        first, *others = ids_of(one)
        for other in others:
            above[root(other)] = root(first)
        root(first)
    groups: dict[str, list[Advisory]] = defaultdict(list)
    for one in advisories:
        groups[root(ids_of(one)[0])].append(one)
    return list(groups.values())


def _entries(key: PackageKey, group: Sequence[Advisory]) -> Iterable[tuple[tuple[object, ...], Entry]]:
    """The entries of a group, each with what it is sorted by. Raises InputError for one that is too large."""
    if all(one.kind == "withdrawn" for one in group):
        return
    ecosystem, name = key
    by_version: dict[str | None, list[int]] = defaultdict(list)
    for place, one in enumerate(group):
        by_version[version_in(ecosystem, one.package.version)].append(place)
    loose = by_version.pop(None, [])
    # The names of all versions together: what one report calls CVE-1 and another, of another version, GHSA-1.
    id_keys = frozenset(identifier for one in group for identifier in ids_of(one))
    _bounded(key, versions=len(by_version), names=len(id_keys), loose=len(loose))
    in_order = tuple(sorted(id_keys))
    ids = tuple(sorted(_best_spelling(group), key=rank_of))
    for version, places in sorted(by_version.items() or [(None, [])], key=lambda one: one[0] or ""):
        about = tuple(group[place] for place in sorted((*places, *loose)))
        standing = [one for one in about if one.kind != "withdrawn"]
        if not standing:
            continue
        entry = Entry(
            key=key, version=version, id_keys=id_keys, ids=ids, ecosystem=ecosystem, kind=_kind(standing),
            name=_most_written(one.package.name.strip() for one in about) or name,
            installed=_most_written(one.package.version.strip() for one in about
                                    if one.package.version and one.package.version.strip()),
            advisories=about,
        )
        yield (key, version or "", entry.label, in_order), entry


def _bounded(key: PackageKey, *, versions: int, names: int, loose: int) -> None:
    """Every version has all names of its group and all advisories without a version: what a report can write in a few
    lines would take all memory. Nothing is dropped in silence."""
    if versions > _MOST or names > _MOST or versions * max(names, loose) > _MOST_TOGETHER:
        raise InputError(f"reports: one vulnerability in {quotable(key[1], limit=80)} has {names:,} names and "
                         f"{versions:,} installed versions, and {loose:,} advisories of it name no version; at most "
                         f"{_MOST:,} and {_MOST_TOGETHER:,} pairs of them are read; leave out the report that joins "
                         "them")


def _best_spelling(group: Sequence[Advisory]) -> list[str]:
    """Every id once, whatever the capitals."""
    spelled: dict[str, set[str]] = defaultdict(set)
    for one in group:
        for identifier in one.ids:
            if identifier.strip():
                spelled[identifier.strip().upper()].add(identifier.strip())
    return [min(ways) for ways in spelled.values()]


def _kind(advisories: Sequence[Advisory]) -> Kind:
    """What an entry is: a vulnerability where one that has a score or a word for its severity calls it so, or where
    nobody has a milder word; some tools list advisories that say "unmaintained" among the vulnerabilities."""
    milder = sorted(one.kind for one in advisories if one.kind != "vulnerability")
    grave = any(one.kind == "vulnerability" and (one.vectors or one.scores or one.level is not None)
                for one in advisories)
    if grave or not milder:
        return "vulnerability"
    return min(milder, key=_MILDER.index)


_MILDER: tuple[Kind, ...] = ("unsound", "unmaintained", "yanked", "notice", "withdrawn", "vulnerability")


def _most_written(texts: Iterable[str]) -> str | None:
    counts: dict[str, int] = defaultdict(int)
    for text in texts:
        counts[text] += 1
    return min(counts, key=lambda text: (-counts[text], text), default=None)


def _order(advisory: Advisory) -> tuple[object, ...]:
    package = advisory.package
    rest = (advisory.kind, advisory.level, advisory.scores, advisory.direct, advisory.epss, advisory.published,
            advisory.opened_at, advisory.private, advisory.ignored, package.file, package.line)
    return (advisory.source, package.ecosystem, package.name, package.version or "", advisory.ids, advisory.title,
            advisory.url or "", advisory.vectors, advisory.fixed, advisory.paths, repr(rest))


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Versions in an order that people expect: 9 before 10."""
    parts = [part.lstrip("0") if part.isdigit() else part for part in re.findall(r"\d+|\D+", text)]
    return [(0, len(part), part) if part.isdigit() or not part else (1, 0, part) for part in parts]
