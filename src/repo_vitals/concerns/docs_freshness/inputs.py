"""The inputs of docs-freshness."""
from __future__ import annotations

from repo_vitals.config.common import monitor_inputs
from repo_vitals.config.declare import Input, integer

MAXIMUM = Input(
    name="maximum", kind=integer(0, 1_000_000), default=50,
    help="Largest number of open issues; more of them fail",
)

INPUTS = monitor_inputs(MAXIMUM)
