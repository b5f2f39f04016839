"""How GraphQL reads files, and what there is of Actions."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.model import Blob

MOST_TEXT = 512_000     # bytes of a file that are shown


def _text(blob: Blob, _: object) -> str | None:
    if blob.raw is not None:
        return None
    return blob.content[:MOST_TEXT].decode("utf-8", "ignore")


def _upper(text: str | None) -> str | None:
    return None if text is None else text.upper()


OF_ACTIONS: dict[str, dict[str, Callable[..., Any]]] = {
    "Blob": {
        "abbreviatedOid": lambda b, _: b.oid[:7], "byteSize": lambda b, _: len(b.content),
        "isBinary": lambda b, _: b.raw is not None, "isTruncated": lambda b, _: len(b.content) > MOST_TEXT,
        "text": _text,
    },
    "Tree": {"abbreviatedOid": lambda tree, _: tree.oid[:7]},
    "Workflow": {"state": lambda workflow, _: _upper(workflow.state)},
    "WorkflowRun": {"checkSuite": lambda run, _: run.suite},
    "CheckSuite": {
        "status": lambda suite, _: _upper(suite.run.status),
        "conclusion": lambda suite, _: _upper(suite.run.conclusion),
        "createdAt": lambda suite, _: suite.run.created_at, "updatedAt": lambda suite, _: suite.run.updated_at,
        "url": lambda suite, _: f"{suite.repository.url}/commit/{suite.run.sha}/checks?check_suite_id={suite.id}",
        "workflowRun": lambda suite, _: suite.run,
    },
    "CheckRun": {
        "status": lambda job, _: _upper(job.status), "conclusion": lambda job, _: _upper(job.conclusion),
    },
}
