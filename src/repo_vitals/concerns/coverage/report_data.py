"""The report's `data`: what the figures are made of, for other tools and for the summary's tables. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.coverage.definitions import METRICS
from repo_vitals.concerns.coverage.per_cent import limit_per_cent
from repo_vitals.concerns.coverage.totals import lines_of
from repo_vitals.concerns.coverage.words import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.coverage.facts import Facts, FileCoverage
    from repo_vitals.concerns.coverage.measure import Measured
    from repo_vitals.concerns.coverage.patch import Patch, PatchFile
    from repo_vitals.concerns.coverage.policy import Policy
    from repo_vitals.concerns.coverage.totals import Count

MOST_FILES = 10_000         # in data.files: those with the most uncovered lines
MOST_PATCH_FILES = 2_000
_MOST_ROWS = 20             # of a table in the summary
_MOST_RANGES = 12           # of a cell


def data_of(measured: Measured, facts: Facts, policy: Policy) -> dict[str, Any]:
    """JSON values only."""
    worst = _worst_first(facts.files)
    listed = sorted(worst[:MOST_FILES])
    pull = facts.pull_request
    return {
        "definitions": {metric.name: metric.definition for metric in METRICS},
        "complete": list(facts.missing) or True,
        "head_sha": facts.head_sha,
        "pull_request": None if pull is None else {
            "number": pull.number, "head_sha": pull.head_sha, "head_ref": pull.head_ref,
            "head_repository": pull.head_repository, "from_fork": pull.from_fork},
        "base": _base(facts),
        "patch": None if measured.patch is None else _patch(measured.patch),
        "components": [{"name": component.name, "covered": lines.covered, "valid": lines.valid,
                        "minimum": component.minimum}
                       for component in policy.components for lines in (measured.components[component.name],)],
        "reports": [{"file": report.shown, "format": report.format, "tool": report.tool, "files": report.files,
                     "root_line_ratio": report.root_line_ratio, "notes": list(report.notes)}
                    for report in facts.reports],
        "files": [{"file": path, "covered": lines.covered, "valid": lines.valid} for path, lines in listed],
        "files_left_out": len(worst) - len(listed),
        "files_excluded": facts.excluded,
        "sections": _sections(worst, measured, policy),
    }


def _base(facts: Facts) -> dict[str, Any]:
    """What the commit is compared with: `commit` for added lines, `compared` for the line ratio."""
    base, earlier = facts.base, facts.earlier
    return {
        "commit": None if base is None else base.commit,
        "how": facts.no_base if base is None else base.how,
        "compared": None if earlier is None else {
            "commit": earlier.commit, "commits_before_base": earlier.distance, "at": format_instant(earlier.at),
            "covered": earlier.lines.covered, "valid": earlier.lines.valid},
    }


def _patch(patch: Patch) -> dict[str, Any]:
    worst = sorted(patch.files, key=lambda file: (-file.lines.uncovered, file.path))[:MOST_PATCH_FILES]
    return {
        "covered": patch.lines.covered, "valid": patch.lines.valid,
        "files": [{"file": file.path, "covered": file.lines.covered, "valid": file.lines.valid,
                   "uncovered": [list(stretch) for stretch in file.uncovered]}
                  for file in sorted(worst, key=lambda file: file.path)],
        "files_left_out": len(patch.files) - len(worst),
        "files_in_no_report": patch.unreported,
    }


def _worst_first(files: Mapping[str, FileCoverage]) -> list[tuple[str, Count]]:
    counted = ((path, lines_of(file)) for path, file in files.items())
    return sorted((one for one in counted if one[1].valid), key=lambda one: (-one[1].uncovered, one[0]))


def _sections(worst: list[tuple[str, Count]], measured: Measured, policy: Policy) -> list[dict[str, Any]]:
    patch = () if measured.patch is None else sorted(measured.patch.files, key=lambda file: (-file.lines.uncovered,
                                                                                            file.path))
    return [
        {"title": "Added lines", "headers": ["File", "Covered", "Not covered"],
         "rows": [_added(file) for file in patch[:_MOST_ROWS]]},
        {"title": "Components", "headers": ["Component", "Covered", "At least"],
         "rows": [[component.name, _of(measured.components[component.name], component.minimum),
                   "" if component.minimum is None else limit_per_cent(component.minimum)]
                  for component in policy.components]},
        {"title": "Files with the most uncovered lines", "headers": ["File", "Covered", "Not covered"],
         "rows": [[path, _of(lines), f"{lines.uncovered:,}"] for path, lines in worst[:_MOST_ROWS] if lines.uncovered]},
    ]


def _added(file: PatchFile) -> list[str]:
    stretches = [f"{first}" if first == last else f"{first}-{last}" for first, last in file.uncovered]
    more = [f"{len(stretches) - _MOST_RANGES:,} more"] if len(stretches) > _MOST_RANGES else []
    return [file.path, _of(file.lines), ", ".join(stretches[:_MOST_RANGES] + more)]


def _of(lines: Count, limit: float | None = None) -> str:
    return shown(lines, limit) + (f" ({lines.covered:,} of {lines.valid:,})" if lines.valid else "")
