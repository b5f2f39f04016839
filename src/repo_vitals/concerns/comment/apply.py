"""Writes the comment. The one stage that writes to the world."""
from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.comment.decide import CREATE, DELETE, UPDATE
from repo_vitals.delivery.comments import Comments
from repo_vitals.errors import PermissionMissing
from repo_vitals.sources.pull_requests import our_comments

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from repo_vitals.report.model import Judgement
    from repo_vitals.sources.github_connection import GitHub

_PULL_REQUEST = re.compile(r"#(\d+)\Z")
_COMMENT = re.compile(r"#issuecomment-(\d+)\Z")
_DONE = {CREATE: "commented on", UPDATE: "updated", DELETE: "deleted the double"}
_WOULD = {CREATE: "would comment on", UPDATE: "would update", DELETE: "would delete the double"}


def apply(github: GitHub, judgement: Judgement, *, marker: str, trusted: Collection[str], dry_run: bool,
          without_permission: str) -> Judgement:
    """Carry out what was decided, unless it is a dry run; the notes say what was done.

    Where the token may not write and that is no mistake of the workflow's, `without_permission` says so in a note.
    Raises PermissionMissing elsewhere, and what the client raises.
    """
    notes: list[str] = []
    for action in judgement.data["actions"]:
        if dry_run:
            notes.append(f"dry-run: {_WOULD[action['verb']]} {action['target']}")
            continue
        try:
            _perform(github, judgement.repository, action, marker, trusted)
        except PermissionMissing:
            if not judgement.data["may_lack_permission"]:
                raise
            notes.append(f"no comment was written: {without_permission}")
            shown = f"{judgement.markdown or ''}\n_No comment was written: {without_permission}._\n"
            return replace(judgement, notes=(*judgement.notes, *notes), markdown=shown)
        notes.append(f"{_DONE[action['verb']]} {action['target']}")
    return replace(judgement, notes=(*judgement.notes, *notes))


def _perform(github: GitHub, repository: str, action: Mapping[str, str], marker: str,
             trusted: Collection[str]) -> None:
    comments = Comments(github, repository)
    verb, target = action["verb"], action["target"]
    if verb == CREATE:
        number = _number(_PULL_REQUEST, target)
        comments.create(number, action["after"], lambda: bool(our_comments(
            github, repository, number, marker=marker, trusted=trusted)))
    elif verb == UPDATE:
        comments.update(_number(_COMMENT, target), action["after"])
    else:
        comments.delete(_number(_COMMENT, target))


def _number(pattern: re.Pattern[str], target: str) -> int:
    found = pattern.search(target)
    if found is None:
        raise ValueError(target)
    return int(found[1])
