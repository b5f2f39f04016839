"""What a report says of coverage in sentences. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage import definitions
from repo_vitals.concerns.coverage.per_cent import limit_per_cent, per_cent, points
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.concerns.coverage.facts import Earlier, Facts
    from repo_vitals.concerns.coverage.measure import Measured
    from repo_vitals.concerns.coverage.policy import Policy
    from repo_vitals.concerns.coverage.totals import Count
    from repo_vitals.report.model import Metric

_MOST_NOTES = 10        # of one kind
_MOST_NAMED = 5
MOST_RANGES = 50        # findings on added lines; the report has all of them at data.patch


def counted(count: int, noun: str) -> str:
    """`1 line`, `2 lines`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def shown(lines: Count, limit: float | None = None) -> str:
    """`89.9 %`, never up to a limit that is missed."""
    exact = lines.exact
    return "no lines" if exact is None else per_cent(exact, limit)


def earlier_in_words(earlier: Earlier) -> str:
    """`a1b2c3d4e5f6`, and how far before the base it is."""
    before = "" if earlier.distance == 0 else f", {counted(earlier.distance, 'commit')} before the base"
    return f"{earlier.commit[:12]}{before}"


def summary_of(metrics: Sequence[Metric], measured: Measured, facts: Facts, policy: Policy) -> str:
    """The verdict in a line, without strangers' text."""
    lines = facts.totals.lines
    if not facts.reports:
        return "line coverage unknown: no report could be read"
    if not lines.valid:
        return "line coverage unknown: the reports name no line that could be covered"
    low = lines.ratio is not None and lines.ratio < policy.minimum
    parts = [f"{shown(lines, policy.minimum)} of lines covered ({lines.covered:,} of {lines.valid:,})"
             + (f", below {limit_per_cent(policy.minimum)}" if low else "")]
    if measured.patch is not None:
        added = measured.patch.lines
        parts.append(f"{shown(added, policy.minimum_patch)} of {counted(added.valid, 'added line')}" if added.valid
                     else "added lines unknown" if measured.patch.without_lines else "no coverable line added")
    if measured.drop is not None and facts.earlier is not None:
        way = "as" if not measured.drop else "lower than" if measured.drop > 0 else "higher than"
        size = "" if not measured.drop else f"{points(measured.drop)} "
        parts.append(f"{size}{way} at {earlier_in_words(facts.earlier)}")
    low_components = sum(metric.name == definitions.COMPONENT_RATIO and metric.status == "fail" for metric in metrics)
    if low_components:
        parts.append(f"{counted(low_components, 'component')} below the limit")
    if facts.missing:
        missing = len(facts.missing)
        parts.append(f"{counted(missing, 'report')} missing, so that this is no verdict")
    return "; ".join(parts)


def notes_of(measured: Measured, facts: Facts, policy: Policy) -> tuple[str, ...]:
    """What a reader should know about the facts, a line each. File names may be strangers' text."""
    notes = list(facts.notes)
    pull = facts.pull_request
    if pull is not None and pull.from_fork and facts.is_of_pull:
        whose = "a fork that is gone" if pull.head_repository is None else quotable(pull.head_repository, limit=140)
        notes.append(f"this is the code of {whose}; its figures are compared and shown, and not kept")
    wants_patch = policy.minimum_patch is not None or pull is not None
    if facts.added is None and facts.no_added and wants_patch:
        notes.append(f"patch coverage is unknown, since {facts.no_added}")
    if facts.outside:
        notes.append(f"{counted(len(facts.outside), 'file')} of {len(facts.files):,} that the reports name "
                     f"{'is' if len(facts.outside) == 1 else 'are'} not in the checkout, such as "
                     f"{quotable(facts.outside[0], limit=120)}; they count all the same (`path-map` says what they "
                     "are, `exclude` leaves them out)")
    if facts.earlier is None and facts.no_earlier:
        notes.append(f"there is nothing to compare the line ratio with, since {facts.no_earlier}")
    if measured.patch is not None and measured.patch.without_lines:
        count = counted(measured.patch.without_lines, "changed file")
        notes.append(f"of {count} the reports tell totals and no lines, so that what of it was added can't be judged")
    stretches = 0 if measured.patch is None else sum(len(file.uncovered) for file in measured.patch.files)
    if stretches > MOST_RANGES:
        notes.append(f"of {stretches:,} stretches of added lines that did not run the {MOST_RANGES} longest are "
                     "findings; data.patch has the others")
    if facts.added is not None and facts.unnamed:
        more = len(facts.unnamed) - _MOST_NAMED
        notes.append("no report names " + ", ".join(quotable(path, limit=120) for path in facts.unnamed[:_MOST_NAMED])
                     + (f" and {counted(more, 'more file')}" if more > 0 else "")
                     + ", to which the change adds lines; code that no test loads is missing in many tools' reports, "
                     "and counts nowhere")
    if facts.added is not None and facts.added.binary and wants_patch:
        notes.append(f"git takes {counted(facts.added.binary, 'changed file')} for binary; patch coverage leaves them "
                     "out")
    notes += [f"component {component.name}: no coverable line is in its paths" for component in policy.components
              if not measured.components[component.name].valid]
    said = [f"{report.shown}: {note}" for report in facts.reports for note in report.notes]
    notes += said[:_MOST_NOTES]
    if len(said) > _MOST_NOTES:
        notes.append(f"{counted(len(said) - _MOST_NOTES, 'more note')} on reports stand at data.reports")
    return tuple(dict.fromkeys(notes))
