"""Extras that are fetched only when they are first needed: too large to install for runs that never use them."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from repo_vitals.plain_text import one_line

BOOTSTRAP = Path(__file__).resolve().parents[3] / "bin" / "bootstrap.py"


class NotInstalled(Exception):
    """An extra can't be had; the text says why, and is empty where nothing here can install it."""


def folder_of(extra: str) -> Path:
    """The folder with the packages of an extra's lock alone, made now where there is none. Raises NotInstalled."""
    if not BOOTSTRAP.is_file():
        raise NotInstalled
    command = [sys.executable, "-I", "-S", "-X", "utf8", str(BOOTSTRAP), "extra", extra]
    # Without GITHUB_ACTIONS its failure would be an annotation of its own.
    environ = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
    done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True,     # noqa: S603
                          encoding="utf-8", errors="replace", check=False)
    if done.returncode != 0 or not done.stdout.strip():
        why = one_line(done.stderr.strip().removeprefix("repo-vitals: "), limit=200)
        raise NotInstalled(why or "the installer said nothing")
    return Path(done.stdout.strip())
