"""The baseline of a repository that was not green when it began to be watched: where it is kept, and when it begins."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.config.common import BASELINE, HISTORY
from repo_vitals.errors import InputError
from repo_vitals.report import baseline
from repo_vitals.sources.history import BASELINES
from repo_vitals.sources.workflow_event import read_event

if TYPE_CHECKING:
    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Report
    from repo_vitals.runtime.world import World
    from repo_vitals.sources.history import History


def check_baseline(values: Values) -> None:
    """Raises InputError where a baseline is wanted and nothing remembers it."""
    if BASELINE.name in values and values[BASELINE] is not False and values[HISTORY] is None:
        raise InputError("baseline: takes a history, which remembers what was wrong at first; set history, for example "
                         "to branch")


def with_baseline(report: Report, values: Values, history: History, world: World, *, is_kept: bool,
                  is_whole: bool) -> Report:
    """The report held to the baseline, where one is wanted; the first whole report begins it, never a fork's.

    One that is not kept, as it is about a change that is not merged yet, say, or that lacks something, begins none and
    makes nothing forgotten.
    A baseline that can't be read counts for nothing, and a note says so: what is damaged hides no breach.
    """
    wanted = BASELINE.name in values and values[BASELINE]
    if not wanted:
        return report
    # Apart from what the monitor remembers: that is its own, to replace as a whole.
    path = f"{BASELINES}/{report.monitor}/{report.repository.lower()}.jsonl"
    text = history.read(path)
    try:
        known = None if text is None else baseline.parse(text)
    except baseline.NotABaseline as error:
        said = f"baseline: {path} in the history {error} and counts for nothing; remove it to begin anew"
        return _noted(report, said)
    if known is None:
        if read_event(world.environ).from_fork:
            return _noted(report, "baseline: none yet, and a fork's run does not begin one")
        if not is_kept:
            return _noted(report, "baseline: none yet, and a run whose figures are not kept does not begin one")
        if not is_whole or report.data.get("complete", True) is not True:
            return _noted(report, "baseline: it begins with the first run that is complete")
        known = baseline.begun(report)
    until = known.since + baseline.FOR if wanted is True else wanted
    kept = baseline.as_text(baseline.carried(known, report) if is_whole else known)
    if kept != text and is_kept:
        history.keep(path, kept)
    return baseline.applied(report, known, until)


def _noted(report: Report, note: str) -> Report:
    return replace(report, data={**report.data, "notes": [*report.data.get("notes", []), note]})
