"""Which repositories a run is about: names, whole owners, and what of them is left out. Pure."""
from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from repo_vitals.config.declare import LIST, REPOSITORY, Kind
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_FORMS = "owner/name, owner/*, !owner/name and !owner/prefix-*"
_LEFT_OUT = re.compile(r"![A-Za-z0-9][A-Za-z0-9_-]{0,98}/[A-Za-z0-9._-]{0,100}\*?")
_WHOLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,98}/\*")


@dataclass(frozen=True)
class Selection:
    """Entries as given; names are compared without regard to case, as GitHub does."""

    entries: tuple[str, ...]

    def repositories(self, owned_by: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
        """Every selected repository once, in the order of the entries. `owned_by` gives an owner's own, by owner/name.

        What is left out is so however it was named.
        """
        found: dict[str, str] = {}
        for entry in self.entries:
            if not entry.startswith("!"):
                owner, _, name = entry.partition("/")
                for repository in owned_by(owner) if name == "*" else (entry,):
                    found.setdefault(repository.lower(), repository)
        return tuple(name for key, name in found.items() if not self._leaves_out(key))

    def _leaves_out(self, key: str) -> bool:
        return any(fnmatchcase(key, entry[1:].lower()) for entry in self.entries if entry.startswith("!"))


def _selected(entries: Sequence[str]) -> tuple[str, ...]:
    for entry in entries:
        if not _LEFT_OUT.fullmatch(entry) and not _WHOLE.fullmatch(entry):
            _check_name(entry)
    wanted = {_owner(entry) for entry in entries if not entry.startswith("!")}
    if entries and not wanted:
        raise ValueError("only says what to leave out; name what to measure too")
    for entry in entries:
        if _owner(entry) not in wanted:
            raise ValueError(f"leaves out {_quoted(entry[1:])}, of whose owner nothing is selected")
    return tuple(entries)


def _check_name(entry: str) -> None:
    try:
        REPOSITORY.parse(entry)
    except ValueError:
        raise ValueError(f"holds {_quoted(entry)}, which is none of {_FORMS}") from None


def _owner(entry: str) -> str:
    return entry.removeprefix("!").partition("/")[0].lower()


def _quoted(entry: str) -> str:
    return f'"{quotable(entry, limit=60)}"'


SELECTION: Kind[tuple[str, ...]] = Kind(
    "list", lambda text: _selected(LIST.parse(text)), lambda value: _selected(LIST.from_toml(value)), LIST.show)
