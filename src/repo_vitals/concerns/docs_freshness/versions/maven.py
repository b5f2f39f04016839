"""Packages of pom.xml: modules, what they inherit from a parent, and `${revision}`. Pure."""
from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repo_vitals import late
from repo_vitals.concerns.docs_freshness.versions.packages import Package, folder_of, joined

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.versions.packages import Files

NAME = "pom.xml"
_MOST = 500             # modules
_HELD = late.regex(r"\$\{([^{}]{1,100})\}")
_HIDDEN = late.regex(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
_VERSION = late.regex(r"<(?:[\w.-]+:)?version[\s>]")
_ABOUT = {("groupId",): "group", ("artifactId",): "artifact", ("version",): "version",
          ("parent", "groupId"): "parent.group", ("parent", "artifactId"): "parent.artifact",
          ("parent", "version"): "parent.version", ("parent", "relativePath"): "parent.path"}


@dataclass(kw_only=True)
class _Pom:
    """What of a project file matters. `lines` are those of the elements that state a version."""

    path: str
    said: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)


def read(files: Files, folder: str) -> list[Package]:
    """The project at a folder, and its modules."""
    found: list[Package] = []
    waiting = [folder]
    seen: set[str] = set()
    while waiting and len(seen) < _MOST:
        place = waiting.pop(0)
        pom = _pom(files, place) if place not in seen else None
        seen.add(place)
        if pom is None:
            continue
        package = _package(files, pom, place)
        if package is not None:
            found.append(package)
        waiting += [module for name in pom.modules if (module := joined(place, name)) is not None]
    return found


def _package(files: Files, pom: _Pom, folder: str) -> Package | None:
    artifact = pom.said.get("artifact")
    if artifact is None:
        return None
    group = pom.said.get("group") or pom.said.get("parent.group") or ""
    parent = _parent(files, pom, folder)
    own = Package(ecosystem="maven", name=f"{group}:{artifact}", version=None, file=pom.path, line=1, folder=folder)
    if "version" in pom.said:
        return _told(own, pom, "version", (pom, *([parent] if parent else ())))
    if parent is not None and "version" in parent.said:
        return _told(own, parent, "version", (parent,), is_inherited=True)
    return Package(ecosystem="maven", name=own.name, version=None, file=pom.path, line=1, folder=folder,
                   why_unknown="inherits its version from a parent that is not in the repository")


def _told(own: Package, pom: _Pom, key: str, where: tuple[_Pom, ...], *, is_inherited: bool = False) -> Package:
    """The version that an element states, properties such as `${revision}` put in."""
    version = pom.said[key]
    for _ in range(3):      # a property may be made of others
        version = _HELD.sub(lambda match: next(
            (held.properties[match[1]] for held in where if match[1] in held.properties), match[0]), version)[:200]
    if "${" in version:
        return Package(ecosystem="maven", name=own.name, version=None, file=own.file, line=own.line, folder=own.folder,
                       why_unknown="has a version that is given when it is built")
    return own.at(version, file=pom.path, line=pom.lines.get(key, 1), is_inherited=is_inherited)


def _parent(files: Files, pom: _Pom, folder: str) -> _Pom | None:
    """The parent's file, if it is in the repository and is that parent's."""
    if "parent.artifact" not in pom.said:
        return None
    place = joined(folder, pom.said.get("parent.path", "../pom.xml"))
    if place is None:
        return None
    found = _pom(files, folder_of(place) if place.endswith(".xml") else place)
    return found if found is not None and found.said.get("artifact") == pom.said["parent.artifact"] else None


def _pom(files: Files, folder: str) -> _Pom | None:
    path = joined(folder, NAME) or NAME
    text = files.text(path)
    return None if text is None else _parsed(path, text)


def _parsed(path: str, text: str) -> _Pom | None:
    from repo_vitals.sources.report_files import Unreadable
    from repo_vitals.sources.xml_reading import walk

    pom = _Pom(path=path)
    stack: list[str] = []
    pieces: list[str] = []
    places: dict[str, int] = {}
    seen = 0

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal seen
        stack.append(name.rpartition(":")[2].rpartition("}")[2])
        pieces.clear()
        if stack[-1] == "version":
            seen += 1

    def end(_: str) -> None:
        inside, said = tuple(stack[1:]), "".join(pieces).strip()
        if stack[0] == "project" and said:
            if inside in _ABOUT and _ABOUT[inside] not in pom.said:
                pom.said[_ABOUT[inside]] = said
                places[_ABOUT[inside]] = seen
            elif len(inside) == 2 and inside[0] == "properties":
                pom.properties.setdefault(inside[1], said)
            elif inside == ("modules", "module"):
                pom.modules.append(said)
        stack.pop()
        pieces.clear()

    try:
        walk(io.BytesIO(text.encode("utf-8", "replace")), start, end, pieces.append)
    except Unreadable:
        return None
    # Expat's callbacks know no line here: the elements of that name are counted in the text instead.
    plain = _HIDDEN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    starts = [plain.count("\n", 0, match.start()) + 1 for match in _VERSION.finditer(plain)]
    pom.lines = {key: starts[count - 1] for key, count in places.items() if key == "version" and count <= len(starts)}
    return pom
