"""An input, declared once: name, type, range, default, help. Everything that names inputs is made from these.

`values[RESPONSE_TARGET]` has the declaration's own type, so that a concern never spells an input's name twice.
"""
from __future__ import annotations

import re
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from repo_vitals.clock import BusinessDays
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

T = TypeVar("T")
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|CREDENTIAL|_KEY\b|ASKPASS")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """How a type of input is read. `parse` takes text, `from_toml` a TOML value; both raise ValueError saying why."""

    name: str                               # as shown in tables: duration, ratio, list …
    parse: Callable[[str], T]
    from_toml: Callable[[Any], T]
    show: Callable[[T], str]                # a value as a person would write it
    quotable: bool = True                   # False: errors name the part that is wrong themselves, and never the whole
    # JSON Schema of its TOML values; None: the name says which they are. A dict has no hash, and inputs need one.
    schema: Mapping[str, Any] | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Input(Generic[T]):
    """One input of a command."""

    name: str                               # kebab-case
    kind: Kind[T]
    default: T = field(hash=False)          # which may be a dict
    help: str                               # one sentence: meaning, unit, range; the default is added by `description`
    default_text: str | None = None         # where the default's value is not what a reader should see
    secret: bool = False                    # never shown, never taken from the configuration file

    @property
    def option(self) -> str:
        """`--some-name`."""
        return f"--{self.name}"

    @property
    def environment(self) -> tuple[str, str]:
        """The two environment names, the one that a shell can set first."""
        return (f"INPUT_{self.name.upper().replace('-', '_')}", f"INPUT_{self.name.upper()}")

    @property
    def shown_default(self) -> str:
        """The default as documentation says it; empty when there is none."""
        if self.default_text is not None:
            return self.default_text
        return "" if self.default is None else self.kind.show(self.default)

    @property
    def description(self) -> str:
        """The help with its default: what action.yml and --help say."""
        return f"{self.help} (default: {self.shown_default})." if self.shown_default else f"{self.help}."


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where a command was called: its working folder, and the environment without what looks like a secret."""

    folder: str = "."
    environ: Mapping[str, str] = field(default_factory=dict)


class Values:
    """The resolved value of every input of a command, and where each came from."""

    def __init__(self, values: dict[str, Any], origins: dict[str, str], surroundings: Surroundings | None = None,
                 ) -> None:
        self._values = values
        self._origins = origins
        self.surroundings = surroundings or Surroundings()

    def __getitem__(self, declared: Input[T]) -> T:
        return cast("T", self._values[declared.name])

    def or_default(self, declared: Input[T]) -> T:
        """The value; the declaration's default where the command has no such input."""
        return self[declared] if declared.name in self._values else declared.default

    def origin(self, declared: Input[Any]) -> str:
        """`option`, `environment`, `configuration` or `default`."""
        return self._origins[declared.name]

    def replaced(self, changes: Mapping[Input[Any], Any], *, origin: str | None = None) -> Values:
        """The same with some values changed, which keep their origins unless one is given."""
        values = {declared.name: value for declared, value in changes.items()}
        return Values({**self._values, **values},
                      {**self._origins, **(dict.fromkeys(values, origin) if origin is not None else {})},
                      self.surroundings)

    def with_files(self, folder: str, environ: Mapping[str, str] | None = None) -> Values:
        """The same with every FilePatterns seen from `folder`, and confined to it where the configuration gave it.

        `environ` is the environment of the call, for `surroundings`; what looks like a secret is left out.
        """
        changed = {name: replace(value, folder=folder, confined=self._origins[name] == "configuration")
                   for name, value in self._values.items() if isinstance(value, FilePatterns)}
        known = {name: value for name, value in (environ or {}).items() if _SECRET.search(name.upper()) is None}
        return Values({**self._values, **changed}, self._origins, Surroundings(folder=folder, environ=known))

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)


def needs_text(value: Any) -> str:
    """A TOML value that has to be a string. Raises ValueError for any other."""
    if not isinstance(value, str):
        raise ValueError(f"needs a string, not {_toml_type(value)}")
    return value


def _toml_type(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    names = {int: "an integer", float: "a number", list: "an array", dict: "a table", str: "a string"}
    return names.get(type(value), "a date or time")


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("holds a NUL character")
    return value


def _trimmed(value: str) -> str:
    # As actions/toolkit reads inputs: a block of YAML brings a line end along.
    return _text(value).strip()


TEXT: Kind[str] = Kind("text", _trimmed, lambda v: _text(needs_text(v)), str)
OPTIONAL_TEXT: Kind[str | None] = Kind("text", _trimmed, lambda v: _text(needs_text(v)), lambda v: v or "")


# YAML 1.2 core schema, as actions/toolkit reads booleans.
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
BOOLEAN_WORDS = frozenset({*_TRUE, *_FALSE})


def _boolean(text: str) -> bool:
    if text.strip() in _TRUE:
        return True
    if text.strip() in _FALSE:
        return False
    raise ValueError("is not true or false")


def _toml_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"needs true or false, not {_toml_type(value)}")


BOOLEAN: Kind[bool] = Kind("true or false", _boolean, _toml_boolean, lambda v: "true" if v else "false")

_UNIT_SECONDS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SHORT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)
_ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE)


def parse_duration(text: str) -> timedelta:
    """`90s`, `5m`, `24h`, `30d`, `2w` or ISO 8601 `P30D`, `PT4H`. Raises ValueError with the allowed forms."""
    return _duration(text, units="s, m, h, d or w, for example 24h", forms="24h, 30d, 2w or P30D")


def _duration(text: str, *, units: str, forms: str) -> timedelta:
    stripped = text.strip()
    short = _SHORT.fullmatch(stripped)
    iso = _ISO.fullmatch(stripped)
    try:
        if short is not None and short[2] == "M":
            raise ValueError('could mean minutes or months (write 5m for minutes, 30d for a month)')
        if short is not None and short[2].lower() in _UNIT_SECONDS:
            return timedelta(seconds=float(short[1]) * _UNIT_SECONDS[short[2].lower()])
        if iso is not None and any(iso.groups()):
            weeks, days, hours, minutes, seconds = (float(part or 0) for part in iso.groups())
            return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise ValueError("is longer than can be counted") from None
    if short is not None:
        raise ValueError(f'has an unknown unit "{short[2]}" (use {units})')
    raise ValueError(f"is not a duration (for example {forms})")


def show_duration(span: timedelta) -> str:
    """The shortest form that `parse_duration` reads back; hours up to two days, as people say 24h and 48h."""
    seconds = span.total_seconds()
    for unit, size in (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0 and seconds >= {"w": 2, "d": 3}.get(unit, 1) * size:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"


DURATION: Kind[timedelta] = Kind("duration", parse_duration, lambda v: parse_duration(needs_text(v)), show_duration)


def positive_duration() -> Kind[timedelta]:
    """A duration of at least a second and at most ten years."""
    return Kind("duration", lambda t: _positive(parse_duration(t)), lambda v: _positive(DURATION.from_toml(v)),
                show_duration)


def _positive(span: timedelta) -> timedelta:
    if not timedelta(seconds=1) <= span <= timedelta(days=3660):
        raise ValueError("is not between 1s and 3660d")
    return span


def working_duration() -> Kind[timedelta | BusinessDays]:
    """What `positive_duration` takes, and business days: `2bd`, `1.5bd`, from a hundredth of one to 3660."""
    def parse(text: str) -> timedelta | BusinessDays:
        short = _SHORT.fullmatch(text.strip())
        if short is None or short[2].lower() != "bd":
            return _positive(_duration(text, units="s, m, h, d, w or bd, for example 24h or 2bd",
                                       forms="24h, 30d, 2w, P30D or 2bd"))
        if not 0.01 <= float(short[1]) <= 3660:
            raise ValueError("is not between 0.01bd and 3660bd")
        return BusinessDays(float(short[1]))

    def show(span: timedelta | BusinessDays) -> str:
        if isinstance(span, BusinessDays):
            return f"{span.days:.6f}".rstrip("0").rstrip(".") + "bd"
        return show_duration(span)
    return Kind("duration or business days", parse, lambda v: parse(needs_text(v)), show)


def ratio() -> Kind[float]:
    """A number from 0 to 1."""
    def check(value: float) -> float:
        if not 0 <= value <= 1:
            hint = f" (for {value:g} % write {value / 100:g})" if 1 < value <= 100 else ""
            raise ValueError(f"is not between 0 and 1{hint}")
        return value

    def parse(text: str) -> float:
        try:
            return check(float(text))
        except ValueError as error:
            raise ValueError(str(error) if "between" in str(error) else "is not a number from 0 to 1") from None

    def from_toml(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"needs a number from 0 to 1, not {_toml_type(value)}")
        return check(float(value))
    return Kind("ratio", parse, from_toml, lambda v: f"{v:g}")


def integer(minimum: int, maximum: int) -> Kind[int]:
    """A whole number within a range, both ends included."""
    def check(value: int) -> int:
        if not minimum <= value <= maximum:
            raise ValueError(f"is not between {minimum} and {maximum}")
        return value

    def parse(text: str) -> int:
        if re.fullmatch(r"\s*-?\d{1,18}\s*", text) is None:
            raise ValueError(f"is not a whole number between {minimum} and {maximum}")
        return check(int(text))

    def from_toml(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"needs an integer, not {_toml_type(value)}")
        return check(value)
    return Kind("integer", parse, from_toml, str,
                schema={"type": "integer", "minimum": minimum, "maximum": maximum})


def choice(*allowed: str) -> Kind[str]:
    """One of some words."""
    def check(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"is not one of {', '.join(allowed)}")
        return value
    return Kind(" | ".join(allowed), lambda t: check(t.strip()), lambda v: check(needs_text(v)), str,
                schema={"enum": list(allowed)})


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[,\n]", _text(text)) if part.strip())


def _toml_list(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"needs an array of strings, not {_toml_type(value)}")
    texts = [_text(needs_text(entry)).strip() for entry in value]
    return tuple(text for text in texts if text)


LIST: Kind[tuple[str, ...]] = Kind("list", _list, _toml_list, lambda v: ", ".join(v))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in _text(text).splitlines() if line.strip())


# Rules hold commas, so that only line ends part them.
LINES: Kind[tuple[str, ...]] = Kind("lines", _lines, _toml_list, "\n".join)


def _repository(text: str) -> str:
    name = text.strip()
    if re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}", name) is None:
        raise ValueError("is not a repository's owner/name")
    return name


REPOSITORY: Kind[str | None] = Kind("owner/name", _repository, lambda v: _repository(needs_text(v)),
                                    lambda v: v or "")


@dataclass(frozen=True, kw_only=True)
class FilePatterns:
    """Paths of files and patterns of them, as given; runtime says from which folder they are seen."""

    patterns: tuple[str, ...] = ()
    folder: str = "."
    confined: bool = True       # the configuration file gave them: they may not lead out of the folder


FILES: Kind[FilePatterns] = Kind("list of paths or patterns", lambda text: FilePatterns(patterns=_list(text)),
                                 lambda value: FilePatterns(patterns=_toml_list(value)),
                                 lambda value: ", ".join(value.patterns))


def same_names(inputs: Sequence[Input[Any]]) -> list[str]:
    """Names declared more than once: a mistake that a test looks for."""
    names = [declared.name for declared in inputs]
    return sorted({name for name in names if names.count(name) > 1})
