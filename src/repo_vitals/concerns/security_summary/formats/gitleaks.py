"""gitleaks' JSON: a list of leaks. They are counted and nothing else of them is kept: a leak must not be told on."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.facts import Report
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

NAME = "gitleaks"
NOTHING = True      # writes [] where it found none; before 8, null
# Version 8 on, and before.
_KEYS = (frozenset({"RuleID", "Secret", "File"}), frozenset({"rule", "offender", "file"}))


def recognises(outline: Outline) -> bool:
    """Whether the first entry of the list is a leak."""
    return outline.kind == "list" and _is_leak(outline.at(0))


def _is_leak(value: object) -> bool:
    return isinstance(value, dict) and any(keys <= value.keys() for keys in _KEYS)


def read(file: ReportFile) -> Report:
    """How many leaks there are."""
    secrets = 0
    with opened(file) as stream:
        text = JsonText(stream)
        if text.peek() == "n":
            if text.value() is not None:
                raise Unreadable("is no list of leaks")
        else:
            for leak in text.values():
                if not _is_leak(leak):
                    raise Unreadable(f"has an entry that is no leak (number {secrets + 1:,})")
                secrets += 1
        text.end()
    return Report(shown=file.shown, format=NAME, tool=NAME, secrets=secrets, checks=frozenset({"secrets"}))
