"""Inputs that are names on GitHub: logins and labels."""
from __future__ import annotations

import re

from repo_vitals.config.declare import LIST, Kind, needs_text
from repo_vitals.config.file import quoted
from repo_vitals.plain_text import quotable

# With underscores and leading hyphens: those of managed users, and of very old accounts.
_LOGIN = re.compile(r"@?[A-Za-z0-9_-]{1,100}(?:\[bot\])?")


def checked_logins(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names as they are. Raises ValueError where one can't be a login."""
    for name in names:
        if _LOGIN.fullmatch(name) is None:
            raise ValueError(f'holds "{quotable(name, limit=60)}", which is not a login (teams are not looked up)')
    return names


def _label(text: str) -> str:
    plain = text.strip()
    if not plain or len(plain) > 50 or "," in plain or not plain.isprintable():
        raise ValueError("can't be a label: 1 to 50 characters, no comma")
    return plain


def _labels(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_named_label, names)))


def _named_label(name: str) -> str:
    try:
        return _label(name)
    except ValueError as error:
        raise ValueError(f"{quoted(name)} {error}") from None


LOGINS: Kind[tuple[str, ...]] = Kind(
    "list", lambda text: checked_logins(LIST.parse(text)), lambda value: checked_logins(LIST.from_toml(value)),
    LIST.show)
LABEL: Kind[str] = Kind("text", _label, lambda value: _label(needs_text(value)), str)
LABELS: Kind[tuple[str, ...]] = Kind("list", lambda text: _labels(LIST.parse(text)),
                                     lambda value: _labels(LIST.from_toml(value)), LIST.show, quotable=False)
OPTIONAL_LABEL: Kind[str | None] = Kind(
    "text", lambda text: None if text.strip().lower() == "none" else _label(text),
    lambda value: _label(needs_text(value)) if value != "none" else None, lambda value: value or "none")
