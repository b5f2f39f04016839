"""Which packages a repository is the source of. Pure over the files of a commit."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.versions import cargo, go, maven, npm, pyproject, setup_files
from repo_vitals.concerns.docs_freshness.versions.folders import holding

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.concerns.docs_freshness.versions.packages import Files, Package

_READERS: tuple[tuple[str, Callable[[Files, str], list[Package]]], ...] = (
    (cargo.NAME, cargo.read), (pyproject.NAME, pyproject.read), (setup_files.PY, setup_files.read),
    (setup_files.CFG, setup_files.read), (npm.NAME, npm.read), (go.NAME, go.read),
    (maven.NAME, maven.read))
MANIFESTS = tuple(name for name, _ in _READERS)
# Folders whose manifests are of something else than what the repository releases.
_ASIDE = frozenset({
    "benches", "benchmark", "benchmarks", "demo", "demos", "doc", "docs", "e2e", "example", "examples", "fixture",
    "fixtures", "fuzz", "integration", "node_modules", "sample", "samples", "site", "site-packages", "target",
    "template", "templates", "test", "testdata", "tests", "third-party", "third_party", "tools", "vendor", "website",
    "__tests__", "__fixtures__"})
_DEEPEST = 2            # folders between the top and a manifest that no workspace names


def packages(files: Files) -> list[Package]:
    """The packages at the top with their workspaces' members; where none is at the top, those a folder or two below.

    Manifests of examples, tests and vendored code are nobody's release. Those that keep a package from being published
    (`private`, `publish = false`) count only where there are no others.
    """
    at_top = [package for name, read in _READERS if name in files.paths for package in read(files, "")]
    found = at_top or [package for name, read in _READERS for folder in holding(files.paths, name)
                       if folder.count("/") < _DEEPEST and not set(folder.lower().split("/")) & _ASIDE
                       for package in read(files, folder)]
    unique = {(package.ecosystem, package.name): package for package in reversed(found)
              if not set(package.folder.lower().split("/")) & _ASIDE}
    ours = list(reversed(unique.values()))
    return [package for package in ours if package.is_published] or ours
