"""The inputs of comment."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.config.common import doer_inputs
from repo_vitals.config.declare import FILES, LIST, FilePatterns, Input, Kind, integer, needs_text
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from repo_vitals.config.declare import Values

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def _key(text: str) -> str:
    if _KEY.fullmatch(text.strip()) is None:
        raise ValueError("is not 1 to 40 small letters, digits and hyphens")
    return text.strip()


_RUN = integer(1, 10**17)
_OPTIONAL_RUN: Kind[int | None] = Kind(_RUN.name, _RUN.parse, _RUN.from_toml, lambda value: str(value or ""))

REPORTS = Input(
    name="reports", kind=FILES, default=FilePatterns(), default_text="none",
    help="In the run that measured: JSON reports to show, as paths or patterns such as `repo-vitals/*.json`",
)
RUN_ID = Input(
    name="run-id", kind=_OPTIONAL_RUN, default=None, default_text="the run that a workflow_run event is about",
    help="In a workflow of its own: number of the run whose artifacts hold the reports",
)
ARTIFACT = Input(
    name="artifact", kind=LIST, default=("repo-vitals",),
    help="Names of that run's artifacts, or patterns of them; what ends in .json there is a report",
)
KEY = Input(
    name="key", kind=Kind("text", _key, lambda value: _key(needs_text(value)), str), default="reports",
    help="Which comment it is: a pull request has one for each key",
)
TRUSTED_AUTHORS = Input(
    name="trusted-authors", kind=LIST, default=(), default_text="none",
    help="Logins whose comments with our marker count as our own, beside those of the token's own account; for a "
         "comment that was begun with another token. An app's login ends in [bot]",
)
MOST_FINDINGS = Input(
    name="most-findings", kind=integer(0, 100), default=10,
    help="Findings to list of each report, the gravest first; the rest is counted",
)
INPUTS = doer_inputs(REPORTS, RUN_ID, ARTIFACT, KEY, TRUSTED_AUTHORS, MOST_FINDINGS)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the user asked for."""

    reports: FilePatterns
    run_id: int | None
    artifacts: tuple[str, ...]
    marker: str                         # the comment's first line
    trusted: tuple[str, ...]
    trusted_by_configuration: bool      # a file in the checkout named them, which may be a stranger's
    most_findings: int


def marker_of(key: str) -> str:
    """What our comment of that key begins with."""
    return f"<!-- repo-vitals:comment:{key} -->"


def request(values: Values) -> Request:
    """The inputs as one value."""
    return Request(
        reports=values[REPORTS], run_id=values[RUN_ID], artifacts=values[ARTIFACT], marker=marker_of(values[KEY]),
        trusted=values[TRUSTED_AUTHORS], most_findings=values[MOST_FINDINGS],
        trusted_by_configuration=values.origin(TRUSTED_AUTHORS) == "configuration")

