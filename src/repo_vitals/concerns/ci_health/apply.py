"""Enables workflows again. The one stage that writes to the world."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.delivery.workflows import enable_workflow

if TYPE_CHECKING:
    from repo_vitals.report.model import Judgement
    from repo_vitals.sources.github_connection import GitHub


def apply(github: GitHub, judgement: Judgement, *, dry_run: bool) -> Judgement:
    """Carry out what the judgement planned, unless it is a dry run; its notes say what was done.

    Raises what the client raises; `actions: write` is the permission that it takes.
    """
    notes = []
    for action in judgement.data["actions"]:
        if dry_run:
            notes.append(f"dry-run: {action['target']} would be enabled again")
        else:
            enable_workflow(github, judgement.repository, action["target"])
            notes.append(f"{action['target']} was enabled again")
    return replace(judgement, notes=(*judgement.notes, *notes))
