"""What a measurement ran on: the kind of runner, its processor and memory, and the versions of tools.

Two machines are alike where what decides how fast the same program runs is the same, as far as anybody says it. No
program of the checkout is run to find out, and nothing is looked up on PATH.
"""
from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import subprocess
import sys
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import one_line, quotable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST_NAME = 200          # characters
_MOST_VERSIONS = 50
_PROC = Path("/proc")
_SYSCTL = "/usr/sbin/sysctl"
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")
# Tools whose first number alone names what one gets to run; of others the second is a release of its own, as of Python
# 3.13, rustc 1.92 and go 1.25.
_BY_THE_FIRST = frozenset({"clang", "g++", "gcc", "llvm", "node", "nodejs", "npm"})
# What a tool's version line may hold before its number: `rustc 1.88.0 (6b00bc388 2025-06-23)`.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]{0,49}")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Words as the system or a report says them; empty or None where nobody does."""

    runner: str = ""                            # the kind of machine: "Linux X64 ubuntu24 github-hosted"
    cpu: str = ""                               # its model
    cores: int | None = None                    # logical ones
    memory: int | None = None                   # bytes
    versions: Mapping[str, str] = field(default_factory=dict)   # of tools, by their names

    @property
    def kind(self) -> str:
        """The same for machines that are alike in all that is known of them: 12 hexadecimal digits."""
        releases = sorted((name, release(name, text)) for name, text in self.versions.items())
        said = repr((self.runner, self.cpu, releases))
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    def __str__(self) -> str:
        """In words, strangers' text quoted."""
        words = [self.cpu or "unknown processor", self.runner or "unknown runner",
                 *(f"{name} {text}" for name, text in sorted(self.versions.items()))]
        return ", ".join(quotable(word, limit=80) for word in words)


def this_machine(environ: Mapping[str, str], *, runner: str = "", versions: Mapping[str, str] | None = None) -> Machine:
    """The machine that this runs on.

    `runner`: what its user calls this kind of machine, in place of what the runner says of itself. A self-hosted runner
    says nothing that tells it from another one: without a name it is known by its processor.
    """
    return Machine(runner=_named(runner) or _runner(environ), cpu=_cpu(environ), cores=os.cpu_count(),
                   memory=_memory(), versions=dict(versions or {}))


def reported(machine: Machine, said: Mapping[str, str]) -> Machine:
    """`machine` as a report corrects it: it may have been written on another one.

    `said`: "cpu", "os" and "versions.<name>", as readers give them. A user's own versions stand over a report's.
    """
    cpu = _named(said.get("cpu", ""))
    versions = {name[9:]: _named(text) for name, text in said.items()
                if name.startswith("versions.") and _NAME.fullmatch(name[9:]) and _named(text)}
    kept = dict(sorted({**versions, **machine.versions}.items())[:_MOST_VERSIONS])
    if not cpu or cpu == machine.cpu:
        return replace(machine, versions=kept)
    # Cores and memory are this machine's: of another one they are not known.
    return replace(machine, cpu=cpu, versions=kept, cores=None, memory=None)


def at_odds(reports: Iterable[Mapping[str, str]], *, given: Mapping[str, str] | None = None) -> str:
    """What reports that are to be of one machine contradict one another in, in a few words; empty where nothing is.

    Each as `reported` takes it; one that says nothing of something agrees. `given`: versions that stand over theirs.
    """
    first: dict[str, str] = {}
    for said in reports:
        for name, text in said.items():
            tool = name.removeprefix("versions.")
            if name != "cpu" and (tool == name or tool in (given or {})):
                continue
            before = first.setdefault(name, text)
            if before != text and (name == "cpu" or release(tool, before) != release(tool, text)):
                what = "processor" if name == "cpu" else quotable(tool, limit=50)
                return f"{what} {quotable(before, limit=80)} and {quotable(text, limit=80)}"
    return ""


def versions_in(lines: Iterable[str]) -> dict[str, str]:
    """Versions as a user gives them, a line each: `rustc 1.88.0`, `node: v22.1.0`. Raises InputError."""
    found: dict[str, str] = {}
    for line in lines:
        name, _, text = line.strip().replace(":", " ", 1).replace("=", " ", 1).partition(" ")
        if not line.strip():
            continue
        if _NAME.fullmatch(name) is None or release(name, text) is None:
            raise InputError(f'versions: "{quotable(line, limit=80)}" is no name of a tool with its version '
                             "(such as: rustc 1.88.0)")
        found[name] = _named(text)
    if len(found) > _MOST_VERSIONS:
        raise InputError(f"versions: more than {_MOST_VERSIONS} tools are named")
    return found


def unlike(one: Machine, other: Machine) -> tuple[str, ...]:
    """What makes two machines unlike, a few words each with both sides; nothing where they are alike.

    The kind of runner, the model of the processor (unknown on one side is unlike too: what is not known is not taken
    to be the same), and the `release` of each tool that either names. Cores and memory are recorded and shown; hosted
    runners of one kind differ in them by what the system keeps for itself.
    """
    pairs = [(what, here or "unknown", there or "unknown") for what, here, there in
             (("runner", one.runner, other.runner), ("processor", one.cpu, other.cpu)) if here != there]
    pairs += [(name, one.versions.get(name) or "unknown", other.versions.get(name) or "unknown")
              for name in sorted(one.versions.keys() | other.versions.keys())
              if release(name, one.versions.get(name, "")) != release(name, other.versions.get(name, ""))
              or (name in one.versions) != (name in other.versions)]
    return tuple(f"{quotable(what, limit=50)} {quotable(there, limit=80)}, not {quotable(here, limit=80)}"
                 for what, here, there in pairs)


def release(tool: str, version: str) -> str | None:
    """The numbers of a version that make programs run differently: 3.13 of Python's `3.13.1`, 22 of node's `v22.1.0`;
    None where there is none."""
    found = _NUMBERS.search(version)
    if found is None:
        return None
    numbers = [number.lstrip("0") or "0" for number in found.group(0).split(".")]
    return numbers[0] if tool.lower() in _BY_THE_FIRST else ".".join(numbers)


def _runner(environ: Mapping[str, str]) -> str:
    if environ.get("GITHUB_ACTIONS") == "true":
        names = ("RUNNER_OS", "RUNNER_ARCH", "ImageOS", "RUNNER_ENVIRONMENT")
        return _named(" ".join(environ.get(name, "") for name in names))
    return _named(f"{platform.system()} {platform.machine()}")


def _cpu(environ: Mapping[str, str]) -> str:
    """The processor's model, as the system calls it."""
    system = platform.system()
    if system == "Linux":
        return _named(_in_cpuinfo(_text(_PROC / "cpuinfo")))
    if system == "Darwin":
        return _named(_sysctl("machdep.cpu.brand_string"))
    if system == "Windows":
        return _named(_in_registry() or environ.get("PROCESSOR_IDENTIFIER", ""))
    return _named(platform.processor())


def _in_cpuinfo(text: str) -> str:
    """x86 names the model; Arm gives the numbers of who made it and what it is."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip().lower(), value.strip())
    for name in ("model name", "cpu model", "hardware", "processor model"):
        if found.get(name):
            return found[name]
    if "cpu implementer" in found:
        return f"Arm {found['cpu implementer']} {found.get('cpu part', '')}"
    return found.get("cpu", "") or found.get("uarch", "")


def _in_registry() -> str:
    if sys.platform == "win32":
        import winreg

        where = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, where) as key:
            return str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
    return ""


def _sysctl(name: str) -> str:
    try:
        done = subprocess.run([_SYSCTL, "-n", name], stdin=subprocess.DEVNULL, capture_output=True, timeout=10,  # noqa: S603
                              check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _memory() -> int | None:
    """Bytes; None where the system does not say it this way (Windows)."""
    try:
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return found if found > 0 else None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(100_000).decode("utf-8", "replace")
    except OSError:
        return ""


def _named(text: str) -> str:
    return one_line(text, limit=LONGEST_NAME)
