"""uv.lock, version 1 in any revision. Pure."""
from __future__ import annotations

import re
from typing import Any

from repo_vitals.concerns.dependency_health.lock_reading import Contents, Malformed, read_toml, table, tables

_VERSION = 1
_REGISTRY = re.compile(r"https://(?:www\.)?pypi\.org/simple/?")
_OWN = ("editable", "virtual")
# Where a source lies, by the key that uv gives it.
_APART = {"git": "git", "url": "url", "path": "path", "directory": "path", "editable": "path", "virtual": "path"}


def read_uv_lock(text: str) -> Contents:
    """The packages of PyPI. Direct are those that the workspace's own packages name, extras and groups among them.

    `git`, `url`, `path` (the workspace itself) and `other registry` are counted apart.
    """
    document = read_toml(text)
    version = document.get("version")
    if version != _VERSION or isinstance(version, bool):
        said = "without a version" if version is None else f"of version {str(version)[:20]!r}"
        raise Malformed(f"is a uv.lock {said}; version {_VERSION} can be read")
    packages = tables(document.get("package"))
    manifest = table(document.get("manifest"))
    listed = manifest.get("members")
    members = {member for member in listed if isinstance(member, str)} if isinstance(listed, list) else set()
    own = [entry for entry in packages if _is_own(entry, members)]
    wanted = {name for entry in own for name in _wanted(entry)}
    wanted |= _names(manifest.get("requirements"))
    for group in table(manifest.get("dependency-groups")).values():
        wanted |= _names(group)
    contents = Contents()
    for entry in packages:
        source = table(entry.get("source"))
        registry = source.get("registry")
        if isinstance(registry, str):
            if _REGISTRY.fullmatch(registry):
                contents.add(entry.get("name"), entry.get("version"), direct=entry.get("name") in wanted)
            else:
                contents.apart["other registry"] += 1
        else:
            contents.apart[next((_APART[key] for key in source if key in _APART), "unreadable")] += 1
    return contents


def _is_own(entry: dict[str, Any], members: set[str]) -> bool:
    source = table(entry.get("source"))
    if entry.get("name") in members and "registry" not in source:
        return True
    return not members and any(source.get(key) == "." for key in _OWN)


def _wanted(entry: dict[str, Any]) -> set[str]:
    found = _names(entry.get("dependencies"))
    for key in ("optional-dependencies", "dev-dependencies"):
        for listed in table(entry.get(key)).values():
            found |= _names(listed)
    return found


def _names(listed: Any) -> set[str]:
    return {entry["name"] for entry in tables(listed) if isinstance(entry.get("name"), str)}
