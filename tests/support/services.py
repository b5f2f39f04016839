"""Services on loopback in place of those that service-health checks when nobody names any."""
from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from repo_vitals.simulator.services import Services

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def well_services() -> Iterator[dict[str, str]]:
    """The environment that has service-health check one service, which is well: no test asks the real ones."""
    with Services() as services:
        yield {"INPUT_SERVICES": f"website = {services.url}/ wait=0s", "INPUT_ALLOW_PRIVATE": services.host}
