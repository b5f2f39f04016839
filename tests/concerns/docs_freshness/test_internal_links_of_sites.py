"""Links that a generator of sites resolves, told by the document itself or by the folders around it."""
from __future__ import annotations

import pytest

from repo_vitals.concerns.docs_freshness.documents import read
from repo_vitals.concerns.docs_freshness.internal_links import check
from repo_vitals.concerns.docs_freshness.tree import Tree


def states(text: str, *, path: str, files: tuple[str, ...] = ()) -> list[str]:
    documents = {path: read(path, text.encode())}
    return [link.state for link in check(documents, Tree(files=frozenset({*files, path})))]


@pytest.mark.parametrize(("target", "state"), [
    ("ru/faq.md", "unverified"), ("guide.md", "unverified"), ("ru/gone.md", "broken"), ("faq.md", "ok")])
def test_a_translation_with_a_side_bar_of_its_own_is_a_part_of_the_site_around_it(target: str, state: str) -> None:
    files = ("docs/_sidebar.md", "docs/guide.md", "docs/ru/faq.md")

    assert states(f"* [x]({target})", path="docs/ru/_sidebar.md", files=files) == [state]


@pytest.mark.parametrize(("target", "state"), [
    ("cut.html", "unverified"), ("cut.html#examples", "unverified"), ("gone.html", "broken"), ("cut", "broken"),
    ("/contact", "unverified"), ("/contact.png", "broken")])
def test_a_page_that_is_built_of_restructuredtext_beside_it_is_not_called_missing(target: str, state: str) -> None:
    files = ("examples/cut.rst",)

    assert states(f"See `x <{target}>`__.", path="examples/paste.rst", files=files) == [state]
    assert states(f"See [x]({target}).", path="examples/paste.md", files=files) == ["broken"]
    assert states("See `x <examples/cut.html>`__.", path="README.rst", files=files) == ["broken"]


@pytest.mark.parametrize(("target", "state"), [
    ("cut", "unverified"), ("cut.html", "unverified"), ("/elsewhere/tokens#old", "unverified"), ("gone.md", "broken"),
    ("LICENSE", "broken")])
def test_front_matter_that_says_how_a_page_is_shown_is_for_a_generator_of_sites(target: str, state: str) -> None:
    assert states(f"---\ntitle: Paste\n---\n[x]({target})", path="docs/paste.md") == [state]
    assert states(f"---\nreviewed: 2026-01-31\n---\n[x]({target})", path="docs/paste.md") == ["broken"]
    assert states(f"---\ntitle: Paste\n---\n[x]({target})", path="README.md") == ["broken"]


def test_what_a_list_of_contributors_links_to_for_its_title_alone_is_no_link() -> None:
    text = ("---\na: b\n---\n[x](#maintenance-ann)\n\n<!-- ALL-CONTRIBUTORS-LIST:START - Keep -->\n<table><tr>\n"
            "<td><a href='#maintenance-ann' title='Keeps'>M</a> <a href='#gone'>x</a> <a href='gone.md'>y</a></td>\n"
            "</tr></table>\n\n<!-- ALL-CONTRIBUTORS-LIST:END -->\n\n[z](#question-ann)\n")

    links = read("README.md", text.encode()).links

    assert [(link.target, link.line) for link in links] == [
        ("#maintenance-ann", 4), ("#gone", 8), ("gone.md", 8), ("#question-ann", 13)]
    assert len(read("README.md", text.replace("LIST:END", "").encode()).links) == 5
