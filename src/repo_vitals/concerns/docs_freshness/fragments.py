"""Whether a document has the place that a fragment names. Pure.

GitHub's pages look for `user-content-` and the fragment, percent-decoded, as it stands and in lower case.
"""
from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from repo_vitals.concerns.docs_freshness.anchors import slug

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.docs_freshness.facts import Document, LinkState

_LINES = re.compile(r"L([0-9]{1,9})(?:C[0-9]{1,9})?(?:-L?([0-9]{1,9})(?:C[0-9]{1,9})?)?", re.IGNORECASE)
_PREFIX = "user-content-"
# `## Title {#name}`: an id for kramdown, Docusaurus and others; for GitHub it is text.
_CUSTOM = re.compile(r"\{:?\s*#([^\s{}]+)(?:\s[^{}]*)?\}\s*\Z")
_HYPHENS = re.compile(r"-{2,}")
_NUMBER = re.compile(r"_(\d{1,4})\Z")
_MOST_COMPARED = 500    # anchors of a document that are compared for a suggestion
_MOST_SEARCHES = 100    # fragments of a document that are
_LONGEST = 200          # characters of either


class Wrong(NamedTuple):
    """What is wrong with a fragment."""

    state: LinkState
    reason: str
    suggestion: str = ""


def lines(fragment: str) -> int:
    """The last line that `#L10` or `#L10-L20` names; 0 for a fragment that names none."""
    match = _LINES.fullmatch(fragment)
    return max(int(match[1]), int(match[2] or 0)) if match else 0


class Page:
    """A document as what links lead into."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._searches = 0

    def wrong(self, fragment: str, *, is_page_link: bool, in_site: bool) -> Wrong | None:
        """What is wrong with a fragment that leads into the document; None for nothing.

        `is_page_link`: it stands in an HTML page; `in_site`: its document may be read by a generator of sites.
        """
        wanted = unquote(fragment.partition(":~:")[0])      # what follows it are words to look for, of any page
        if wanted == "" or wanted.lower() == "top":
            return None
        anchors = self._document.anchors
        if self._document.format == "html":
            if wanted in anchors or fragment in anchors:
                return None
            if wanted.startswith(("/", "!")):
                return Wrong("unverified", "is read by a program in the page")
            return Wrong("broken", "names no id or name in the page", self._near(wanted))
        bare = wanted.removeprefix(_PREFIX)
        if not anchors.isdisjoint((wanted, wanted.lower(), bare, bare.lower())):
            return None
        if bare in self._custom:
            return Wrong("unverified", "is an id that only a generator of sites reads")
        if bare.lower() == "readme" and self._is_readme:
            return None
        if (in_site or is_page_link) and _collapsed(bare) in self._flat:
            return Wrong("unverified", "is an anchor by the rules of a generator of sites, and none on GitHub")
        if in_site and self._document.is_filled:
            return Wrong("unverified", "leads into a page that a generator of sites puts more into")
        return Wrong("broken", "names no heading or anchor in the document", self._near(bare))

    @property
    def _is_readme(self) -> bool:
        """Whether GitHub shows it in a part of its page that is called `readme`."""
        return self._document.path.rpartition("/")[2].partition(".")[0].lower() == "readme"

    @cached_property
    def _custom(self) -> frozenset[str]:
        return frozenset(match[1] for heading in self._document.headings if (match := _CUSTOM.search(heading.text)))

    @cached_property
    def _flat(self) -> frozenset[str]:
        return frozenset(map(_collapsed, self._document.anchors))

    @cached_property
    def _by_case(self) -> Mapping[str, str]:
        return {anchor.lower(): anchor for anchor in sorted(self._document.anchors, reverse=True)}

    def _near(self, wanted: str) -> str:
        """The anchor that was probably meant, with its #; empty if nothing comes near or it would take too long."""
        from difflib import get_close_matches

        for meant in (wanted.lower(), slug(wanted)):
            if meant in self._by_case:
                return f"#{self._by_case[meant]}"
        self._searches += 1
        if len(self._by_case) > _MOST_COMPARED or len(wanted) > _LONGEST or self._searches > _MOST_SEARCHES:
            return ""
        candidates = [anchor for anchor in sorted(self._document.anchors) if len(anchor) <= _LONGEST]
        near = get_close_matches(wanted, candidates, n=1, cutoff=0.8)
        return f"#{near[0]}" if near else ""


def _collapsed(anchor: str) -> str:
    # The second heading of a name ends in _1 for Python-Markdown.
    return _HYPHENS.sub("-", _NUMBER.sub(r"-\1", anchor.lower())).strip("-")
