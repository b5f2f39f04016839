"""CycloneDX, versions 1.0 to 1.7, as JSON or XML: components with their licences, and vulnerabilities where given.

A component that names several licences is under all of them (joined by AND): the format leaves open which is meant, and
a choice is written as an expression. The component that the document describes is no dependency and left out.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary import fields
from repo_vitals.concerns.security_summary.ecosystems import from_purl
from repo_vitals.concerns.security_summary.facts import Advisory, LicensedPackage, Package, Report
from repo_vitals.concerns.security_summary.json_pieces import pieces
from repo_vitals.sources.json_outline import outline
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

NAME = "cyclonedx"
Node = dict[str, Any]
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?bom\s[^>]*cyclonedx\.org/schema/bom/", re.DOTALL)
_VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
# What has no licence that a dependency's would be.
_NO_SOFTWARE = frozenset({"file", "operating-system", "device", "device-driver", "platform", "data",
                          "cryptographic-asset"})
_SETTLED = frozenset({"resolved", "resolved_with_pedigree", "false_positive", "not_affected"})
_PREFIXES = {"cvssv3": "CVSS:3.0/", "cvssv31": "CVSS:3.1/", "cvssv4": "CVSS:4.0/"}
_MOST_LEVELS = 100      # of components within components


def recognises(outline: Outline) -> bool:
    """The format's name in JSON, its namespace in XML."""
    if outline.kind == "object":
        return outline.at("bomFormat") == "CycloneDX"
    return outline.kind == "text" and outline.head.lstrip().startswith("<") and bool(_ROOT.search(outline.head))


def read(file: ReportFile) -> Report:
    """What the document says."""
    if outline(file).kind == "text":
        from repo_vitals.concerns.security_summary.formats.cyclonedx_xml import parts

        return _of_parts(file, parts(file))
    return _of_parts(file, pieces(file, lists=("components", "vulnerabilities"),
                                  skipped=("dependencies", "services", "compositions", "externalReferences",
                                           "annotations", "formulation", "declarations", "definitions", "signature")))


def _of_parts(file: ReportFile, parts: Iterable[tuple[str, Any]]) -> Report:
    known: dict[str, Package] = {}
    licenses: list[LicensedPackage] = []
    vulnerabilities: list[Node] = []
    checked, metadata, version = 0, {}, ""
    listed = False
    for key, value in parts:
        if key == "components":
            listed = True
            for component in _all(fields.node(value, "a component"), 0):
                checked += 1
                fields.bounded(checked, "components")
                package = _package(component)
                for reference in (fields.text(component, "bom-ref"), fields.text(component, "purl")):
                    if reference:
                        known.setdefault(reference, package)
                # Until 1.3 an extension told them below their component.
                vulnerabilities += [{**one, "affects": [{"package": package}]}
                                    for one in fields.nodes(component, "vulnerabilities")]
                if fields.text(component, "type") not in _NO_SOFTWARE:
                    licenses.append(LicensedPackage(package=package, license=_license(component), source=NAME))
        elif key == "vulnerabilities":
            vulnerabilities.append(fields.node(value, "a vulnerability"))
            fields.bounded(len(vulnerabilities), "vulnerabilities")
        elif key == "metadata":
            metadata = fields.node(value, '"metadata"')
        elif key == "specVersion":
            version = value if isinstance(value, str) else ""
        elif key == "bomFormat" and value != "CycloneDX":
            raise Unreadable("is no CycloneDX document")
    if version not in _VERSIONS:
        raise Unreadable("is of a version of CycloneDX that is not known; 1.0 to 1.7 are read")
    own = fields.sub(metadata, "component")
    for reference in (fields.text(own, "bom-ref"), fields.text(own, "purl")):
        if reference:
            known.setdefault(reference, _package(own))
    advisories: list[Advisory] = []
    of_nothing = 0
    for entry in vulnerabilities:
        places = [place for place in fields.nodes(entry, "affects")
                  if place.get("package") or fields.text(place, "ref")]
        if not places:
            # What it affects need not be told: then it is taken for one of what the document is about.
            of_nothing += 1
            places = [{"package": _package(own)}] if own else []
        advisories += _advisories(entry, places, known)
        fields.bounded(len(advisories), "advisories")
    missing = [] if listed or vulnerabilities else ["it names no component"]
    if of_nothing:
        missing.append(f"{of_nothing:,} vulnerabilities do not say what they affect" if of_nothing > 1
                       else "a vulnerability does not say what it affects")
    checks = {"licenses"} if listed else set()
    if vulnerabilities:
        checks.add("vulnerabilities")
    return Report(
        shown=file.shown, format=NAME, tool=_tool(metadata), advisories=tuple(advisories), licenses=tuple(licenses),
        checked=checked if listed else None, checks=frozenset(checks),
        made_at=fields.instant(metadata.get("timestamp")),
        missing=tuple(missing))


def _all(component: Node, level: int) -> Iterator[Node]:
    yield component
    if level > _MOST_LEVELS:
        raise Unreadable(f"has components on more than {_MOST_LEVELS} levels")
    for inner in fields.nodes(component, "components"):
        yield from _all(inner, level + 1)


def _package(component: Node) -> Package:
    name, group = fields.text(component, "name"), fields.text(component, "group")
    if not name:
        raise Unreadable("has a component without a name")
    version = fields.text(component, "version") or None
    named = from_purl(fields.text(component, "purl"))
    if named is not None:
        return Package(name=named.name, version=named.version or version, ecosystem=named.ecosystem)
    return Package(name=f"{group}/{name}" if group else name, version=version)


def _license(component: Node) -> str | None:
    """All that is told, as one expression; None where nothing is."""
    found = []
    for choice in fields.nodes(component, "licenses"):
        inner = fields.sub(choice, "license")
        told = fields.text(choice, "expression") or fields.text(inner, "id", "name", "url")
        if told and told not in ("NOASSERTION", "NONE") and told not in found:
            found.append(told)
    return " AND ".join(f"({one})" if len(found) > 1 and " " in one else one for one in found) or None


def _tool(metadata: Node) -> str:
    """The first tool's name and version; a list until 1.4, an object with components since."""
    tools = metadata.get("tools")
    entries = fields.nodes(metadata, "tools") if isinstance(tools, list) else fields.nodes(
        fields.sub(metadata, "tools"), "components")
    return f"{fields.text(entries[0], 'name')} {fields.text(entries[0], 'version')}".strip() if entries else ""


def _advisories(entry: Node, places: list[Node], known: dict[str, Package]) -> Iterator[Advisory]:
    """One for each package that a vulnerability affects. `places`: where it says so."""
    own = fields.text(entry, "id")
    ids = fields.identifiers(own, [fields.text(one, "id") for one in fields.nodes(entry, "references")])
    if not ids:
        raise Unreadable("has a vulnerability without an id")
    ratings = fields.nodes(entry, "ratings")
    cvss = fields.vectors(*map(_vector, ratings))
    levels = [level for one in ratings if (level := fields.severity(fields.text(one, "severity"))) is not None]
    order = ("info", "low", "medium", "high", "critical")
    for place in places:
        yield Advisory(
            ids=ids, source=NAME, package=place.get("package") or _affected(fields.text(place, "ref"), known),
            kind="withdrawn" if fields.text(entry, "rejected") else "vulnerability",
            title=fields.text(entry, "description", "detail"),
            vectors=cvss,
            scores=tuple(("", score) for one in ratings if not fields.vectors(_vector(one))
                         and fields.text(one, "method").upper().startswith("CVSS")
                         and (score := fields.number(one.get("score"), least=0, most=10)) is not None),
            level=max(levels, key=order.index, default=None),
            fixed=tuple(version for one in fields.nodes(place, "versions")
                        if fields.text(one, "status") == "unaffected" and (version := fields.text(one, "version"))),
            url=fields.web(fields.sub(entry, "source").get("url")) or fields.advisory_page(ids[0]),
            published=fields.instant(entry.get("published")), ignored=_settled(fields.sub(entry, "analysis")))


def _vector(rating: Node) -> str:
    """A rating's vector with the version before it, which some write only beside it."""
    found, method = fields.text(rating, "vector").strip("()"), fields.text(rating, "method").lower()
    if found.startswith("AV:") and method in _PREFIXES:
        return _PREFIXES[method] + found
    return found


def _affected(reference: str, known: dict[str, Package]) -> Package:
    """The component behind a reference, which may be a link into a document (urn:cdx:…#reference)."""
    for candidate in (reference, reference.partition("#")[2] if reference.startswith("urn:cdx:") else ""):
        if candidate:
            found = known.get(candidate) or from_purl(candidate)
            if found is not None:
                return found
    return Package(name=reference)


def _settled(analysis: Node) -> str | None:
    """Why whoever made the document holds that nothing is to be done."""
    state = fields.text(analysis, "state")
    if state not in _SETTLED:
        return None
    why = fields.text(analysis, "detail", "justification")
    return f"{state}: {why}" if why else state
