"""What Trivy says (`--format json`, schema 2, and the list of schema 1): results by target.

Vulnerabilities are advisories, misconfigurations are findings in code, secrets are counted, licences told.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary import fields
from repo_vitals.concerns.security_summary.ecosystems import ecosystem, from_purl
from repo_vitals.concerns.security_summary.facts import Advisory, CodeFinding, LicensedPackage, Package, Report
from repo_vitals.concerns.security_summary.json_pieces import elements, pieces
from repo_vitals.concerns.security_summary.ways import ways
from repo_vitals.sources.json_outline import outline
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

NAME = "trivy"
Node = dict[str, Any]
_ARTIFACT = frozenset({"ArtifactName", "ArtifactType"})
_DIRECT = {"direct": True, "indirect": False}
# Trivy's word for what no dependency is.
_OWN = ("root", "workspace")
_LICENSES_ALONE = ("Trivy tells of licences and of no vulnerability, which does not show whether it looked for any; "
                   "give a report of `--scanners vuln` too")


def recognises(outline: Outline) -> bool:
    """Trivy's own keys, all of which begin with a capital."""
    if outline.kind == "object":
        keys = outline.keys()
        return "SchemaVersion" in keys and bool(keys & {*_ARTIFACT, "Results"})
    return outline.kind == "list" and "Target" in outline.keys(0) and (
        outline.keys(0) <= {"Target", "Type", "Class", "Vulnerabilities", "Misconfigurations", "Secrets", "Packages",
                            "Licenses", "MisconfSummary", "CustomResources"})


@dataclass
class _Gathered:
    advisories: list[Advisory] = field(default_factory=list)
    code: list[CodeFinding] = field(default_factory=list)
    licenses: list[LicensedPackage] = field(default_factory=list)
    secrets: int | None = None
    checked: int | None = None
    checks: set[str] = field(default_factory=set)
    targets: int = 0
    told: bool = False          # a target has a list of vulnerabilities
    of_packages: bool = False   # a target is of packages, whatever was looked for in them
    of_licenses: bool = False   # a target is of licences

    def settle(self) -> tuple[str, ...]:
        """Whether it looked for vulnerabilities, which Trivy does not say; notes on that.

        Where none is found a target of packages holds them alone, as it does where only licences were asked for.
        """
        if self.told or (self.of_packages and not self.of_licenses):
            self.checks.add("vulnerabilities")
        elif self.of_packages:
            return (_LICENSES_ALONE,)
        return ()


def read(file: ReportFile) -> Report:
    """What the report says. One without any target looked at nothing, which is not clean."""
    found = _Gathered()
    tool, made, version = "Trivy", None, 1
    if outline(file).kind == "list":
        for one in elements(file, within=_reduced):
            _of_result(fields.node(one, "a result"), found)
    else:
        for key, value in pieces(file, lists=("Results",), skipped=("Metadata",), within=_reduced):
            if key == "Results":
                _of_result(fields.node(value, "a result"), found)
            elif key == "SchemaVersion":
                version = value
            elif key == "CreatedAt":
                made = fields.instant(value)
            elif key == "Trivy":
                tool = f"Trivy {fields.text(fields.node(value, 'the tool'), 'Version')}".strip()
        if version != 2 or isinstance(version, bool):
            raise Unreadable("is of a SchemaVersion of Trivy's that is not known; 1 and 2 are read")
    notes = found.settle()
    missing = []
    if not found.targets:
        missing.append("it names no target, so nothing was looked at")
    elif not found.checks and not notes:
        missing.append("none of its targets tells what was looked for")
    return Report(
        shown=file.shown, format=NAME, tool=tool, advisories=tuple(found.advisories), code=tuple(found.code),
        licenses=tuple(found.licenses), secrets=found.secrets, checked=found.checked, checks=frozenset(found.checks),
        made_at=made, missing=tuple(missing),
        notes=notes)


def _reduced(name: str, value: Any) -> Any:
    """What is used of an element of a target's lists: of a secret nothing but that it is there."""
    if not isinstance(value, dict):
        return value
    if name == "Secrets":
        return {}
    if isinstance(value.get("Description"), str):
        value["Description"] = value["Description"][:fields.MOST_TEXT]
    for key in ("References", "VendorSeverity", "CweIDs", "Layer", "DataSource", "Locations", "Code"):
        value.pop(key, None)
    return value


def _of_result(result: Node, found: _Gathered) -> None:
    target, kind = fields.text(result, "Target"), fields.text(result, "Class")
    found.targets += 1
    fields.bounded(len(found.advisories), "advisories")
    fields.bounded(len(found.licenses), "packages")
    packages = {fields.text(one, "ID") or fields.text(one, "Name"): one for one in fields.nodes(result, "Packages")}
    graph = _Graph(packages)
    vulnerabilities = fields.nodes(result, "Vulnerabilities")
    known = fields.text(result, "Type")
    found.advisories += [_advisory(one, target, known, graph) for one in vulnerabilities]
    overlooked = _overlooked(result, target, known, graph)
    found.advisories += overlooked
    found.told = found.told or bool(overlooked) or "Vulnerabilities" in result
    found.of_packages = found.of_packages or kind in ("os-pkgs", "lang-pkgs")
    found.of_licenses = found.of_licenses or "Licenses" in result or kind in ("license", "license-file")
    found.code += [_code(one, target) for one in fields.nodes(result, "Misconfigurations")
                   if fields.text(one, "Status") in ("", "FAIL")]
    if kind == "config" or "Misconfigurations" in result:
        found.checks.add("code")
    if kind == "secret" or "Secrets" in result:
        found.secrets = (found.secrets or 0) + len(fields.nodes(result, "Secrets"))
        found.checks.add("secrets")
    if packages:
        found.checked = (found.checked or 0) + sum(not graph.is_own(one) for one in packages)
    _licenses(result, target, known, packages, graph, found)


class _Graph:
    """The packages of one target and what depends on what, where the report tells."""

    def __init__(self, packages: dict[str, Node]) -> None:
        self.packages = packages
        self._parents: dict[str, list[str]] = {}
        for one, entry in packages.items():
            for needed in fields.texts(entry, "DependsOn"):
                self._parents.setdefault(needed, []).append(one)

    def is_own(self, one: str) -> bool:
        """Whether it is the project itself or a part of it."""
        return self.relation(one) in _OWN

    def relation(self, one: str) -> str:
        """Trivy's word for how the project and a package hang together; empty where there is none."""
        return fields.text(self.packages.get(one, {}), "Relationship")

    def paths(self, one: str) -> tuple[tuple[str, ...], ...]:
        """Ways down to a package, by names."""
        if one not in self.packages:
            return ()
        found = ways(one, lambda of: [up for up in self._parents.get(of, ()) if not self.is_own(up)],
                     lambda of: self.relation(of) == "direct")
        return tuple(tuple(fields.text(self.packages.get(step, {}), "Name") or step for step in way) for way in found)


def _package(entry: Node, name: str, version: str, target: str, kind: str) -> Package:
    purl = fields.text(fields.sub(entry, "PkgIdentifier") or fields.sub(entry, "Identifier"), "PURL")
    known = from_purl(purl)
    told = (known.ecosystem if known else "") or ecosystem(kind)
    return Package(name=name, version=version or None, ecosystem=told,
                   file=fields.text(entry, "PkgPath", "FilePath") or target or None)


def _advisory(one: Node, target: str, kind: str, graph: _Graph, ignored: str | None = None) -> Advisory:
    own, name = fields.text(one, "PkgID"), fields.text(one, "PkgName")
    if not name or not fields.text(one, "VulnerabilityID"):
        raise Unreadable("has a vulnerability without an id or the name of a package")
    if own not in graph.packages:
        own = own or name
    cvss = [fields.node(rating, "a rating") for rating in fields.sub(one, "CVSS").values()]
    ids = fields.identifiers(fields.text(one, "VulnerabilityID"), _vendor_ids(one))
    if ignored is None and fields.text(one, "Status") == "not_affected":
        ignored = "its status is not_affected"
    return Advisory(
        ids=ids, package=_package(one, name, fields.text(one, "InstalledVersion"), target, kind), source=NAME,
        title=fields.text(one, "Title", "Description"),
        vectors=fields.vectors(*(rating.get(key) for rating in cvss for key in ("V40Vector", "V3Vector", "V2Vector"))),
        scores=tuple((told, score) for rating in cvss
                     for told, key in (("4.0", "V40"), ("3.1", "V3"), ("2.0", "V2")) if not rating.get(f"{key}Vector")
                     and (score := fields.number(rating.get(f"{key}Score"), least=0.1, most=10)) is not None),
        level=fields.severity(fields.text(one, "Severity")),
        fixed=tuple(part.strip() for part in fields.text(one, "FixedVersion").split(",") if part.strip()),
        paths=graph.paths(own), direct=_DIRECT.get(graph.relation(own)),
        url=fields.web(one.get("PrimaryURL")) or fields.advisory_page(ids[0]),
        published=fields.instant(one.get("PublishedDate")), ignored=ignored)


def _vendor_ids(one: Node) -> tuple[str, ...]:
    """A vendor's own id is another name only where it stands alone: one announcement may mend many flaws."""
    found = fields.texts(one, "VendorIDs")
    return found if len(found) == 1 and found[0].startswith(("GHSA-", "RUSTSEC-", "PYSEC-", "GO-")) else ()


def _overlooked(result: Node, target: str, kind: str, graph: _Graph) -> list[Advisory]:
    """What Trivy found and was told to overlook, by .trivyignore or VEX (`--show-suppressed`)."""
    entries = fields.nodes(result, "ModifiedFindings") or fields.nodes(result, "ExperimentalModifiedFindings")
    return [_advisory(fields.sub(one, "Finding"), target, kind, graph,
                      fields.text(one, "Statement") or f"{fields.text(one, 'Status') or 'ignored'} by Trivy's settings")
            for one in entries if fields.text(one, "Type") == "vulnerability"]


def _code(one: Node, target: str) -> CodeFinding:
    cause = fields.sub(one, "CauseMetadata")
    level = fields.severity(fields.text(one, "Severity"))
    return CodeFinding(
        rule=fields.text(one, "AVDID", "ID"), source="Trivy", title=fields.text(one, "Title", "Message"),
        level=level or "medium", level_given=level is not None, file=target or None,
        line=fields.line(cause.get("StartLine")), url=fields.web(one.get("PrimaryURL")))


def _licenses(result: Node, target: str, kind: str, packages: dict[str, Node], graph: _Graph, found: _Gathered) -> None:
    told = fields.nodes(result, "Licenses")
    for one in told:
        name = fields.text(one, "PkgName") or fields.text(one, "FilePath") or target
        found.licenses.append(LicensedPackage(
            package=Package(name=name, ecosystem=ecosystem(kind), file=fields.text(one, "FilePath") or target or None),
            license=fields.text(one, "Name") or None, source=NAME,
            rejected="Trivy classes it as forbidden" if fields.text(one, "Category") == "forbidden" else None))
    if told or fields.text(result, "Class") in ("license", "license-file"):
        found.checks.add("licenses")
    named = {fields.text(one, "PkgName") for one in told}
    for own, entry in packages.items():
        names = fields.texts(entry, "Licenses")
        if names and not graph.is_own(own) and fields.text(entry, "Name") not in named:
            found.checks.add("licenses")
            found.licenses.append(LicensedPackage(
                package=_package(entry, fields.text(entry, "Name") or own, fields.text(entry, "Version"), target, kind),
                license=names[0] if len(names) == 1 else " AND ".join(f"({name})" if " " in name else name
                                                                      for name in names), source=NAME))
