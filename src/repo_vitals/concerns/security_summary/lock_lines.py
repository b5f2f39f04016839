"""Where in a lock file or manifest a package stands: lines from text. Pure.

Nothing is parsed but the few lines that name a package and its version, in the form in which the package manager
itself writes the file. What stands there otherwise (all on one line, say) is not found, and no line is better than a
wrong one.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.identity import name_in, version_in

if TYPE_CHECKING:
    from collections.abc import Sequence

Places = Mapping[tuple[str, str], int]      # name and version as `identity` compares them, to a line from 1
_Found = Iterator[tuple[str, str, int]]     # name, version, line
_LONGEST_LINE = 2000                        # characters; no package manager writes longer ones for a name
_FAR = 40                                   # lines between a package's name and its version, at most


def places(file: str, text: str) -> Places:
    """Every package that a lock file names with its version, and the first line where it does. Empty for a file of a
    kind that is not known; the kind is told by the name."""
    known = _kind(PurePosixPath(file.replace("\\", "/")).name)
    if known is None:
        return {}
    ecosystem, find = known
    lines = [line if len(line) <= _LONGEST_LINE else "" for line in text.splitlines()]
    found: dict[tuple[str, str], int] = {}
    for name, version, line in find(lines):
        plain = version_in(ecosystem, version)
        if plain is not None:
            found.setdefault((name_in(ecosystem, name), plain), line)
    return found


def line_of(file: str, text: str, name: str, version: str) -> int | None:
    """The line where a package stands in a lock file; None where that can't be told."""
    known = _kind(PurePosixPath(file.replace("\\", "/")).name)
    if known is None:
        return None
    ecosystem, _ = known
    return places(file, text).get((name_in(ecosystem, name), version_in(ecosystem, version) or ""))


def files_of(ecosystem: str) -> tuple[str, ...]:
    """The lock files and manifests of an ecosystem at the top of a project, the most exact first."""
    return tuple(name for name, (known, _) in _KINDS.items() if known == ecosystem)


def _kind(name: str) -> tuple[str, Callable[[Sequence[str]], _Found]] | None:
    if name in _KINDS:
        return _KINDS[name]
    if re.fullmatch(r"(?:.*[-_.])?requirements(?:[-_.].*)?\.(?:txt|in)|constraints.*\.txt", name):
        return "PyPI", _requirements
    return None


_NAME = re.compile(r'name = "([^"]+)"')
_VERSION = re.compile(r'version = "([^"]+)"')


def _toml_packages(lines: Sequence[str]) -> _Found:
    """`[[package]]`, then `name` and `version`: Cargo.lock, uv.lock, poetry.lock, pdm.lock."""
    name, at = None, 0
    for number, line in enumerate(lines, 1):
        if line.startswith("["):
            name, at = None, number if line == "[[package]]" else 0
        elif at and name is None and (match := _NAME.fullmatch(line)):
            name, at = match[1], number
        elif at and name is not None and (match := _VERSION.fullmatch(line)):
            yield name, match[1], at
            at = 0


_KEY = re.compile(r'(\s*)"([^"\\]*)": \{')
_MODULE = re.compile(r"(?:.*/)?node_modules/((?:@[^/]+/)?[^/]+)")


def _keyed(versions: re.Pattern[str], lines: Sequence[str]) -> _Found:
    """`"name": {` and the first version in that object itself, not in one within."""
    for number, line in enumerate(lines):
        key = _KEY.fullmatch(line)
        if key is None or not key[2]:
            continue
        indent = key[1]
        for below in lines[number + 1: number + 1 + _FAR]:
            inner = below[: len(below) - len(below.lstrip())]
            if len(inner) <= len(indent) or below.strip().endswith("{"):
                break
            if match := versions.fullmatch(below.strip()):
                yield key[2], match[1], number + 1
                break


_NPM_VERSION = re.compile(r'"version": "([^"]+)",?')


def _package_lock(lines: Sequence[str]) -> _Found:
    """npm's package-lock.json of versions 1 to 3. The packages by folder go before the tree of version 1."""
    found = list(_keyed(_NPM_VERSION, lines))
    for key, version, line in found:
        if match := _MODULE.fullmatch(key):
            yield match[1], version, line
    for key, version, line in found:
        if "node_modules/" not in key and key not in ("packages", "dependencies"):
            yield key, version, line


_PIPFILE_VERSION = re.compile(r'"version": "==([^"]+)",?')
_NUGET_VERSION = re.compile(r'"resolved": "([^"]+)",?')


def _pipfile_lock(lines: Sequence[str]) -> _Found:
    for number, line in enumerate(lines):
        key = _KEY.fullmatch(line)
        if key is None:
            continue
        for below in lines[number + 1:]:
            if below.startswith(key[1] + "}") or _KEY.fullmatch(below):
                break
            if match := _PIPFILE_VERSION.fullmatch(below.strip()):
                yield key[2], match[1], number + 1
                break


def _nuget_lock(lines: Sequence[str]) -> _Found:
    return _keyed(_NUGET_VERSION, lines)


_YARN_KEY = re.compile(r'"?((?:@[^/@"]+/)?[^@"\s][^@"]*)@[^"]*"?.*:')
_YARN_VERSION = re.compile(r'  version:? "?([^"\s]+)"?')


def _yarn_lock(lines: Sequence[str]) -> _Found:
    """`name@range, name@range:` and `  version "1.2.3"` (or, since version 2, `  version: 1.2.3`)."""
    name, at = None, 0
    for number, line in enumerate(lines, 1):
        if not line.startswith((" ", "#")):
            match = _YARN_KEY.fullmatch(line)
            name, at = (match[1], number) if match else (None, 0)
        elif name is not None and (match := _YARN_VERSION.fullmatch(line)):
            yield name, match[1], at
            name = None


_PNPM = (
    re.compile(r"  '?/?((?:@[^/@']+/)?[^/@'\s]+)@([^('\s:]+)(?:\(.*\))?'?:.*"),     # since version 6
    re.compile(r"  '?/((?:@[^/@']+/)?[^/@'\s]+)/([^_('\s:]+)(?:_[^'\s:]*)?'?:.*"),
)


def _pnpm_lock(lines: Sequence[str]) -> _Found:
    inside = False
    for number, line in enumerate(lines, 1):
        if line and not line.startswith(" "):
            inside = line.startswith(("packages:", "snapshots:"))
        elif inside and (match := next((found for form in _PNPM if (found := form.fullmatch(line))), None)):
            yield match[1], match[2], number


_PINNED = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*={2,3}\s*([^\s;#\\,]+)(?=\s|[;#\\]|$).*")


def _requirements(lines: Sequence[str]) -> _Found:
    for number, line in enumerate(lines, 1):
        if (match := _PINNED.fullmatch(line)) and "*" not in match[2]:
            yield match[1], match[2], number


_GO_MOD = re.compile(r"(?:require )?\s*([^\s/]+\.[^\s/]+\S*) (v[^\s/]+)(?:\s*//.*)?")
_GO_SUM = re.compile(r"(\S+) (v[^\s/]+)(?:/go\.mod)? h1:\S+")


def _go_mod(lines: Sequence[str]) -> _Found:
    inside = False
    for number, line in enumerate(lines, 1):
        if line.startswith(("require (", ")")):
            inside = line.startswith("require")
        elif (inside or line.startswith("require ")) and (match := _GO_MOD.fullmatch(line)):
            yield match[1], match[2], number


def _go_sum(lines: Sequence[str]) -> _Found:
    for number, line in enumerate(lines, 1):
        if match := _GO_SUM.fullmatch(line):
            yield match[1], match[2], number


_GEM = re.compile(r"    ([A-Za-z0-9][A-Za-z0-9._-]*) \(([0-9][^)\s]*)\)")


def _gemfile_lock(lines: Sequence[str]) -> _Found:
    for number, line in enumerate(lines, 1):
        if match := _GEM.fullmatch(line):
            yield match[1], match[2], number


_COMPOSER_NAME = re.compile(r'\s*"name": "([^"]+/[^"]+)",')
_COMPOSER_VERSION = re.compile(r'\s*"version": "v?([^"]+)",')


def _composer_lock(lines: Sequence[str]) -> _Found:
    """`"name"`, and `"version"` right below. The leading v of a tag is left out, as registries do."""
    for number, (line, below) in enumerate(pairwise(lines), 1):
        if (name := _COMPOSER_NAME.fullmatch(line)) and (version := _COMPOSER_VERSION.fullmatch(below)):
            yield name[1], version[1], number


_GRADLE = re.compile(r"([^:#=\s]+:[^:=\s]+):([^:=\s]+)=.*")


def _gradle_lockfile(lines: Sequence[str]) -> _Found:
    for number, line in enumerate(lines, 1):
        if match := _GRADLE.fullmatch(line):
            yield match[1], match[2], number


_KINDS: Mapping[str, tuple[str, Callable[[Sequence[str]], _Found]]] = {
    "Cargo.lock": ("crates.io", _toml_packages),
    "uv.lock": ("PyPI", _toml_packages),
    "poetry.lock": ("PyPI", _toml_packages),
    "pdm.lock": ("PyPI", _toml_packages),
    "Pipfile.lock": ("PyPI", _pipfile_lock),
    "requirements.txt": ("PyPI", _requirements),
    "package-lock.json": ("npm", _package_lock),
    "npm-shrinkwrap.json": ("npm", _package_lock),
    "yarn.lock": ("npm", _yarn_lock),
    "pnpm-lock.yaml": ("npm", _pnpm_lock),
    "go.mod": ("Go", _go_mod),
    "go.sum": ("Go", _go_sum),
    "Gemfile.lock": ("RubyGems", _gemfile_lock),
    "composer.lock": ("Packagist", _composer_lock),
    "gradle.lockfile": ("Maven", _gradle_lockfile),
    "packages.lock.json": ("NuGet", _nuget_lock),
}
