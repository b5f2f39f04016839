"""CycloneDX as XML, turned into the objects that its JSON has, component by component."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.xml_reading import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.sources.report_files import ReportFile

Node = dict[str, Any]
_MOST_TEXT = 100_000        # characters of one element that are kept
# Elements that hold several of a kind, by the name of that kind; JSON has them as lists.
_LISTS = {
    "components": "component", "licenses": "license", "ratings": "rating", "references": "reference",
    "tools": "tool", "versions": "version", "vulnerabilities": "vulnerability",
}
# Where what is read stands; all else is passed over.
_WANTED = frozenset({
    *_LISTS, *_LISTS.values(), "analysis", "affects", "bom", "description", "detail", "expression", "group", "id",
    "justification", "metadata", "method", "name", "published", "purl", "ref", "rejected", "score", "severity",
    "source", "state", "status", "target", "timestamp", "url", "vector",
})
_OBJECTS = frozenset({"analysis", "license", "metadata", "rating", "reference", "source", "target", "tool"})
_ATTRIBUTES = {"component": ("type", "bom-ref"), "vulnerability": ("bom-ref",), "bom": ()}


class _Element:
    __slots__ = ("attributes", "length", "name", "parts", "texts")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.parts: list[tuple[str, Any]] = []
        self.texts: list[str] = []
        self.length = 0

    def value(self) -> Any:
        """As JSON has it: an object, or the text where there are no parts."""
        if not self.parts and self.name not in {*_ATTRIBUTES, *_LISTS, *_OBJECTS, "affects"}:
            return "".join(self.texts).strip()
        if self.name == "licenses":
            return [{name: value} if name == "expression" else {"license": value} for name, value in self.parts]
        if self.name in _LISTS:
            # Since 1.5 what made a document is listed as components.
            return [value for name, value in self.parts if name == _LISTS[self.name]] or [
                one for name, value in self.parts if name == "components" for one in value]
        if self.name == "affects":      # <affects><target><ref>…
            return [value for name, value in self.parts if name == "target"]
        if self.name == "version":      # one of <versions>, which holds a version and a status
            return dict(self.parts)
        return {**{key: self.attributes[key] for key in _ATTRIBUTES.get(self.name, ()) if key in self.attributes},
                **dict(self.parts)}


class _Reader:
    """Builds the objects; what of the document is complete waits in `done`."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Any]] = []
        self._stack: list[_Element] = []
        self._passing = 0
        self._begun = False

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        name = qualified.rpartition(":")[2]
        if not self._begun:
            self._begun = True
            space = next((value for key, value in attributes.items() if key.startswith("xmlns")
                          and "cyclonedx.org/schema/bom/" in value), "")
            if name != "bom" or not space:
                raise Unreadable("is no CycloneDX document")
            self.done += [("specVersion", space.rpartition("/")[2])]
        if self._passing or name not in _WANTED:
            self._passing += 1
        else:
            self._stack.append(_Element(name, attributes))

    def end(self, _: str) -> None:
        if self._passing:
            self._passing -= 1
            return
        ended = self._stack.pop()
        depth = len(self._stack)
        outer = self._stack[-1].name if self._stack else ""
        if depth == 2 and (outer, ended.name) in (("components", "component"), ("vulnerabilities", "vulnerability")):
            self.done.append((outer, ended.value()))
        elif depth == 1 and ended.name == "metadata":
            self.done.append(("metadata", ended.value()))
        elif depth > 1:
            self._stack[-1].parts.append((ended.name, ended.value()))

    def text(self, piece: str) -> None:
        if self._passing or not self._stack:
            return
        element = self._stack[-1]
        if element.length < _MOST_TEXT:
            element.texts.append(piece)
            element.length += len(piece)


def parts(file: ReportFile) -> Iterator[tuple[str, Any]]:
    """The document's parts as `json_pieces.pieces` gives those of JSON."""
    reader = _Reader()
    with opened(file, as_declared=True) as stream:
        walk(stream, reader.start, reader.end, reader.text)
    yield from reader.done
