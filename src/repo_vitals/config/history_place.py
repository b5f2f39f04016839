"""Where a history is kept, and how large it may grow, as inputs say it."""
from __future__ import annotations

import re
from typing import Any

from repo_vitals.config.declare import Kind, needs_text
from repo_vitals.frozen import dataclass

_DEFAULT_BRANCH = "repo-vitals-history"
# Narrower than git's own rules: what needs no quoting anywhere.
_BRANCH = re.compile(r"(?!.*(?:\.\.|//|/\.|\.lock(?:/|\Z)))[A-Za-z0-9][A-Za-z0-9._/-]{0,190}[A-Za-z0-9]")
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kMG]?i?B)")
_UNITS = {"B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "kiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


@dataclass(frozen=True, kw_only=True)
class HistoryPlace:
    """A branch or a folder, one of the two."""

    branch: str | None = None
    folder: str | None = None

    def __str__(self) -> str:
        if self.branch is None:
            return self.folder or "none"
        return "branch" if self.branch == _DEFAULT_BRANCH else f"branch:{self.branch}"


def history_place() -> Kind[HistoryPlace | None]:
    """`none`, `branch`, `branch:NAME` or a folder."""
    return Kind("none, branch, branch:NAME or folder", _place, lambda value: _place(needs_text(value)),
                lambda place: "none" if place is None else str(place))


def size() -> Kind[int]:
    """A size in bytes with its unit, `50 MB` or `20 MiB`; at least 1 MB."""
    return Kind("size", _size, _toml_size, show_size)


def show_size(value: int) -> str:
    """`50 MB`."""
    unit = next((unit for unit in ("GB", "GiB", "MB", "MiB", "kB", "KiB") if value % _UNITS[unit] == 0), "B")
    return f"{value // _UNITS[unit]} {unit}"


def _place(text: str) -> HistoryPlace | None:
    given = text.strip()
    if given in ("", "none"):
        return None
    if given == "branch":
        return HistoryPlace(branch=_DEFAULT_BRANCH)
    if not given.startswith("branch:"):
        return HistoryPlace(folder=given)
    name = given.removeprefix("branch:").strip()
    if _BRANCH.fullmatch(name) is None:
        raise ValueError("does not name a branch (write branch:NAME with letters, digits and . _ / - inside)")
    if name.startswith("refs/") or re.search(r"-\d{4}\Z", name):
        raise ValueError("names a branch that ends in a year or begins with refs/ (each year gets a branch of its own, "
                         "NAME-2027; give NAME alone)")
    return HistoryPlace(branch=name)


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    if found is None or found.group(2) not in _UNITS:
        raise ValueError("is not a size with its unit, such as 50 MB or 20 MiB")
    value = round(float(found.group(1)) * _UNITS[found.group(2)])
    if not _UNITS["MB"] <= value <= 100 * _UNITS["GB"]:
        raise ValueError("is not between 1 MB and 100 GB")
    return value


def _toml_size(value: Any) -> int:
    return _size(needs_text(value))
