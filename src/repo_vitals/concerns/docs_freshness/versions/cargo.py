"""Packages of Cargo.toml: workspaces, and versions that members inherit. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.versions.folders import holding, members
from repo_vitals.concerns.docs_freshness.versions.packages import Package, joined, table, text_of, texts
from repo_vitals.concerns.docs_freshness.versions.toml_files import key_line, read_toml

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.versions.packages import Files

NAME = "Cargo.toml"


def read(files: Files, folder: str) -> list[Package]:
    """The package at a folder, and the members of its workspace where it is one's root."""
    path = _path(folder)
    text = files.text(path)
    found = read_toml(text) if text is not None else None
    if text is None or found is None:
        return []
    workspace = table(found.get("workspace"))
    of_all = table(workspace.get("package"))
    shared = text_of(of_all.get("version"))
    line = 1 if shared is None else key_line(text, "workspace.package", "version", shared)
    made = [_package(found, text, folder, of_all, path, line)]
    inner = [one for one in holding(files.paths, NAME) if one != folder]
    excluded = set(members(inner, texts(workspace.get("exclude")), top=folder))
    for member in members(inner, texts(workspace.get("members")), top=folder):
        theirs = files.text(_path(member)) if member not in excluded else None
        parsed = read_toml(theirs) if theirs is not None else None
        if theirs is not None and parsed is not None:
            made.append(_package(parsed, theirs, member, of_all, path, line))
    return [one for one in made if one is not None]


def _path(folder: str) -> str:
    return joined(folder, NAME) or NAME


def _package(found: dict[str, Any], text: str, folder: str, shared: dict[str, Any], root: str, root_line: int,
             ) -> Package | None:
    package = table(found.get("package"))
    name = text_of(package.get("name"))
    if name is None:
        return None
    version, publish = package.get("version"), package.get("publish")
    if isinstance(publish, dict):       # inherited, as the version may be
        publish = shared.get("publish")
    own = Package(ecosystem="cargo", name=name, version=None, file=_path(folder), line=1, folder=folder,
                  is_published=publish not in (False, []))
    if isinstance(version, dict) and version.get("workspace") is True:
        return own.at(text_of(shared.get("version")), file=root, line=root_line, is_inherited=True)
    plain = text_of(version)
    return own if plain is None else own.at(plain, file=own.file, line=key_line(text, "package", "version", plain))
