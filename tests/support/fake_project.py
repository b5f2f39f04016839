"""A small project around copies of the real launcher, with a wheel of one module to install: a build takes a moment.

Nothing here needs a network: the lock's wheel lies in a folder that pip and uv are told about.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from support.tools import ROOT, tool

if TYPE_CHECKING:
    from pathlib import Path

# For what an environment is used for once it is there, of which uv makes one in a third of the time that pip takes.
whoever_installed = pytest.mark.parametrize("installer", ["uv", pytest.param("pip", marks=pytest.mark.slow)],
                                            indirect=True)

REGISTRY = """\
class Command:
    def __init__(self, extras): self.extras = extras
def find(name):
    return {"plain": Command(()), "fancy": Command(("demo",))}.get(name)
"""
# Prints what the launched program sees. `sleep` stays alive, to be signalled.
MAIN = """\
import json, os, sys, time
def main(argv):
    import vitalprobe
    try:
        import vitaldemo
    except ImportError:
        vitaldemo = None
    print(json.dumps({
        "argv": argv, "argv0": sys.argv[0], "path": sys.path, "probe": vitalprobe.__file__, "demo": bool(vitaldemo),
        "executable": sys.executable, "pid": os.getpid(), "environ": dict(os.environ), "cwd": os.getcwd(),
        "utf8": sys.flags.utf8_mode, "isolated": sys.flags.isolated}), flush=True)
    if "sleep" in argv:
        time.sleep(60)
    return 1 if "breach" in argv else 0
"""


def make_wheel(folder: Path, name: str, source: str, *, version: str = "1.0") -> str:
    """A wheel with one module in `folder`; its SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    information = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": source,
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{information}/RECORD"))
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in (*files.items(), (f"{information}/RECORD", record)):
            archive.writestr(zipfile.ZipInfo(path, date_time=(2026, 1, 31, 6, 0, 0)), content)
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


@dataclass
class Outcome:
    """A finished call."""

    code: int
    out: str
    err: str

    @property
    def seen(self) -> dict[str, Any]:
        """What the launched program printed about itself."""
        assert self.out, f"nothing was launched (exit {self.code}): {self.err}"
        seen: dict[str, Any] = json.loads(self.out)
        return seen


@dataclass
class FakeProject:
    """Copies of bin/ with a tiny package and tiny locks; `tools` is the only folder on PATH."""

    root: Path
    scratch: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def cache(self) -> Path:
        return self.scratch / "cache"

    @property
    def tools(self) -> Path:
        return self.scratch / "tools"

    @property
    def wheels(self) -> Path:
        return self.scratch / "wheels"

    @property
    def lock(self) -> Path:
        return self.root / "requirements" / "base.lock"

    def environments(self) -> list[Path]:
        """Complete environments, in order of their names."""
        return sorted(path.parent for path in self.cache.glob("*/.repo-vitals-complete"))

    def installed_by(self) -> set[str]:
        """The installers that made the environments, as these noted themselves."""
        return {path.read_text(encoding="utf-8").strip() for path in self.cache.glob("*/*.dist-info/INSTALLER")}

    def leftovers(self) -> list[Path]:
        """What unfinished builds left."""
        return sorted(self.cache.glob("*.part-*"))

    def add_tool(self, name: str, script: str) -> Path:
        """A shell script on PATH."""
        path = self.tools / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def use_uv(self) -> None:
        """Puts uv on PATH."""
        (self.tools / "uv").symlink_to(tool("uv")[0])

    def start(
        self,
        *arguments: str,
        launcher: Path | str = "",
        environ: dict[str, str] | None = None,
        cwd: Path | None = None,
        wrapper: tuple[str, ...] = (),
    ) -> subprocess.Popen[str]:
        """A call in a process group of its own."""
        command = [*wrapper, "bash", str(launcher or self.root / "bin" / "repo-vitals"), *arguments]
        return subprocess.Popen(
            command,
            env={**self.environ, **(environ or {})},
            cwd=cwd or self.scratch,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            preexec_fn=_heed_ctrl_c if os.name == "posix" else None,
        )

    def run(
        self,
        *arguments: str,
        launcher: Path | str = "",
        environ: dict[str, str] | None = None,
        cwd: Path | None = None,
        wrapper: tuple[str, ...] = (),
    ) -> Outcome:
        """A call, waited for."""
        process = self.start(*arguments, launcher=launcher, environ=environ, cwd=cwd, wrapper=wrapper)
        return finish(process)


def _heed_ctrl_c() -> None:
    # Whoever runs the tests in the background may have told them to ignore it, and children would inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def finish(process: subprocess.Popen[str]) -> Outcome:
    """Waits for a call."""
    try:
        out, err = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        raise
    return Outcome(code=process.returncode, out=out, err=err)


def make_project(scratch: Path, *, root: Path | None = None, python: str = sys.executable) -> FakeProject:
    """A project in `scratch` (its clone at `root` when given) that finds only `python`, and no uv."""
    root = root or scratch / "clone"
    shutil.copytree(ROOT / "bin", root / "bin", ignore=shutil.ignore_patterns("__pycache__"))
    package = root / "src" / "repo_vitals"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "registry.py").write_text(REGISTRY, encoding="utf-8")
    (package / "__main__.py").write_text(MAIN, encoding="utf-8")
    # What the launcher itself takes from the program.
    (package / "runtime").mkdir()
    for name in ("errors.py", "runtime/__init__.py", "runtime/leaving.py"):
        shutil.copy(ROOT / "src" / "repo_vitals" / name, package / name)
    project = FakeProject(root, scratch)
    (root / "requirements").mkdir()
    for lock, name in (("base", "vitalprobe"), ("demo", "vitaldemo")):
        digest = make_wheel(project.wheels, name, "LEGITIMATE = True\n")
        (root / "requirements" / f"{lock}.lock").write_text(
            f"{name}==1.0 \\\n    --hash=sha256:{digest}\n", encoding="utf-8"
        )
    project.tools.mkdir()
    for name in ("bash", "dirname", "readlink", "sh", "sleep", "cat", "touch", "unshare"):
        found = shutil.which(name)
        if found:
            (project.tools / name).symlink_to(found)
    project.add_tool("python3", f'exec "{python}" "$@"')
    project.environ = {
        "PATH": str(project.tools),
        "HOME": str(scratch / "home"),
        "LANG": "C.UTF-8",
        "REPO_VITALS_CACHE": str(project.cache),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(project.wheels),
        "PIP_CONFIG_FILE": os.devnull,
        "UV_CACHE_DIR": str(scratch / "uv-cache"),
        "TMPDIR": str(scratch),
    }
    (scratch / "home").mkdir()
    return project
