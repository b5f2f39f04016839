"""What osv-scanner says (`--format json`, versions 1 and 2): results by lock file, in them packages with OSV records.

A group is one advisory under all its names. What call analysis or the distribution rules out counts as overlooked by
the tool. Only packages with findings are listed, unless it was asked for all.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary import fields
from repo_vitals.concerns.security_summary.ecosystems import ecosystem
from repo_vitals.concerns.security_summary.facts import Advisory, LicensedPackage, Package, Report
from repo_vitals.concerns.security_summary.json_pieces import pieces
from repo_vitals.sources.json_outline import outline
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.security_summary.facts import Kind
    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

NAME = "osv-scanner"
Node = dict[str, Any]
_KINDS: dict[str, Kind] = {"unmaintained": "unmaintained", "unsound": "unsound", "notice": "notice"}
# What it writes beside the results; of the keys that it tries out all begin alike.
_BESIDE = frozenset({"license_summary", "image_metadata"})
_TRIED_OUT = "experimental_"
_UNKNOWN = ("UNKNOWN", "NON-STANDARD", "NOASSERTION", "NONE", "")


def recognises(outline: Outline) -> bool:
    """Results of lock files or images; or no results and nothing beside them that osv-scanner does not write.

    Keys that a newer version adds do not matter as long as one of its own is among them.
    """
    keys = outline.keys()
    if "results" not in keys:
        return False
    place = outline.keys("results", 0, "source")
    if "path" in place and ("type" in place or "packages" in outline.keys("results", 0)):
        return True
    return not outline.at("results") and (
        keys == {"results"} or any(key in _BESIDE or key.startswith(_TRIED_OUT) for key in keys))


def read(file: ReportFile) -> Report:
    """What the report says. An empty file is what old versions wrote where they failed: Unreadable, never clean."""
    advisories: list[Advisory] = []
    licenses: list[LicensedPackage] = []
    checks = {"vulnerabilities"}
    for key, value in pieces(file, lists=("results",), within=_reduced):
        if key == "results":
            _of_result(fields.node(value, "a result"), advisories, licenses)
            fields.bounded(len(advisories), "advisories")
            fields.bounded(len(licenses), "packages")
        elif key in ("license_summary", "experimental_license_summary"):
            checks.add("licenses")
        elif key == "experimental_config":
            asked = fields.sub(fields.node(value, f'"{key}"'), "licenses")
            if asked.get("summary") is True or fields.values(asked, "allowlist"):
                checks.add("licenses")
    if licenses:
        checks.add("licenses")
    near = outline(file)
    keys = near.keys()
    # Where it found nothing it writes an empty list.
    is_null = not advisories and "results" in keys and near.at("results") is None
    return Report(shown=file.shown, format=NAME, tool="osv-scanner", advisories=tuple(advisories),
                  licenses=tuple(licenses), checks=frozenset(checks),
                  missing=("it has no list of results, so nothing was scanned",) if is_null else ())


def _reduced(name: str, value: Any) -> Any:
    """A package without what makes OSV's records long: their text, references and lists of versions."""
    records = value.get("vulnerabilities") if name == "packages" and isinstance(value, dict) else None
    for record in records if isinstance(records, list) else ():
        if not isinstance(record, dict):
            continue
        record.pop("references", None)
        if isinstance(record.get("details"), str):
            record["details"] = record["details"][:fields.MOST_TEXT]
        affected = record.get("affected")
        for one in affected if isinstance(affected, list) else ():
            if isinstance(one, dict):
                one.pop("versions", None)
    return value


def _of_result(result: Node, advisories: list[Advisory], licenses: list[LicensedPackage]) -> None:
    place = fields.text(fields.sub(result, "source"), "path") or None
    for entry in fields.nodes(result, "packages"):
        about = fields.sub(entry, "package")
        name = fields.text(about, "name") or fields.text(about, "commit")
        if not name:
            raise Unreadable("has a package without a name")
        package = Package(name=name, version=fields.text(about, "version", "commit") or None,
                          ecosystem=ecosystem(fields.text(about, "ecosystem")), file=place)
        records = {fields.text(one, "id"): one for one in fields.nodes(entry, "vulnerabilities")}
        if "" in records:
            raise Unreadable("has a vulnerability without an id")
        told: set[str] = set()
        for group in fields.nodes(entry, "groups"):
            ids = fields.texts(group, "ids")
            told.update(ids)
            advisories.append(_of_group(group, ids, [records[one] for one in ids if one in records], package))
        for one, record in records.items():
            if one not in told:
                advisories.append(_of_group({}, (one,), [record], package))
        if (license_ := _license(entry, package)) is not None:
            licenses.append(license_)


def _license(entry: Node, package: Package) -> LicensedPackage | None:
    known, rejected = fields.texts(entry, "licenses"), fields.texts(entry, "license_violations")
    if not known and not rejected:
        return None
    names = [one for one in known or rejected if one.upper() not in _UNKNOWN]
    return LicensedPackage(
        package=package, source=NAME, license=" AND ".join(f"({one})" if len(names) > 1 and " " in one else one
                                                           for one in names) or None,
        rejected=f"osv-scanner's allowlist lacks {', '.join(rejected)}" if rejected else None)


def _of_group(group: Node, ids: tuple[str, ...], records: list[Node], package: Package) -> Advisory:
    aliases = [alias for record in records for alias in fields.texts(record, "aliases")]
    found = fields.identifiers(ids, fields.texts(group, "aliases"), aliases)
    if not found:
        raise Unreadable("has a group of vulnerabilities without an id")
    ratings = [rating for record in records for rating in
               [*fields.nodes(record, "severity"), *(one for affected in _affecting(record, package)
                                                     for one in fields.nodes(affected, "severity"))]]
    vectors = fields.vectors(*(rating.get("score") for rating in ratings))
    score = fields.number(group.get("max_severity") or None, least=0, most=10)
    levels = [level for record in records
              if (level := fields.severity(_word(fields.sub(record, "database_specific"), "severity"))) is not None]
    return Advisory(
        ids=found, package=package, source=NAME, kind=_kind(records, package),
        title=next((title for record in records if (title := fields.text(record, "summary", "details"))), ""),
        vectors=vectors, scores=(("", score),) if score is not None and not vectors else (),
        level=levels[0] if levels else None, fixed=_fixed(records, package), url=fields.advisory_page(found[0]),
        published=min((moment for record in records
                       if (moment := fields.instant(record.get("published"))) is not None), default=None),
        ignored=_ruled_out(group, ids))


def _word(entry: Node, key: str) -> str:
    """A text of what each database writes as it likes; empty for anything else."""
    found = entry.get(key)
    return fields.clean(found) if isinstance(found, str) else ""


def _affecting(record: Node, package: Package) -> list[Node]:
    """The entries of a record that are about a package; all of them where none names it."""
    entries = fields.nodes(record, "affected")
    mine = [one for one in entries if fields.text(fields.sub(one, "package"), "name").lower() == package.name.lower()
            and ecosystem(fields.text(fields.sub(one, "package"), "ecosystem")) == package.ecosystem]
    return mine or ([] if any(one.get("package") for one in entries) else entries)


def _fixed(records: Iterable[Node], package: Package) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for record in records:
        for affected in _affecting(record, package):
            for span in fields.nodes(affected, "ranges"):
                if span.get("type") != "GIT":
                    found.update((fields.text(event, "fixed"), None) for event in fields.nodes(span, "events"))
    return tuple(one for one in found if one)


def _kind(records: list[Node], package: Package) -> Kind:
    if records and all(record.get("withdrawn") for record in records):
        return "withdrawn"
    words = {_word(fields.sub(affected, "database_specific"), "informational") for record in records
             for affected in _affecting(record, package)}
    # A group may hold a database's notice and another's vulnerability: then it is one.
    return _KINDS.get(words.pop(), "vulnerability") if len(words) == 1 else "vulnerability"


def _ruled_out(group: Node, ids: tuple[str, ...]) -> str | None:
    """Why osv-scanner itself does not count a group: all of its ids are uncalled or unimportant."""
    analysis = group.get("experimental_analysis", group.get("experimentalAnalysis"))
    if not isinstance(analysis, dict) or not ids:
        return None
    told = [one for name in ids if isinstance(one := analysis.get(name), dict)]
    if len(told) < len(ids):
        return None
    if all(one.get("unimportant") is True for one in told):
        return "the distribution says that it is unimportant"
    if all(one.get("called") is False for one in told):
        return "call analysis: what is vulnerable is never called"
    return None

