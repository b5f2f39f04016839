"""Environments as the launcher makes them, without installing: links into that of the tests, which has every lock.

That the launcher makes them right is for tests/launcher to show, and for the runs in act that begin with none.
"""
from __future__ import annotations

import importlib.util
import re
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Any

from support.tools import PACKAGES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def link(cache: Path, extras: Sequence[str]) -> Path:
    """The environment with these extras in a folder of environments: what its locks name, and nothing else."""
    launcher = _launcher()
    locks: list[Path] = launcher.lock_files(extras)
    folder = cache / str(launcher.environment_key(locks))
    if not folder.exists():
        folder.mkdir(parents=True)
        locked = {_plain(name) for lock in locks
                  for name in re.findall(r"^([\w.-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE)}
        for name in sorted(set(_installed(locked))):
            (folder / name).symlink_to(PACKAGES / name)
        (folder / launcher.MARKER).touch()
    return folder


def _launcher() -> Any:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "bin" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed(names: set[str]) -> Iterator[str]:
    """The files and folders that these packages put into the environment of the tests; their programs aside."""
    for package in distributions(path=[str(PACKAGES)]):
        if _plain(package.name) in names:
            yield from {path.parts[0] for path in package.files or ()} - {"..", "bin", "__pycache__"}
