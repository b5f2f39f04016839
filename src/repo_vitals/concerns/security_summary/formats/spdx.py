"""SPDX 2.2 and 2.3, as JSON or tag-value: packages with their licences.

The licence that was concluded counts before the one that was declared; NOASSERTION and NONE are none.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, BinaryIO

from repo_vitals.concerns.security_summary import fields
from repo_vitals.concerns.security_summary.ecosystems import from_purl
from repo_vitals.concerns.security_summary.facts import LicensedPackage, Package, Report
from repo_vitals.concerns.security_summary.json_pieces import pieces
from repo_vitals.sources.json_outline import outline
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

NAME = "spdx"
Node = dict[str, Any]
_KEPT = ("SPDXID", "name", "versionInfo", "licenseConcluded", "licenseDeclared")
_NOTHING = ("", "NOASSERTION", "NONE")
_TAG = re.compile(r"\s*([A-Za-z]+):[ \t]*(.*)", re.DOTALL)
_VERSION = re.compile(r"SPDX-2\.\d")
_FIRST_TAG = re.compile(r"(?:\s*(?:#[^\n]*)?\n)*\s*SPDXVersion:\s*SPDX-\d")
_DOCUMENT = "SPDXRef-DOCUMENT"
_GITHUBS = "GitHub.com-Dependency-Graph"
_LONGEST = 1_000_000        # bytes of a line of tag-value
_PLACEHOLDER = re.compile(r"[\^~<>=*, |]")


def recognises(outline: Outline) -> bool:
    """Its version's key, or its first tag; version 3 too, to say that it is not read."""
    if outline.kind == "object":
        keys = outline.keys()
        return isinstance(outline.at("spdxVersion"), str) or "spdxVersion" in outline.keys("sbom") or (
            {"@context", "@graph"} <= keys and "spdx.org" in str(outline.at("@context")))
    return outline.kind == "text" and bool(_FIRST_TAG.match(outline.head))


def read(file: ReportFile) -> Report:
    """What the document says. GitHub's answer, which wraps the document, is read as well."""
    known = outline(file)
    if known.kind == "text":
        with opened(file) as stream:
            return _made(_tag_value(stream), shown=file.shown)
    top: Node = {"documentDescribes": []}
    gathered: list[Node] = []
    for key, value in pieces(file, lists=("packages", "relationships"), skipped=(
            "files", "snippets", "annotations", "hasExtractedLicensingInfos")):
        if key == "packages":
            gathered.append(_reduced(fields.node(value, "a package")))
            fields.bounded(len(gathered), "packages")
        elif key == "relationships":
            top["documentDescribes"] += _described(fields.node(value, "a relationship"))
        elif key == "documentDescribes":
            top["documentDescribes"] += fields.texts({key: value}, key)
        elif key in ("spdxVersion", "creationInfo", "sbom"):
            top[key] = value
        elif key == "@graph":
            raise Unreadable("is SPDX 3; 2.2 and 2.3 are read")
    if "sbom" in top:
        return of_document(fields.sub(top, "sbom"), shown=file.shown)
    return _made({**top, "packages": gathered}, shown=file.shown)


def of_document(document: Mapping[str, Any], *, shown: str, name: str = NAME, source: str = NAME,
                own: str | None = None) -> Report:
    """What a document says that is at hand already. `own`: the package URL of what it is about, which is left out.

    Raises Unreadable.
    """
    described = [told for one in fields.nodes(document, "relationships") for told in _described(one)]
    return _made({**document, "packages": [_reduced(one) for one in fields.nodes(document, "packages")],
                  "documentDescribes": described}, shown=shown, name=name, source=source, own=own)


def _described(relation: Node) -> list[str]:
    """What a relationship says that the document is about."""
    kind = fields.text(relation, "relationshipType")
    ends = fields.text(relation, "spdxElementId"), fields.text(relation, "relatedSpdxElement")
    if kind == "DESCRIBES" and ends[0] == _DOCUMENT:
        return [ends[1]]
    return [ends[0]] if kind == "DESCRIBED_BY" and ends[1] == _DOCUMENT else []


def _made(document: Mapping[str, Any], *, shown: str, name: str = NAME, source: str = NAME,
          own: str | None = None) -> Report:
    version = fields.text(document, "spdxVersion")
    if not _VERSION.fullmatch(version):
        raise Unreadable("is of a version of SPDX that is not known; 2.2 and 2.3 are read")
    creation = fields.sub(document, "creationInfo")
    tools = [one.partition(":")[2].strip() for one in fields.texts(creation, "creators") if one.startswith("Tool:")]
    # What the document is about is no dependency; where a licence is told it may be judged all the same. Not so the
    # repository in GitHub's own document, which tells of it what it tells of a dependency.
    about = set(document["documentDescribes"])
    left_out = about if _GITHUBS in tools else set()
    found = [one for one in document["packages"]
             if one["SPDXID"] not in left_out and (own is None or not _is(own, one["purl"]))]
    licensed = [made for one in found if (made := _licensed(one, source)).license or one["SPDXID"] not in about]
    return Report(
        shown=shown, format=name, tool=tools[0] if tools else "",
        licenses=tuple(licensed),
        checked=len(found), checks=frozenset({"licenses"}), made_at=fields.instant(creation.get("created")),
        missing=() if document["packages"] else ("it names no package",))


def _is(own: str, purl: str) -> bool:
    return purl.partition("@")[0].lower() == own.lower()


def _reduced(package: Node) -> Node:
    """Of a package, which may list thousands of files, what is used."""
    purl = next((fields.text(one, "referenceLocator") for one in fields.nodes(package, "externalRefs")
                 if fields.text(one, "referenceType").rpartition("/")[2] == "purl"), "")
    found = {key: fields.text(package, key) for key in _KEPT}
    if not found["name"]:
        raise Unreadable("has a package without a name")
    return {**found, "purl": purl}


def _licensed(package: Mapping[str, str], source: str) -> LicensedPackage:
    told = [package[key] for key in ("licenseConcluded", "licenseDeclared") if package[key] not in _NOTHING]
    named = from_purl(package["purl"])
    version = (named.version if named else None) or package["versionInfo"]
    return LicensedPackage(
        package=Package(
            name=named.name if named else package["name"],
            # GitHub gives a range where a manifest asks for no exact version.
            version=None if version in _NOTHING or _PLACEHOLDER.search(version) else version,
            ecosystem=named.ecosystem if named else ""),
        license=told[0] if told else None, source=source)


def _tag_value(stream: BinaryIO) -> Node:
    """A document of tags, as JSON would have it. Texts over several lines are passed over, whatever stands in them."""
    document: Node = {"packages": [], "creationInfo": {"creators": []}, "documentDescribes": []}
    package: Node | None = None
    for tag, value in _tags(stream):
        if tag == "PackageName":
            package = {**dict.fromkeys((*_KEPT, "purl"), ""), "name": fields.clean(value)}
            if not package["name"]:
                raise Unreadable("has a package without a name")
            document["packages"].append(package)
            fields.bounded(len(document["packages"]), "packages")
        elif tag in ("FileName", "SnippetSPDXID", "LicenseID"):
            package = None      # what follows is about that
        elif tag == "Relationship":
            ends = [*value.split(), "", "", ""]
            document["documentDescribes"] += _described(
                {"spdxElementId": ends[0], "relationshipType": ends[1], "relatedSpdxElement": ends[2]})
        elif tag == "SPDXVersion":
            document["spdxVersion"] = value
        elif tag == "Creator":
            document["creationInfo"]["creators"].append(value)
        elif tag == "Created":
            document["creationInfo"]["created"] = value
        elif package is not None:
            _tell(package, tag, value)
    return document


def _tell(package: Node, tag: str, value: str) -> None:
    keys = {"SPDXID": "SPDXID", "PackageVersion": "versionInfo", "PackageLicenseConcluded": "licenseConcluded",
            "PackageLicenseDeclared": "licenseDeclared"}
    if tag in keys:
        package[keys[tag]] = fields.clean(value)
    elif tag == "ExternalRef":
        parts = value.split()
        if len(parts) == 3 and parts[1].rpartition("/")[2] == "purl":
            package["purl"] = fields.clean(parts[2])


def _tags(stream: BinaryIO) -> Iterator[tuple[str, str]]:
    in_text = False
    for number, line in enumerate(_lines(stream), start=1):
        if in_text:
            in_text = "</text>" not in line
            continue
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _TAG.match(line)
        if match is None:
            raise Unreadable(f"has something else than a tag in line {number:,}")
        tag, value = match[1], match[2].strip()
        if value.startswith("<text>"):
            in_text = "</text>" not in value
            value = "" if in_text else value[len("<text>"):].partition("</text>")[0].strip()
        yield tag, value
    if in_text:
        raise Unreadable("is cut off within a text")


def _lines(stream: BinaryIO) -> Iterable[str]:
    while raw := stream.readline(_LONGEST + 1):
        if len(raw) > _LONGEST:
            raise Unreadable(f"has a line of more than {_LONGEST:,} bytes")
        yield raw.decode("utf-8", "replace")
