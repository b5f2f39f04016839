"""Whether a range in an install snippet admits a version, by the rules of the ecosystem that reads it. Pure.

PEP 440's are `packaging`'s. Cargo's and npm's have no library here; they are those of the semver crate ("Specifying
Dependencies" in the Cargo book) and of node-semver's README.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals import late
from repo_vitals.concerns.docs_freshness.versions.numbers import Number, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.docs_freshness.versions.packages import Ecosystem

_COMPARATOR = late.regex(r"(\^|~>?|>=|<=|>|<|=)?\s*v?(\d[0-9A-Za-z.+*-]*|\*|[xX])")
_HYPHEN = late.regex(r"(\S+)\s+-\s+(\S+)")
_ANY = late.regex(r"(?:\.(?:[xX*]))+$|^[xX*]$")
_LONGEST = 200


def admits(ecosystem: Ecosystem, requirement: str, version: Number) -> bool | None:
    """Whether the requirement lets the version in; None for what is no requirement of that ecosystem."""
    text = requirement.strip()
    if not text or len(text) > _LONGEST:
        return None
    if text.startswith("~=") or (ecosystem == "pypi" and text[0] not in "^~"):
        return _pep_440(text, version)
    if ecosystem in ("maven", "go"):
        one = parse(text)
        return None if one is None else one == version
    alternatives = text.split("||") if ecosystem == "npm" else [text]
    found = [_all(part, version, caret=ecosystem in ("cargo", "pypi")) for part in alternatives]
    return None if None in found else any(found)


def _pep_440(text: str, version: Number) -> bool | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        wanted = SpecifierSet(text if text[0] in "=~!<>" else f"=={text}")
        return wanted.contains(Version(version.text), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return None


def _all(text: str, version: Number, *, caret: bool) -> bool | None:
    """Whether every comparator of a list admits the version; a bare version is Cargo's caret, or npm's that version."""
    hyphen = _HYPHEN.fullmatch(text.strip())
    if hyphen is not None:
        text = f">={hyphen[1]} <={hyphen[2]}"
    place, found = 0, []
    stripped = text.strip()
    while place < len(stripped):
        match = _COMPARATOR.match(stripped, place)
        if match is None:
            return None
        one = _one(match[1] or ("^" if caret else ""), match[2], version)
        if one is None:
            return None
        found.append(one)
        place = match.end()
        while place < len(stripped) and stripped[place] in ", ":
            place += 1
    return all(found) if found else None


def _one(operator: str, text: str, version: Number) -> bool | None:
    is_open = _ANY.search(text) is not None
    plain = _ANY.sub("", text)
    if not plain:
        return True
    bound = parse(plain)
    if bound is None:
        return None
    numbers = bound.release + (0,) * (bound.width - len(bound.release))
    if is_open and operator in ("", "=", "^", "~"):
        operator = operator if operator == "^" else "~"
    if operator == "^":
        return version >= bound and version.release < _caret_end(numbers)
    if operator in ("~", "~>"):
        end = numbers[:2]
        return version >= bound and version.release < _next(end)
    if operator in ("", "="):
        return bound.begins(version) if bound.width < 3 else bound == version
    if operator in ("<=", ">") and bound.width < 3 and bound.phase == 1:
        beyond = version.release >= _next(numbers)      # `<=1.2` lets 1.2.9 in, `>1.2` does not
        return beyond if operator == ">" else not beyond
    return {">=": version >= bound, ">": version > bound, "<=": version <= bound, "<": version < bound}[operator]


def _caret_end(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """The first release that a caret leaves out: the first number that is not zero goes up."""
    for place, number in enumerate(numbers[:3]):
        if number or place == len(numbers[:3]) - 1:
            return _next(numbers[:place + 1])
    return _next(numbers)


def _next(numbers: Iterable[int]) -> tuple[int, ...]:
    *before, last = numbers
    return (*before, last + 1)
