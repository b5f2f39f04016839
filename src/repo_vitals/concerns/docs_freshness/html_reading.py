"""Links, anchors and headings of HTML: whole pages, and the pieces of it that stand in Markdown. Pure.

Comments, scripts and styles hold no links.
"""
from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.anchors import slug
from repo_vitals.concerns.docs_freshness.contents import Contents

if TYPE_CHECKING:
    from collections.abc import Callable

_HEADING = re.compile(r"h[1-6]")
# Where an address can stand, and whether a reader sees it as an image.
_PLACES = {("a", "href"): False, ("area", "href"): False, ("link", "href"): False, ("img", "src"): True,
           ("source", "src"): True, ("video", "src"): True, ("video", "poster"): True, ("audio", "src"): True,
           ("track", "src"): True, ("iframe", "src"): False, ("embed", "src"): True, ("script", "src"): False,
           ("image", "href"): True, ("image", "xlink:href"): True, ("object", "data"): True}
_END = re.compile(r"</([A-Za-z][A-Za-z0-9]*)>")
_COMMENT = re.compile(r"<!--(?:[^->][^-]*)?-->\s*")
_CANDIDATE = re.compile(r"[\s,]*(\S*[^\s,])(?:\s+[^,]*)?", re.ASCII)
_BETWEEN = " \t\n\r\f\v,"      # at the end of all, where none follows, it would be gone through from each of its places
# What stands in them is text to a browser. GitHub shows their tags themselves as text, so that in Markdown it is not.
_OF_TEXT = frozenset({"title", "textarea"})


class HtmlPieces(HTMLParser):
    """Reads HTML piece by piece, with text in between that is no HTML; headings may begin in one and end in another."""

    def __init__(self, contents: Contents, anchor_of: Callable[[str], str] | None) -> None:
        """`anchor_of` makes the anchor of a heading's text; None where only ids and names are anchors."""
        super().__init__(convert_charrefs=True)
        self._contents, self._anchor_of = contents, anchor_of
        self._first_line = 1
        self._heading: tuple[int, int, str, list[str]] | None = None   # level, line, id, text
        self._text_of = ""          # which of `_OF_TEXT` is open
        self.anchor_depth = 0       # inside how many <a>

    def piece(self, text: str, *, line: int) -> None:
        """A piece of HTML that begins in this line. What it leaves open but for headings is forgotten."""
        # Of most pieces in Markdown: the end of an element, and comments.
        if (end := _END.fullmatch(text)) is not None:
            self.handle_endtag(end[1].lower())
            return
        if not self.in_heading and _COMMENT.fullmatch(text) is not None:
            return
        self.reset()
        self._first_line = line
        self.feed(_closed(text))
        self.close()

    def text(self, text: str) -> None:
        """What stands between the pieces."""
        if self._heading is not None:
            self._heading[3].append(text)

    def end(self) -> None:
        """The end of the document, which ends a heading too."""
        self._end_heading()

    @property
    def in_heading(self) -> bool:
        """Whether what comes next stands in a heading written in HTML."""
        return self._heading is not None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Part of HTMLParser."""
        if self._text_of:
            return
        if tag in _OF_TEXT and self._anchor_of is None:
            self._text_of = tag
        line = self._first_line + self.getpos()[0] - 1
        own = ""
        for name, value in attrs:
            if value is None:
                continue
            if name == "id" or (name == "name" and tag == "a"):
                self._contents.anchors.add(value.strip())
                own = own or (value.strip() if name == "id" else "")
            elif (tag, name) in _PLACES:
                self._contents.link(value, line, is_image=_PLACES[tag, name])
            elif name == "srcset" and tag in ("img", "source"):
                for match in _CANDIDATE.finditer(value[:100_000].rstrip(_BETWEEN)):
                    self._contents.link(match[1], line, is_image=True)
            elif name == "href" and tag == "base" and not self._contents.base:
                self._contents.base = value
        if tag == "a":
            self.anchor_depth += 1
        if _HEADING.fullmatch(tag):
            self._end_heading()
            self._heading = (int(tag[1]), line, own, [])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Part of HTMLParser. `<h2/>` and `<a/>` are not closed by it, as in a browser."""
        self.handle_starttag(tag, attrs)
        self._text_of = "" if self._text_of == tag else self._text_of       # `<title/>` of a drawing is closed

    def handle_endtag(self, tag: str) -> None:
        """Part of HTMLParser."""
        if self._text_of:
            self._text_of = "" if self._text_of == tag else self._text_of
            return
        if tag == "a":
            self.anchor_depth = max(self.anchor_depth - 1, 0)
        if _HEADING.fullmatch(tag):
            self._end_heading()

    def handle_data(self, data: str) -> None:
        """Part of HTMLParser."""
        if self.cdata_elem is None:
            self.text(data)

    def _end_heading(self) -> None:
        if self._heading is None:
            return
        level, line, own, texts = self._heading
        self._heading = None
        text = "".join(texts)
        self._contents.heading(text, level=level, line=line,
                               anchor=own if self._anchor_of is None else self._anchor_of(text))
        if self._anchor_of is not None:
            # The blanks of its indentation become hyphens. Who links to it without them shall not be told off.
            self._contents.anchors.add(slug(text.strip()))


def _closed(text: str) -> str:
    """The text up to what is never closed: no link follows it, and HTMLParser would look for its end at every `<`.

    `<![` begins a comment that the next `>` ends, as browsers have it, be it of Internet Explorer's or of XML's.
    """
    text = text.replace("<![", "<!:")      # HTMLParser would look for `]>`, which need not come, instead
    for opening, closing in (("<!--", "-->"), ("<", ">")):
        start = text.find(opening, text.rfind(closing) + 1)
        if start >= 0:
            text = text[:start]
    return text


def read_html(text: str) -> Contents:
    """What stands in a page. The anchors are its ids and names, and nothing else."""
    contents = Contents()
    reader = HtmlPieces(contents, None)
    reader.piece(text, line=1)
    reader.end()
    return contents
