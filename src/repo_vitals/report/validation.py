"""Whether a document keeps to a JSON Schema: the keywords that our own schema uses, and no others. Pure.

Reports of strangers have to be checked where only the base dependencies are installed, which hold no validator. A
keyword that is not known here is an error of the schema's author, so that nothing is ever left unchecked in silence.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeAlias

    Schema: TypeAlias = "dict[str, Any] | bool"
    # Where a value stands: the document, or a value above and the key or place below it; None for a key itself. It
    # becomes words only where something is wrong, because there are far more values than faults.
    At: TypeAlias = "str | tuple[At, str | int | None]"

_SAYS_NOTHING = frozenset({"$schema", "$id", "$comment", "$defs", "title", "description"})
_NOWHERE = ""       # where nobody asks for the place
_KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def problem(document: Any, schema: Mapping[str, Any]) -> str | None:
    """Where a document first breaks a schema, and how, in words that name no more of it than keys; None where it fits.

    `document` is plain JSON values. Raises ValueError for a schema with a keyword that is not known.
    """
    return next(_Validator(schema).problems(document, dict(schema), "$"), None)


class _Validator:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def problems(self, value: Any, schema: Schema, at: At) -> Iterator[str]:
        """Every way in which a value breaks a schema, each in one line."""
        if isinstance(schema, bool):
            if not schema:
                yield f"{_words(at)} may not be there"
            return
        for keyword in schema:
            if keyword in _SAYS_NOTHING:
                continue
            check = _CHECKS.get(keyword)
            if check is None:
                raise ValueError(f"the keyword {keyword} is not known")
            yield from check(self, value, schema, at)

    def fits(self, value: Any, schema: Schema) -> bool:
        """Whether a value breaks nothing."""
        return next(self.problems(value, schema, _NOWHERE), None) is None

    def target(self, reference: str) -> Schema:
        """What a `$ref` within the document leads to."""
        found: Any = self._root
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        schema: Schema = found
        return schema


def _is(value: Any, kind: str) -> bool:
    if kind in ("integer", "number"):
        if isinstance(value, float):
            return kind == "number" or value.is_integer()
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, _KINDS[kind])


def _same(one: Any, other: Any) -> bool:
    """Equality of a JSON value and one of a schema's plain ones: true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _words(at: At) -> str:
    if isinstance(at, str):
        return at
    above, step = _words(at[0]), at[1]
    if above == _NOWHERE:
        return _NOWHERE
    if step is None:
        return f"the key {above}"
    return f"{above}[{step}]" if isinstance(step, int) else f"{above}.{quotable(step, limit=60)}"


def _type(_: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(value, kind) for kind in kinds):
        yield f"{_words(at)} is no {' or '.join(kinds)}"


def _const(_: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if not _same(value, schema["const"]):
        yield f"{_words(at)} is not {schema['const']!r}"


def _enum(_: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if not any(_same(value, one) for one in schema["enum"]):
        yield f"{_words(at)} is none of {', '.join(str(one) for one in schema['enum'])}"


def _required(_: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{_words(at)} lacks {name}" for name in schema["required"] if name not in value)


def _properties(validator: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in schema["properties"].items():
            if name in value:
                yield from validator.problems(value[name], inner, (at, name))


def _other_properties(validator: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if isinstance(value, dict):
        for name in (name for name in value if name not in schema.get("properties", {})):
            yield from validator.problems(value[name], schema["additionalProperties"], (at, name))


def _names(validator: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if isinstance(value, dict):
        for name in value:
            yield from validator.problems(name, schema["propertyNames"], ((at, name), None))


def _first_items(validator: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if isinstance(value, list):
        for place, (entry, inner) in enumerate(zip(value, schema["prefixItems"], strict=False)):
            yield from validator.problems(entry, inner, (at, place))


def _items(validator: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if isinstance(value, list):
        first = len(schema.get("prefixItems", ()))
        for place, entry in enumerate(value[first:], start=first):
            yield from validator.problems(entry, schema["items"], (at, place))


def _contains(validator: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if isinstance(value, list) and not any(validator.fits(entry, schema["contains"]) for entry in value):
        yield f"{_words(at)} holds nothing of what it needs"


def _min_items(_: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if isinstance(value, list) and len(value) < schema["minItems"]:
        yield f"{_words(at)} has fewer than {schema['minItems']} entries"


def _min_length(_: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if isinstance(value, str) and len(value) < schema["minLength"]:
        yield f"{_words(at)} is shorter than {schema['minLength']}"


def _max_length(_: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if isinstance(value, str) and len(value) > schema["maxLength"]:
        yield f"{_words(at)} is longer than {schema['maxLength']}"


def _pattern(_: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if isinstance(value, str) and re.search(schema["pattern"], value) is None:
        yield f"{_words(at)} does not have the form that it needs"


def _minimum(_: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if _is(value, "number") and value < schema["minimum"]:
        yield f"{_words(at)} is below {schema['minimum']}"


def _dependent(_: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if isinstance(value, dict):
        for name, needed in schema["dependentRequired"].items():
            missing = [other for other in needed if name in value and other not in value]
            yield from (f"{_words(at)} has {name} and lacks {other}" for other in missing)


def _all_of(validator: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    for inner in schema["allOf"]:
        yield from validator.problems(value, inner, at)


def _any_of(validator: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    if not any(validator.fits(value, inner) for inner in schema["anyOf"]):
        yield f"{_words(at)} has none of the forms that it may have"


def _if(validator: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    branch = "then" if validator.fits(value, schema["if"]) else "else"
    if branch in schema:
        yield from validator.problems(value, schema[branch], at)


def _ref(validator: _Validator, value: Any, schema: dict[str, Any], at: At) -> Iterator[str]:
    yield from validator.problems(value, validator.target(schema["$ref"]), at)


def _read_elsewhere(_: _Validator, __: Any, ___: dict[str, Any], ____: At) -> Iterator[str]:
    return iter(())


_CHECKS: dict[str, Callable[[_Validator, Any, dict[str, Any], At], Iterator[str]]] = {
    "type": _type, "const": _const, "enum": _enum, "required": _required, "properties": _properties,
    "additionalProperties": _other_properties, "propertyNames": _names, "prefixItems": _first_items, "items": _items,
    "contains": _contains, "minItems": _min_items, "minLength": _min_length, "maxLength": _max_length,
    "pattern": _pattern, "minimum": _minimum, "dependentRequired": _dependent, "allOf": _all_of, "anyOf": _any_of,
    "if": _if, "$ref": _ref, "then": _read_elsewhere, "else": _read_elsewhere,
}
