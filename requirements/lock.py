"""Writes requirements/*.lock from pyproject.toml: `python3 requirements/lock.py [--upgrade]`; needs uv on PATH.

base.lock holds the dependencies, <extra>.lock what the extra adds to them (and to the extras that it builds on),
test.lock what it adds to all the others; any of them together agree, because all come from one resolution. Each is
universal (markers, Python 3.10 and newer) and names hashes but no index. What is locked stays as it is unless
pyproject.toml no longer allows it, or with --upgrade.
"""
from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PROJECT = FOLDER.parent / "pyproject.toml"
# PyGithub asks for it through PyJWT[crypto], but only App tokens use it, and it has no wheel for some of our platforms.
LEFT_OUT = ("cryptography",)
# The extras of which another's packages need some: a command that asks for the one asks for these as well.
BUILDS_ON = {"demo": ("markdown",), "notify": ("calendar", "yaml")}
HEADER = "# Made by requirements/lock.py; don't edit.\n"


def extras() -> list[str]:
    """The names under [project.optional-dependencies], read without tomllib, which Python 3.10 lacks."""
    section = PROJECT.read_text(encoding="utf-8").split("[project.optional-dependencies]")[1].split("\n[")[0]
    return re.findall(r"^([a-z][a-z0-9-]*) = ", section, re.MULTILINE)


def names(lock: str) -> list[str]:
    """The packages that a lock names."""
    return sorted(set(re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", lock, re.MULTILINE)))


def resolve(*options: str, without: list[str]) -> str:
    """One universal resolution as the text of a lock."""
    command = ["uv", "pip", "compile", str(PROJECT), "--quiet", "--universal", "--python-version", "3.10",
               "--no-python-downloads", "--generate-hashes", "--only-binary", ":all:", "--no-header", "--no-annotate",
               "--no-emit-index-url", "--no-emit-find-links", *options]
    for name in (*LEFT_OUT, *without):
        command += ["--no-emit-package", name]
    # Run beside the locks: uv reads settings from the working folder.
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=FOLDER)  # noqa: S603
    return done.stdout


def read(name: str) -> str:
    """A lock's text; empty before it exists."""
    path = FOLDER / f"{name}.lock"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write(name: str, content: str) -> None:
    """Writes one lock."""
    (FOLDER / f"{name}.lock").write_text(HEADER + content, encoding="utf-8", newline="\n")


def main(arguments: list[str]) -> int:
    """Writes every lock."""
    product = [extra for extra in extras() if extra != "test"]
    with tempfile.TemporaryDirectory() as scratch:
        everything = Path(scratch) / "everything.txt"
        if "--upgrade" not in arguments:
            # uv keeps the versions that it finds in the file that it is about to write.
            everything.write_text("".join(map(read, ("base", *product, "test"))), encoding="utf-8")
        resolve("--all-extras", "--output-file", str(everything), without=[])
        agreed = ("--constraint", str(everything))
        write("base", resolve(*agreed, without=[]))
        # In this order, so that what an extra builds on is there before it.
        for extra in sorted(product, key=lambda extra: len(BUILDS_ON.get(extra, ()))):
            there = names("".join(map(read, ("base", *BUILDS_ON.get(extra, ())))))
            write(extra, resolve(*agreed, "--extra", extra, without=there))
        others = names("".join(map(read, ("base", *product))))
        write("test", resolve(*agreed, "--extra", "test", without=others))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
