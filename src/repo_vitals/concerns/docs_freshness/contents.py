"""What the readers of all formats gather of one document."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.facts import Code, Document, Heading, Link

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.facts import Format


class Contents:
    """Links, headings, anchors and code, in the order in which they stand. Lines count from the top of the file."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.headings: list[Heading] = []
        self.anchors: set[str] = set()
        self.code: list[Code] = []
        self.base = ""
        self.site_names: frozenset[str] = frozenset()
        self.is_filled = False
        self.notes: list[str] = []

    def link(self, target: str, line: int, *, is_image: bool = False) -> None:
        """A link or image."""
        self.links.append(Link(target=target, line=line, is_image=is_image))

    def heading(self, text: str, *, level: int, line: int, anchor: str) -> None:
        """A heading; its text is shown on one line. An empty anchor is none."""
        self.headings.append(Heading(text=" ".join(text.split()), level=level, line=line, anchor=anchor))
        if anchor:
            self.anchors.add(anchor)

    def span_or_block(self, text: str, line: int, *, language: str = "", is_block: bool = False) -> None:
        """A code span or block."""
        self.code.append(Code(text=text, line=line, language=language, is_block=is_block))

    def document(self, path: str, kind: Format) -> Document:
        """All of it."""
        return Document(path=path, format=kind, links=tuple(self.links), headings=tuple(self.headings),
                        anchors=frozenset(self.anchors), code=tuple(self.code), base=self.base,
                        site_names=self.site_names, is_filled=self.is_filled, notes=tuple(self.notes))
