"""What an answer says about its service. Pure: from plain values to a state and the reason for it."""
from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from repo_vitals.frozen import dataclass
from repo_vitals.sources.crates import Unreadable, read_build, read_document, read_release

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.concerns.service_health.facts import Service, State

_DEFAULT = ((200, 399),)
# Statuspage's words for the page and for a component, as levels of one scale.
_INDICATORS = {"none": 0, "maintenance": 0, "minor": 1, "major": 2, "critical": 3}
_COMPONENTS = {"operational": 0, "under_maintenance": 0, "degraded_performance": 1, "partial_outage": 2,
               "major_outage": 3}
_LEVELS = {"minor": 1, "major": 2, "critical": 3}
_WORDS = {1: "a minor incident", 2: "a major incident", 3: "a critical incident"}


@dataclass(frozen=True, kw_only=True)
class Said:
    """What an answer comes to. `remark` may hold a stranger's words, `reason` holds none."""

    state: State
    reason: str = ""
    remark: str = ""


def http(service: Service, status: int, body: bytes, *, whole: bool) -> Said:
    """A plain web service: its status, then its text."""
    if not any(low <= status <= high for low, high in service.expect or _DEFAULT):
        return other_status(status)
    for wanted, given in ((True, service.text), (False, service.absent)):
        if given is not None and (given.encode() in body) is not wanted:
            what = "the expected text is missing" if wanted else "a text that must not be there is there"
            return Said(state=service.on_text, reason=what + ("" if whole or not wanted else
                                                              f" in the first {len(body)} bytes"))
    if service.absent is not None and not whole:
        return Said(state="unknown", reason="whether a text is there that must not be is not known after the first "
                                            f"{len(body)} bytes")
    return Said(state="up")


def other_status(status: int) -> Said:
    """A status that nobody asked for. 429 means that it is there and has had enough of us, which tells no more."""
    if status == 429:
        return Said(state="unknown", reason="it answered 429: it was asked too often")
    return Said(state="down", reason=f"it answered {status}")


def status_page(service: Service, body: bytes) -> Said:
    """A page of Statuspage's form (`/api/v2/summary.json`), of which GitHub's is one. Raises Unreadable."""
    document = read_document(body)
    if service.components:
        return _components(service, document)
    status = document.get("status")
    level = _INDICATORS.get(str(status.get("indicator"))) if isinstance(status, dict) else None
    if not isinstance(status, dict) or level is None:
        raise Unreadable("it has no status that is known")
    return _level(service, level, "", str(status.get("description", "")))


def _components(service: Service, document: Mapping[str, Any]) -> Said:
    listed = document.get("components")
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    found: dict[str, list[Any]] = {}
    for entry in entries:
        if not entry.get("group"):
            found.setdefault(str(entry.get("name")).casefold(), []).append(entry)
    for wanted in service.components:
        if wanted.casefold() not in found:
            near = get_close_matches(wanted.casefold(), sorted(found), n=1)
            said = f"the nearest is {str(found[near[0]][0].get('name'))!r}" if near else ""
            return Said(state="unknown", reason=f"the page knows no component {wanted!r}", remark=said)
    chosen = [entry for wanted in service.components for entry in found[wanted.casefold()]]
    levels = [(str(entry.get("name")), str(entry.get("status"))) for entry in chosen]
    if not all(status in _COMPONENTS for _, status in levels):
        raise Unreadable("a component has no status that is known")
    return _level(service, max(_COMPONENTS[status] for _, status in levels),
                  " of a component that counts",
                  ", ".join(f"{name}: {status.replace('_', ' ')}" for name, status in levels if _COMPONENTS[status]))


def _level(service: Service, level: int, whose: str, remark: str) -> Said:
    if level == 0:
        return Said(state="up")
    state: State = "down" if level >= _LEVELS[service.down_at] else "degraded"
    return Said(state=state, reason=f"the page reports {_WORDS[level]}{whose}", remark=remark)


def registry_crate(service: Service, status: int, body: bytes) -> Said:
    """A crate at crates.io: it is there, and its newest version is not yanked. Raises Unreadable."""
    if status == 404:
        return Said(state="down", reason="the registry knows no such crate")
    if status != 200:
        return other_status(status)
    release = read_release(body, crate=service.crate or "")
    if release.newest_yanked:
        return Said(state="down", reason="the newest version is yanked", remark=release.newest)
    return Said(state="up", remark=release.newest)


def documentation(service: Service, status: int, body: bytes, *, now: datetime,
                  published: datetime | None) -> Said:
    """The documentation of one version at docs.rs, by its status.json. Raises Unreadable.

    docs.rs has said null of a version that is not built yet, and says false of it nowadays, as of one whose build
    failed: until `build_delay` after its publication neither is held against it. `published` None: not known.
    """
    if status not in (200, 404):
        return other_status(status)
    built = read_build(body, version=service.version) if status == 200 else None
    if built:
        return Said(state="up", remark=service.version or "")
    if published is not None and now - published < service.build_delay:
        return Said(state="pending", reason="a new release is not built yet", remark=service.version or "")
    if status == 404:
        return Said(state="down", reason="docs.rs does not know this version", remark=service.version or "")
    if built is None and published is None:
        return Said(state="unknown", reason="the release is not built, and when it was published is not known")
    return Said(state="down", reason="the documentation of the release is not there: its build failed or is overdue",
                remark=service.version or "")
