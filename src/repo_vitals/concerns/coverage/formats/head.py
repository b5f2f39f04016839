"""The beginning of a report, as far as recognising its format takes."""
from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING

from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from repo_vitals.sources.json_reading import JsonText

_LEVELS = 5
Shape = dict[str, "Shape"]      # keys of an object in JSON; the first element of a list stands under "*"


@dataclass(kw_only=True)
class Head:
    """The first bytes of a report, after blanks and a byte order mark."""

    text: bytes

    @cached_property
    def is_xml(self) -> bool:
        """Whether it begins as XML does."""
        return self.text.startswith(b"<")

    @cached_property
    def elements(self) -> list[tuple[str, dict[str, str]]]:
        """The first elements of XML with their attributes, in order; none of what is no XML."""
        if not self.is_xml:
            return []
        from repo_vitals.sources.xml_reading import first_elements

        return first_elements(self.text)

    @cached_property
    def root(self) -> str:
        """The name of the outermost element of XML."""
        return self.elements[0][0] if self.elements else ""

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of the first elements of XML."""
        return frozenset(name for name, _ in self.elements)

    @cached_property
    def shape(self) -> Shape:
        """Keys of JSON, as far as they are told; none of what is no object."""
        shape: Shape = {}
        if self.text.startswith((b"{", b"[")):
            from repo_vitals.sources.json_reading import JsonText

            with suppress(Unreadable):      # Cut off, as beginnings are; the reader tells damage.
                _keys(JsonText(BytesIO(self.text)), shape, _LEVELS)
        return shape if self.text.startswith(b"{") else {}

    @cached_property
    def first_line(self) -> str:
        """The first line that is no comment of an lcov file."""
        for line in self.text[:4096].splitlines():
            if line.strip() and not line.startswith(b"#"):
                return line.decode("utf-8", "replace").strip()
        return ""


def _keys(text: JsonText, shape: Shape, levels: int) -> None:
    begin = text.peek()
    if begin == "{" and levels:
        for key in text.members():
            _keys(text, shape.setdefault(key, {}), levels - 1)
    elif begin == "[" and levels:
        for place, _ in enumerate(text.elements()):
            if place:
                text.skip()
            else:
                _keys(text, shape.setdefault("*", {}), levels - 1)
    else:
        text.skip()
