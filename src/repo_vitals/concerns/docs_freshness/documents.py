"""A document's bytes as links, headings, anchors, code and front matter. Pure.

Markdown is read as GitHub shows it, reStructuredText as docutils does, HTML as it stands.
"""
from __future__ import annotations

import codecs
from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.effort import MOST_OF_ONE, seconds
from repo_vitals.concerns.docs_freshness.facts import Unreadable

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.facts import Document, Format

LARGEST = 1_000_000     # bytes; GitHub shows no larger one as a page either
_FORMATS: dict[str, Format] = {
    "md": "markdown", "markdown": "markdown", "mdown": "markdown", "mkd": "markdown", "mkdn": "markdown",
    "mdwn": "markdown", "rst": "rst", "rest": "rst", "html": "html", "htm": "html", "xhtml": "html",
}
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def format_of(path: str) -> Format | None:
    """How a file is read, by the end of its name; None for what is no document."""
    name = path.rpartition("/")[2]
    return _FORMATS.get(name.rpartition(".")[2].lower()) if "." in name else None


def read(path: str, content: bytes) -> Document:
    """The document in a file of this path. Raises Unreadable for what is no text or too much of it."""
    from repo_vitals.concerns.docs_freshness import front_matter

    kind = format_of(path)
    if kind is None:
        raise Unreadable("is neither Markdown, reStructuredText nor HTML by its name")
    text = _text(content)
    if seconds(kind, content) > MOST_OF_ONE:
        raise Unreadable("has too many lines, links or marks to be read in a few seconds")
    try:
        if kind == "rst":
            from repo_vitals.concerns.docs_freshness.rst_reading import read_rst

            return read_rst(text).document(path, kind)
        if kind == "html":
            from repo_vitals.concerns.docs_freshness.html_reading import read_html

            return read_html(text).document(path, kind)
        from repo_vitals.concerns.docs_freshness.markdown_reading import read_markdown

        split = front_matter.split(text)
        contents = read_markdown(text[split.start:], skipped_lines=text.count("\n", 0, split.start))
        if split.note:
            contents.notes.insert(0, split.note)
        return replace(contents.document(path, kind), front_matter=split.values)
    except RecursionError:
        raise Unreadable("is nested too deeply") from None


def _text(content: bytes) -> str:
    if len(content) > LARGEST:
        raise Unreadable(f"has {len(content):,} bytes, more than the {LARGEST:,} that are read")
    if content.startswith(_UTF_16):
        raise Unreadable("is written in UTF-16; UTF-8 is read")
    if b"\0" in content:
        raise Unreadable("is binary")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"is no UTF-8 at byte {error.start:,}") from None
