"""Files and sections that a repository ought to have, where GitHub looks for them. Pure.

GitHub takes community files from `.github`, the top or `docs`, in that order, and a license from the top alone
(docs.github.com, "Creating a default community health file"). An organisation's `.github` repository stands in for
some.
"""
from __future__ import annotations

import re
from dataclasses import field, replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.facts import Required
from repo_vitals.concerns.docs_freshness.versions.changelog import STEMS as CHANGELOGS
from repo_vitals.config import globs
from repo_vitals.config.declare import LINES, LIST, Kind
from repo_vitals.config.file import quoted
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from repo_vitals.concerns.docs_freshness.facts import Document, Heading

_COMMUNITY = (".github/", "", "docs/")
_TEXTS = ("", ".md", ".markdown", ".rst", ".txt", ".adoc", ".org")


@dataclass(frozen=True, kw_only=True)
class _Known:
    """A file that goes by a name: its stems, and the folders that it may lie in."""

    stems: tuple[str, ...]
    folders: tuple[str, ...] = _COMMUNITY
    endings: tuple[str, ...] = _TEXTS


KNOWN: Mapping[str, _Known] = {
    "README": _Known(stems=("README",)),
    "LICENSE": _Known(stems=("LICENSE", "LICENCE", "COPYING", "UNLICENSE"), folders=("",), endings=()),
    "SECURITY": _Known(stems=("SECURITY",)),
    "CHANGELOG": _Known(stems=CHANGELOGS, folders=("", "docs/", ".github/")),
    "CONTRIBUTING": _Known(stems=("CONTRIBUTING",)),
    "CODE_OF_CONDUCT": _Known(stems=("CODE_OF_CONDUCT", "CODE-OF-CONDUCT")),
    "SUPPORT": _Known(stems=("SUPPORT",)),
    "GOVERNANCE": _Known(stems=("GOVERNANCE",)),
    "CODEOWNERS": _Known(stems=("CODEOWNERS",), folders=(".github/", "", "docs/"), endings=("",)),
    "CITATION": _Known(stems=("CITATION",), folders=("",), endings=(".cff", "", ".bib", ".md")),
    "PULL_REQUEST_TEMPLATE": _Known(stems=("PULL_REQUEST_TEMPLATE",)),
}
# What an owner's `.github` repository stands in for, and what of that GitHub's profile tells nothing about.
SHARED = ("SECURITY", "CONTRIBUTING", "CODE_OF_CONDUCT", "SUPPORT", "GOVERNANCE", "PULL_REQUEST_TEMPLATE")
UNTOLD = ("SUPPORT", "GOVERNANCE")
DEFAULT = ("README", "LICENSE", "SECURITY", "CHANGELOG", "CONTRIBUTING", "CODE_OF_CONDUCT")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading that a file ought to have; any of `words` will do."""

    file: str                       # a known name, or a path
    words: tuple[str, ...]

    @property
    def what(self) -> str:
        """How a message names it."""
        return f"{self.file}: {' | '.join(self.words)}"


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Files that GitHub says the repository has though they lie in the organisation's `.github` repository."""

    names: frozenset[str] = field(default_factory=frozenset)


def check(
    paths: frozenset[str], wanted: Iterable[str], sections: Iterable[Section], *, elsewhere: Elsewhere | None,
    headings_of: Callable[[str], Sequence[Heading] | None],
) -> tuple[Required, ...]:
    """Whether each file and section is there. `headings_of` a path gives None where it can't be read."""
    by_small = {path.lower(): path for path in sorted(paths, reverse=True)}
    found = []
    for name in wanted:
        path: str | None = find(name, by_small)
        is_there = path is not None or (elsewhere is not None and name in elsewhere.names)
        found.append(Required(what=name, path=path, is_there=is_there))
    for section in sections:
        path = find(section.file, by_small)
        headings = None if path is None else headings_of(path)
        found.append(Required(what=section.what, path=path,
                              is_there=any(has_heading(headings or (), word) for word in section.words)))
    return tuple(found)


def untold(said: Iterable[Required], repository: str) -> tuple[str, ...]:
    """What is missing and may all the same lie in the owner's `.github` repository, where only its trees tell."""
    if repository.lower().endswith("/.github"):
        return ()
    return tuple(one.what for one in said if not one.is_there and one.what in UNTOLD)


def stood_in(said: Iterable[Required], names: Iterable[str], shared: frozenset[str]) -> tuple[Required, ...]:
    """The same with those of `names` there that `shared`, the paths of the owner's `.github` repository, has."""
    by_small = {path.lower(): path for path in sorted(shared, reverse=True)}
    there = {name for name in names if find(name, by_small) is not None}
    return tuple(replace(one, is_there=True) if one.what in there else one for one in said)


def unsure(missing: Iterable[str], *, has_token: bool) -> list[str]:
    """What to say of missing files of which it is not known whether an organisation has them for all."""
    names = ", ".join(missing)
    why = ("the owner's .github repository is not there, is private or can't be read: it is" if has_token else
           "without a token it is")
    return [f"{why} not known whether the organisation has its own in the place of what is missing: {names}"] \
        if names else []


def find(name: str, by_small: Mapping[str, str]) -> str | None:
    """Where a file is, by its known name, its path or a pattern; `by_small` has the commit's paths by small letters."""
    known = KNOWN.get(name)
    if known is None:
        plain = name.removeprefix("/")
        return by_small.get(plain.lower()) or next(
            (path for path in sorted(by_small.values()) if globs.matches(path, (name,))), None)
    for folder in known.folders:
        for stem in known.stems:
            start = f"{folder}{stem}".lower()
            for ending in known.endings:
                if f"{start}{ending}" in by_small:
                    return by_small[f"{start}{ending}"]
            if not known.endings:       # LICENSE-MIT, LICENSE.txt; a folder LICENSES of REUSE
                begins = re.compile(rf"{re.escape(start)}(?:[.-][^/]*|s?/[^/]+)?")
                fits = [path for small, path in by_small.items() if begins.fullmatch(small)]
                if fits:
                    return min(fits)
    return None


def has_heading(headings: Iterable[Heading], wanted: str) -> bool:
    """Whether a heading holds the wanted words as they stand, whatever their case."""
    pattern = re.compile(rf"(?<!\w){re.escape(' '.join(wanted.split()))}(?!\w)", re.IGNORECASE)
    return any(pattern.search(heading.text) is not None for heading in headings)


def document_headings(documents: Mapping[str, Document], path: str) -> Sequence[Heading] | None:
    """The headings of a document; None for one that was not read."""
    document = documents.get(path)
    return None if document is None else document.headings


def required() -> Kind[tuple[str, ...]]:
    """Names of files, paths and patterns; `none` is none."""
    def check_all(names: tuple[str, ...]) -> tuple[str, ...]:
        if [name.lower() for name in names] == ["none"]:
            return ()
        return globs.check(_name(name) for name in names)
    return Kind("list", lambda text: check_all(LIST.parse(text)), lambda value: check_all(LIST.from_toml(value)),
                LIST.show)


def sections() -> Kind[tuple[Section, ...]]:
    """Lines such as `README: Installation, Usage | Quick start`."""
    return Kind("lines", lambda text: _sections(LINES.parse(text)), lambda value: _sections(LINES.from_toml(value)),
                lambda found: "\n".join(section.what for section in found))


def _name(name: str) -> str:
    """A known name in its own spelling, or what was given."""
    plain = name.strip().upper().replace("-", "_")
    return plain if plain in KNOWN else name.strip()


def _sections(lines: Iterable[str]) -> tuple[Section, ...]:
    found = []
    for line in lines:
        file, colon, rest = line.partition(":")
        wanted = [tuple(word.strip() for word in one.split("|") if word.strip()) for one in rest.split(",")]
        wanted = [words for words in wanted if words]
        if not colon or not file.strip() or not wanted:
            raise ValueError(f"has {quoted(line)}, which is not like README: Installation, Usage | Quick start")
        globs.check((_name(file),))
        found += [Section(file=_name(file), words=words) for words in wanted]
    return tuple(found)
