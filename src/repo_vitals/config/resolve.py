"""Which value an input has: option, then environment, then configuration file, then default."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.config.declare import BOOLEAN_WORDS, Input, Values
from repo_vitals.config.file import closest, quoted
from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

Origin = Literal["option", "environment", "configuration", "default"]


@dataclass(frozen=True, kw_only=True)
class Given:
    """Where an input was given first, and as what."""

    origin: Origin
    name: str       # `--window`, `INPUT_WINDOW` or `window`; empty for the default
    value: Any      # text, a TOML value, or the default


def read_options(arguments: Sequence[str], inputs: Sequence[Input[Any]], *, command: str) -> dict[str, str]:
    """`--name value` and `--name=value` pairs as text; a bare boolean option means true. The last of several wins.

    Raises InputError for an unknown option (with the closest valid ones), a missing value or a stray word.
    """
    known = {declared.option: declared for declared in inputs}
    found: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if not name.startswith("--"):
            raise InputError(f"{command}: unexpected argument {quoted(word)}; options are written --name value")
        if name not in known:
            raise InputError(f"{command}: unknown option {quoted(name)}{closest(name, known)}")
        declared = known[name]
        if not equals:
            if declared.kind.name == "true or false" and (not rest or rest[0] not in BOOLEAN_WORDS):
                value = "true"
            elif not rest:
                raise InputError(f"{command}: {name} needs a value")
            elif rest[0].startswith("--"):
                raise InputError(f"{command}: {name} needs a value (one that begins with -- is written {name}=--…)")
            else:
                value = rest.pop(0)
        found[declared.name] = value
    return found


def resolve(
    inputs: Sequence[Input[Any]],
    *,
    options: Mapping[str, str],
    environ: Mapping[str, str],
    table: Mapping[str, Any],
    command: str,
    config_path: Path,
    place: Callable[[str], str] | None = None,
) -> Values:
    """Every input's value and origin. `place` says where a key stands, if not just in the file at `config_path`.

    An empty environment value means 'not given', since GitHub passes inputs that nobody set as empty strings.
    Raises InputError naming the input, where it was given, the value and what is allowed.
    """
    of = place or (lambda _: str(config_path))
    for mistake in key_mistakes(table, inputs, command=command, place=of):
        raise InputError(mistake)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for declared in inputs:
        found = given(declared, options=options, environ=environ, table=table)
        values[declared.name] = read(declared, found, of, command)
        origins[declared.name] = found.origin
    return Values(values, origins)


def given(declared: Input[Any], *, options: Mapping[str, str], environ: Mapping[str, str], table: Mapping[str, Any],
          ) -> Given:
    """Where an input is given first, its value not read yet."""
    if declared.name in options:
        return Given(origin="option", name=declared.option, value=options[declared.name])
    for key in declared.environment:
        if environ.get(key, "").strip():
            return Given(origin="environment", name=key, value=environ[key])
    if declared.name in table:
        return Given(origin="configuration", name=declared.name, value=table[declared.name])
    return Given(origin="default", name="", value=declared.default)


def read(declared: Input[Any], found: Given, place: Callable[[str], str], command: str) -> Any:
    """The value of an input. `place` says where a key of the command's table stands. Raises InputError."""
    if found.origin == "default":
        return found.value
    if found.origin == "configuration":
        return _read_toml(declared, found.value, lambda: f"{place(declared.name)}: [{command}] {declared.name}")
    return _read(declared, found.value, declared.option if found.origin == "option" else declared.name)


def key_mistakes(table: Mapping[str, Any], inputs: Sequence[Input[Any]], *, command: str,
                 place: Callable[[str], str]) -> list[str]:
    """A line for each key of a table that belongs to no input, or to one that no file may give."""
    allowed = [declared.name for declared in inputs if in_files(declared)]
    secrets = {declared.name for declared in inputs if declared.secret}
    return [f"config: {place(key)}: [{command}] " + (
        f"{key} does not belong in a file; pass it by the environment" if key in secrets else
        f"has an unknown key {quoted(key)}{closest(key, allowed)}") for key in table if key not in allowed]


def in_files(declared: Input[Any]) -> bool:
    """Whether the configuration file may give an input."""
    return not declared.secret and declared.name != "config"


def _read(declared: Input[Any], text: str, where: str) -> Any:
    try:
        return declared.kind.parse(text)
    except ValueError as error:
        shown = "" if not declared.kind.quotable else "the value " if declared.secret else f"{quoted(text)} "
        raise InputError(f"{where}: {shown}{error}") from None


def _read_toml(declared: Input[Any], value: Any, where: Callable[[], str]) -> Any:
    try:
        return declared.kind.from_toml(value)
    except ValueError as error:
        shown = "" if not declared.kind.quotable else f"{quoted(value if isinstance(value, str) else str(value))} "
        raise InputError(f"{where()}: {shown}{error}") from None
