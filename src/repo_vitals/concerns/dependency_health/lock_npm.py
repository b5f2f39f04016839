"""package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 to 3. Pure."""
from __future__ import annotations

import json
import re
from typing import Any

from repo_vitals.concerns.dependency_health.lock_reading import Contents, Malformed, table

_VERSIONS = (1, 2, 3)
_HOSTS = re.compile(r"https?://registry\.(?:npmjs\.org|yarnpkg\.com)/")
_ALIAS = re.compile(r"npm:((?:@[^/@]+/)?[^/@]+)@(.+)")
_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_FOLDER = "node_modules/"


def read_npm_lock(text: str) -> Contents:
    """The packages of npm's registry.

    Direct are those that the root and the workspaces name; version 1 has no root to tell them by, so that there it is
    not known. `git`, `url`, `path`, `other registry`, `bundled` (inside another package) and `workspace` are counted
    apart; an alias counts as the package that it stands for.
    """
    try:
        document = json.loads(text)
    except ValueError:
        raise Malformed("is not JSON") from None
    version = document.get("lockfileVersion") if isinstance(document, dict) else None
    if version not in _VERSIONS or isinstance(version, bool):
        said = "without a lockfileVersion" if version is None else f"of lockfileVersion {str(version)[:20]!r}"
        raise Malformed(f"is a package-lock.json {said}; 1 to 3 can be read")
    packages = document.get("packages")
    if isinstance(packages, dict):
        return _by_folder(packages)
    if version != 1:
        raise Malformed(f"is a package-lock.json of lockfileVersion {version} without its packages")
    return _nested(document)


def _by_folder(packages: dict[str, Any]) -> Contents:
    """Version 2 and 3: an entry for each folder; `""` is the root, one outside node_modules a workspace."""
    contents = Contents()
    direct = _direct(packages)
    for folder, entry in packages.items():
        if not isinstance(entry, dict):
            contents.apart["unreadable"] += 1
        elif folder == "":
            continue
        elif _FOLDER not in folder:
            contents.apart["workspace"] += 1
        elif entry.get("link") is True:
            # It points to a folder of the project: a workspace, counted there, or a path.
            contents.apart["path"] += table(packages.get(str(entry.get("resolved")))) == {}
        elif entry.get("inBundle") is True:
            contents.apart["bundled"] += 1
        else:
            name = entry.get("name", folder.rpartition(_FOLDER)[2])
            _take(contents, name, entry.get("version"), entry.get("resolved"), direct=folder in direct)
    contents.apart = +contents.apart
    return contents


def _direct(packages: dict[str, Any]) -> set[str]:
    """The folders of what the root and the workspaces depend on, found as node would find them."""
    found = set()
    for place, entry in packages.items():
        if _FOLDER in place or not isinstance(entry, dict):
            continue
        for key in _DEPENDENCIES:
            for name in table(entry.get(key)):
                above = place
                while f"{above}/{_FOLDER}{name}".removeprefix("/") not in packages and above:
                    above = above.rpartition("/")[0]
                found.add(f"{above}/{_FOLDER}{name}".removeprefix("/"))
    return found


def _nested(document: dict[str, Any]) -> Contents:
    """Version 1: packages within packages, of any depth."""
    contents = Contents()
    waiting = [table(document.get("dependencies"))]
    while waiting:
        for name, entry in waiting.pop().items():
            if not isinstance(entry, dict):
                contents.apart["unreadable"] += 1
                continue
            waiting.append(table(entry.get("dependencies")))
            version = entry.get("version")
            alias = _ALIAS.fullmatch(version) if isinstance(version, str) else None
            if entry.get("bundled") is True:
                contents.apart["bundled"] += 1
            elif alias is not None:
                _take(contents, alias[1], alias[2], entry.get("resolved"), direct=None)
            elif isinstance(version, str) and re.match(r"[a-z+]+:", version):
                _take(contents, name, version, version, direct=None)
            else:
                _take(contents, name, version, entry.get("resolved"), direct=None)
    return contents


def _take(contents: Contents, name: object, version: object, resolved: object, *, direct: bool | None) -> None:
    """Count a package by where it came from; npm may be told to leave that out, and then it is its registry."""
    place = resolved if isinstance(resolved, str) else ""
    if not place or _HOSTS.match(place):
        contents.add(name, version, direct=direct)
    elif place.startswith(("git", "ssh:")) or ".git#" in place:
        contents.apart["git"] += 1
    elif place.startswith("file:"):
        contents.apart["path"] += 1
    else:
        # A registry of one's own keeps tarballs as npm's does; anything else is an address of a file.
        contents.apart["other registry" if "/-/" in place else "url"] += 1
