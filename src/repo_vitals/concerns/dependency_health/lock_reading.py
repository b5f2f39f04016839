"""What the readers of lock files share. Pure."""
from __future__ import annotations

import re
from collections import Counter
from dataclasses import field
from typing import Any

from repo_vitals.frozen import dataclass

# What deps.dev could be asked about. Names and versions are strangers' text: whatever else stands there is no package.
_LONGEST = 214
_NAME = re.compile(r"(?:@[A-Za-z0-9._~!'()*-]+/)?[A-Za-z0-9._~!'()*-]+")
_VERSION = re.compile(r"[A-Za-z0-9.+!_-]+")


class Malformed(ValueError):
    """A file that is not what its name says, or of a version that can't be read; the text goes on after its path."""


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """A package of a registry at a version."""

    name: str
    version: str
    direct: bool | None     # None: the file does not tell


@dataclass(kw_only=True)
class Contents:
    """What a lock file holds."""

    pinned: list[Pinned] = field(default_factory=list)
    apart: Counter[str] = field(default_factory=Counter)

    def add(self, name: object, version: object, *, direct: bool | None) -> None:
        """Take in a package; one whose name or version can't be one is counted apart."""
        if is_name(name) and is_version(version):
            self.pinned.append(Pinned(name=str(name), version=str(version), direct=direct))
        else:
            self.apart["unreadable"] += 1


def is_name(value: object) -> bool:
    """Whether a value can be the name of a package."""
    return (isinstance(value, str) and len(value) <= _LONGEST and _NAME.fullmatch(value) is not None
            and not set(value.split("/")) & {".", ".."})


def is_version(value: object) -> bool:
    """Whether a value can be a version."""
    return (isinstance(value, str) and len(value) <= _LONGEST and _VERSION.fullmatch(value) is not None
            and value not in (".", ".."))


def tables(value: Any) -> list[dict[str, Any]]:
    """The tables of an array of them; what else stands there is left out."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def table(value: Any) -> dict[str, Any]:
    """A table, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML file. Raises Malformed."""
    import tomli

    try:
        return tomli.loads(text)
    except ValueError as error:     # tomli.TOMLDecodeError is one, and so is a date that is none
        raise Malformed(f"is not TOML ({_in_short(error)})") from None


def _in_short(error: Exception) -> str:
    place = re.search(r"at line \d+|at end of document", str(error))
    return place[0] if place else type(error).__name__
