"""Service levels that projects commonly promise, written as a user would write them."""
from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PRESETS: Mapping[str, str] = MappingProxyType({
    "p0-p3": """
        first-response priority=p0: 4h
        first-response priority=p1: 24h
        first-response priority=p2: 3d
        first-response priority=p3: 1w
        triage: 24h
    """,
    "critical-low": """
        first-response type=security priority=critical: 4h
        first-response type=security priority=high: 24h
        first-response type=security priority=medium: 72h
        first-response type=security priority=low: 1w
        acknowledge type=security: 4h
        investigate type=security: 24h
        fix type=security: 7d
        disclose type=security: 14d
    """,
    "business": """
        first-response: 2bd
        first-response type=security: 24h
        triage: 2bd
        resolution type=bug: 2w
        evaluation type=feature: 1w
        evaluation type=enhancement: 1w
    """,
    # Of rules with as many selectors the later one wins: a type outweighs the channel, and critical outweighs them all.
    "channels": """
        first-response channel=discussion level=1: 1d-3d
        first-response type=question level=1: 1d-3d
        first-response type=bug level=2: 1d-2d
        first-response type=feature level=2: 1w
        first-response type=enhancement level=2: 1w
        first-response type=performance level=2: 2d-3d
        first-response type=documentation level=2: 3d-5d
        first-response type=security level=3: 4h-24h
        first-response priority=critical level=3: 4h-24h
        triage level=2: 1bd-2bd
        resolution type=bug level=2: 1w
        resolution type=feature level=2: 1w
        resolution type=enhancement level=2: 1w
        resolution type=performance level=2: 1w
        resolution type=documentation level=2: 1w
    """,
})
"""Rules by the name of the preset; docs/metrics.md says where each is from."""
