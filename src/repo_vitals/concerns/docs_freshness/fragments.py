"""Whether a document has the place that a fragment names. Pure.

GitHub's pages look for `user-content-` and the fragment, percent-decoded, as it stands and in lower case.
"""
from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from repo_vitals.concerns.docs_freshness.anchors import slug

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.facts import Document, LinkState

_LINES = re.compile(r"L([0-9]{1,9})(?:C[0-9]{1,9})?(?:-L?([0-9]{1,9})(?:C[0-9]{1,9})?)?", re.IGNORECASE)
_PREFIX = "user-content-"
# `## Title {#name}`: an id for kramdown, Docusaurus and others; for GitHub it is text.
_CUSTOM = re.compile(r"\{:?\s*#([^\s{}]+)[^{}]*\}\s*\Z")
_HYPHENS = re.compile(r"-{2,}")
_MOST = 500             # anchors that are compared for a suggestion
_LONGEST = 200          # characters of them


class Wrong(NamedTuple):
    """What is wrong with a fragment."""

    state: LinkState
    reason: str
    suggestion: str = ""


def lines(fragment: str) -> int:
    """The last line that `#L10` or `#L10-L20` names; 0 for a fragment that names none."""
    match = _LINES.fullmatch(fragment)
    return max(int(match[1]), int(match[2] or 0)) if match else 0


def find(document: Document, fragment: str, *, is_page_link: bool, in_site: bool) -> Wrong | None:
    """What is wrong with a fragment that leads into the document; None for nothing.

    `is_page_link`: it stands in an HTML page; `in_site`: its document may be read by a generator of sites.
    """
    wanted = unquote(fragment.partition(":~:")[0])      # what follows it are words to look for, of any page
    if wanted == "" or wanted.lower() == "top":
        return None
    if document.format == "html":
        if wanted in document.anchors or fragment in document.anchors:
            return None
        if wanted.startswith(("/", "!")):
            return Wrong("unverified", "is read by a program in the page")
        return Wrong("broken", "names no id or name in the page", _near(document, wanted))
    bare = wanted.removeprefix(_PREFIX)
    if not document.anchors.isdisjoint((wanted, wanted.lower(), bare, bare.lower())):
        return None
    if any((match := _CUSTOM.search(heading.text)) and match[1] == bare for heading in document.headings):
        return Wrong("unverified", "is an id that only a generator of sites reads")
    if (in_site or is_page_link) and _flat(bare) in {_flat(anchor) for anchor in document.anchors}:
        return Wrong("unverified", "is an anchor by the rules of a generator of sites, and none on GitHub")
    return Wrong("broken", "names no heading or anchor in the document", _near(document, bare))


def _flat(anchor: str) -> str:
    return _HYPHENS.sub("-", anchor.lower()).strip("-")


def _near(document: Document, wanted: str) -> str:
    """The anchor that was probably meant, with its #."""
    by_case = {anchor.lower(): anchor for anchor in sorted(document.anchors, reverse=True)}
    for meant in (wanted.lower(), slug(wanted)):
        if meant in by_case:
            return f"#{by_case[meant]}"
    candidates = [anchor for anchor in sorted(document.anchors) if len(anchor) <= _LONGEST]
    if len(candidates) > _MOST or len(wanted) > _LONGEST:
        return ""
    near = get_close_matches(wanted, candidates, n=1, cutoff=0.8)
    return f"#{near[0]}" if near else ""
