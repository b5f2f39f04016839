"""What keeps tests that run every monitor from the real services, which service-health checks when nobody names any."""
from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from repo_vitals.registry import monitors
from repo_vitals.simulator.services import Services

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def well_services() -> Iterator[dict[str, str]]:
    """The environment that has service-health check one service, which is well: no test asks the real ones."""
    with Services() as services:
        yield {"INPUT_SERVICES": f"website = {services.url}/ wait=0s", "INPUT_ALLOW_PRIVATE": services.host}


# For runs in act, which keeps INPUT_… of the environment from a composite action's steps.
OTHER_MONITORS = tuple(command.name for command in monitors() if command.name != "service-health")
