"""What GitHub would make of a Markdown document, by an independent parser and by what its filters look for.

GitHub's filters for mentions, references and bare links run over the text of the rendered document, node by node and
not inside code. markdown-it-py gives that text; the patterns here are wider than GitHub's.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field

from markdown_it import MarkdownIt

_FILTERS = {
    "mention": re.compile(r"@[A-Za-z0-9]"),
    "reference": re.compile(r"(?:#|GH-)[0-9]", re.IGNORECASE),
    "commit": re.compile(r"(?<![0-9A-Za-z_])[0-9a-f]{7,40}(?![0-9A-Za-z_])", re.IGNORECASE),
    "bare link": re.compile(r"[a-z]://\S|www\.\S|(?:mailto|xmpp):[\w.+-]", re.IGNORECASE),
    "e-mail": re.compile(r"[\w.+-]@[\w-]+\.\w"),
    "emoji": re.compile(r":[a-z0-9_+-]+:"),
    "formula": re.compile(r"\$[^$]+\$"),
}


@dataclass
class Document:
    """What is in a document, apart from plain words."""

    links: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)     # of all tables, heads included; cells as plain text
    headings: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)         # other block and inline constructs by their names, in order
    fences: list[tuple[str, str]] = field(default_factory=list)
    filtered: list[tuple[str, str]] = field(default_factory=list)   # what a filter of GitHub's would act on
    text: list[str] = field(default_factory=list)           # text nodes


_QUIET = {"text", "text_special", "softbreak", "paragraph_open", "paragraph_close", "inline", "tr_open", "tr_close",
          "th_open", "th_close", "td_open", "td_close", "thead_open", "thead_close", "tbody_open", "tbody_close",
          "table_close", "heading_close", "link_close", "bullet_list_close", "list_item_close", "strong_close",
          "code_inline", "html_inline", "html_block", "fence", "image", "link_open", "heading_open"}


def read(markdown: str) -> Document:
    """Read a document as GitHub-flavoured Markdown."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    # markdown-it refuses javascript: links by itself; what it would have refused must not go unseen.
    parser.validateLink = lambda _url: True  # type: ignore[method-assign]
    found = Document()
    cell: list[str] | None = None
    for token in parser.parse(markdown):
        if token.type == "tr_open":
            found.rows.append([])
        elif token.type in ("td_open", "th_open"):
            cell = []
        elif token.type in ("td_close", "th_close"):
            found.rows[-1].append("".join(cell or []))
            cell = None
        elif token.type == "html_block":
            found.html += re.findall(r"<[^>]*>", token.content) or [token.content]
        elif token.type == "fence":
            found.fences.append((token.info.strip(), token.content))
        elif token.type == "inline":
            words = _inline(token.children or [], found)
            if cell is not None:
                cell.append(words)
        if token.type == "heading_open":
            found.headings.append(token.tag)
        elif token.type not in _QUIET:
            found.blocks.append(token.type)
    for node in found.text:
        found.filtered += [(name, node) for name, pattern in _FILTERS.items() if pattern.search(node)]
    return found


def _inline(tokens: list, found: Document) -> str:  # type: ignore[type-arg]
    words: list[str] = []
    node: list[str] = []
    for token in [*tokens, None]:
        if token is not None and token.type in ("text", "text_special", "softbreak"):
            node.append(token.content or " ")
            continue
        if node:
            words.append("".join(node))
            found.text.append("".join(node))
            node = []
        if token is None:
            break
        if token.type == "link_open":
            found.links.append(str(token.attrs["href"]))
        elif token.type == "image":
            found.images.append(str(token.attrs["src"]))
        elif token.type == "html_inline":
            found.html.append(token.content)
        elif token.type == "code_inline":
            words.append(token.content)
        elif token.type not in _QUIET:
            found.blocks.append(token.type)
    return "".join(words)
