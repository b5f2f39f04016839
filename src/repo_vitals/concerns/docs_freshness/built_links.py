"""Links to what a build makes, which .gitignore leaves out, in what a generator of sites reads. Pure."""
from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from repo_vitals.concerns.docs_freshness.ignored_files import IgnoredFiles, places
from repo_vitals.concerns.docs_freshness.link_targets import parts
from repo_vitals.concerns.docs_freshness.paths import ABSENT
from repo_vitals.concerns.docs_freshness.tree import is_for_github

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.concerns.docs_freshness.facts import CheckedLink
    from repo_vitals.concerns.docs_freshness.tree import Tree


def without_built(links: list[CheckedLink], tree: Tree, text_of: Callable[[str], str | None]) -> list[CheckedLink]:
    """The links, unverified in the place of broken where they lead to what a build makes. `text_of` a .gitignore."""
    missing = {place: path for place, link in enumerate(links) if (path := _missing(link, tree))}
    found = places(missing.values()) & tree.files
    if not found:
        return links
    ignored = IgnoredFiles.of({path: (text_of(path) or "").encode() for path in sorted(found)})
    built = {place for place, path in missing.items() if ignored.holds(path)}
    return [replace(link, state="unverified", suggestion="", reason="is made by a build, as .gitignore says")
            if place in built else link for place, link in enumerate(links)]


def _missing(link: CheckedLink, tree: Tree) -> str:
    """The path that a broken link of a site's document leads to; empty for any other."""
    if link.state != "broken" or link.reason != ABSENT or is_for_github(link.file) or tree.site(link.file) is None:
        return ""
    target = unquote(parts(link.target).path)
    path = posixpath.normpath(posixpath.join("/", posixpath.dirname(link.file), target)).lstrip("/")
    return f"{path}/" if path and target.endswith("/") else path
