"""Lock files of any kind: which reader a path belongs to, and all of a repository's packages together. Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.dependency_health.facts import LockFile, Package
from repo_vitals.concerns.dependency_health.lock_cargo import read_cargo_lock
from repo_vitals.concerns.dependency_health.lock_npm import read_npm_lock
from repo_vitals.concerns.dependency_health.lock_reading import Malformed
from repo_vitals.concerns.dependency_health.lock_requirements import read_requirements
from repo_vitals.concerns.dependency_health.lock_uv import read_uv_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from repo_vitals.concerns.dependency_health.facts import Ecosystem, Key
    from repo_vitals.concerns.dependency_health.lock_reading import Contents

# The reader of a file, by its name alone.
_READERS: tuple[tuple[re.Pattern[str], Ecosystem, Callable[[str], Contents]], ...] = (
    (re.compile(r"Cargo\.lock"), "cargo", read_cargo_lock),
    (re.compile(r"uv\.lock"), "pypi", read_uv_lock),
    (re.compile(r"package-lock\.json|npm-shrinkwrap\.json"), "npm", read_npm_lock),
    (re.compile(r"[^/]*requirements[^/]*\.txt", re.IGNORECASE), "pypi", read_requirements),
)
# Where they are looked for unless told otherwise: at the root and one folder below.
DEFAULT_NAMES = ("Cargo.lock", "uv.lock", "package-lock.json", "requirements*.txt")


def ecosystem_of(path: str) -> Ecosystem | None:
    """The ecosystem of a lock file by its name; None for what no reader knows."""
    name = path.rpartition("/")[2]
    return next((ecosystem for pattern, ecosystem, _ in _READERS if pattern.fullmatch(name)), None)


def read_lock(path: str, text: str) -> LockFile:
    """A lock file's packages. Raises Malformed, saying why, for one of an unknown version or that is something else."""
    name = path.rpartition("/")[2]
    for pattern, ecosystem, read in _READERS:
        if pattern.fullmatch(name):
            try:
                contents = read(text.removeprefix("\ufeff"))
            except (RecursionError, OverflowError, MemoryError):
                raise Malformed("is nested too deeply, or holds numbers too large, to be a lock file") from None
            found = (Package(ecosystem=ecosystem, name=one.name, version=one.version, direct=one.direct, files=(path,))
                     for one in contents.pinned)
            return LockFile(path=path, ecosystem=ecosystem, packages=together(found), apart=dict(contents.apart))
    raise Malformed("has a name that no reader knows (Cargo.lock, uv.lock, package-lock.json, *requirements*.txt)")


def together(packages: Iterable[Package]) -> tuple[Package, ...]:
    """Each version of each package once, sorted, direct where any lock file says so."""
    found: dict[Key, Package] = {}
    for one in packages:
        known = found.get(one.key)
        if known is None:
            found[one.key] = one
            continue
        said = {known.direct, one.direct}
        direct = True if True in said else None if None in said else False
        files = tuple(sorted({*known.files, *one.files}))
        found[one.key] = Package(ecosystem=one.ecosystem, name=one.name, version=one.version, direct=direct,
                                 files=files)
    return tuple(found[key] for key in sorted(found))
