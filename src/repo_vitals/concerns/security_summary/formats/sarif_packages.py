"""Results of SARIF about a package, which osv-scanner, Trivy, Grype and cargo-deny tell of in words. Pure."""
from __future__ import annotations

import re

from repo_vitals.concerns.security_summary.facts import Kind, Package
from repo_vitals.concerns.security_summary.formats import values
from repo_vitals.frozen import dataclass

_BOUND = r"(?<![A-Za-z0-9])"
ID = re.compile(_BOUND + r"(?:" + values.ADVISORY_ID.pattern + r")(?![A-Za-z0-9])", re.IGNORECASE)
_OSV = re.compile(r"Package '(?P<name>[^']+?)@(?P<version>[^'@]+)' is vulnerable to '[^']+'(?P<rest>.*)", re.DOTALL)
_TRIVY = re.compile(
    r"Package: (?P<name>\S+)\s+Installed Version: (?P<version>\S+)(?:.*?Fixed Version: ?(?P<fixed>[^\n]*))?", re.DOTALL)
_GRYPE = re.compile(r"vulnerability in (?P<type>[\w -]+) package: (?P<name>\S+?),? version (?P<version>\S+) was found ")
_GRYPE_OLD = re.compile(r"reports (?P<name>\S+) at version (?P<version>\S+) +which (?:is|would result in) a vulnerable "
                        r"\((?P<type>[\w-]+)\) package")
# Grype's line, and a row of osv-scanner's table: | Vulnerability ID | Package Name | Fixed Version |
_FIX = re.compile(r"^Fix Version:[ \t]*([^\s,][^\n]*)$", re.MULTILINE)
_FIX_ROW = re.compile(r"^\| ?([^\s|]+) \| ?([^\s|]+) \| ?([^\s|]+) \|$", re.MULTILINE)
_MOST_FIXES = 100
_QUOTED = re.compile(r"'([^']+)'")
_ECOSYSTEMS = {
    "python": "PyPI", "pip": "PyPI", "npm": "npm", "javascript": "npm", "rust-crate": "crates.io", "rust": "crates.io",
    "cargo": "crates.io", "go-module": "Go", "go": "Go", "gomod": "Go", "java-archive": "Maven", "java": "Maven",
    "gem": "RubyGems", "ruby": "RubyGems", "dotnet": "NuGet", "nuget": "NuGet", "php-composer": "Packagist",
}
LOCK_FILES = {
    "cargo.lock": "crates.io", "package-lock.json": "npm", "yarn.lock": "npm", "pnpm-lock.yaml": "npm",
    "requirements.txt": "PyPI", "poetry.lock": "PyPI", "uv.lock": "PyPI", "pipfile.lock": "PyPI", "pdm.lock": "PyPI",
    "go.mod": "Go", "pom.xml": "Maven", "gemfile.lock": "RubyGems", "composer.lock": "Packagist",
    "packages.lock.json": "NuGet",
}
_KINDS: dict[str, Kind] = {
    "vulnerability": "vulnerability", "notice": "notice", "unmaintained": "unmaintained", "unsound": "unsound",
    "yanked": "yanked",
}


Fixes = tuple[tuple[str, str], ...]     # (package, or "" where the rule is of one, versions that mend it)


def fixes_told(help_text: str) -> Fixes:
    """What a rule's help tells of versions that mend it."""
    line = _FIX.search(help_text)
    if line is not None:
        return (("", line[1][:values.LONGEST]),)
    start = help_text.find("Fixed Version |")
    return tuple((row[2][:values.LONGEST], row[3][:values.LONGEST]) for row in _FIX_ROW.finditer(help_text, start)
                 if values.ADVISORY_ID.fullmatch(row[1]))[:_MOST_FIXES] if start >= 0 else ()


@dataclass(frozen=True, kw_only=True)
class About:
    """The package and advisory that a result is about."""

    ids: tuple[str, ...]
    package: Package
    kind: Kind = "vulnerability"
    fixed: tuple[str, ...] = ()


def about(
    rule_id: str, message: str, *, file: str | None, line: int | None, fixes: Fixes = (),
    other_ids: tuple[str, ...] = (),
) -> About | None:
    """What a result of a scanner of packages is about; None where it names no advisory or no package."""
    match = ID.search(rule_id.replace("_", " "))     # an old Grype's rule: ANCHOREVULN_CVE-2020-1_rpm_name_version
    if match is None:
        return None
    for pattern in (_OSV, _TRIVY, _GRYPE, _GRYPE_OLD):
        found = pattern.search(message)
        if found is not None:
            break
    else:
        return None
    named = found.groupdict()
    aliases = [one for one in (*_QUOTED.findall(named.get("rest") or ""), *other_ids)
               if values.ADVISORY_ID.fullmatch(one)]
    fixed = [named["fixed"]] if named.get("fixed") else [
        version for package, version in fixes if package in ("", named["name"])]
    base = (file or "").replace("\\", "/").rpartition("/")[2].lower()
    ecosystem = _ECOSYSTEMS.get((named.get("type") or "").strip().lower(), LOCK_FILES.get(base, ""))
    return About(
        ids=values.advisory_ids(match[0], aliases),
        package=Package(name=named["name"][:values.LONGEST], version=named["version"].rstrip(",.")[:values.LONGEST],
                        ecosystem=ecosystem, file=file, line=line),
        fixed=tuple(dict.fromkeys(one.strip() for text in fixed for one in text.split(",") if one.strip())))


def cargo_denys(rule_id: str, prints: dict[str, object], markdown: str) -> About | None:
    """What a result of cargo-deny's check of advisories is about; None for one of its other checks."""
    kind = _KINDS.get(rule_id.partition(":")[2]) if rule_id.startswith("a:") else None
    package = cargo_denys_package(prints)
    if kind is None or package is None:
        return None
    if kind == "yanked":
        return About(ids=("yanked",), package=package, kind=kind)
    patched = re.search(r"## Patched\n((?:- `[^`\n]+`\n?)+)", markdown)
    return About(ids=values.advisory_ids(prints.get("cargo-deny/advisory-id")), package=package, kind=kind,
                 fixed=tuple(re.findall(r"`([^`\n]+)`", patched[1])) if patched else ())


def cargo_denys_package(prints: dict[str, object]) -> Package | None:
    """The package of a result, from its fingerprint: "source#name@version", without a source for crates.io."""
    crate = values.optional_text(prints.get("cargo-deny/krate")) or ""
    name, _, version = crate.rpartition("#")[2].rpartition("@")
    return Package(name=name, version=version, ecosystem="crates.io") if name and version else None
