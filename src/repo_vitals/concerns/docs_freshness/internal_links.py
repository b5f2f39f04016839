"""Links from a document to files of its repository and to anchors in them. Pure.

A path is resolved as GitHub resolves it in the view of a file: from the document's folder, or with a leading slash from
the repository's top, with exact case. A link is broken only where there is no doubt. Where something else than GitHub
may decide (a generator of sites, a template, a submodule), a link that leads nowhere is unverified, with the reason.
"""
from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from repo_vitals.concerns.docs_freshness import fragments, paths
from repo_vitals.concerns.docs_freshness.facts import CheckedLink, LinkState
from repo_vitals.concerns.docs_freshness.link_targets import Target, own, parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.docs_freshness.facts import Document, Link
    from repo_vitals.concerns.docs_freshness.tree import Tree


# What front matter says to a generator of sites.
_LAYOUT = frozenset({"title", "layout", "permalink", "slug", "sidebar_label", "sidebar_position", "nav_order"})


class Needs(NamedTuple):
    """What else has to be read of the commit before links can be checked, by path."""

    documents: frozenset[str]       # for `Tree.others`: their anchors are linked to
    lines: frozenset[str]           # for `Tree.line_counts`


def check(documents: Mapping[str, Document], tree: Tree) -> list[CheckedLink]:
    """What became of every link that stays in the repository, in the order of the documents and of their links.

    Those to elsewhere are not among them; `external` has those.
    """
    checker = _Checker(documents, tree)
    found = []
    for document in documents.values():
        for link in document.links:
            answer = checker.answer(document, link)
            if answer is not None:
                found.append(CheckedLink(file=document.path, line=link.line, target=link.target, state=answer.state,
                                         reason=answer.reason, suggestion=answer.suggestion))
    return found


def external(documents: Mapping[str, Document], tree: Tree) -> list[tuple[str, Link]]:
    """The links to elsewhere, each with its document's path: those with `http:` and `https:` that `check` leaves."""
    return [(document.path, link) for document in documents.values() for link in document.links
            if parts(link.target).kind == "external" and own(link.target, tree) is None]


def needs(documents: Mapping[str, Document], tree: Tree) -> Needs:
    """What links lead to that `tree` does not know yet: anchors of other documents, and lines of files."""
    checker = _Checker(documents, tree)
    for document in documents.values():
        for link in document.links:
            if "#" in link.target:
                checker.answer(document, link)
    return Needs(frozenset(checker.wanted_documents), frozenset(checker.wanted_lines))


class Answer(NamedTuple):
    """What became of a link."""

    state: LinkState
    reason: str = ""
    suggestion: str = ""


_OK = Answer("ok")


class _Checker:
    """Answers each question once: many documents of a folder link to the same."""

    def __init__(self, documents: Mapping[str, Document], tree: Tree) -> None:
        self._documents, self._tree = documents, tree
        self._known: dict[tuple[str, str, bool, bool, str, bool], paths.Resolved] = {}
        self._pages: dict[str, fragments.Page] = {}
        self.wanted_documents: set[str] = set()
        self.wanted_lines: set[str] = set()

    def answer(self, document: Document, link: Link) -> Answer | None:
        """None for a link to elsewhere."""
        target = parts(link.target)
        if target.kind == "external":
            mine = own(link.target, self._tree)
            if mine is None:
                return None
            target = mine
        if target.kind == "excluded":
            return Answer("excluded", target.reason)
        if document.base and not target.is_own:
            return Answer("unverified", "starts at what the page names as its base")
        resolved = self._resolved(document, target)
        if resolved.state != "ok":
            return Answer(resolved.state, resolved.reason, resolved.suggestion)
        return self._fragment(document, link, target, resolved) or _OK

    def _resolved(self, document: Document, target: Target) -> paths.Resolved:
        if not target.path:
            return paths.Resolved("ok", path=document.path)
        is_page, has_layout = document.format == "html", not _LAYOUT.isdisjoint(document.front_matter or ())
        key = (posixpath.dirname(document.path), target.path, target.is_own, target.is_template, document.format,
               has_layout)
        if key not in self._known:
            self._known[key] = paths.resolve(self._tree, document.path, target, is_page=is_page, has_layout=has_layout)
        return self._known[key]

    def _fragment(self, document: Document, link: Link, target: Target, resolved: paths.Resolved) -> Answer | None:
        """What is wrong with the fragment; None for nothing."""
        if not target.fragment or link.is_image or resolved.path is None:
            return None
        if span := fragments.lines(target.fragment):
            if resolved.is_folder:
                return None
            count = self._tree.line_counts.get(resolved.path)
            if count is not None:
                return None if span <= count else Answer("broken", f"leads to line {span:,} of {count:,}")
            if not self._has_anchor(resolved.path, target.fragment):
                self.wanted_lines.add(resolved.path)
                return Answer("unverified", "leads to a line of a file whose lines were not counted")
            return None
        there = self._page(resolved)
        if there is None:
            return Answer("unverified", "leads into a file whose anchors are not known")
        found = there.wrong(target.fragment, is_page_link=document.format == "html",
                            in_site=self._tree.site(document.path) is not None)
        if found is None:
            return None
        if target.is_template and found.state == "broken":
            return Answer("unverified", "is filled in by a template")
        if found.state == "broken" and unquote(target.fragment) in self._site_names:
            return Answer("unverified", "is a name that only a generator of sites reads")
        return Answer(found.state, found.reason, found.suggestion)

    def _page(self, resolved: paths.Resolved) -> fragments.Page | None:
        """The document that is shown at a path: of a folder its README."""
        path = resolved.path
        if path is not None and resolved.is_folder:
            path = paths.readme(self._tree, path)
        if path is None:
            return None
        known = self._known_page(path)
        if known is None and paths.is_document(path):
            self.wanted_documents.add(path)
        return known

    @cached_property
    def _site_names(self) -> frozenset[str]:
        """Links find them in whatever document they stand."""
        return frozenset().union(*(document.site_names for document in self._documents.values()))

    def _has_anchor(self, path: str, fragment: str) -> bool:
        known = self._known_page(path)
        return known is not None and known.wrong(fragment, is_page_link=False, in_site=False) is None

    def _known_page(self, path: str) -> fragments.Page | None:
        if path not in self._pages:
            document = self._documents.get(path) or self._tree.others.get(path)
            if document is None:
                return None
            self._pages[path] = fragments.Page(document)
        return self._pages[path]
