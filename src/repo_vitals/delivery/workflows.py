"""Workflows that are enabled again."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from repo_vitals.sources.github_connection import GitHub

_FILE = re.compile(r"\.github/workflows/(?!\.{1,2}\Z)[^/\\\x00-\x1f]{1,200}")


def enable_workflow(github: GitHub, repository: str, path: str) -> None:
    """Have a workflow, by the path of its file, run again.

    Enabling is the same however often it is done, so that it is simply repeated when its outcome is not known. Raises
    PermissionMissing without `actions: write`, and what else the client raises.
    """
    from repo_vitals.sources.github_actions import Actions
    from repo_vitals.sources.writes import write_once

    if _FILE.fullmatch(path) is None:
        raise CouldNotMeasure(f"{quotable(path, limit=100)!r} is no workflow file's path")
    file = path.rsplit("/", 1)[-1]
    actions = Actions(github, repository)

    def enabled() -> bool:
        actions.enable(file)
        return True
    write_once(github.transport, enabled, lambda: actions.workflow_state(file) == "active" or None)
