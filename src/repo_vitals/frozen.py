"""`dataclass` as the standard library's, whose frozen classes are made in a third of the time.

The standard library compiles six functions for each class, a millisecond in all, and a start makes a hundred classes or
more. Of those functions only `__init__` gains by it; the others are the same for all classes here.
"""
from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from dataclasses import dataclass as dataclass
else:
    def dataclass(cls=None, /, **options):
        """As `dataclasses.dataclass`; what is neither plain nor frozen is the standard library's."""
        if cls is None:
            return lambda cls: dataclass(cls, **options)
        if not options.pop("frozen", False):
            return dataclasses.dataclass(**options)(cls)
        if options.keys() - {"kw_only", "eq"}:
            return dataclasses.dataclass(frozen=True, **options)(cls)
        return _made(cls, **options)

_MISSING = dataclasses.MISSING
_set = object.__setattr__


def _made(cls: Any, *, kw_only: bool = False, eq: bool = True) -> type:
    own = {name for name, value in vars(cls).items() if value is not None}     # of an `__eq__` comes `__hash__ = None`
    if cls.__doc__ is None:
        cls.__doc__ = f"{cls.__name__}()"       # else its signature would be looked up for one
    # Its fields, from those of its bases and its own.
    dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
    fields = dataclasses.fields(cls)
    if len(fields) < len(cls.__dataclass_fields__):
        raise TypeError(f"{cls.__qualname__}: ClassVar and InitVar are not known here; use dataclasses.dataclass")
    methods: dict[str, Callable[..., Any]] = {
        "__init__": _init_of(fields, has_more=hasattr(cls, "__post_init__")),
        "__repr__": _repr_of([field.name for field in fields if field.repr]),
        **_guards_of(cls, frozenset(field.name for field in fields))}
    if eq:
        methods["__eq__"] = _eq_of([field.name for field in fields if field.compare])
        methods["__hash__"] = _hash_of([field.name for field in fields
                                        if (field.compare if field.hash is None else field.hash)])
    for name, method in methods.items():
        if name not in own:
            method.__name__, method.__qualname__ = name, f"{cls.__qualname__}.{name}"
            setattr(cls, name, method)
    made: type = cls
    return made


def _init_of(fields: Sequence[dataclasses.Field[Any]], *, has_more: bool) -> Callable[..., None]:
    """Takes the fields by position, then those that are given by name alone."""
    known: dict[str, Any] = {"_set": _set, "_missing": _MISSING}
    parameters: dict[bool, list[str]] = {False: [], True: []}
    lines = []
    for field in fields:
        name, default, made = field.name, f"_default_{field.name}", field.default_factory is not _MISSING
        known[default] = field.default_factory if made else field.default
        if field.init:
            given = "" if known[default] is _MISSING else "=_missing" if made else f"={default}"
            parameters[bool(field.kw_only)].append(name + given)
            value = f"{default}() if {name} is _missing else {name}" if made else name
        elif made:
            value = f"{default}()"
        else:
            continue        # it is the class's, or comes by `__post_init__`
        lines.append(f"_set(self, {name!r}, {value})")
    if has_more:
        lines.append("self.__post_init__()")
    by_name = ["*", *parameters[True]] if parameters[True] else []
    text = f"def __init__({', '.join(['self', *parameters[False], *by_name])}):\n " + "\n ".join(lines or ["pass"])
    exec(text, known)       # noqa: S102 - names of fields alone, which are Python's
    init: Callable[..., None] = known["__init__"]
    return init


def _guards_of(cls: Any, names: frozenset[str]) -> dict[str, Callable[..., None]]:
    def change(self: Any, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def delete(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)
    return {"__setattr__": change, "__delattr__": delete}


def _repr_of(names: Sequence[str]) -> Callable[[Any], str]:
    def shown(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"
    return shown


def _eq_of(names: Sequence[str]) -> Callable[[Any, Any], bool]:
    values = _values_of(names)

    def is_equal(self: Any, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented
    return is_equal


def _hash_of(names: Sequence[str]) -> Callable[[Any], int]:
    values = _values_of(names)

    def hashed(self: Any) -> int:
        return hash(values(self))
    return hashed


def _values_of(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: tuple(getattr(one, name) for name in names)
