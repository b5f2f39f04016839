"""What is to be written to GitHub: workflows to enable again. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.ci_health.facts import WORKFLOWS_FOLDER

if TYPE_CHECKING:
    from repo_vitals.concerns.ci_health.facts import Facts
    from repo_vitals.concerns.ci_health.policy import Policy

ENABLE = "enable-workflow"


def planned(facts: Facts, policy: Policy) -> list[dict[str, str]]:
    """The planned writes: every workflow that GitHub disabled for inactivity, where that was asked for."""
    if not policy.enable_workflows:
        return []
    return [{"verb": ENABLE, "target": workflow.path, "before": workflow.state, "after": "active"}
            for workflow in facts.workflows
            if workflow.state == "disabled_inactivity" and workflow.path.startswith(WORKFLOWS_FOLDER)]
