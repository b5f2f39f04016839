"""The rules of who may import whom, and a checker that reads imports from source text.

`violations` takes module names and their source, so that tests can hand it made-up modules as well as the real ones.
"""
from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PACKAGE = "repo_vitals"
_LEAVES = frozenset({"errors", "clock", "frozen", "late", "plain_text"})

# Part of the package to the parts it may import, besides itself. Data flows
# config, sources -> collect -> measure -> judge or decide -> report -> render -> delivery, and runtime calls them all.
MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "": frozenset(),                        # the package itself: its version
    "errors": frozenset(),
    "frozen": frozenset(),
    "registry": frozenset({"frozen"}),      # the launcher reads them before anything is installed
    "clock": frozenset({"errors", "frozen"}),
    "forks": frozenset(),
    "late": frozenset(),
    "plain_text": frozenset(),
    "scratch": frozenset(),
    "stats": _LEAVES,
    "config": _LEAVES,
    "report": _LEAVES,
    "render": _LEAVES | {"report"},
    "sources": _LEAVES | {"forks", "report", "scratch", ""},   # the report's cost is what the transport counts into
    "delivery": _LEAVES | {"report", "render", "sources", ""},
    "concerns": _LEAVES | {"config", "forks", "sources", "stats", "report", "render", "delivery", ""},
    "simulator": _LEAVES | {"config", "scratch", ""},  # nothing of the product that it is there to test
    "runtime": _LEAVES | {"config", "sources", "stats", "report", "render", "delivery", "concerns", "simulator",
                          "registry", ""},
    "__main__": _LEAVES | {"config", "registry", "runtime", ""},
}

# Stages of a concern to the stages that each may import.
STAGES: Mapping[str, frozenset[str]] = {
    "collect": frozenset(),
    "measure": frozenset(),
    "judge": frozenset({"measure"}),
    "decide": frozenset({"measure"}),
    "render": frozenset({"measure", "judge"}),
    "apply": frozenset({"decide"}),
}
_PURE_STAGES = frozenset({"measure", "judge", "decide", "render"})
_PURE_PARTS = frozenset({"report", "stats", "render"})
# Pure by part but for what they are there for: the child process that runs the users' jq, and the package's own schema.
_IMPURE_BY_DESIGN = frozenset({"repo_vitals.report.jq_child", "repo_vitals.report.jq_programs",
                               "repo_vitals.report.schema"})

_IO_MODULES = frozenset({
    "actions_toolkit", "fcntl", "github", "glob", "http", "io", "logging", "multiprocessing", "os", "random",
    "requests", "secrets", "select", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile",
    "threading", "time", "urllib3", "uuid",
})
_IO_NAMES = frozenset({"urllib.request", "pathlib.Path", "importlib.import_module", "importlib.resources"})
_IO_CALLS = frozenset({"open", "print", "input", "__import__"})
_IO_METHODS = frozenset({"read_text", "write_text", "read_bytes", "write_bytes", "now", "utcnow", "today"})

HEAVY = frozenset({"apprise", "dateutil", "docutils", "github", "graphql", "holidays", "jq", "markdown_it", "requests",
                   "rich", "urllib3", "yaml"})
# Files that may import a heavy library at their top; they are themselves imported only where they are used.
HEAVY_AT_TOP: Mapping[str, frozenset[str]] = {
    "repo_vitals.report.jq_child": frozenset({"jq"}),
    "repo_vitals.sources.github_rest": frozenset({"github"}),
    "repo_vitals.simulator": frozenset({"graphql"}),     # the whole of it: extra `demo` only
}
# They load parts of themselves as they are loaded. Of two threads, one that asks for a part first holds the part and
# waits for the whole, one that asks for the whole waits for the part: Python then gives one of them half a module.
WHOLE_FIRST = frozenset({"github", "numpy", "requests", "urllib3"})


@dataclass(frozen=True)
class Import:
    """One imported name. `kind`: "top" when it runs with the module, "inner" in a function, "type" for checkers."""

    name: str
    kind: str
    line: int


def project_sources(root: Path) -> dict[str, str]:
    """Every module of the package under `root`, by its dotted name."""
    sources = {}
    for path in sorted((root / "src" / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root / "src").with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        sources[name] = path.read_text(encoding="utf-8")
    return sources


def imports(source: str, module: str, *, is_package: bool = False) -> Iterator[Import]:
    """Every import in a module's source, `from a import b` as `a.b`."""
    package = module if is_package else module.rpartition(".")[0]
    yield from _imports(ast.parse(source).body, package, "top")


def _imports(body: list[ast.stmt], package: str, kind: str) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, kind, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            for alias in node.names:
                yield Import(f"{base}.{alias.name}", kind, node.lineno)
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield from _imports(node.body, package, "type")
            yield from _imports(node.orelse, package, kind)
        else:
            inner = "inner" if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else kind
            for field in ("body", "orelse", "finalbody"):
                yield from _imports(getattr(node, field, []), package, inner)
            for part in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
                yield from _imports(part.body, package, inner)


def violations(sources: Mapping[str, str]) -> list[str]:
    """One line for every broken rule in these modules, in order of their names."""
    packages = {name.rpartition(".")[0] for name in sources}
    found: list[str] = []
    impure = {module: list(_input_and_output(module, sources[module])) for module in sources}
    graph = {
        module: [(_module_of(one.name, sources), one)
                 for one in imports(text, module, is_package=module in packages)]
        for module, text in sources.items()
    }
    for module in sorted(sources):
        if _part(module) not in MAY_IMPORT:
            found.append(f"{module} has no place in the layout")
            continue
        for target, one in graph[module]:
            place = f"{module}:{one.line}"
            if target is not None:
                found += (f"{place} {complaint}" for complaint in _direction(module, target))
            found += (f"{place} {complaint}" for complaint in _weight(module, one))
        found += (f"{module}:{complaint}" for complaint in _parts_first([one for _, one in graph[module]]))
        if _part(module) in _PURE_PARTS and module not in _IMPURE_BY_DESIGN:
            found += (f"{module}:{line} {what}, but {_part(module)} does no I/O" for line, what in impure[module])
        if _stage(module) in _PURE_STAGES:
            for reached in sorted(_reach(module, graph)):
                found += (f"{reached}:{line} {what}, but {module} is pure" for line, what in impure[reached])
    return found


def _direction(module: str, target: str) -> Iterator[str]:
    part, other = _part(module), _part(target)
    if other != part and other not in MAY_IMPORT[part]:
        yield f"imports {target}: {part or PACKAGE} may not import {other or PACKAGE}"
    if part == other == "concerns":
        own, theirs = _concern(module), _concern(target)
        if own != theirs and theirs != "monitor":
            yield f"imports {target}: a concern may not import another"
        stage, used = _stage(module), _stage(target)
        if own == theirs and stage in STAGES and used in STAGES and stage != used and used not in STAGES[stage]:
            yield f"imports {target}: {stage} may not import {used}"
    if part == "concerns" and other == "delivery" and _stage(module) != "apply":
        yield f"imports {target}: only apply.py writes to the world"


def _weight(module: str, one: Import) -> Iterator[str]:
    library = one.name.partition(".")[0]
    allowed = next((libraries for name, libraries in HEAVY_AT_TOP.items() if f"{module}.".startswith(f"{name}.")), ())
    if library in HEAVY and one.kind == "top" and library not in allowed:
        yield f"imports {library} at its top: import it in the function that uses it"


def _parts_first(every: list[Import]) -> Iterator[str]:
    """A part of a library is imported right below the whole, or below another part of it."""
    above = Import("", "top", 0)
    for one in every:
        library = one.name.partition(".")[0]
        is_part = library in WHOLE_FIRST and one.kind != "type" and one.name.count(".") > 1
        if is_part and (above.name.partition(".")[0] != library or one.line - above.line > 1):
            yield f"{one.line} imports a part of {library} before the whole: import {library} above it"
            continue
        above = one


def _input_and_output(module: str, source: str) -> Iterator[tuple[int, str]]:
    for one in imports(source, module):
        if one.kind != "type" and (one.name.partition(".")[0] in _IO_MODULES or one.name in _IO_NAMES
                                   or f"{one.name}.".startswith("urllib.request.")):
            yield one.line, f"imports {one.name}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in _IO_CALLS:
                yield node.lineno, f"calls {called.id}()"
            elif isinstance(called, ast.Attribute) and called.attr in _IO_METHODS:
                yield node.lineno, f"calls .{called.attr}()"


def _reach(module: str, graph: Mapping[str, list[tuple[str | None, Import]]]) -> set[str]:
    """The modules of the same concern that this one imports, near or far, itself included."""
    reached, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [target for target, one in graph[name]
                        if target is not None and one.kind != "type" and _concern(target) == _concern(module) != ""
                        and target.count(".") > 2]
    return reached


def _module_of(name: str, sources: Mapping[str, str]) -> str | None:
    """The project's module that holds an imported name; the name itself when it would be ours but is not there."""
    if name.partition(".")[0] != PACKAGE:
        return None
    while name not in sources and "." in name:
        name = name.rpartition(".")[0]
    return name


def _part(module: str) -> str:
    return (*module.split("."), "")[1]


def _concern(module: str) -> str:
    return (*module.split("."), "", "")[2] if _part(module) == "concerns" else ""


def _stage(module: str) -> str:
    return (*module.split("."), "", "", "")[3] if _part(module) == "concerns" else ""
