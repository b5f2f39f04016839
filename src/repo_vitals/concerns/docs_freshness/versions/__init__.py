"""The project's own version, wherever its files state it, and whether they agree. Pure over the files of a commit."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.versions import agreement, changelog, citation
from repo_vitals.concerns.docs_freshness.versions.heads import heads
from repo_vitals.concerns.docs_freshness.versions.packages import Files
from repo_vitals.concerns.docs_freshness.versions.snippets import snippets
from repo_vitals.concerns.docs_freshness.versions.standing import standings
from repo_vitals.concerns.docs_freshness.versions.tags import every as all_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from repo_vitals.concerns.docs_freshness.facts import Document, VersionMention
    from repo_vitals.concerns.docs_freshness.versions.agreement import Told
    from repo_vitals.concerns.docs_freshness.versions.changelog import Changelog
    from repo_vitals.concerns.docs_freshness.versions.packages import Package
    from repo_vitals.concerns.docs_freshness.versions.standing import Standing

__all__ = ["Files", "mentions"]


def mentions(
    files: Files, ours: Sequence[Package], documents: Mapping[str, Document], *, tags: Collection[str] | None,
    repository: str, headings_of: Callable[[str, str], Sequence[tuple[str, int]]],
) -> tuple[tuple[VersionMention, ...], tuple[str, ...]]:
    """Every place that states the version of the project, manifests first; and notes, without strangers' text.

    `ours` are the packages of these files; `tags` are the names of the repository's tags, None where they are not
    known; `headings_of` gives the headings of a file that is no document here, by its path and text.
    """
    found, whole = standings(ours, tags or (), repository)
    every = [*found, whole]
    told = _changelogs(files, documents, every, repository, headings_of)
    mentioned = [*agreement.of_manifests(found), *agreement.of_tags(every)]
    for one in told:
        mention = agreement.of_changelog(one)
        if mention is not None:
            mentioned.append(mention)
    mentioned += _citation(files, whole, told)
    by_name = {(one.package.ecosystem, one.name): one for one in found if one.package is not None}
    for snippet in snippets(documents.values(), ours, repository, files.text):
        standing = whole if snippet.ecosystem is None else by_name[snippet.ecosystem, snippet.name]
        mention = agreement.of_snippet(snippet, standing)
        if mention is not None:
            mentioned.append(mention)
    had = {entry.number for one in told if one.standing.package is None for entry in one.changelog.entries}
    had |= all_tags(tags or (), repository.partition("/")[2])
    mentioned += [agreement.of_head(head, whole) for head in heads(documents.values(), had, whole.current, files.text)]
    unknown = sum(bool(package.why_unknown) for package in ours)
    notes = [] if not unknown else [
        f"the version of {unknown:,} package{'' if unknown == 1 else 's'} can't be told without building"]
    if tags is None:
        notes.append("the repository's tags are not known, so that versions are held to the manifests alone")
    return tuple(mentioned), tuple(notes)


def _changelogs(
    files: Files, documents: Mapping[str, Document], every: Sequence[Standing], repository: str,
    headings_of: Callable[[str, str], Sequence[tuple[str, int]]],
) -> list[Told]:
    """The changelog at the top, which is the whole repository's, and those beside packages further down."""
    by_small = {path.lower(): path for path in sorted(files.paths, reverse=True)}
    found: dict[str, Told] = {}
    for standing in reversed(every):    # the whole comes first, and takes the one at the top
        folder = "" if standing.package is None else standing.package.folder
        path = next((by_small[place] for place in changelog.places(folder) if place in by_small), None)
        if path is None or path in found:
            continue
        names = (repository.partition("/")[2], standing.name.rpartition("/")[2].rpartition(":")[2], standing.name)
        read = _read(path, files, documents, headings_of, names)
        if read is not None:
            found[path] = agreement.Told(changelog=read, standing=standing)
    return list(found.values())


def _read(path: str, files: Files, documents: Mapping[str, Document],
          headings_of: Callable[[str, str], Sequence[tuple[str, int]]], names: tuple[str, ...]) -> Changelog | None:
    text = files.text(path)
    if path in documents:
        return changelog.read(path, [(one.text, one.line) for one in documents[path].headings], names, text or "")
    return None if text is None else changelog.read(path, headings_of(path, text), names, text)


def _citation(files: Files, whole: Standing, told: Sequence[Told]) -> list[VersionMention]:
    text = files.text(citation.NAME) if citation.NAME in files.paths else None
    stated = None if text is None else citation.read(text)
    if stated is None:
        return []
    from repo_vitals.concerns.docs_freshness.versions.numbers import parse

    number = None if stated.version is None else parse(stated.version)
    entry = next((entry for one in told if one.standing.package is None and number is not None
                  for entry in (one.changelog.of(number),) if entry is not None), None)
    return list(agreement.of_citation(stated, citation.NAME, whole, None if entry is None else entry.day))
