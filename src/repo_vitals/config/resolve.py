"""Which value an input has: option, then environment, then configuration file, then default."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.config.declare import BOOLEAN_WORDS, Input, Values
from repo_vitals.config.file import closest, quoted
from repo_vitals.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


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
) -> Values:
    """Every input's value and origin.

    An empty environment value means 'not given', since GitHub passes inputs that nobody set as empty strings.
    Raises InputError naming the input, where it was given, the value and what is allowed.
    """
    _check_keys(table, inputs, command=command, config_path=config_path)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for declared in inputs:
        name = declared.name
        from_environment = next((environ[key] for key in declared.environment if environ.get(key, "").strip()), None)
        if name in options:
            values[name], origins[name] = _read(declared, options[name], declared.option), "option"
        elif from_environment is not None:
            values[name], origins[name] = _read(declared, from_environment, name), "environment"
        elif name in table:
            where = f"{config_path}: [{command}] {name}"
            values[name], origins[name] = _read_toml(declared, table[name], where), "configuration"
        else:
            values[name], origins[name] = declared.default, "default"
    return Values(values, origins)


def _check_keys(table: Mapping[str, Any], inputs: Sequence[Input[Any]], *, command: str, config_path: Path) -> None:
    allowed = [declared.name for declared in inputs if not declared.secret and declared.name != "config"]
    for key in table:
        if key not in allowed:
            if any(declared.name == key and declared.secret for declared in inputs):
                raise InputError(f"config: {config_path}: [{command}] {key} does not belong in a file; "
                                 "pass it by the environment")
            raise InputError(f"config: {config_path}: [{command}] has an unknown key {quoted(key)}"
                             f"{closest(key, allowed)}")


def _read(declared: Input[Any], text: str, where: str) -> Any:
    try:
        return declared.kind.parse(text)
    except ValueError as error:
        shown = "" if not declared.kind.quotable else "the value " if declared.secret else f"{quoted(text)} "
        raise InputError(f"{where}: {shown}{error}") from None


def _read_toml(declared: Input[Any], value: Any, where: str) -> Any:
    try:
        return declared.kind.from_toml(value)
    except ValueError as error:
        shown = "" if not declared.kind.quotable else f"{quoted(value if isinstance(value, str) else str(value))} "
        raise InputError(f"{where}: {shown}{error}") from None
