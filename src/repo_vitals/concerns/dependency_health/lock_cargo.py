"""Cargo.lock, versions 1 to 4. Pure."""
from __future__ import annotations

import re
from typing import Any

from repo_vitals.concerns.dependency_health.lock_reading import Contents, Malformed, read_toml, tables

# 1 and 2 do not name themselves; 3 and 4 do.
_VERSIONS = (1, 2, 3, 4)
_REGISTRY = re.compile(r"(?:registry|sparse)\+https://(?:github\.com/rust-lang/crates\.io-index|index\.crates\.io)/?")


def read_cargo_lock(text: str) -> Contents:
    """The crates of crates.io. Direct are those that a package without a source depends on: the workspace's own.

    `git`, `other registry` and `path` (the workspace itself) are counted apart.
    """
    document = read_toml(text)
    version = document.get("version", 1)
    if version not in _VERSIONS or isinstance(version, bool):
        raise Malformed(f"is a Cargo.lock of version {str(version)[:20]!r}; 1 to 4 can be read")
    packages = tables(document.get("package"))
    root = document.get("root")         # the oldest form keeps the root package apart
    if isinstance(root, dict):
        packages = [root, *packages]
    if not packages and "package" not in document and "version" not in document:
        raise Malformed("is no Cargo.lock: it has neither a version nor packages")
    named = [entry for entry in packages if isinstance(entry.get("name"), str)]
    wanted = _wanted([entry for entry in named if "source" not in entry])
    versions: dict[str, int] = {}
    for entry in named:
        versions[entry["name"]] = versions.get(entry["name"], 0) + 1
    contents = Contents()
    for entry in packages:
        source = entry.get("source")
        if source is None:
            contents.apart["path"] += 1
        elif isinstance(source, str) and source.startswith("git+"):
            contents.apart["git"] += 1
        elif not isinstance(source, str) or not _REGISTRY.fullmatch(source):
            contents.apart["other registry"] += 1
        else:
            name, used = entry.get("name"), entry.get("version")
            # A name alone means the only version there is; of several, the version is named too.
            direct = (name, used) in wanted or ((name, None) in wanted and versions.get(str(name)) == 1)
            contents.add(name, used, direct=direct)
    return contents


def _wanted(own: list[dict[str, Any]]) -> set[tuple[Any, Any]]:
    """Names, with the version where one is given, that packages depend on: `serde`, `rand 0.8.5`, `rand 0.8.5 (…)`."""
    found = set()
    for entry in own:
        listed = entry.get("dependencies")
        for dependency in listed if isinstance(listed, list) else []:
            if isinstance(dependency, str):
                name, _, rest = dependency.partition(" ")
                found.add((name, rest.partition(" ")[0] or None))
    return found
