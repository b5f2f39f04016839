"""Probes of servers on this machine, and what is asked of them again and again."""
from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from repo_vitals.sources.probe import Answered, Limits, Prober
from repo_vitals.sources.web_url import parse_url
from support.scripted_server import answer

if TYPE_CHECKING:
    import pytest

    from support.scripted_server import ScriptedServer

QUICK = Limits(connect=1, read=0.4, total=1.2)
GOOD = answer(200, body=b"all is well")
PUBLIC, OTHER = "93.184.216.34", "93.184.216.35"


def to_loopback(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[tuple[str, int]]:
    """Lead connections to some public addresses to this machine instead; what was connected to is listed."""
    connected: list[tuple[str, int]] = []
    original = socket.socket.connect

    def connect(sock: socket.socket, address: Any) -> None:
        connected.append(address[:2])
        original(sock, ("127.0.0.1", address[1]) if address[0] in addresses else address)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return connected


def ask(server: ScriptedServer, path: str = "/", *, limits: Limits | None = None, **options: Any) -> Answered:
    """Ask a server that is allowed by name."""
    return Prober(allowed={f"127.0.0.1:{server.port}"}, limits=limits).ask(parse_url(server.url + path), **options)


def why(answered: Answered) -> tuple[str, str]:
    """Reason and reach of a failure."""
    assert answered.failure is not None
    return str(answered.failure), answered.failure.reach
