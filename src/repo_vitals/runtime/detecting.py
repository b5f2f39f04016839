"""What a repository is made of, told from the files of a working folder. Nothing in it is run, and no link followed."""
from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.documents import format_of
from repo_vitals.concerns.docs_freshness.versions.manifests import MANIFESTS, packages
from repo_vitals.concerns.docs_freshness.versions.packages import Files
from repo_vitals.concerns.package_adoption.inputs import MOST_PACKAGES, parse_package
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.docs_freshness.versions.packages import Package

_MOST_FILES = 50_000
_DEEPEST = 8                # folders below the top
_LARGEST = 1_000_000        # bytes of a manifest or a workflow
# What tools leave behind or bring along is not the repository's own.
_PASSED_OVER = frozenset({".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "node_modules", "site-packages",
                          "vendor", "__pycache__"})
_LANGUAGES = {
    "Cargo.toml": "Rust", "pyproject.toml": "Python", "setup.py": "Python", "setup.cfg": "Python",
    "package.json": "JavaScript", "tsconfig.json": "TypeScript", "go.mod": "Go", "pom.xml": "Java",
    "build.gradle": "Java", "build.gradle.kts": "Kotlin", "Gemfile": "Ruby", "composer.json": "PHP",
    "Package.swift": "Swift", "CMakeLists.txt": "C or C++"}
_REGISTRIES = {"cargo": "crates", "pypi": "pypi", "npm": "npm"}
_UPDATERS = (".github/dependabot.yml", ".github/dependabot.yaml", "renovate.json", "renovate.json5",
             ".github/renovate.json", ".renovaterc", ".renovaterc.json")
_WORKFLOWS = ".github/workflows/"
# A tool's trace in a manifest, its settings or a workflow, and where it puts its report unless told otherwise.
_COVERAGE_TOOLS = (
    ("llvm-cov", "lcov.info"), ("tarpaulin", "cobertura.xml"), ("grcov", "lcov.info"), ("pytest-cov", "coverage.xml"),
    ("[tool.coverage", "coverage.xml"), ("coverage xml", "coverage.xml"), ("nyc", "coverage/lcov.info"),
    ("jest", "coverage/lcov.info"), ("vitest", "coverage/lcov.info"), ('"c8"', "coverage/lcov.info"),
    ("-coverprofile", "cover.out"), ("jacoco", "**/jacoco.xml"))
_BENCHMARK_TOOLS = (
    ("criterion", "target/criterion"), ("pytest-benchmark", "benchmark.json"), ("hyperfine", "hyperfine.json"),
    ("-bench=", "bench.txt"), ("-bench ", "bench.txt"))
_COVERAGE_NAMES = frozenset({"lcov.info", "cobertura.xml", "coverage.xml", "jacoco.xml", "cover.out", "coverage.out"})
_MOST_REPORTS = 20


@dataclass(frozen=True, kw_only=True)
class Detected:
    """What was found, each in a fixed order. Names are strangers' text."""

    languages: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()          # `crates:name`, as package-adoption takes them
    workflows: tuple[str, ...] = ()         # file names
    documents: int = 0
    documentation: tuple[str, ...] = ()     # folders at the top that usually hold documents, besides docs
    has_dependencies: bool = False          # a manifest, or settings of a tool that updates them
    coverage: tuple[str, ...] = ()          # reports, or where they usually are
    benchmarks: tuple[str, ...] = ()
    is_whole: bool = True                   # False: there are more files than were looked at

    @property
    def crates(self) -> tuple[str, ...]:
        """The packages on crates.io, by name."""
        return tuple(one.removeprefix("crates:") for one in self.packages if one.startswith("crates:"))


def detect(folder: Path) -> Detected:
    """Look at the files of a folder; what can't be read counts as not there."""
    paths = list(_paths(folder))
    is_whole = len(paths) <= _MOST_FILES
    known = frozenset(paths[:_MOST_FILES])
    at_top = sorted(path for path in known if path.count("/") < 3)
    files = Files(paths=known, text=lambda path: _text(folder, path) if path in known else None)
    workflows = sorted(path for path in known if path.startswith(_WORKFLOWS) and path.endswith((".yml", ".yaml"))
                       and path.count("/") == 2)
    manifests = [path for path in at_top if path.rpartition("/")[2] in _LANGUAGES]
    traces = [text for path in (*manifests, *workflows) if (text := files.text(path))]
    documents = [path for path in known if format_of(path) is not None]
    return Detected(
        languages=tuple(dict.fromkeys(_LANGUAGES[path.rpartition("/")[2]] for path in manifests)),
        packages=_named(packages(files)),
        workflows=tuple(path.removeprefix(_WORKFLOWS) for path in workflows),
        documents=len(documents),
        documentation=tuple(name for name in ("doc", "documentation", "book", "site")
                            if any(path.startswith(f"{name}/") for path in documents)),
        has_dependencies=any(path in known for path in _UPDATERS) or any(
            path.rpartition("/")[2] in MANIFESTS for path in at_top),
        coverage=_reports(known, traces), benchmarks=_places(_BENCHMARK_TOOLS, traces), is_whole=is_whole)


def _named(found: list[Package]) -> tuple[str, ...]:
    """The packages that a registry may have, by the names that package-adoption takes."""
    named = []
    for package in found:
        registry = _REGISTRIES.get(package.ecosystem)
        if registry is not None and package.is_published and _is_package(f"{registry}:{package.name}"):
            named.append(f"{registry}:{package.name}")
    return tuple(dict.fromkeys(named))[:MOST_PACKAGES]


def _is_package(text: str) -> bool:
    try:
        parse_package(text)
    except ValueError:
        return False
    return True


def _reports(paths: frozenset[str], traces: list[str]) -> tuple[str, ...]:
    """Reports that are there; where none is, the places where the tools in use leave theirs."""
    there = sorted(path for path in paths if path.rpartition("/")[2] in _COVERAGE_NAMES and _is_text(path))
    return tuple(there[:_MOST_REPORTS]) or _places(_COVERAGE_TOOLS, traces)


def _is_text(path: str) -> bool:
    return path == path.encode("utf-8", "replace").decode() and path == path.strip()


def _places(tools: tuple[tuple[str, str], ...], traces: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(place for trace, place in tools if any(trace in text for text in traces)))


def _paths(folder: Path) -> Iterator[str]:
    """The plain files, from the folder on, with slashes; one more than the most that are looked at."""
    count = 0
    for place, folders, names in os.walk(folder):
        inside = os.path.relpath(place, folder).replace(os.sep, "/")
        above = "" if inside == "." else f"{inside}/"
        folders[:] = sorted(name for name in folders if name not in _PASSED_OVER and above.count("/") < _DEEPEST)
        for name in sorted(names):
            path = f"{above}{name}"
            if _is_text(path) and _is_plain(Path(place) / name):
                yield path
                count += 1
                if count > _MOST_FILES:
                    return


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _text(folder: Path, path: str) -> str | None:
    """A file's text; None for what can't be read, is too large or binary."""
    try:
        with (folder / path).open("rb") as file:
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError):
        return None
    return None if len(content) > _LARGEST or b"\0" in content else content.decode("utf-8", "replace")
