"""From a report in the working folder to plain facts: which tool's it is, told by its content, and what it says."""
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from repo_vitals.sources.json_outline import far_outline, outline
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.facts import Report
    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

# Format, as a user forces it by `format=path`, and the module in `formats` that reads it; imported where a report asks
# for it. At most one of them recognises a report, so what most tools write is tried first.
READERS: dict[str, str] = {
    "sarif": "sarif",
    "cargo-audit": "cargo_audit",
    "cargo-deny": "cargo_deny",
    "cyclonedx": "cyclonedx",
    "gitleaks": "gitleaks",
    "grype": "grype",
    "npm-audit": "npm_audit",
    "osv-scanner": "osv_scanner",
    "pip-audit": "pip_audit",
    "semgrep": "semgrep",
    "spdx": "spdx",
    "trivy": "trivy",
}


class Reader(Protocol):
    """A module that reads one format."""

    NAME: str

    def recognises(self, outline: Outline) -> bool:
        """Whether a report is of this format; no other tool's is."""

    def read(self, file: ReportFile) -> Report:
        """What the report says. Raises Unreadable for one that is damaged or of another format."""


def reader(name: str) -> Reader:
    """The reader of a format."""
    return cast("Reader", import_module(f"repo_vitals.concerns.security_summary.formats.{READERS[name]}"))


def read(file: ReportFile) -> Report:
    """What a report says, by the reader that the user forced or the one that recognises it.

    Raises Unreadable, also where none does and where the forced one does not.
    """
    return reader(_forced(file, file.reader) if file.reader else recognised(file)).read(file)


def _forced(file: ReportFile, name: str) -> str:
    """The format that the user named, if the report can be of it: in another tool's file a reader finds nothing."""
    near = outline(file)
    one = reader(name)
    if (one.recognises(near) or (_is_nothing(near) and getattr(one, "NOTHING", False))
            or (near.kind == "object" and one.recognises(far_outline(file, near)))):
        return name
    raise Unreadable(f"is no report of {name} ({_looks_like(near)})")


def recognised(file: ReportFile) -> str:
    """The format of a report, by its content. Raises Unreadable where it is of none."""
    near = outline(file)
    found = _matching(near)
    if found is None and near.kind == "object":
        found = _matching(far_outline(file, near))
    if found is None:
        found = _of_nothing(near, file.shown)
    if found is None:
        raise Unreadable(f"is of no format that is known ({_looks_like(near)}); known: {', '.join(sorted(READERS))}")
    return found


def _matching(known: Outline) -> str | None:
    return next((name for name in READERS if reader(name).recognises(known)), None)


def _of_nothing(near: Outline, shown: str) -> str | None:
    """The format of a report that only says "nothing", by the tool's name in the file's.

    Several tools write an empty list or null where they found nothing, so the content does not tell which.
    """
    if not _is_nothing(near):
        return None
    name = shown.replace("\\", "/").rpartition("/")[2].lower().replace("_", "-")
    found = [one for one in READERS if one in name and getattr(reader(one), "NOTHING", None)]
    if len(found) != 1:
        raise Unreadable("holds nothing, which does not tell what looked for it; name its format as format=path, such "
                         "as gitleaks=path")
    return found[0]


def _is_nothing(near: Outline) -> bool:
    return (near.kind == "list" and near.top == []) or (near.kind == "value" and near.top is None)


def _looks_like(near: Outline) -> str:
    kinds = {
        "object": "a JSON object with other keys", "list": "a JSON list of something else", "value": "one JSON value",
        "lines": "a JSON object a line, of another kind", "text": "no JSON" if not near.head.lstrip().startswith("<")
        else "XML or HTML of another kind", "empty": "empty",
    }
    return kinds[near.kind]
