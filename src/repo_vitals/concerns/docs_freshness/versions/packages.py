"""What the manifests of a repository say of its own packages. Plain values."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

Ecosystem = Literal["cargo", "pypi", "npm", "go", "maven"]


@dataclass(frozen=True, kw_only=True)
class Files:
    """The files of one commit."""

    paths: frozenset[str]
    text: Callable[[str], str | None]       # of a path; None where there is none, it is too large, or no text


@dataclass(frozen=True, kw_only=True)
class Package:
    """One package that the repository is the source of."""

    ecosystem: Ecosystem
    name: str                       # as its registry knows it; Maven's is group:artifact
    version: str | None             # None: the tag is its version, or it can't be told (then `why_unknown`)
    file: str                       # that states the version, or would
    line: int
    folder: str = ""                # of its manifest; empty for the top
    is_inherited: bool = False      # the version is its workspace's or parent's
    is_published: bool = True       # False: the manifest keeps it from being published
    why_unknown: str = ""           # in words that follow the package's name

    @property
    def is_at_top(self) -> bool:
        """Whether its manifest lies at the top of the repository."""
        return not self.folder

    def at(self, version: str | None, *, file: str, line: int, is_inherited: bool = False) -> Package:
        """The same with a version that stands elsewhere."""
        return replace(self, version=version, file=file, line=line, is_inherited=is_inherited)

    def unknown(self, why: str) -> Package:
        """The same without a version, and why it can't be told."""
        return replace(self, version=None, why_unknown=why)


def table(value: Any) -> dict[str, Any]:
    """A table, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def text_of(value: Any) -> str | None:
    """A text that is not blank, or None in place of anything else."""
    return value.strip() if isinstance(value, str) and value.strip() else None


def texts(value: Any) -> list[str]:
    """The texts of a list; what else stands there is left out."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def joined(folder: str, path: str) -> str | None:
    """A path seen from a folder, from the top of the repository; None where it leads out of it."""
    parts: list[str] = folder.split("/") if folder else []
    for part in path.replace("\\", "/").split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def folder_of(path: str) -> str:
    """The folder that a file lies in; empty for the top."""
    return path.rpartition("/")[0]


def line_of(text: str, wanted: str) -> int:
    """The first line that holds a text, from 1; 1 where none does."""
    return line_at(text, max(text.find(wanted), 0))


def line_at(text: str, place: int) -> int:
    """The line that a character stands in, from 1."""
    return text.count("\n", 0, place) + 1
