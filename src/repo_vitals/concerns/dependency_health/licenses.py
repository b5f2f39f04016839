"""Whether a licence expression can be met with licences that are allowed. Pure."""
from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Verdict = Literal["pass", "fail", "unknown"]
_LONGEST = 2000
# Cargo's old way to write OR. No SPDX identifier holds a slash.
_SLASH = re.compile(r"\s*/\s*")


@cache
def _licensing() -> Any:
    from license_expression import get_spdx_licensing  # type: ignore[import-untyped]

    return get_spdx_licensing()


def check(expressions: Sequence[str], allowed: Collection[str]) -> tuple[Verdict, str]:
    """The verdict on a package's licences, and why, in words of ours alone.

    `expressions` are SPDX expressions as deps.dev lists them. It leaves open whether several hold together or are to
    choose from, so that they pass only if each does, and fail only if none does. `allowed` are SPDX identifiers in any
    case, or whole `X WITH Y`; an exception only grants more, so that an allowed licence is allowed with any.
    """
    if not expressions:
        return "unknown", "no licence is known"
    ours = frozenset(name.casefold() for name in allowed)
    met = [_met(expression, ours) for expression in expressions]
    if None in met:
        return "unknown", "a licence is no SPDX expression"
    if all(met):
        return "pass", "allowed"
    if any(met):
        return "unknown", "some of several licences are allowed, and whether one may choose is not known"
    return "fail", "not among the allowed licences"


def known(name: str) -> bool:
    """Whether a text is one SPDX identifier, or `X WITH Y` of two."""
    tree = _parse(name)
    return tree is not None and type(tree).__name__ not in ("AND", "OR")


def _met(expression: str, allowed: frozenset[str]) -> bool | None:
    tree = _parse(expression)
    return None if tree is None else _satisfied(tree, allowed)


def _parse(expression: str) -> Any:
    """The tree of an expression; None for what is none, or names what SPDX does not know."""
    if len(expression) > _LONGEST:
        return None
    try:
        licensing = _licensing()
        tree = licensing.parse(_SLASH.sub(" OR ", expression.strip()), simple=False)
        if tree is None or licensing.unknown_license_keys(tree):
            return None
    except Exception:  # noqa: BLE001 - it raises many kinds, AttributeError and TypeError among them, for strangers' text
        return None
    return tree


def _satisfied(tree: Any, allowed: frozenset[str]) -> bool:
    operator = type(tree).__name__
    if operator in ("AND", "OR"):
        parts = (_satisfied(part, allowed) for part in tree.args)
        return all(parts) if operator == "AND" else any(parts)
    if hasattr(tree, "license_symbol"):         # X WITH Y
        whole = f"{tree.license_symbol.key} with {tree.exception_symbol.key}".casefold()
        return whole in allowed or tree.license_symbol.key.casefold() in allowed
    return str(tree.key).casefold() in allowed
