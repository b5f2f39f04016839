"""Packages of package.json, and of the workspaces that it or pnpm's file names. Pure."""
from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.versions.folders import holding, members
from repo_vitals.concerns.docs_freshness.versions.packages import Package, joined, line_at, table, text_of, texts

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.versions.packages import Files

NAME = "package.json"
_PNPM = "pnpm-workspace.yaml"
# What a package has that others can load or run, by its manifest or by what lies beside it.
_LOADED = ("main", "exports", "module", "browser", "bin", "types", "typings", "style", "sass", "files", "publishConfig",
           "workspaces")
_INDEXES = ("index.js", "index.mjs", "index.cjs", "index.ts", "index.d.ts", "index.json", "index.node")


def read(files: Files, folder: str) -> list[Package]:
    """The package at a folder, and those of its workspaces."""
    found = _loaded(files, folder)
    if found is None:
        return []
    spoken, text = found
    workspaces = spoken.get("workspaces")
    patterns = texts(table(workspaces).get("packages") if isinstance(workspaces, dict) else workspaces)
    patterns += _pnpm(files.text(joined(folder, _PNPM) or _PNPM) or "")
    made = [_package(spoken, text, folder, files)]
    inner = [one for one in holding(files.paths, NAME) if one != folder]
    for member in members(inner, patterns, top=folder):
        theirs = _loaded(files, member)
        if theirs is not None:
            made.append(_package(*theirs, member, files))
    return [one for one in made if one is not None]


def _loaded(files: Files, folder: str) -> tuple[dict[str, Any], str] | None:
    text = files.text(joined(folder, NAME) or NAME)
    if text is None:
        return None
    try:
        found = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return (found, text) if isinstance(found, dict) else None


def _package(found: dict[str, Any], text: str, folder: str, files: Files) -> Package | None:
    name, version = text_of(found.get("name")), text_of(found.get("version"))
    if name is None:
        return None
    match = None if version is None else re.search(rf'"version"\s*:\s*"{re.escape(version)}"', text)
    line = 1 if match is None else line_at(text, match.start())
    return Package(ecosystem="npm", name=name, version=version, file=joined(folder, NAME) or NAME, line=line,
                   folder=folder, is_published=not (found.get("private") is True or _is_of_tools(found, folder, files)))


def _is_of_tools(found: dict[str, Any], folder: str, files: Files) -> bool:
    """Whether a manifest is there for what the project's own scripts need: others could load nothing of it."""
    return "devDependencies" in found and not any(name in found for name in _LOADED) and not any(
        joined(folder, name) in files.paths for name in _INDEXES)


def _pnpm(text: str) -> list[str]:
    """The list `packages` of pnpm's file, which is YAML, as nearly everyone writes it: an entry a line."""
    _, _, rest = text.partition("packages:")
    found = []
    for line in rest.splitlines()[1:]:
        match = re.fullmatch(r"\s*-\s*[\"']?([^\"'#\s]+)[\"']?\s*(?:#.*)?", line)
        if match is not None:
            found.append(match[1])
        elif line.strip() and not line.lstrip().startswith("#"):
            break
    return found
