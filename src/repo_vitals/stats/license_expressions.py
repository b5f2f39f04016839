"""Licence expressions as SPDX writes them, and as people do: a tree, and whether a choice of licences meets it. Pure.

Read are SPDX expressions (annex D of SPDX 2.3: OR, AND, WITH, `+`, LicenseRef-), Cargo's old slash for OR, deprecated
identifiers (`GPL-2.0+`), and the names that are known to mean one licence alone ("Apache License 2.0"). A name that may
mean several ("BSD", "GPL") stays unknown.
"""
from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.frozen import dataclass
from repo_vitals.stats.license_names import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Kind = Literal["known", "reference", "unknown"]
Truth = bool | None                     # None: not to be known

_LONGEST = 2000                         # characters
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+:-]*")
_REFERENCE = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?(?:LicenseRef|AdditionRef)-[A-Za-z0-9.-]+", re.IGNORECASE)
_SLASHED = re.compile(r"\s*/\s*")
_ADDRESS = re.compile(r"https?://(?:www\.)?(?:spdx\.org|opensource\.org|choosealicense\.com)/licenses?/"
                      r"([A-Za-z0-9.+-]+?)(?:\.html|\.json|\.txt|\.php)?/?", re.IGNORECASE)
# Deprecated identifiers that hold an exception.
_WITH = {
    "GPL-2.0-with-autoconf-exception": ("GPL-2.0-only", "Autoconf-exception-2.0"),
    "GPL-2.0-with-bison-exception": ("GPL-2.0-only", "Bison-exception-2.2"),
    "GPL-2.0-with-classpath-exception": ("GPL-2.0-only", "Classpath-exception-2.0"),
    "GPL-2.0-with-font-exception": ("GPL-2.0-only", "Font-exception-2.0"),
    "GPL-2.0-with-GCC-exception": ("GPL-2.0-only", "GCC-exception-2.0"),
    "GPL-3.0-with-autoconf-exception": ("GPL-3.0-only", "Autoconf-exception-3.0"),
    "GPL-3.0-with-GCC-exception": ("GPL-3.0-only", "GCC-exception-3.1"),
}
# What stands on SPDX's list of licences, and which the library takes for exceptions.
_NO_EXCEPTIONS = frozenset({"MPL-2.0-no-copyleft-exception", "eCos-2.0"})
_VAGUE = frozenset({"GPL", "LGPL", "AGPL", "BSD"})
# What says that nothing is known, or that there is no licence: SPDX's words, and those of package managers.
_NOTHING = frozenset({"", "noassertion", "none", "unknown", "unlicensed", "null", "undefined", "n/a"})


@dataclass(frozen=True)
class License:
    """One licence, with its exception where it has one. `kind`: an SPDX identifier, one's own reference, or neither."""

    id: str                             # as SPDX spells it; `Apache-2.0+` with its plus
    exception: str | None = None
    kind: Kind = "known"

    def __str__(self) -> str:
        return self.id if self.exception is None else f"{self.id} WITH {self.exception}"

    @property
    def version(self) -> str:
        """The licence of just this version, where "or any later one" may be chosen too; else the licence itself."""
        if self.id.endswith("-or-later"):
            return self.id.removesuffix("-or-later") + "-only"
        return self.id.removesuffix("+")

    @property
    def has_known_exception(self) -> bool:
        """Whether all that is added to the licence is an exception that SPDX lists, or nothing."""
        return self.exception is None or (self.kind != "unknown" and not _is_reference(self.exception))


@dataclass(frozen=True)
class Every:
    """Licences that hold together."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        return " AND ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.parts)


@dataclass(frozen=True)
class AnyOf:
    """Licences of which one may be chosen."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        return " OR ".join(f"({part})" if isinstance(part, Every) else str(part) for part in self.parts)


Expression = License | Every | AnyOf


def says_nothing(text: str | None) -> bool:
    """Whether a text names no licence at all: NOASSERTION, NONE, nothing, or npm's word for "all rights reserved"."""
    return text is None or text.strip().lower() in _NOTHING


@lru_cache(maxsize=20_000)
def parse(text: str) -> Expression | None:
    """The tree of an expression; None for what is none, or what names licences that can't be told from words around."""
    plain = " ".join(text.split())
    if says_nothing(plain) or len(plain) > _LONGEST:
        return None
    if (address := _ADDRESS.fullmatch(plain)) is not None:
        plain = address[1]
    plain = re.sub(r"^License ::(?: OSI Approved ::)? ", "", plain)
    named = NAMES.get(plain.lower())
    if named is not None:
        return License(named)
    slashed = "/" in plain
    if slashed and re.search(r"\sAND\s", plain, re.IGNORECASE):
        return None         # nobody says which of them binds more tightly
    try:
        tree = _read(_licensing().parse(_SLASHED.sub(" OR ", plain), simple=False))
    except Exception:  # noqa: BLE001 - it raises many kinds, AttributeError and TypeError among them, for strangers' text
        return None
    if tree is None or (slashed and any(one.kind == "unknown" for one in licenses(tree))):
        return None         # "opensource.org/licenses/MIT" offers no choice
    return tree


def licenses(expression: Expression) -> Iterator[License]:
    """Every licence in a tree, from left to right."""
    if isinstance(expression, License):
        yield expression
    else:
        for part in expression.parts:
            yield from licenses(part)


def met(expression: Expression, accepts: Callable[[License], Truth]) -> Truth:
    """Whether a tree can be met, where `accepts` says so of one licence: None where that rests on ones nobody knows.

    Three-valued as Kleene's logic is: one that is accepted makes a choice good, whatever else there is to choose from,
    and one that is not spoils what holds together.
    """
    if isinstance(expression, License):
        return accepts(expression)
    found = [met(part, accepts) for part in expression.parts]
    decides = isinstance(expression, AnyOf)
    if decides in found:
        return decides
    return None if None in found else not decides


def canonical(expression: Expression) -> str:
    """A text that is the same for trees which differ only in order, brackets and repetition."""
    return str(_sorted(expression))


def _sorted(expression: Expression) -> Expression:
    if isinstance(expression, License):
        return expression
    kind = type(expression)
    parts: dict[str, Expression] = {}
    for part in expression.parts:
        plain = _sorted(part)
        for one in plain.parts if isinstance(plain, kind) else (plain,):
            parts[str(one)] = one
    ordered = tuple(parts[name] for name in sorted(parts))
    return ordered[0] if len(ordered) == 1 else kind(ordered)


@cache
def _licensing() -> Any:
    """The library, with SPDX's identifiers alone. Its own list takes other people's references (`LicenseRef-Apache`)
    for licences that SPDX lists, and "GPL" for one of its versions."""
    from license_expression import (  # type: ignore[import-untyped]
        LicenseSymbol,
        Licensing,
        get_spdx_licensing,
    )

    known = {key: symbol for key, symbol in get_spdx_licensing().known_symbols.items() if not _is_reference(key)}
    return Licensing([
        LicenseSymbol(key, is_exception=symbol.is_exception and key not in _NO_EXCEPTIONS, aliases=tuple(
            name for name in symbol.aliases if name not in _VAGUE and not _is_reference(name)))
        for key, symbol in known.items()])


def _is_reference(name: str) -> bool:
    return _REFERENCE.match(name) is not None


@cache
def _symbols() -> dict[str, Any]:
    """What SPDX lists, licences and exceptions, by identifier in small letters."""
    return {key.lower(): symbol for key, symbol in _licensing().known_symbols.items()}


def _read(node: Any) -> Expression | None:
    operator = type(node).__name__
    if operator in ("AND", "OR"):
        parts = tuple(_read(part) for part in node.args)
        known = tuple(part for part in parts if part is not None)
        if len(known) != len(parts):
            return None
        return Every(known) if operator == "AND" else AnyOf(known)
    if hasattr(node, "license_symbol"):         # X WITH Y
        return _excepted(_license(node.license_symbol), node.exception_symbol)
    return _license(node)


def _license(symbol: Any) -> License | None:
    key = str(symbol.key)
    if key in _WITH:
        return License(*_WITH[key])
    named = NAMES.get(key.lower())
    if named is not None:
        return License(named)
    if _REFERENCE.fullmatch(key):
        return License(key, kind="reference")
    if _ID.fullmatch(key) is None:
        return None
    stem = key.removesuffix("+")
    found = _symbols().get(stem.lower())
    if found is None or found.is_exception:
        return License(key, kind="unknown")
    return License(str(found.key) + key[len(stem):])


def _excepted(license_: License | None, symbol: Any) -> License | None:
    key = str(symbol.key)
    if license_ is None or license_.exception is not None or _ID.fullmatch(key) is None:
        return None
    if _REFERENCE.fullmatch(key):
        return License(license_.id, key, "reference" if license_.kind == "known" else license_.kind)
    found = _symbols().get(key.lower())
    if found is None or not found.is_exception:
        return License(license_.id, key, "unknown")
    return License(license_.id, str(found.key), license_.kind)
