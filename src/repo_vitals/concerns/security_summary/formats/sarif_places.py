"""Results of SARIF that name their package in a logical location (Snyk), in words about Go's (govulncheck), or that are
about a package's licence (Trivy). Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.facts import LicensedPackage, Package
from repo_vitals.concerns.security_summary.formats import values
from repo_vitals.concerns.security_summary.formats.sarif_packages import ID, LOCK_FILES, About

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# SNYK-JS-LODASH-590103, and npm:lodash:20180130 of old.
_SNYK = re.compile(r"SNYK-([A-Z]+)-[A-Z0-9._-]+-\d+|npm:[^\s:]+:\d{8}", re.IGNORECASE)
_SNYKS = {"js": "npm", "python": "PyPI", "java": "Maven", "golang": "Go", "ruby": "RubyGems", "dotnet": "NuGet",
          "php": "Packagist", "rust": "crates.io", "cocoapods": "CocoaPods", "hex": "Hex", "swift": "SwiftURL"}
_NAMED = re.compile(r"(@?[A-Za-z0-9_][^\s@]*)@(v?\d[\w.+~:-]*)")
_GO = re.compile(r"(?:calls|imports|depends on)\b[^()]*?\d+ (?:vulnerable )?(?P<what>package|module)s? "
                 r"\((?P<names>[^()]+)\)")
# govulncheck's verdict on code that has a vulnerable module and never gets to what is vulnerable in it.
_UNCALLED = re.compile(r"appear to (?:call|import) any of the vulnerable")
_MODULE = re.compile(r"(golang\.org/x/[^/]+|(?:github\.com|gitlab\.com|bitbucket\.org)/[^/]+/[^/]+(?:/v\d+(?=/|$))?)")
_LICENSE = {key: re.compile(pattern, re.MULTILINE) for key, pattern in {
    "license": r"^\s*License:? (?P<it>\S[^\n]*)$", "package": r"^\s*PkgName: *(?P<it>\S+)",
    "class": r"^\s*Classification: *(?P<it>\S+)"}.items()}


def uncalled(message: str) -> bool:
    """Whether call analysis found that what is vulnerable is never called."""
    return bool(_UNCALLED.search(message))


def named_elsewhere(
    rule_id: str, message: str, *, logical: Iterable[str], modules: Iterable[str], other_ids: tuple[str, ...],
    file: str | None, line: int | None,
) -> Iterator[About]:
    """What a result is about whose rule, or what that is also known as, is an advisory; nothing where it names none.

    `logical`: full names of its logical locations. `modules`: Go modules on the way, as `name@version`.
    """
    snyk = _SNYK.fullmatch(rule_id)
    match = snyk or ID.search(rule_id)
    aliases = [one for one in other_ids if values.ADVISORY_ID.fullmatch(one)]
    if match is None and not aliases:
        return
    ids = values.advisory_ids(match[0] if match else aliases[0], aliases)
    for one in logical:
        named = _NAMED.fullmatch(one)
        if named is not None:
            base = (file or "").replace("\\", "/").rpartition("/")[2].lower()
            ecosystem = LOCK_FILES.get(base, "") if snyk is None else \
                _SNYKS.get(snyk[1].lower(), "") if snyk[1] else "npm"
            yield About(ids=ids, package=Package(name=named[1][:values.LONGEST], version=named[2][:values.LONGEST],
                                                 ecosystem=ecosystem, file=file, line=line))
            return
    said = _GO.search(message)
    if said is None:
        return
    versions = dict(one.partition("@")[::2] for one in modules)
    names = re.split(r",\s*(?:and\s+)?|\s+and\s+", said["names"])
    for name in dict.fromkeys(_module(one, said["what"], versions) for one in names if one.strip()):
        version = versions.get(name, "")
        yield About(ids=ids, package=Package(name=name[:values.LONGEST], version=version[:values.LONGEST] or None,
                                             ecosystem="Go", file=file, line=line))


def _module(name: str, what: str, versions: dict[str, str]) -> str:
    """The module that a package is of, which advisories are about: told, or by how its host names modules."""
    name = name.strip()
    if what == "module":
        return name
    if "." not in name.partition("/")[0]:
        return "stdlib"
    told = [one for one in versions if name == one or name.startswith(f"{one}/")]
    if told:
        return max(told, key=len)
    by_host = _MODULE.match(name)
    return by_host[1] if by_host else name


def license_of(rule_id: str, message: str, *, file: str | None, source: str) -> LicensedPackage:
    """What Trivy says of a licence: in its message, or in its rule, which is the package and the licence."""
    said = {key: found["it"].strip() for key, pattern in _LICENSE.items() if (found := pattern.search(message))}
    package, _, license_ = rule_id.rpartition(":")
    name = said.get("package") or package or file or rule_id
    return LicensedPackage(
        package=Package(name=name[:values.LONGEST], file=file), source=source,
        license=(said.get("license") or license_)[:values.LONGEST] or None,
        rejected="Trivy classes it as forbidden" if said.get("class", "").lower() == "forbidden" else None)
