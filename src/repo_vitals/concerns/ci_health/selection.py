"""Which workflows are measured. Pure."""
from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from repo_vitals.concerns.ci_health.facts import WORKFLOWS_FOLDER, Workflow, label_of
from repo_vitals.concerns.ci_health.triggers import Unreadable, read_triggers, read_uses
from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.concerns.ci_health.facts import Run, WorkflowFile
    from repo_vitals.concerns.ci_health.policy import Policy

ALL = "*"
# The action that judges other workflows, by itself or among all monitors. What a workflow with it ends in is a verdict
# on others: measured itself, it would stay red because it was red.
_OURS = re.compile(r"[\w.-]+/repo-vitals(?:/actions/ci-health)?@\S+", re.IGNORECASE)
RUNS_US = "it runs repo-vitals, whose verdicts are about other workflows"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is measured, what is looked at for its security, and why the rest is left out."""

    measured: tuple[Workflow, ...]
    security: tuple[Workflow, ...]
    left_out: Mapping[str, str]


def with_deleted(workflows: Sequence[Workflow], runs: Iterable[Run]) -> list[Workflow]:
    """The workflows that GitHub lists, and those that only their runs are left of."""
    known = {workflow.id for workflow in workflows}
    gone: dict[int, Workflow] = {}
    for run in sorted(runs, key=lambda run: run.key):
        if run.workflow_id not in known:
            before = gone.get(run.workflow_id)
            gone[run.workflow_id] = Workflow(
                id=run.workflow_id, name=label_of(run.path), path=run.path, state="deleted",
                created_at=before.created_at if before else run.created_at, updated_at=run.created_at)
    return [*workflows, *gone.values()]


def select(
    workflows: Sequence[Workflow], *, policy: Policy, files: Mapping[str, WorkflowFile], branch: str,
    is_default: bool, ran: frozenset[int],
) -> Selection:
    """Choose among `with_deleted`. `ran` are the ids of workflows that ran by an event that counts.

    Raises InputError for a name that no workflow has.
    """
    left_out: dict[str, str] = {}
    if policy.workflows == (ALL,):
        measured = []
        for workflow in workflows:
            why = _why_not(workflow, files.get(workflow.path), policy=policy, branch=branch, is_default=is_default,
                           ran=workflow.id in ran)
            if why is None:
                measured.append(workflow)
            else:
                left_out[workflow.label] = why
    else:
        measured = [found for name in policy.workflows for found in _named(name, workflows, "workflows")]
    security = [found for name in policy.security_workflows
                for found in _named(name, workflows, "security-workflows")]
    for workflow in measured:
        left_out.pop(workflow.label, None)
    return Selection(measured=_once(measured), security=_once(security), left_out=left_out)


def _once(workflows: Iterable[Workflow]) -> tuple[Workflow, ...]:
    by_label: dict[str, Workflow] = {}
    for workflow in sorted(workflows, key=lambda one: (one.path, one.state == "deleted", one.id)):
        by_label.setdefault(workflow.label, workflow)      # the one that is there, not one of the same name before it
    return tuple(by_label.values())


def _named(name: str, workflows: Sequence[Workflow], named_by: str) -> list[Workflow]:
    wanted = name.lower()
    for found in ([one for one in workflows if wanted in (one.label.lower(), one.path.lower())],
                  [one for one in workflows if one.name.lower() == wanted]):
        there = [one for one in found if one.state != "deleted"]
        if found:
            return there or found
    names = sorted({known for one in workflows for known in (one.label, one.name)})
    close = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(quotable(one, limit=60) for one in close)}?" if close else (
        f"; there are {', '.join(quotable(one.label, limit=60) for one in workflows[:10])}" if workflows else
        "; the repository has none")
    raise InputError(f'{named_by}: no workflow is called "{quotable(name, limit=60)}"{hint}')


def _why_not(
    workflow: Workflow, file: WorkflowFile | None, *, policy: Policy, branch: str, is_default: bool, ran: bool,
) -> str | None:
    """Why a workflow that nobody named is not measured; None where it is."""
    if workflow.state == "deleted":
        return "it was deleted"
    if workflow.state in ("disabled_manually", "disabled_fork") and not ran:
        return "it is disabled"
    if not workflow.path.startswith(WORKFLOWS_FOLDER):
        return None if ran else "GitHub runs it without a file, and not by these events"
    if file is None:
        return None if ran and not is_default else "its file is not on the default branch"
    if file.text is not None and any(_OURS.fullmatch(action) for action in read_uses(file.text)):
        return RUNS_US
    if ran or file.text is None:
        return None
    try:
        may_run = read_triggers(file.text).may_run_on(branch, policy.events)
    except Unreadable:
        return None
    return None if may_run else "none of these events starts it on this branch"
