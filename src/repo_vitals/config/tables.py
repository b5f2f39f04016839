"""Lists of tables, `[[alert.silence]]` in the configuration file, as an input: each read by one function. Pure."""
from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeVar

from repo_vitals.clock import parse_instant
from repo_vitals.config.declare import Kind, needs_text
from repo_vitals.config.file import closest, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

T = TypeVar("T")
_MOST = 1000        # tables of one list
_LONGEST = 1000     # characters of a text


def table_list(command: str, name: str, read: Callable[[int, Mapping[str, Any]], T]) -> Kind[tuple[T, ...]]:
    """A list of `[[command.name]]` tables. `read` makes a value of a table and its number, from 1. Raises ValueError.

    Environment and options give the same tables as TOML text.
    """
    def from_toml(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise ValueError(f"is no list of tables; write each entry below a line [[{command}.{name}]]")
        if len(value) > _MOST:
            raise ValueError(f"holds more than {_MOST:,} tables")
        return tuple(one(number, table) for number, table in enumerate(value, 1))

    def one(number: int, table: Mapping[str, Any]) -> T:
        try:
            return read(number, table)
        except ValueError as error:
            raise ValueError(f"table {number}: {error}") from None

    def parse(text: str) -> tuple[T, ...]:
        return from_toml(tables_in(text, name))
    return Kind(f"[[{name}]] tables", parse, from_toml, lambda _found: "", quotable=False)


def tables_in(text: str, name: str) -> Any:
    """What TOML text holds as `[[name]]`, and nothing beside it. Raises ValueError."""
    import tomli

    try:
        tables = tomli.loads(text.replace("\r\n", "\n"))
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"is not TOML: {str(error).splitlines()[0][:160]}") from None
    for key in tables:
        if key != name:
            raise ValueError(f"holds {quoted(str(key))}; only [[{name}]] tables may stand there")
    return tables.get(name, [])


def check_keys(table: Mapping[str, Any], known: Collection[str]) -> None:
    """Raises ValueError for a key that is not known, naming the closest."""
    for key in table:
        if key not in known:
            raise ValueError(f"has an unknown key {quoted(str(key))}{closest(str(key), known)}")


def text_of(table: Mapping[str, Any], key: str) -> str | None:
    """A text that may be left out. Raises ValueError for what is no text, empty or too long."""
    if key not in table:
        return None
    try:
        plain = needs_text(table[key]).strip()
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None
    if not plain or len(plain) > _LONGEST or not plain.isprintable():
        raise ValueError(f"{key}: is empty, longer than {_LONGEST} characters, or of several lines")
    return plain


def texts_of(table: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    """A text or an array of them; None where it is left out. Raises ValueError."""
    if key not in table:
        return None
    entries = table[key] if isinstance(table[key], list) else [table[key]]
    return tuple(text for entry in entries if (text := text_of({key: entry}, key)) is not None)


def instant_of(table: Mapping[str, Any], key: str, *, ends_day: bool = False) -> datetime | None:
    """A moment: a TOML date or time, or ISO 8601 text; without a zone it is UTC. None where it is left out.

    A day alone is its first moment, or with `ends_day` the moment after its last. Raises ValueError.
    """
    if key not in table:
        return None
    value = table[key]
    try:
        if isinstance(value, datetime):
            return (value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
        if isinstance(value, date):
            first = datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
            return first + timedelta(days=1 if ends_day else 0)
        text = needs_text(value).strip()
        moment = parse_instant(text)
        return moment + timedelta(days=1 if ends_day and len(text) == len("2027-01-31") else 0)
    except (ValueError, OverflowError):
        raise ValueError(f"{key}: {quoted(str(value))} is no moment such as 2027-01-31 or 2027-01-31T18:00:00Z"
                         ) from None
