"""Values as TOML, for files that people go on to edit. Pure."""
from __future__ import annotations

from typing import Any

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def toml_string(text: str) -> str:
    """A basic string on one line, whatever the text holds; only what is printable stands there as it is.

    Raises ValueError for half a surrogate pair, which TOML can't hold.
    """
    return f'"{"".join(map(_character, text))}"'


def _character(one: str) -> str:
    if one in _SHORT:
        return _SHORT[one]
    if "\ud800" <= one <= "\udfff":
        raise ValueError("holds a character that is not text")
    if one.isprintable():
        return one
    return f"\\u{ord(one):04X}" if ord(one) <= 0xFFFF else f"\\U{ord(one):08X}"


def toml_value(value: Any) -> str:
    """A boolean, number, text, or list or table of them, on one line. Raises ValueError for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{toml_string(str(key))} = {toml_value(one)}" for key, one in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    raise ValueError(f"{type(value).__name__} has no form in TOML here")
