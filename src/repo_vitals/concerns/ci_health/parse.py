"""From GitHub's JSON to facts. Raises KeyError, TypeError, ValueError or AttributeError for what lacks its shape."""
from __future__ import annotations

from typing import Any

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.ci_health.facts import QUEUE_PREFIX, Attempt, Job, Run, Step, Workflow, WorkflowFile

Node = dict[str, Any]


def workflow(node: Node) -> Workflow:
    """A workflow."""
    return Workflow(id=_number(node["id"]), name=_text(node["name"]), path=_text(node["path"]),
                    state=_text(node["state"]), created_at=parse_instant(node["created_at"]),
                    updated_at=parse_instant(node["updated_at"]))


def run(node: Node) -> Run:
    """A run as a listing or its own page tells it."""
    created = parse_instant(node["created_at"])
    return Run(
        id=_number(node["id"]), node_id=_text(node["node_id"]), workflow_id=_number(node["workflow_id"]),
        # A workflow that is called from elsewhere has its ref behind an @.
        path=_text(node.get("path") or f"workflow {node['workflow_id']}").partition("@")[0], event=_text(node["event"]),
        branch=_text(node["head_branch"] or ""), sha=_text(node["head_sha"]), number=_number(node["run_number"]),
        attempt=max(1, _number(node.get("run_attempt") or 1)), status=_text(node["status"] or "queued"),
        conclusion=_maybe_text(node["conclusion"]), created_at=created,
        started_at=parse_instant(node.get("run_started_at") or node["created_at"]),
        updated_at=parse_instant(node["updated_at"]),
    )


def is_of(node: Node, *, repository: str, branch: str) -> bool:
    """Whether a run is of a branch of the repository itself, or of that branch's merge queue: a fork has a main too."""
    head = node.get("head_repository")
    if isinstance(head, dict) and str(head.get("full_name", "")).lower() != repository.lower():
        return False
    name = node["head_branch"]
    return bool(name == branch or (node["event"] == "merge_group" and isinstance(name, str)
                                   and name.startswith(f"{QUEUE_PREFIX}{branch}/")))


def attempt(node: Node) -> Attempt:
    """An earlier attempt of a run."""
    return Attempt(number=_number(node["run_attempt"]), conclusion=_maybe_text(node["conclusion"]),
                   started_at=parse_instant(node.get("run_started_at") or node["created_at"]),
                   completed_at=parse_instant(node["updated_at"]))


def job(node: Node) -> Job:
    """A job. GitHub gives one that waits, or never had a runner, its creation for a start: that is none."""
    labels = node.get("labels") or ()
    # Older servers don't name the runner at all.
    had_runner = bool(node["runner_name"]) if "runner_name" in node else True
    return Job(
        id=_number(node["id"]), run_id=_number(node["run_id"]), attempt=max(1, _number(node.get("run_attempt") or 1)),
        name=_text(node["name"]), conclusion=_maybe_text(node["conclusion"]),
        created_at=parse_instant(node.get("created_at") or node["started_at"]),
        started_at=parse_instant(node["started_at"]) if had_runner and node["started_at"] else None,
        completed_at=parse_instant(node["completed_at"]) if node["completed_at"] else None,
        labels=tuple(_text(label) for label in labels), group=_maybe_text(node.get("runner_group_name")),
        steps=tuple(_step(step) for step in node.get("steps") or ()),
    )


def _step(node: Node) -> Step:
    started, completed = node.get("started_at"), node.get("completed_at")
    seconds = None
    if started and completed:
        seconds = max(0.0, (parse_instant(completed) - parse_instant(started)).total_seconds())
    return Step(name=_text(node["name"]), number=_number(node["number"]), conclusion=_maybe_text(node["conclusion"]),
                seconds=seconds)


def files(tree: Node | None, folder: str) -> dict[str, WorkflowFile]:
    """The workflow files below a folder, by path; none where there is no such folder."""
    found = {}
    for entry in (tree or {}).get("entries") or ():
        name = _text(entry["name"])
        if entry["type"] != "blob" or not name.lower().endswith((".yml", ".yaml")):
            continue
        blob = entry["object"] or {}
        problem = ("it is not text" if blob.get("isBinary") else
                   "it is longer than GitHub gives out" if blob.get("isTruncated") else
                   "" if isinstance(blob.get("text"), str) else "it can't be read")
        found[folder + name] = WorkflowFile(text=None if problem else blob["text"], problem=problem)
    return found


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not a number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _maybe_text(value: Any) -> str | None:
    return None if value is None else _text(value)
