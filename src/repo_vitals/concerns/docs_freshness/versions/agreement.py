"""Every place that states the project's version, and whether it agrees with the others. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.facts import VersionMention
from repo_vitals.concerns.docs_freshness.versions import go
from repo_vitals.concerns.docs_freshness.versions.numbers import parse
from repo_vitals.concerns.docs_freshness.versions.ranges import admits
from repo_vitals.concerns.docs_freshness.versions.standing import bare_name
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from repo_vitals.concerns.docs_freshness.versions.changelog import Changelog
    from repo_vitals.concerns.docs_freshness.versions.citation import Stated
    from repo_vitals.concerns.docs_freshness.versions.heads import Head
    from repo_vitals.concerns.docs_freshness.versions.numbers import Number
    from repo_vitals.concerns.docs_freshness.versions.snippets import Snippet
    from repo_vitals.concerns.docs_freshness.versions.standing import Standing


@dataclass(frozen=True, kw_only=True)
class Told:
    """A changelog and whose it is."""

    changelog: Changelog
    standing: Standing


def of_manifests(found: Sequence[Standing]) -> Iterator[VersionMention]:
    """Manifests, none behind its newest tag; of several at the top with one name, none behind another."""
    seen = set()
    for standing in found:
        package = standing.package
        if package is None:
            continue
        if package.ecosystem == "go":
            yield from _of_module(standing, found)
        if standing.manifest is None or package.version is None:
            continue
        twins = [other.manifest for other in found if other.package is not None and other.manifest is not None
                 and other.package.is_at_top and package.is_at_top and bare_name(other.package) == bare_name(package)]
        floor = max([standing.manifest, *twins, *(() if standing.newest is None else (standing.newest.released,))])
        place = (package.file, package.line, package.version)
        if place not in seen:
            seen.add(place)
            yield VersionMention(file=package.file, line=package.line, found=package.version, source="manifest",
                                 package=package.name, agrees=standing.manifest >= floor,
                                 expected=floor.text.lstrip("vV"))


def _of_module(standing: Standing, found: Sequence[Standing]) -> Iterator[VersionMention]:
    """A module's path and its newest tag, which have to be of one major version from 2 on."""
    package, newest = standing.package, standing.newest
    if package is None or newest is None:
        return
    major, stated = newest.released.release[0], go.major_of(package.name)
    later = any(other.package is not None and other.package.ecosystem == "go" and other.package is not package
                and (go.major_of(other.name) or 1) >= major for other in found)
    behind = major >= 2 and (stated or 1) < major and not later
    yield VersionMention(file=package.file, line=package.line, found=f"v{stated or 1}", source="manifest",
                         package=package.name, agrees=not behind, expected=f"v{major}" if behind else f"v{stated or 1}")


def of_tags(found: Iterable[Standing]) -> Iterator[VersionMention]:
    """The newest tags, which the others are held to; they stand in no file."""
    seen = set()
    for standing in found:
        if standing.newest is not None and standing.newest.tag not in seen:
            seen.add(standing.newest.tag)
            yield VersionMention(file="", line=0, found=standing.newest.tag, source="tag", package=standing.name,
                                 expected=standing.expected)


def of_changelog(told: Told) -> VersionMention | None:
    """A changelog: its newest entry is the newest release's or the manifest's, or what it lacks is unreleased."""
    changelog, standing = told.changelog, told.standing
    entry = changelog.newest
    if entry is None:
        return None
    wanted = _missing(changelog, entry.number, standing)
    return VersionMention(file=changelog.file, line=entry.line, found=entry.number.text, source="changelog",
                          package=standing.name, agrees=wanted is None,
                          expected=standing.expected if wanted is None else wanted.text.lstrip("vV"))


def _missing(changelog: Changelog, newest: Number, standing: Standing) -> Number | None:
    """The version that the newest entry ought to be; None where it is as it should be, or nothing is known."""
    released = None if standing.newest is None else standing.newest.released
    if changelog.goes_on and standing.ahead is not None and newest < standing.ahead:
        return None
    if released is not None and newest < released:
        return released
    stated: Number | None = max(
        [*(() if standing.manifest is None else (standing.manifest,)), *standing.others], default=None)
    if stated is None:
        return None
    ahead = standing.ahead
    if ahead is not None and newest > ahead:
        return ahead
    if released is None and newest < stated and not changelog.has_unreleased and not stated.is_prerelease:
        return stated
    return None


def of_citation(stated: Stated, file: str, standing: Standing, released: date | None) -> Iterator[VersionMention]:
    """A citation: its version is one that a reader may be told, and its date is that version's in the changelog."""
    number = None if stated.version is None else parse(stated.version)
    if stated.version is None or number is None:
        return
    current = standing.current
    yield VersionMention(file=file, line=stated.version_line, found=stated.version, source="citation",
                         package=standing.name, agrees=not current or number in current, expected=standing.expected)
    if stated.released is not None and released is not None:
        yield VersionMention(file=file, line=stated.released_line, found=stated.released.isoformat(), source="citation",
                             package=standing.name, agrees=stated.released == released, expected=released.isoformat())


def of_snippet(snippet: Snippet, standing: Standing) -> VersionMention | None:
    """An install instruction: what it names or admits is one of the versions that a reader may be told."""
    agrees = _agrees(snippet, standing)
    return None if agrees is None else VersionMention(
        file=snippet.file, line=snippet.line, found=snippet.found, source="snippet", package=snippet.name,
        agrees=agrees, expected=standing.expected)


def of_head(head: Head, standing: Standing) -> VersionMention:
    """What a document says that it is of: one of the versions that a reader may be told."""
    return VersionMention(file=head.file, line=head.line, found=head.number.text, source="head", package=standing.name,
                          agrees=any(map(head.number.begins, standing.current)), expected=standing.expected)


def _agrees(snippet: Snippet, standing: Standing) -> bool | None:
    current = standing.current
    if snippet.how == "range" and snippet.ecosystem is not None:
        answers = [admits(snippet.ecosystem, snippet.found, version) for version in current]
        if not current:
            return True
        known = [answer for answer in answers if answer is not None]
        return any(known) if known else None
    number = parse(snippet.found)
    if number is None:
        return None
    if snippet.how == "ref":        # what an action is used at are tags, whatever a manifest says
        tagged = [] if standing.newest is None else [standing.newest.released, standing.newest.any]
        if not tagged and standing.moving is None:
            return None
        return any(number.begins(version) for version in tagged) or number == standing.moving
    if not current:
        return True
    return any(number.begins(version) if snippet.how == "prefix" else number == version for version in current)
