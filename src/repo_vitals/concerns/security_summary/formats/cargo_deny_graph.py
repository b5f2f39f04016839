"""Where a diagnostic of cargo-deny lies: its package, and the ways from the project's own dependencies to it."""
from __future__ import annotations

from typing import Any

from repo_vitals.concerns.security_summary.facts import Package
from repo_vitals.concerns.security_summary.formats import values

MOST_PATHS = 20
_MOST_STEPS = 2000      # the ways through a graph can be more than anyone could list

Paths = tuple[tuple[str, ...], ...]


def package_of(fields: dict[str, Any]) -> Package | None:
    """The package of the first graph; of the first label where graphs are hidden; of the advisory, which tells no
    version, where there is neither; else None."""
    for graph in values.tables(fields.get("graphs")):
        found = _krate(graph)
        if found is not None:
            return Package(name=found[0], version=found[1], ecosystem="crates.io")
    for label in values.tables(fields.get("labels")):
        # A line of the lock file that the tool makes up: name, version, source.
        words = (values.optional_text(label.get("span")) or "").split(" ")
        if len(words) == 3 and words[1][:1].isdigit():
            return Package(name=words[0], version=words[1], ecosystem="crates.io")
    name = values.optional_text(values.optional_table(fields.get("advisory")).get("package"))
    return Package(name=name, ecosystem="crates.io") if name else None


def located(fields: dict[str, Any]) -> tuple[Paths, bool | None]:
    """At most MOST_PATHS ways, each from a direct dependency down to the package, and whether the package is one.

    A graph names a crate's parents once; where the crate comes again it is marked as a repetition.
    """
    paths: dict[tuple[str, ...], None] = {}
    graphs = values.tables(fields.get("graphs"))
    for graph in graphs[:1]:
        parents: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
        _learn(graph, parents)
        _walk(graph, (), parents, paths, [_MOST_STEPS])
    if not graphs:
        return (), None
    direct = any(len(path) == 1 for path in paths)
    # A crate of the workspace itself has no way to it.
    return tuple(paths), direct if paths else None


def _learn(node: dict[str, Any], parents: dict[tuple[str, str | None], list[dict[str, Any]]]) -> None:
    below = values.tables(node.get("parents"))
    krate = _krate(node)
    if krate is not None and below and krate not in parents:
        parents[krate] = below
    for parent in below:
        _learn(parent, parents)


def _walk(
    node: dict[str, Any], way: tuple[str, ...], parents: dict[tuple[str, str | None], list[dict[str, Any]]],
    paths: dict[tuple[str, ...], None], steps: list[int],
) -> None:
    steps[0] -= 1
    if steps[0] < 0 or len(paths) >= MOST_PATHS:
        return
    krate = _krate(node)
    below = values.tables(node.get("parents"))
    if krate is not None:
        below = below or parents.get(krate, [])
        if not below:
            if way:
                paths[way] = None       # the crate here is the project's own, and the way begins behind it
            return
        if krate[0] in way:
            return                      # a circle, as development dependencies make them
        way = (krate[0], *way)
    for parent in below:
        _walk(parent, way, parents, paths, steps)


def _krate(node: dict[str, Any]) -> tuple[str, str | None] | None:
    krate = node.get("Krate")       # other nodes are features
    if not isinstance(krate, dict):
        return None
    return values.text(krate.get("name"), "name of a package"), values.optional_text(krate.get("version"))
