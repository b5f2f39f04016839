"""What `cargo deny list -f json` prints: licences with their packages, or packages with their licences."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary.facts import LicensedPackage, Package, Report
from repo_vitals.concerns.security_summary.formats import values
from repo_vitals.sources.json_reading import whole
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

_CRATE = re.compile(r"(\S+) (\d\S*)(?: (.+))?")
# An id that no policy can know: where it decides, the verdict is unknown.
_NOT_TOLD = "choice-not-told"
_SEVERAL = ("the list does not tell whether several licences of a package are a choice or all apply; it is allowed "
            "where the policy takes all of them, denied where it takes none, and else unknown")


def recognises(outline: Outline) -> bool:
    """Whether the file is such a list, of either layout."""
    if outline.kind != "object":
        return False
    keys = outline.keys()
    if keys and keys <= {"licenses", "unlicensed"}:
        first = outline.at("licenses", 0)
        return isinstance(outline.at("licenses"), list) and (first is None or isinstance(first, list))
    return bool(keys) and all(_CRATE.fullmatch(key) and outline.keys(key) <= {"licenses"} for key in keys)


def read(file: ReportFile, name: str) -> Report:
    """What the list says, as a report of the tool called `name`."""
    with opened(file) as stream:
        document = values.table(whole(stream), "a list")
    by_crate = _by_license(document) if "licenses" in document else _by_crate(document)
    values.bounded(len(by_crate), "packages")
    licenses = tuple(
        LicensedPackage(package=package, license=_together(found), source=name)
        for package, found in by_crate.items())
    several = any(len(found) > 1 for found in by_crate.values())
    return Report(
        shown=file.shown, format=name, tool=name, licenses=licenses, checked=len(licenses),
        checks=frozenset({"licenses"}), missing=() if licenses else ("no package was looked at",),
        notes=(_SEVERAL,) if several else ())


def _by_license(document: dict[str, Any]) -> dict[Package, list[str]]:
    found: dict[Package, list[str]] = {}
    for entry in values.listed(document["licenses"], "list of licences"):
        pair = values.listed(entry, "packages of a licence")
        if len(pair) != 2:
            raise Unreadable("has a licence without its packages")
        license_name = values.text(pair[0], "name of a licence")
        for crate in values.listed(pair[1], "list of packages of a licence"):
            found.setdefault(_package(crate), []).append(_expression(license_name))
    for crate in values.listed(document.get("unlicensed", []), "list of unlicensed packages"):
        found.setdefault(_package(crate), [])
    return found


def _by_crate(document: dict[str, Any]) -> dict[Package, list[str]]:
    return {_package(crate): [_expression(values.text(one, "name of a licence")) for one in values.listed(
                values.table(entry, "a package").get("licenses"), "list of licences of a package")]
            for crate, entry in document.items()}


def _together(found: list[str]) -> str | None:
    """An expression of licences that are a choice or not: all of them; or, if that is so, one of them."""
    names = list(dict.fromkeys(found))
    if len(names) < 2:
        return names[0] if names else None
    return f"({' AND '.join(names)}) OR ({_NOT_TOLD} AND ({' OR '.join(names)}))"


def _expression(license_name: str) -> str:
    return f"({license_name})" if " OR " in license_name else license_name


def _package(value: object) -> Package:
    match = _CRATE.fullmatch(values.text(value, "package"))
    if match is None:
        raise Unreadable("has a package that is not written as name, version and source")
    return Package(name=match[1], version=match[2], ecosystem="crates.io")
