"""How `run` shows what its monitors came to: one after the other, and in one summary of all."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.config import common
from repo_vitals.errors import RepoVitalsError, internal_error
from repo_vitals.report.model import Cost
from repo_vitals.runtime.publishing import publish, summary_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repo_vitals.config.declare import Values
    from repo_vitals.runtime.actions_env import ActionsEnvironment
    from repo_vitals.runtime.outcome import Outcome
    from repo_vitals.runtime.world import World

TITLE = "repo-vitals"       # of annotations that belong to no one monitor


def published(outcome: Outcome, world: World, actions: ActionsEnvironment) -> Outcome:
    """The outcome, shown; a bug in how one monitor is shown leaves the others their turn."""
    if world.in_actions and outcome.error is not None:
        actions.log(str(outcome.error))     # its annotation waits, and may be one too many
    try:
        return publish(outcome, world, actions, summarise=False)
    except Exception as bug:
        if world.environ.get("REPO_VITALS_DEBUG"):
            raise
        error = internal_error(bug)
        actions.annotate("error", str(error), title=outcome.monitor.title)
        return replace(outcome, exit_code=error.exit_code)


def summarise(values: Values, outcomes: Sequence[Outcome], failures: list[RepoVitalsError], cost: Cost, world: World,
               actions: ActionsEnvironment) -> None:
    """One summary of all; where it can't be made or written, that is one failure more."""
    from repo_vitals.render.whole import Part, whole_markdown

    shown = [outcome for outcome in outcomes if (outcome.values or values)[common.SUMMARY]]
    if not shown:
        return
    try:
        parts = [Part(title=outcome.monitor.title, status=outcome.status if outcome.path is not None else None,
                      findings=outcome.findings or 0, said=outcome.summary, markdown=summary_of(outcome, world))
                 for outcome in shown]
        actions.summary(whole_markdown(parts, cost, run_url=world.run_url(), remarks=[str(one) for one in failures]))
    except Exception as error:
        if world.environ.get("REPO_VITALS_DEBUG"):
            raise
        failures.append(error if isinstance(error, RepoVitalsError) else internal_error(error))
        actions.annotate("error", str(failures[-1]), title=TITLE)


def cost_of(costs: Iterable[Cost], seconds: float) -> Cost:
    """The sum of what was asked, in `seconds` of one clock."""
    every = list(costs)
    return Cost(requests=sum(cost.requests for cost in every), not_modified=sum(cost.not_modified for cost in every),
                graphql_points=sum(cost.graphql_points for cost in every),
                retries=sum(cost.retries for cost in every), seconds=seconds)
