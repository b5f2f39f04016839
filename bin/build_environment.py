"""Makes an environment: a folder with the locked packages, from wheels whose hashes are checked.

uv does it when there is one, else pip. Standard library only. Nothing is taken from the working folder: the tools run
in the folder that is being made, with only those of the caller's settings that say where packages come from.
"""
from __future__ import annotations

import compileall
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

STALE_SECONDS = 24 * 3600   # a build that is older was killed

# Where packages come from and how to get there: the only settings of pip and uv that a build listens to. The others
# (PIP_TARGET, PIP_PREFIX, PIP_CONSTRAINT, UV_PYTHON ...) would change what is installed, or where.
SHARED_SETTINGS = {"INDEX_URL", "EXTRA_INDEX_URL", "NO_INDEX", "FIND_LINKS", "KEYRING_PROVIDER", "CONFIG_FILE",
                   "CACHE_DIR"}
PIP_SETTINGS = SHARED_SETTINGS | {"TRUSTED_HOST", "CERT", "CLIENT_CERT", "PROXY", "TIMEOUT", "DEFAULT_TIMEOUT",
                                  "NO_CACHE_DIR", "USE_FEATURE", "USE_DEPRECATED"}
UV_SETTINGS = SHARED_SETTINGS | {"INDEX", "DEFAULT_INDEX", "INDEX_STRATEGY", "INSECURE_HOST", "NATIVE_TLS",
                                 "SYSTEM_CERTS", "HTTP_TIMEOUT", "HTTP_RETRIES", "NO_CACHE", "OFFLINE"}

# What the installers' messages mean, asked in this order.
WRONG_HASH = re.compile(r"hash mismatch|do not match the hashes", re.IGNORECASE)
DAMAGED_LOCK = re.compile(r"hashes are required|must have a hash|pinned with|invalid requirement|couldn't parse|"
                          r"invalid hash|unexpected '", re.IGNORECASE)
UNREACHABLE = re.compile(
    r"connection ?(error|refused|reset|broken|aborted)|failed to establish|error sending request|client error|"
    r"timed? ?out|name or service|name resolution|dns error|proxy ?error|cannot connect to proxy|tunnel|sslerror|"
    r"certificate|max retries|could not connect|network (connectivity|is unreachable)|failed to (fetch|download)|"
    r"http (error|status)|could not fetch url", re.IGNORECASE)
NO_WHEEL = re.compile(r"no matching distribution|no solution found|no compatible|has no wheels|no wheels with",
                      re.IGNORECASE)
SPARE = re.compile(r"new release of pip|to update, run|running pip as|is ignored: it is neither|^\[notice\]|^\s*$",
                   re.IGNORECASE)
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


class BuildError(Exception):
    """The environment could not be made; the text is one line, exit_code 2 (the machine or clone) or 3 (the index)."""

    def __init__(self, message: str, *, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def build(folder: Path, *, locks: Sequence[Path], marker: str, compiled: bool) -> None:
    """Makes `folder` unless another process does it first; returns when it is complete.

    `compiled`: with bytecode for every module, so that also the first run after this one is quick. Raises BuildError.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with one_at_a_time(folder.with_name(f"{folder.name}.lock")) as alone:
            if (folder / marker).is_file():
                return
            announce()
            sweep(folder, alone=alone)
            unfinished = Path(tempfile.mkdtemp(prefix=f"{folder.name}.part-", dir=folder.parent))
            try:
                with terminated_as_interrupted():
                    install(unfinished, locks=locks, log=folder.with_name(f"{folder.name}.log"))
                    if compiled:
                        compile_all(unfinished, final=folder)
                    unfinished.chmod(0o755)  # mkdtemp hides it from others; that is for the folder around it to decide
                    (unfinished / marker).write_text("".join(f"{lock}\n" for lock in locks), encoding="utf-8")
                    move_into_place(unfinished, folder, marker=marker)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise BuildError(f"the environment could not be written: {error}; make room there, or name another folder in "
                         "REPO_VITALS_CACHE", exit_code=2) from None


def announce() -> None:
    """Says why this call takes seconds, where somebody may be waiting."""
    if sys.stderr.isatty() or os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.write("repo-vitals: preparing the environment (first run only)\n")
        sys.stderr.flush()


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[bool]:
    """Holds a lock that the system lifts when its holder dies; gives False where the file system knows no locks.

    Only saves work: without it every first call builds and the first to finish wins.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield wait_for_lock(descriptor)
    finally:
        os.close(descriptor)


def wait_for_lock(descriptor: int) -> bool:
    """Waits as long as another call builds. Whether the lock is held now."""
    if sys.platform == "win32":
        import msvcrt

        for _ in range(60):     # each try lasts about ten seconds
            with contextlib.suppress(OSError):
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                return True
        return False
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


def sweep(folder: Path, *, alone: bool) -> None:
    """Removes what killed builds left: this environment's at once if nobody else can be at it, others' after a day."""
    for path in folder.parent.glob("*.part-*"):
        with contextlib.suppress(OSError):
            abandoned = alone and path.name.startswith(f"{folder.name}.part-")
            if abandoned or time.time() - path.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Makes SIGTERM (a cancelled job) stop the installer and clean up as Ctrl-C does."""
    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before: Any = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def install(target: Path, *, locks: Sequence[Path], log: Path) -> None:
    """Fills `target` by uv or, when that is absent or fails, by pip. Raises BuildError."""
    options = ["--target", str(target), "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    options += [part for lock in locks for part in ("-r", str(lock))]
    outputs: list[str] = []
    for command, environ in installers():
        code, output = run_tool([*command, *options], environ=environ, folder=target)
        if code == 0:
            log.unlink(missing_ok=True)
            return
        outputs.append(output)
        if WRONG_HASH.search(output):
            break
        empty(target)
    if not outputs:
        raise BuildError(f"neither uv nor pip was found for {sys.executable}; install one (for example python3-pip), "
                         "or name a Python that has pip in REPO_VITALS_PYTHON", exit_code=2)
    log.write_text("\n".join(outputs), encoding="utf-8")
    raise diagnosis(outputs[-1], log=log, locks=locks)


def installers() -> Iterator[tuple[list[str], dict[str, str]]]:
    """Command and environment of each installer that is here, the faster first."""
    uv = find_uv(os.environ.get("PATH", ""))
    if uv is not None:
        # `--python` names an interpreter to look at; with --target nothing is written into it.
        command = [str(uv), "pip", "install", "--no-python-downloads", "--python", sys.executable]
        if os.environ.get("PIP_NO_INDEX", "").lower() in {"1", "true", "yes", "on"}:
            command.append("--no-index")
        yield command, uv_environment(os.environ)
    # -I here too: `python -m pip` would import pip.py from the working folder.
    python = [sys.executable, "-I", "-X", "utf8"]
    environ = pip_environment(os.environ)
    if subprocess.run([*python, "-c", "import pip"], env=environ, capture_output=True, check=False,  # noqa: S603
                      stdin=subprocess.DEVNULL).returncode == 0:
        yield [*python, "-m", "pip", "install", "--no-compile"], environ
    elif (wheel := bundled_pip()) is not None:
        code = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('pip', run_name='__main__')"
        yield [*python, "-c", code, str(wheel), "install", "--no-compile"], environ


def find_uv(search_path: str) -> Path | None:
    """uv in an absolute folder of PATH. Not shutil.which: on Windows that looks into the working folder first."""
    name = "uv.exe" if sys.platform == "win32" else "uv"
    for entry in search_path.split(os.pathsep):
        path = Path(entry) / name
        if path.is_absolute() and path.is_file() and os.access(path, os.X_OK):
            return path
    return None


def bundled_pip() -> Path | None:
    """The wheel of pip that comes with Python for `venv`; Debian leaves it out."""
    from importlib.util import find_spec

    spec = find_spec("ensurepip")
    folders = [Path(place) / "_bundled" for place in spec.submodule_search_locations or ()] if spec else []
    return next((wheel for folder in folders for wheel in sorted(folder.glob("pip-*.whl"))), None)


def neutral(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what steers pip, uv or Python."""
    return {name: value for name, value in environ.items()
            if not name.upper().startswith(("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX", "__PYVENV"))}


def pip_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Index, proxy and certificates as the caller set them, pip's other settings as a build needs them."""
    kept = {f"PIP_{name}": environ[f"PIP_{name}"] for name in PIP_SETTINGS if f"PIP_{name}" in environ}
    # Without a retry pip does not tell an index that it can't reach from one that lacks the package.
    fixed = {"RETRIES": "3", "USER": "0", "REQUIRE_VIRTUALENV": "0", "NO_INPUT": "1", "NO_COLOR": "1",
             "DISABLE_PIP_VERSION_CHECK": "1"}
    return neutral(environ) | kept | {f"PIP_{name}": value for name, value in fixed.items()}


def uv_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The same for uv. Where only pip was told about an index, a proxy or certificates, uv is told as well."""
    kept = {name: value for name, value in environ.items()
            if name.startswith("UV_INDEX_") or (name.startswith("UV_") and name[3:] in UV_SETTINGS)}
    # uv does not check the hashes of what it has cached. So no file here shares its content with the cache (who changes
    # one would change the other), and in a job, on a machine that may have run a stranger's before, uv starts anew.
    result = neutral(environ) | kept | {"NO_COLOR": "1", "UV_LINK_MODE": "copy"}
    if environ.get("GITHUB_ACTIONS") == "true" and not environ.get("REPO_VITALS_CACHE"):
        result["UV_NO_CACHE"] = "1"
    pip = {name[4:]: value.strip() for name, value in environ.items() if name.startswith("PIP_") and value.strip()}
    if "INDEX_URL" in pip and not kept.keys() & {"UV_DEFAULT_INDEX", "UV_INDEX_URL"}:
        result["UV_DEFAULT_INDEX"] = pip["INDEX_URL"]
    if "EXTRA_INDEX_URL" in pip and not kept.keys() & {"UV_INDEX", "UV_EXTRA_INDEX_URL"}:
        result["UV_INDEX"] = " ".join(pip["EXTRA_INDEX_URL"].split())
        result.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")     # pip asks all indexes; the hashes decide anyway
    if "FIND_LINKS" in pip and "UV_FIND_LINKS" not in kept:
        result["UV_FIND_LINKS"] = ",".join(pip["FIND_LINKS"].split())
    if "TRUSTED_HOST" in pip and "UV_INSECURE_HOST" not in kept:
        result["UV_INSECURE_HOST"] = " ".join(pip["TRUSTED_HOST"].split())
    if "CERT" in pip:
        result.setdefault("SSL_CERT_FILE", pip["CERT"])
    if "PROXY" in pip:
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            result.setdefault(name, pip["PROXY"])
    return result


def run_tool(command: Sequence[str], *, environ: Mapping[str, str], folder: Path) -> tuple[int, str]:
    """Exit code and what was printed, without credentials; shown as it comes when REPO_VITALS_DEBUG is set."""
    debug = os.environ.get("REPO_VITALS_DEBUG", "") not in {"", "0", "false"}
    lines: list[str] = []
    try:
        process = subprocess.Popen(command, env=dict(environ), cwd=folder, stdin=subprocess.DEVNULL,  # noqa: S603
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
                                   errors="replace")
    except OSError as error:    # a uv for another machine, a shim of nothing
        return 127, f"error: {command[0]} could not be started: {error}"
    with process:
        try:
            for line in process.stdout or ():
                lines.append(CREDENTIALS.sub("***@", line))
                if debug:
                    sys.stderr.write(lines[-1])
        except BaseException:
            process.kill()
            raise
    return process.returncode, "".join(lines)


def diagnosis(output: str, *, log: Path, locks: Sequence[Path]) -> BuildError:
    """What an installer's output means for the person who waits for it."""
    lines = [line.strip() for line in output.splitlines() if not SPARE.search(line)]
    telling = [line for line in lines if line.startswith(("ERROR:", "error:", "cause:", "Caused by"))] or lines
    said = telling[-1][:300] if telling else "it printed nothing"
    names = " or ".join(f"requirements/{lock.name}" for lock in locks)
    if WRONG_HASH.search(output):
        package = re.search(r"(?:hash mismatch for `?|^ *)([\w.-]+==[\w.!+-]+)", output, re.IGNORECASE | re.MULTILINE)
        return BuildError(f"{package.group(1) if package else 'a package'} does not have the hash that {names} names, "
                          "so nothing was installed: the lock was changed, or the package was tampered with. Restore "
                          f"the lock with git; if it is as it was, distrust the index (log: {log})", exit_code=2)
    if DAMAGED_LOCK.search(output):
        return BuildError(f"{names} can't be used: {said}. Restore it with git (log: {log})", exit_code=2)
    if UNREACHABLE.search(output):
        # The system's word is buried in the line of a retry; the last line only names the first package.
        system = re.findall(r"\[Errno -?\d+\] ([^'\"()\n]+)", output)
        said = system[-1] if system else said
        return BuildError(f"the package index can't be reached: {said}. Check network, proxy and PIP_INDEX_URL, then "
                          f"try again (log: {log})", exit_code=3)
    if NO_WHEEL.search(output):
        this = f"{sys.implementation.name} {sys.version.split()[0]} on {sys.platform}"
        return BuildError(f"a locked package has no wheel for this Python ({this}) where packages are looked for: "
                          f"{said}. Name another Python in REPO_VITALS_PYTHON (log: {log})", exit_code=2)
    return BuildError(f"the environment could not be made: {said} (log: {log})", exit_code=3)


def compile_all(folder: Path, *, final: Path) -> None:
    """Bytecode for everything, with the paths that tracebacks will show: a warm start never compiles."""
    compileall.compile_dir(folder, quiet=2, workers=1, stripdir=str(folder), prependdir=str(final))


def move_into_place(unfinished: Path, folder: Path, *, marker: str) -> None:
    """Renames, which is atomic. Another call's complete environment is as good; what has no marker makes room."""
    for wait in (0.0, 0.1, 0.5, 2.0):   # virus scanners on Windows hold new files open for a moment
        time.sleep(wait)
        if (folder / marker).is_file():
            return
        with contextlib.suppress(OSError):
            if folder.exists():
                folder.rename(tempfile.mkdtemp(prefix=f"{folder.name}.part-", dir=folder.parent) + "/old")
        with contextlib.suppress(OSError):
            unfinished.rename(folder)
            return
    unfinished.rename(folder)


def empty(folder: Path) -> None:
    """Takes out what a failed installer left, for the next one."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
