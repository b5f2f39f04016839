"""What a monitor is to the rest of the program: declarations, and two functions."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from repo_vitals.config.declare import Input, Values
    from repo_vitals.report.model import Judgement, MetricDefinition, Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History

F = TypeVar("F")

Period = Literal["day", "instant"]
Headline = tuple[str, Mapping[str, str]]    # a metric's name and labels


@dataclass(frozen=True, kw_only=True)
class Monitor(Generic[F]):
    """A monitor, or a doer. `collect` reads from the world; `assess` measures and judges, or decides, and is pure.

    A doer is one whose `act` is what it is there for. The frame is the same: inputs, token, a report with its planned
    writes, dry run, summary, exit code. So there is one of it, and the registry says which is which.

    `act`, where there is one, carries out what the judgement planned, and returns the judgement with what was done. It
    is called while the connection is still open; when it fails, the report is written all the same.
    """

    name: str                                       # the command's
    title: str                                      # the action's name
    inputs: tuple[Input[Any], ...]
    metrics: tuple[MetricDefinition, ...]
    headlines: Mapping[str, Headline]               # output name to metric
    permissions: Mapping[str, str]                  # `issues: read` to the reason
    collect: Callable[[GitHub, str, Window, Values, History], F]
    assess: Callable[[F, Window, Values], Judgement]
    act: Callable[[GitHub, Judgement, Values], Judgement] | None = None
    files: tuple[Input[str | None], ...] = ()       # paths of what it writes besides; `Judgement.files` has the texts
    period: Period = "day"                          # the span for which the history keeps a figure once
    needs_token: bool = True                        # False: it asks GitHub nothing, and gets no token
    takes_token: bool = False                       # True, without needs_token: it asks GitHub where there is a token
    needs: tuple[Input[Any], ...] = ()              # inputs that have no default and must be given
    badge_figure: str | None = None                 # the ratio that its badge shows instead of the verdict
