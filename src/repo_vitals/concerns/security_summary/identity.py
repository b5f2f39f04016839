"""What makes two advisories, or two packages, the same one. Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.ecosystems import ecosystem

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.facts import Advisory, Package

# Ecosystems in which names or versions are compared in a way of their own.
WAYS_OF_WRITING = ("PyPI", "crates.io", "Maven", "Go")
_NUMBERS = re.compile(r"v?(\d{1,18}(?:\.\d{1,18})+)(?![\d:!]|\.\d)", re.IGNORECASE)
# Whose id a vulnerability is best known by.
_BEST_KNOWN = ("CVE-", "GHSA-", "RUSTSEC-", "PYSEC-", "GO-", "MAL-")


def ecosystem_of(package: Package) -> str:
    """The ecosystem as OSV spells it, without a release (`Debian:12` is Debian); empty where it is not said."""
    return ecosystem(package.ecosystem.partition(":")[0])


def name_in(ecosystem: str, name: str) -> str:
    """A package's name as its registry compares it: PEP 503 for PyPI, `-` and `_` alike on crates.io, `group:artifact`
    for Maven; nowhere are capitals told from small letters, since no two packages of one registry differ in them alone
    (and if two did, the same advisory would have to be about both in the same version to be taken for one)."""
    plain = name.strip().lower()
    if ecosystem == "PyPI":
        return re.sub(r"[-_.]+", "-", plain)
    if ecosystem == "crates.io":
        return plain.replace("_", "-")
    return plain.replace("/", ":") if ecosystem == "Maven" else plain


def loose_name(name: str) -> str:
    """What a package's name has in common however it is written: the same for all that `name_in` makes of it in any
    ecosystem, and for some names of other packages too."""
    return re.sub(r"[-_.:/]+", "-", name.strip().lower())


def version_in(ecosystem: str, version: str | None) -> str | None:
    """A version to compare: Go's stand with and without their `v`, its own library's with and without `go`."""
    plain = (version or "").strip()
    if ecosystem == "Go":
        plain = re.sub(r"^(?:v|go)(?=\d)", "", plain)
    return plain or None


def is_older(version: str, than: str | None) -> bool:
    """Whether a version is certainly an older one. Numbers that are joined by dots alone are compared; what follows
    them is not, so that 1.0.0-rc.1 and 1.0.0 are taken for equal, and neither is what has an epoch or is a commit."""
    one, other = _NUMBERS.match(version.strip()), _NUMBERS.match((than or "").strip())
    if one is None or other is None:
        return False
    mine, others = ([int(part) for part in match[1].split(".")] for match in (one, other))
    longest = max(len(mine), len(others))
    return mine + [0] * (longest - len(mine)) < others + [0] * (longest - len(others))


def id_key(identifier: str) -> str:
    """An advisory's id to compare; databases write them in capitals and small letters."""
    return identifier.strip().upper()


def ids_of(advisory: Advisory) -> tuple[str, ...]:
    """What an advisory is recognised by. One without any id has what else tells it from others."""
    keys = tuple(dict.fromkeys(id_key(one) for one in advisory.ids if one.strip()))
    return keys or (f"{advisory.kind} {'' if advisory.kind != 'vulnerability' else advisory.url or advisory.title}",)


def rank_of(identifier: str) -> tuple[int, str]:
    """Sorts ids such that the one that most tools know comes first."""
    key = id_key(identifier)
    place = next((place for place, begins in enumerate(_BEST_KNOWN) if key.startswith(begins)), len(_BEST_KNOWN))
    return place, key
