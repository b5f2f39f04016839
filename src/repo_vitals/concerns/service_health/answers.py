"""What an answer says about its service. Pure: from plain values to a state and the reason for it."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.concerns.service_health.facts import Service, State

_DEFAULT = ((200, 399),)
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,99}")   # it becomes a part of a URL
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


class Unreadable(Exception):
    """An answer that is not what its kind of service says."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A crate at its registry."""

    newest: str                     # the version published last
    newest_yanked: bool
    documented: str                 # the version whose documentation a reader gets: newest stable, else newest
    documented_at: datetime | None  # when that was published


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
    document = _document(body)
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


def read_release(body: bytes, *, crate: str) -> Release:
    """What `GET /api/v1/crates/NAME` says. Raises Unreadable.

    `newest` is the version with the latest `created_at`; `documented` is crates.io's `max_stable_version`, or where it
    has none `max_version`, in both of which yanked versions don't count.
    """
    document = _document(body)
    about, versions = document.get("crate"), document.get("versions")
    if not isinstance(about, dict) or not isinstance(versions, list) or not versions:
        raise Unreadable("it describes no crate")
    if _same(about.get("id")) != _same(crate):
        raise Unreadable("it describes another crate")
    try:
        published = [(parse_instant(one["created_at"]), one["num"], one["yanked"]) for one in versions]
        documented = about.get("max_stable_version") or about["max_version"]
        if not all(isinstance(text, str) and isinstance(yanked, bool) for _, text, yanked in published) \
                or not isinstance(documented, str) or _VERSION.fullmatch(documented) is None:
            raise Unreadable("its versions can't be read")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise Unreadable("its versions can't be read") from None
    _, newest, yanked = max(published, key=lambda one: one[0])
    return Release(newest=newest, newest_yanked=yanked, documented=documented,
                   documented_at=next((at for at, number, _ in published if number == documented), None))


def documentation(service: Service, status: int, body: bytes, *, now: datetime,
                  published: datetime | None) -> Said:
    """The documentation of one version at docs.rs, by its status.json. Raises Unreadable.

    docs.rs has said null of a version that is not built yet, and says false of it nowadays, as of one whose build
    failed: until `build_delay` after its publication neither is held against it. `published` None: not known.
    """
    built: Any = None
    if status == 200:
        document = _document(body)
        if "doc_status" not in document or not isinstance(document["doc_status"], (bool, type(None))):
            raise Unreadable("it has no doc_status")
        built = document["doc_status"]
        if service.version is not None and document.get("version", service.version) != service.version:
            raise Unreadable("it is about another version")
    elif status != 404:
        return other_status(status)
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


def _same(name: object) -> str:
    """crates.io takes hyphen and underscore, and upper and lower case, for the same."""
    return str(name).replace("_", "-").casefold()


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("its answer is not JSON") from None
    if not isinstance(document, dict):
        raise Unreadable("its answer is not a JSON object")
    return document
