"""The `sites` input: which hosted documentations to look at, one a line. Pure.

    docs.rs:widget                      the newest release of a crate at docs.rs
    readthedocs:widget                  a project at Read the Docs
    pages                               this repository's GitHub Pages
    https://widget.dev/docs/            any address: it answers, and that is all
"""
from __future__ import annotations

import re
from typing import Literal

from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.web_url import WebUrl, parse_url

_CRATE = re.compile(r"docs\.rs:([A-Za-z][A-Za-z0-9_-]{0,63})")
_PROJECT = re.compile(r"readthedocs:([a-z0-9][a-z0-9-]{0,62})")


@dataclass(frozen=True, kw_only=True)
class SiteLine:
    """One documentation to look at."""

    kind: Literal["docs.rs", "Read the Docs", "GitHub Pages", "address"]
    name: str = ""                  # of a crate or project
    url: WebUrl | None = None       # of an address


def parse_site(text: str) -> SiteLine:
    """One line of the input. Raises ValueError saying what is wrong with it."""
    if text == "pages":
        return SiteLine(kind="GitHub Pages")
    if found := _CRATE.fullmatch(text):
        return SiteLine(kind="docs.rs", name=found[1])
    if found := _PROJECT.fullmatch(text):
        return SiteLine(kind="Read the Docs", name=found[1])
    if text.startswith(("http://", "https://")):
        try:
            return SiteLine(kind="address", url=parse_url(text))
        except ValueError as error:
            raise ValueError(f"{quotable(text)} {error}") from None
    raise ValueError(f"{quotable(text)} is none of docs.rs:CRATE, readthedocs:PROJECT, pages, and an https:// address")
