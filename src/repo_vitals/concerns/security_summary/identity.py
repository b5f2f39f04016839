"""What makes two advisories, or two packages, the same one. Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.facts import Advisory, Package

# As OSV spells ecosystems; what tools call them besides.
_SPELLED = {
    "crates.io": "crates.io", "crates": "crates.io", "cargo": "crates.io", "rust": "crates.io",
    "rust-crate": "crates.io",
    "pypi": "PyPI", "pip": "PyPI", "python": "PyPI", "python-pkg": "PyPI", "poetry": "PyPI", "pipenv": "PyPI",
    "uv": "PyPI",
    "npm": "npm", "node": "npm", "node-pkg": "npm", "javascript": "npm", "yarn": "npm", "pnpm": "npm",
    "go": "Go", "golang": "Go", "gomod": "Go", "gobinary": "Go", "go-module": "Go",
    "rubygems": "RubyGems", "gem": "RubyGems", "bundler": "RubyGems", "ruby": "RubyGems",
    "maven": "Maven", "java": "Maven", "java-archive": "Maven", "gradle": "Maven", "jar": "Maven",
    "nuget": "NuGet", "dotnet": "NuGet", "packagist": "Packagist", "composer": "Packagist", "php": "Packagist",
    "hex": "Hex", "erlang": "Hex", "pub": "Pub", "swift": "SwiftURL", "swifturl": "SwiftURL",
    "actions": "GitHub Actions", "githubactions": "GitHub Actions", "github actions": "GitHub Actions",
    "github-action": "GitHub Actions", "github-actions": "GitHub Actions",
}
# Whose id a vulnerability is best known by.
_BEST_KNOWN = ("CVE-", "GHSA-", "RUSTSEC-", "PYSEC-", "GO-", "MAL-")


def ecosystem_of(package: Package) -> str:
    """The ecosystem as OSV spells it, without a release (`Debian:12` is Debian); empty where it is not said."""
    given = package.ecosystem.strip().partition(":")[0]
    return _SPELLED.get(given.lower(), given)


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


def version_in(ecosystem: str, version: str | None) -> str | None:
    """A version to compare: Go's stand with and without their `v`."""
    plain = (version or "").strip()
    if ecosystem == "Go" and re.match(r"v\d", plain):
        plain = plain[1:]
    return plain or None


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
