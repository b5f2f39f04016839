"""Whether a licence expression can be met with licences that are allowed. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from repo_vitals.stats.license_expressions import License, licenses, met, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Verdict = Literal["pass", "fail", "unknown"]


def check(expressions: Sequence[str], allowed: Collection[str]) -> tuple[Verdict, str]:
    """The verdict on a package's licences, and why, in words of ours alone.

    `expressions` are SPDX expressions as deps.dev lists them. It leaves open whether several hold together or are to
    choose from, so that they pass only if each does, and fail only if none does. `allowed` are SPDX identifiers in any
    case, or whole `X WITH Y`; an exception only grants more, so that an allowed licence is allowed with any.
    """
    if not expressions:
        return "unknown", "no licence is known"
    ours = frozenset(str(parse(name) or name).casefold() for name in allowed)
    found = [_met(expression, ours) for expression in expressions]
    if None in found:
        return "unknown", "a licence is no SPDX expression"
    if all(found):
        return "pass", "allowed"
    if any(found):
        return "unknown", "some of several licences are allowed, and whether one may choose is not known"
    return "fail", "not among the allowed licences"


def known(name: str) -> bool:
    """Whether a text is one SPDX identifier, or `X WITH Y` of two."""
    tree = parse(name)
    return isinstance(tree, License) and tree.kind == "known"


def _met(expression: str, allowed: frozenset[str]) -> bool | None:
    tree = parse(expression)
    if tree is None or any(one.kind != "known" for one in licenses(tree)):
        return None
    return met(tree, lambda one: str(one).casefold() in allowed or one.id.casefold() in allowed)
