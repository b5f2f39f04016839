"""What crates.io says of a crate, and docs.rs of its documentation: from the bodies of their answers to values. Pure.

https://crates.io/data-access asks for a user agent with a contact and for no more than a request a second.
"""
from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

CRATES_IO, DOCS_RS = "https://crates.io", "https://docs.rs"
PAUSE = 1.0             # seconds between two requests to crates.io
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,99}")   # it becomes a part of a URL


class Unreadable(Exception):
    """An answer that is not what it ought to be."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A crate at its registry."""

    newest: str                     # the version published last
    newest_yanked: bool
    documented: str                 # the version whose documentation a reader gets: newest stable, else newest
    documented_at: datetime | None  # when that was published


def read_release(body: bytes, *, crate: str) -> Release:
    """What `GET /api/v1/crates/NAME` says. Raises Unreadable.

    `newest` is the version with the latest `created_at`; `documented` is crates.io's `max_stable_version`, or where it
    has none `max_version`, in both of which yanked versions don't count.
    """
    document = read_document(body)
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


def read_build(body: bytes, *, version: str | None) -> bool | None:
    """Whether docs.rs has built a version, by `GET /crate/NAME/VERSION/status.json`. Raises Unreadable.

    It has said null of a version that is not built yet, and says false of it nowadays, as of one whose build failed.
    """
    document = read_document(body)
    built = document.get("doc_status", 0)
    if not isinstance(built, (bool, type(None))):
        raise Unreadable("it has no doc_status")
    if version is not None and document.get("version", version) != version:
        raise Unreadable("it is about another version")
    return built


def _same(name: object) -> str:
    """crates.io takes hyphen and underscore, and upper and lower case, for the same."""
    return str(name).replace("_", "-").casefold()


def read_document(body: bytes) -> Mapping[str, Any]:
    """An answer that is a JSON object. Raises Unreadable."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("its answer is not JSON") from None
    if not isinstance(document, dict):
        raise Unreadable("its answer is not a JSON object")
    return document
