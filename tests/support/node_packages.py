"""GitHub's official schemas, from pinned npm packages: fetched once, checked, kept beside the environments."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from support.tools import ROOT, node, npm

if TYPE_CHECKING:
    from collections.abc import Callable

PINS = Path(__file__).with_name("node_packages.json")


class NodePackageError(Exception):
    """A package that can't be had: not pinned, not reachable, or not what was pinned."""


def npm_package(name: str, version: str) -> Path:
    """The folder with the pinned files of an npm package, for example `schema.graphql` in it.

    The first call fetches it with `npm pack`; later ones need no network. Safe for several processes at once.
    Raises NodePackageError.
    """
    pins = json.loads(PINS.read_text(encoding="utf-8"))
    pin = pins.get(f"{name}@{version}")
    if pin is None:
        raise NodePackageError(f"{name}@{version} is not pinned in {PINS.name}")
    def unpack(unfinished: Path) -> None:
        archive = _fetch(f"{name}@{version}", unfinished)
        check_integrity(archive, pin["integrity"])
        extract(archive, pin["files"], unfinished / "package")
    key = hashlib.sha256(json.dumps(pin, sort_keys=True).encode()).hexdigest()[:12]
    return _once(f"npm-{re.sub(r'[^a-z0-9.]+', '-', name.lower()).strip('-')}-{version}-{key}", unpack)


def npm_tree(project: Path) -> Path:
    """The folder with `node_modules` as the package-lock.json of `project` describes them, integrity hashes included.

    As with `npm_package`, only the first call needs a network. Raises NodePackageError.
    """
    def install(unfinished: Path) -> None:
        package = unfinished / "package"
        package.mkdir()
        for file in ("package.json", "package-lock.json"):
            shutil.copy2(project / file, package / file)
        _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=package)
    lock = (project / "package-lock.json").read_bytes()
    return _once(f"npm-{project.name}-{hashlib.sha256(lock).hexdigest()[:12]}", install)


def _once(name: str, make: Callable[[Path], None]) -> Path:
    """The cache's folder of that name; missing, it is made by `make` as `package` in a folder beside, and moved."""
    folder = _cache_folder() / name
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{folder.name}.part-", dir=folder.parent))
    try:
        make(unfinished)
        try:
            (unfinished / "package").rename(folder)  # the files are all there or the folder is not
        except OSError:
            if not folder.is_dir():  # else another process was quicker, and has the same
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def check_integrity(archive: Path, integrity: str) -> None:
    """Raises NodePackageError unless the file has this Subresource Integrity (`sha512-…`)."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != integrity:
        raise NodePackageError(f"{archive.name} is {found}, pinned is {integrity}")


def extract(archive: Path, files: list[str], target: Path) -> None:
    """Takes the named files out of an npm tarball, and nothing else."""
    with tarfile.open(archive) as tar:
        wanted = {f"package/{file}": file for file in files}
        for member in tar:
            if member.name in wanted and member.isfile():
                path = target / wanted.pop(member.name)
                path.parent.mkdir(parents=True, exist_ok=True)
                with tar.extractfile(member) as source, path.open("wb") as sink:  # type: ignore[union-attr]
                    shutil.copyfileobj(source, sink)
            if not wanted:
                return
    raise NodePackageError(f"{archive.name} lacks {', '.join(sorted(wanted.values()))}")


def _fetch(package: str, folder: Path) -> Path:
    _npm("pack", package, "--ignore-scripts", folder=folder)
    archives = list(folder.glob("*.tgz"))
    if len(archives) != 1:
        raise NodePackageError(f"npm pack {package} made {len(archives)} archives")
    return archives[0]


def _npm(*arguments: str, folder: Path) -> None:
    path = f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"  # npm's scripts look for node there
    done = subprocess.run([*npm(), *arguments], cwd=folder, env={**os.environ, "PATH": path},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NodePackageError(f"npm {' '.join(arguments)} failed: {done.stderr.strip()[-400:]}")


def _cache_folder() -> Path:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "bin" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    folder: Path = bootstrap.cache_folder(os.environ)
    return folder
