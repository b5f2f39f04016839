"""pip-audit's JSON: a list of packages (before 2.5), or an object of dependencies and fixes."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary.facts import Advisory, Package, Report
from repo_vitals.concerns.security_summary.formats import values
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

NAME = "pip-audit"
NOTHING = True      # writes [] where there was no package


def recognises(outline: Outline) -> bool:
    """Whether the first package has vulnerabilities or a reason why it was skipped; where there is none, whether there
    is a list of fixes too."""
    if outline.kind == "object":
        dependencies = outline.at("dependencies")
        if not isinstance(dependencies, list):
            return False
        if not dependencies:
            return isinstance(outline.at("fixes"), list) or outline.keys() == {"dependencies"}
        return _is_dependency(dependencies[0])
    return outline.kind == "list" and _is_dependency(outline.at(0))


def _is_dependency(value: object) -> bool:
    return (isinstance(value, dict) and isinstance(value.get("name"), str)
            and (isinstance(value.get("vulns"), list) or isinstance(value.get("skip_reason"), str)))


def read(file: ReportFile) -> Report:
    """What the report says. A package that was skipped leaves it unfinished, not clean."""
    advisories: list[Advisory] = []
    checked = skipped = 0
    mended = False
    with opened(file) as stream:
        text = JsonText(stream)
        for part, entry in _entries(text):
            if part == "fix":
                mended = mended or "new_version" in entry
                continue
            if entry.get("skip_reason") is not None:
                skipped += 1
                continue
            checked += 1
            advisories += _advisories(entry)
            values.bounded(len(advisories), "advisories")
    missing = []
    if skipped:
        missing.append(f"{skipped:,} of {checked + skipped:,} packages could not be audited")
    elif not checked:
        missing.append("no package was looked at")
    return Report(
        shown=file.shown, format=NAME, tool=NAME, advisories=tuple(advisories), checked=checked,
        checks=frozenset({"vulnerabilities"}), missing=tuple(missing),
        notes=("the tool changed packages after it looked: this is how they were before",) if mended else ())


def _entries(text: JsonText) -> Iterator[tuple[str, dict[str, Any]]]:
    """("dependency" or "fix", the entry), one at a time."""
    if text.peek() == "[":
        for entry in text.values():
            yield "dependency", values.table(entry, "a package")
    else:
        seen = False
        for key in text.members():
            if key not in ("dependencies", "fixes"):
                text.skip()
                continue
            seen = seen or key == "dependencies"
            if text.peek() != "[":
                raise Unreadable(f"has {key} that are no list")
            for entry in text.values():
                yield "dependency" if key == "dependencies" else "fix", values.table(entry, "a package")
        if not seen:
            raise Unreadable("has no dependencies, as pip-audit's has")
    text.end()


def _advisories(entry: dict[str, Any]) -> Iterator[Advisory]:
    package = Package(name=values.text(entry.get("name"), "name of a package"),
                      version=values.text(entry.get("version"), "version of a package"), ecosystem="PyPI")
    for one in values.listed(entry.get("vulns"), "list of vulnerabilities of a package"):
        vulnerability = values.table(one, "a vulnerability")
        ids = values.advisory_ids(vulnerability.get("id"), values.texts(vulnerability.get("aliases")))
        description = vulnerability.get("description")
        first_line = description.strip().partition("\n")[0] if isinstance(description, str) else ""
        yield Advisory(
            ids=ids, package=package, source=NAME, title=values.optional_text(first_line) or "",
            fixed=values.texts(vulnerability.get("fix_versions")),
            published=moment(vulnerability.get("published")))
