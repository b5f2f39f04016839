"""Places in documents that tell a reader which version of the project to install. Pure.

Found is only what names the project itself: its packages, its module, its action, its image. Whatever names something
else is a dependency's, and a version that stands alone is nobody's.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.docs_freshness.versions import snippet_patterns as patterns
from repo_vitals.concerns.docs_freshness.versions.numbers import parse
from repo_vitals.concerns.docs_freshness.versions.on_purpose import (
    is_filled_in,
    is_of_the_past,
    is_said_above,
    is_said_in_a_comment,
    is_said_in_the_sentence,
    plain_name,
    sections_of_the_past,
)
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from repo_vitals.concerns.docs_freshness.facts import Code, Document, Link
    from repo_vitals.concerns.docs_freshness.versions.packages import Ecosystem, Package

LARGEST_BLOCK = 100_000     # characters of a code block that is looked through
_MOST_SENTENCES = 500       # of a document that are read for what they say of a version
How = Literal["range", "exact", "prefix", "ref"]


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """One place that names a version of the project."""

    file: str
    line: int
    found: str                      # the version or range as it stands there
    how: How                        # it is compared: as a range, as it is, by its first numbers, or with tags alone
    ecosystem: Ecosystem | None     # None: of the repository as a whole
    name: str = ""                  # the package's; empty for the repository


def snippets(documents: Iterable[Document], packages: Sequence[Package], repository: str,
             text_of: Callable[[str], str | None] = lambda _: None) -> Iterator[Snippet]:
    """Every place in the documents' code and badges, in their order; not where it is about the past on purpose.

    `text_of` gives a document's text by its path, for what the sentences around say.
    """
    own = patterns.Own(packages, repository)
    majors = {plain_name(package.name): number.release[0] for package in packages
              if (number := parse(package.version or "")) is not None}
    for document in documents:
        if is_of_the_past(document.path):
            continue
        found: dict[Snippet, None] = {}
        is_past = sections_of_the_past(document, majors)
        lines: list[str] | None = None
        read = 0
        for code in document.code:
            named = list(_of_code(document.path, code, own))
            if named and lines is None:
                lines = (text_of(document.path) or "").splitlines()
            read += bool(named)
            if not (named and lines and read <= _MOST_SENTENCES and _is_explained(lines, code)):
                found.update(dict.fromkeys(named))
        for link in document.links:
            for snippet in _of_badge(document.path, link):
                found[snippet] = None
        yield from sorted((one for one in found if not is_past(one.line)), key=lambda snippet: snippet.line)


def _is_explained(lines: Sequence[str], code: Code) -> bool:
    """Whether the sentence around a span or above a block says that it is not what to install."""
    if code.is_block:
        return is_said_above(lines, code.line, code.text)
    return is_said_in_the_sentence(lines, code.line, code.text)


def _of_code(path: str, code: Code, own: patterns.Own) -> Iterator[Snippet]:
    text = code.text
    if len(text) > LARGEST_BLOCK or code.language.lower() in ("diff", "patch"):
        return
    every = list(patterns.find(text, code.language, own))
    if every and code.is_block and is_filled_in(text):
        return
    for found in every:
        if code.is_block and is_said_in_a_comment(text, found.place):
            continue
        yield Snippet(file=path, line=code.line + (text.count("\n", 0, found.place) if code.is_block else 0),
                      found=found.version, how=found.how, ecosystem=found.ecosystem, name=found.name)


def _of_badge(path: str, link: Link) -> Iterator[Snippet]:
    if link.is_image:
        version = patterns.badge(link.target)
        if version is not None:
            yield Snippet(file=path, line=link.line, found=version, how="exact", ecosystem=None)
