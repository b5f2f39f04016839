"""The licences of all packages for people and for other tools: Markdown, JSON, and CycloneDX. Pure.

The same packages and the same time give the same bytes, whatever the order in which they were read.
"""
from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.clock import format_instant
from repo_vitals.concerns.security_summary.licenses import STATES
from repo_vitals.config.declare import Input, Kind, needs_text
from repo_vitals.plain_text import one_line
from repo_vitals.render.markdown import Markdown, code, table
from repo_vitals.render.markdown import text as markdown_text
from repo_vitals.stats.license_expressions import licenses, parse

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.security_summary.licenses import Judged, Licensing

Form = Literal["markdown", "json", "cyclonedx"]
_BY_SUFFIX: tuple[tuple[str, Form], ...] = ((".cdx.json", "cyclonedx"), (".json", "json"), (".md", "markdown"))
# Package URL types by ecosystem, as OSV spells these.
_PURL_TYPES = {"crates.io": "cargo", "PyPI": "pypi", "npm": "npm", "Go": "golang", "RubyGems": "gem", "Maven": "maven",
               "NuGet": "nuget", "Packagist": "composer", "Hex": "hex", "Pub": "pub", "SwiftURL": "swift",
               "GitHub Actions": "github"}
_SAYS = {"denied": "Denied", "unknown": "Unknown", "excepted": "Excepted", "allowed": "Allowed", "listed": "Listed"}


def form_of(path: str) -> Form:
    """The form of a report by the end of its path. Raises ValueError where that tells none."""
    for suffix, form in _BY_SUFFIX:
        if path.lower().endswith(suffix):
            return form
    raise ValueError("does not end in .md, .json or .cdx.json, which say its form")


def _path(text: str) -> str:
    path = text.strip()
    if "\0" in path:
        raise ValueError("holds a NUL character")
    form_of(path)
    return path


_KIND: Kind[str | None] = Kind("path", _path, lambda value: _path(needs_text(value)), lambda value: value or "")
LICENSE_REPORT: Input[str | None] = Input(
    name="license-report", kind=_KIND, default=None, default_text="not written",
    help="Path of a report of every package's licence: Markdown where it ends in .md, a CycloneDX bill of materials "
         "where it ends in .cdx.json, else JSON in .json",
)


def license_report(licensing: Licensing, form: Form, *, repository: str, version: str, now: datetime) -> str:
    """The report as text. `version` is this program's, `now` the report's time."""
    if form == "markdown":
        return _markdown(licensing, repository, now)
    if form == "json":
        return _json(licensing, repository, now)
    return _cyclonedx(licensing, repository, version, now)


def _markdown(licensing: Licensing, repository: str, now: datetime) -> str:
    counts = ", ".join(f"{licensing.number(state):,} {state}" for state in STATES if licensing.number(state))
    number, instant = len(licensing.packages), format_instant(now)
    head = (f"# Licences of dependencies\n\n{markdown_text(repository)}, {instant[:10]}, {instant[11:16]} UTC. "
            f"{number:,} package{'' if number == 1 else 's'}{f': {counts}' if counts else ''}.\n")
    parts = [Markdown(head)]
    for state in STATES:
        chosen = [one for one in licensing.packages if one.state == state]
        if chosen:
            rows = [[markdown_text(one.name), markdown_text(one.version or ""), markdown_text(one.ecosystem),
                     _licences(one), markdown_text(_why(one)), markdown_text(", ".join(one.sources))] for one in chosen]
            parts.append(Markdown(f"## {_SAYS[state]}\n\n" + table(
                ["Package", "Version", "Ecosystem", "Licence", "Why", "Reported by"], rows)))
    by_license: dict[str, int] = {}
    for one in licensing.packages:
        by_license[one.license or ""] = by_license.get(one.license or "", 0) + 1
    if by_license:
        rows = [[code(name) if name else Markdown("none known"), Markdown(f"{number:,}")]
                for name, number in sorted(by_license.items(), key=lambda item: (-item[1], item[0]))]
        parts.append(Markdown("## By licence\n\n" + table(["Licence", "Packages"], rows, numeric=[1])))
    return "\n".join(parts)


def _licences(one: Judged) -> Markdown:
    shown = Markdown(", ".join(code(name) for name in one.licenses)) if one.licenses else Markdown("none known")
    return Markdown(f"{shown} (sources disagree)") if one.disagree else shown


def _why(one: Judged) -> str:
    return "; ".join(part for part in (one.why, one.reason) if part)


def _json(licensing: Licensing, repository: str, now: datetime) -> str:
    return json.dumps({
        "schema_version": 1, "repository": repository, "generated_at": format_instant(now),
        "counts": {state: licensing.number(state) for state in STATES},
        "packages": [{
            "name": one.name, "version": one.version, "ecosystem": one.ecosystem or None, "purl": purl(one),
            "licenses": list(one.licenses), "sources": list(one.sources), "verdict": one.state, "why": one.why,
            "by": one.by or None, "reason": one.reason or None, "sources_disagree": one.disagree,
        } for one in licensing.packages],
    }, ensure_ascii=False, indent=2) + "\n"


def purl(one: Judged) -> str | None:
    """A package's URL (purl-spec); None where its ecosystem has no type."""
    found = _purl(one)
    return None if found is None else str(found.to_string())


def _purl(one: Judged) -> Any:
    from packageurl import PackageURL

    kind = _PURL_TYPES.get(one.ecosystem)
    if kind is None:
        return None
    namespace, name = _parts(kind, _plain(one.name))
    version = None if one.version is None else _plain(one.version)
    try:
        return PackageURL(type=kind, namespace=namespace, name=name, version=version)
    except ValueError:
        return None


def _parts(kind: str, name: str) -> tuple[str | None, str]:
    sign = ":" if kind == "maven" and ":" in name else "/"
    if kind in ("npm", "golang", "maven", "composer", "github", "swift") and sign in name:
        namespace, _, last = name.rpartition(sign)
        return namespace, last
    return None, name


def _cyclonedx(licensing: Licensing, repository: str, version: str, now: datetime) -> str:
    """A bill of materials of CycloneDX 1.6. Its serial number is made of what it says, not drawn.

    Written here, and held to CycloneDX's own schema by tests: its library looks through all components for each of
    them, which takes minutes for the packages of a large project.
    """
    from uuid import NAMESPACE_URL, uuid5

    said = _json(licensing, repository, now).encode("utf-8", "replace")
    return json.dumps({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
        "serialNumber": uuid5(NAMESPACE_URL, hashlib.sha256(said).hexdigest()).urn, "version": 1,
        "metadata": {
            "timestamp": format_instant(now),
            "tools": {"components": [{"type": "application", "name": "repo-vitals", "version": version}]},
            "component": {"type": "application", "bom-ref": "subject", "name": _plain(repository)},
        },
        "components": [_component(place, one) for place, one in enumerate(licensing.packages)],
    }, ensure_ascii=False, indent=2) + "\n"


def _component(place: int, one: Judged) -> dict[str, Any]:
    said = [("verdict", one.state), *([("why", _plain(_why(one)))] if _why(one) else []),
            *(("source", _plain(source)) for source in one.sources)]
    declared, url = _declared(one), purl(one)
    return {
        "type": "library", "bom-ref": f"package-{place}", "name": _plain(one.name),
        **({} if one.version is None else {"version": _plain(one.version)}),
        **({"licenses": declared} if declared else {}), **({} if url is None else {"purl": url}),
        "properties": [{"name": f"repo-vitals:license:{name}", "value": value} for name, value in said],
    }


def _declared(one: Judged) -> list[dict[str, Any]]:
    """CycloneDX's licences: one expression, or names, never both."""
    trees = [parse(name) for name in one.licenses]
    if len(trees) == 1 and trees[0] is not None and all(found.kind != "unknown" for found in licenses(trees[0])):
        # A single licence too: the ids that a version of CycloneDX knows end with its day, expressions do not.
        return [{"expression": str(trees[0])}]
    return [{"license": {"name": _plain(name)}} for name in one.licenses]


def _plain(text: str) -> str:
    return one_line(text, limit=1000)


