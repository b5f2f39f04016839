"""Runs repo-vitals, or the tests, in an environment of its own made from requirements/*.lock.

Started by start.sh as `python -I -S -X utf8 bootstrap.py run|test [arguments]`, so that neither the working folder nor
the caller's Python settings nor what else is installed can come in. A command that finds out while it runs
that it needs an extra more starts it as `bootstrap.py extra NAME`. This file is the warm path, read by every step of
every job: it imports little. What makes an environment is in build_environment.py, loaded only when one is missing.
"""
from __future__ import annotations

import gc
import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
LAYOUT = "1"  # part of the key: raise it when what is inside an environment changes its shape
MARKER = ".repo-vitals-complete"  # written last, so a folder without it is not an environment


def fail(message: str, *, code: int) -> int:
    """One line on stderr, in a job also as an annotation; gives the exit code back."""
    line = " ".join(message.split())
    if os.environ.get("GITHUB_ACTIONS") == "true":
        # A workflow command on stderr is read as well; % and line ends would have a meaning of their own there.
        sys.stderr.write(f"::error title=repo-vitals::{line.replace('%', '%25')}\n")
    sys.stderr.write(f"repo-vitals: {line}\n")
    sys.stderr.flush()
    return code


def lock_files(extras: Sequence[str]) -> list[Path]:
    """The base's lock and one per extra; an extra's lock holds only what the base's does not."""
    return [ROOT / "requirements" / f"{name}.lock" for name in ("base", *extras)]


def platform_parts() -> tuple[str, ...]:
    """Everything of this interpreter and machine that decides which wheels fit.

    `platform` and `sysconfig` would say it in other words but take longer to import than all the rest of a warm start.
    """
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION") or "" if hasattr(os, "confstr") else ""
    except (OSError, ValueError):
        libc = "not glibc"
    machine = os.uname().machine if hasattr(os, "uname") else sys.version  # Windows names the architecture there
    version = ".".join(map(str, sys.version_info[:3])) + sys.version_info.releaselevel
    # The suffix is the ABI in full, for example .cpython-313t-x86_64-linux-musl.so.
    return (sys.implementation.name, version, EXTENSION_SUFFIXES[0], sys.platform, machine, str(sys.maxsize), libc)


def environment_key(locks: Sequence[Path]) -> str:
    """A short name that changes with locks, extras, interpreter, version, ABI, system, machine and libc."""
    import hashlib

    digest = hashlib.sha256()
    for part in (LAYOUT, *platform_parts()):
        digest.update(part.encode() + b"\0")
    for lock in locks:
        # A checkout with Windows line ends holds the same lock.
        content = lock.read_bytes().replace(b"\r\n", b"\n")
        digest.update(lock.name.encode() + b"\0" + str(len(content)).encode() + b"\0" + content)
    return f"{sys.implementation.name[:2]}{sys.version_info[0]}{sys.version_info[1]}-{digest.hexdigest()[:16]}"


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where environments lie. Absolute, and never the working folder unless REPO_VITALS_CACHE says so.

    In a job it is the runner's temporary folder, which is emptied after each job: in a folder that outlives jobs, what
    an untrusted job wrote would be run by a trusted one.
    """
    if environ.get("REPO_VITALS_CACHE"):
        return Path(environ["REPO_VITALS_CACHE"]).absolute()
    if environ.get("GITHUB_ACTIONS") == "true" and environ.get("RUNNER_TEMP"):
        return Path(environ["RUNNER_TEMP"]).absolute() / "repo-vitals-env"
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - unlike Path.home() it does not raise where there is none
    if sys.platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif environ.get("XDG_CACHE_HOME", "").startswith("/"):  # the specification says to ignore a relative one
        base = Path(environ["XDG_CACHE_HOME"])
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = home / ".cache"
    if not base.is_absolute():
        raise OSError(f"the home folder is unknown ({home})")
    return base / "repo-vitals" / "env"


def environment(extras: Sequence[str]) -> Path | int:
    """The folder with the base's packages and those of some extras, as `made` gives it."""
    return made(lock_files(extras), compiled="test" not in extras)


def made(locks: Sequence[Path], *, compiled: bool = True) -> Path | int:
    """The folder with the locked packages, made now if this is the first call; or an exit code, its reason printed."""
    try:
        key = environment_key(locks)
    except OSError as error:
        return fail(f"{error.filename}: {error.strerror}; the clone is incomplete", code=2)
    try:
        folder = cache_folder(os.environ) / key
        if (folder / MARKER).is_file():
            return folder
    except OSError as error:
        return fail(f"no folder for the environment: {error}; name a writable one in REPO_VITALS_CACHE", code=2)

    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("build_environment", ROOT / "bin" / "build_environment.py")
    if spec is None or spec.loader is None:  # can't be: the path ends in .py
        raise ImportError("build_environment.py")
    build_environment = module_from_spec(spec)
    spec.loader.exec_module(build_environment)
    try:
        build_environment.build(folder, locks=locks, marker=MARKER, compiled=compiled)
    except build_environment.BuildError as error:
        return fail(str(error), code=error.exit_code)
    return folder


def run(arguments: list[str]) -> int:
    """`repo_vitals.__main__.main` on the arguments; its exit code."""
    # Modules and facts live to the end: looking for cycles among them after every 700 objects is a tenth of a start.
    gc.set_threshold(20_000, 20)
    sys.path.insert(0, str(ROOT / "src"))
    from repo_vitals.registry import find

    command = find(arguments[0]) if arguments else None
    folder = environment(command.extras if command else ())
    if isinstance(folder, int):
        return folder
    sys.path.insert(1, str(folder))
    sys.argv[:] = ["repo-vitals", *arguments]
    from repo_vitals.__main__ import main
    from repo_vitals.runtime.leaving import begin, leave

    begin()
    code = int(main(arguments) or 0)
    gc.freeze()     # the interpreter's end looks through everything for cycles, several times
    return leave(code)


def extra(arguments: list[str]) -> int:
    """Prints the folder with one extra's packages alone: programs too large to install before they are asked for."""
    folder = made([ROOT / "requirements" / f"{arguments[0]}.lock"])
    if isinstance(folder, int):
        return folder
    sys.stdout.write(f"{folder}\n")
    return 0


def test(arguments: list[str]) -> int:
    """pytest on tests/, in an environment with every lock."""
    folder = environment(sorted(path.stem for path in (ROOT / "requirements").glob("*.lock") if path.stem != "base"))
    if isinstance(folder, int):
        return folder
    # pytest-xdist starts its workers without -I. What they compiled, the next run need not compile again.
    for name in ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONSAFEPATH", "PYTHONUSERBASE", "PYTHONDONTWRITEBYTECODE",
                 "PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    os.chdir(ROOT)
    sys.path.insert(0, str(folder))
    if not arguments:  # the whole suite, in parallel: one worker more than cores, since some wait for what they started
        arguments = ["-n", str(min((os.cpu_count() or 1) + 1, 4)), "--dist", "worksteal"]
    if not any(argument.startswith("-m") for argument in arguments):
        arguments = ["-m", "not slow", *arguments]
    # What a test wrote goes with it unless it failed: the folder may lie in memory.
    arguments = ["-o", "tmp_path_retention_policy=failed", *arguments]
    sys.argv[:] = ["pytest", *arguments]
    import pytest

    return int(pytest.main(arguments))


if __name__ == "__main__":
    mode, rest = sys.argv[1], sys.argv[2:]
    try:
        sys.exit({"run": run, "extra": extra, "test": test}[mode](rest))
    except KeyboardInterrupt as ended:
        sys.exit(getattr(ended, "exit_code", 130))
