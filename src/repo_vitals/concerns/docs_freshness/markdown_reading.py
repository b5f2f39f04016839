"""Links, headings, anchors and code of Markdown as GitHub shows it. Pure."""
from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness import site_marks
from repo_vitals.concerns.docs_freshness.anchors import Anchors
from repo_vitals.concerns.docs_freshness.bare_links import bare_links
from repo_vitals.concerns.docs_freshness.contents import Contents
from repo_vitals.concerns.docs_freshness.contributor_lists import without_titles
from repo_vitals.concerns.docs_freshness.html_reading import HtmlPieces
from repo_vitals.concerns.docs_freshness.markdown_rules import FOOTNOTES, UNREAD, parser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_MOST_NOTES = 5
_LINE_END = re.compile("\n")


def read_markdown(text: str, *, skipped_lines: int = 0) -> Contents:
    """What stands in the text, which begins below so many lines of its file."""
    reader = _Reader(skipped_lines)
    env: dict[str, Any] = {}
    reader.blocks(parser().parse(text, env))
    for name in env.get(FOOTNOTES, ()):     # where a footnote is, and where it is referred to first
        reader.contents.anchors.update((f"fn-{name}", f"fnref-{name}"))
    reader.contents.links = without_titles(reader.contents.links, text, skipped_lines=skipped_lines)
    reader.contents.site_names, reader.contents.is_filled = site_marks.names(text), site_marks.has_more(text)
    for line in env.get(UNREAD, [])[:_MOST_NOTES]:
        reader.contents.notes.append(f"the block in line {skipped_lines + line + 1:,} has too many brackets to be read")
    return reader.contents


class _Reader:
    def __init__(self, skipped_lines: int) -> None:
        self.contents = Contents()
        self._skipped = skipped_lines
        self._anchors = Anchors()
        self._html = HtmlPieces(self.contents, self._anchors.anchor)

    def blocks(self, tokens: Sequence[Token]) -> None:
        line = 1
        heading: Token | None = None
        for token in tokens:
            if token.map:
                line = self._skipped + token.map[0] + 1
            if token.type == "heading_open":
                heading = token
            elif token.type == "inline":
                shown = self._inline(token, line)
                if heading is not None:
                    self.contents.heading(shown, level=int(heading.tag[1]), line=line,
                                          anchor=self._anchors.anchor(shown))
                    heading = None
            elif token.type == "fence":
                words = token.info.split(maxsplit=1)
                self.contents.span_or_block(token.content, line + 1, language=words[0] if words else "",
                                            is_block=True)
            elif token.type == "code_block":
                self.contents.span_or_block(token.content, line, is_block=True)
            elif token.type == "html_block":
                self._html.piece(token.content, line=line)
                self._html.anchor_depth = 0
        self._html.end()

    def _inline(self, block: Token, first_line: int) -> str:
        """Reads what stands in a block, and returns its text as a reader sees it."""
        line, shown, depth = first_line, [], 0
        ends = [match.start() for match in _LINE_END.finditer(block.content)] if "\n" in block.content else []
        for token in block.children or ():
            if "place" in token.meta:
                line = first_line + bisect_left(ends, token.meta["place"])
            kind = token.type
            if kind == "link_open":
                depth += 1
                self.contents.link(str(token.attrs.get("href", "")), line)
            elif kind == "link_close":
                depth -= 1
            elif kind == "image":
                self.contents.link(str(token.attrs.get("src", "")), line, is_image=True)
            elif kind == "html_inline":
                self._html.piece(token.content, line=line)
            elif kind == "code_inline":
                self.contents.span_or_block(token.content, line)
                shown.append(token.content)
                self._html.text(token.content)
            elif kind in ("softbreak", "hardbreak"):
                line += 1
                shown.append("\n")
                self._html.text("\n")
            elif kind == "text":
                shown.append(token.content)
                self._html.text(token.content)
                if depth == 0 and self._html.anchor_depth == 0:
                    for target in bare_links(token.content):
                        self.contents.link(target, line)
        self._html.anchor_depth = 0
        return "".join(shown)
