"""The inputs of service-health."""
from __future__ import annotations

import re

from repo_vitals.concerns.service_health.service_lines import DEFAULTS, SERVICES_KIND, SITES
from repo_vitals.config.common import monitor_inputs
from repo_vitals.config.declare import LIST, Input, Kind
from repo_vitals.plain_text import quotable
from repo_vitals.sources.web_url import host_of

_PORT = re.compile(r"(.*):(\d{1,5})")


def _hosts(entries: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_host(entry) for entry in entries))


def _host(entry: str) -> str:
    """`host` or `host:port` in the one form that a probe compares it in."""
    bare, port = entry, ""
    found = _PORT.fullmatch(entry)
    if found is not None and (found[1].endswith("]") or ":" not in found[1]):
        bare, port = found[1], f":{int(found[2])}"
    try:
        if not 0 < int(port[1:] or 1) < 65536:
            raise ValueError("names no port from 1 to 65535")
        host = host_of(bare)
    except ValueError as error:
        raise ValueError(f'holds "{quotable(entry, limit=60)}", which {error}') from None
    return f"[{host}]{port}" if port and ":" in host else f"{host}{port}"


_HOSTS: Kind[tuple[str, ...]] = Kind(
    "list", lambda text: _hosts(LIST.parse(text)), lambda value: _hosts(LIST.from_toml(value)), LIST.show)

SERVICES = Input(
    name="services", kind=SERVICES_KIND, default=DEFAULTS, default_text=", ".join(SITES),
    help="Services to check, one a line: `NAME = URL`, `docs.rs:CRATE`, `crates.io:CRATE`, `github`, each with options "
         "such as `text=\"all is well\"`",
)
ALLOW_PRIVATE = Input(
    name="allow-private", kind=_HOSTS, default=(), default_text="none",
    help="Hosts, or `host:port`, that are asked although their addresses are private or this machine's own; not taken "
         "from the configuration file",
)

INPUTS = monitor_inputs(SERVICES, ALLOW_PRIVATE)
