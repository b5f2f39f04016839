"""What stands in reStructuredText and HTML."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.docs_freshness.documents import format_of, read
from repo_vitals.concerns.docs_freshness.effort import MOST_OF_ONE, affordable, seconds
from repo_vitals.concerns.docs_freshness.facts import Code, Document, Heading, Link, Unreadable

if TYPE_CHECKING:
    from pathlib import Path

RST = """\
=====
Title
=====

A `link <one.rst>`_, `twice <one.rst>`__, a ref_ and https://example.org/x.
:doc:`not a link` :py:func:`f <g>` unknown_

.. _ref: two.rst

.. toctree::
   :maxdepth: 2

   index

.. tab-set::

   .. tab-item:: One

      See `inside <three.rst>`__.

.. code-block:: python
   :emphasize-lines: 1

   import x

.. figure:: picture.png
   :target: four.rst
   :unheard-of: yes

.. image:: other.png

.. _My Target:

Sub (v1.2)
----------

``literal`` text

.. a comment with `a link <hidden.rst>`_
"""


def rst(text: str) -> Document:
    return read("a.rst", text.encode("utf-8"))


def test_links_of_restructuredtext_are_found_also_in_directives_of_sphinx() -> None:
    found = rst(RST)

    assert sorted({link.target for link in found.links}) == [
        "four.rst", "https://example.org/x", "one.rst", "other.png", "picture.png", "three.rst", "two.rst"]
    assert {link.target: link.line for link in found.links if link.target in ("one.rst", "three.rst", "picture.png")
            } == {"one.rst": 5, "three.rst": 19, "picture.png": 26}
    assert Link(target="other.png", line=30, is_image=True) in found.links


def test_sections_and_targets_of_restructuredtext_are_anchors_by_docutils_and_by_github() -> None:
    found = rst(RST)

    assert [(heading.text, heading.level, heading.anchor) for heading in found.headings] == [
        ("Title", 1, "title"), ("Sub (v1.2)", 2, "sub-v1-2")]
    assert {"title", "my-target", "sub-v1-2", "sub-v12"} <= found.anchors


def test_code_of_restructuredtext_is_read_with_its_language() -> None:
    assert rst(RST).code == (Code(text="import x", line=24, language="python", is_block=True),
                             Code(text="literal", line=37))


def test_nothing_is_included_executed_or_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("`secret <secret.rst>`_", encoding="utf-8")

    found = rst(f".. include:: {secret}\n\n.. raw:: html\n   :file: {secret}\n\n.. csv-table::\n   :file: {secret}\n\n"
                "`broken\n\n:nonsense:`x`\n\n.. nonsense:: y\n\n====\n")

    assert found.links == ()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("text", "why"), [
    ("a" * 10_001, "has a line of more than 10,000 characters"),
    ("*a_ *b_\n" * 10_000, "has too many marks in one block"),
])
def test_what_would_take_docutils_too_long_is_not_read(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=f"^{why}$"):
        rst(text)


def test_substitutions_that_lead_to_an_undefined_one_are_read_over() -> None:
    found = rst(".. |a| replace:: |b|\n.. |b| replace:: |c| `y <y.rst>`__\n\n|a| and `x <x.rst>`__\n\nT\n=\n")

    assert [link.target for link in found.links] == ["y.rst", "x.rst"]
    assert [heading.anchor for heading in found.headings] == ["t"]


def test_what_docutils_fails_on_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docutils.core.publish_doctree", lambda *_, **__: {}["x"])

    with pytest.raises(Unreadable, match=r"^is not understood by docutils$"):
        rst("text")


@pytest.mark.parametrize(("path", "text"), [
    ("a.md", "# a\n" * 240_000), ("a.md", ("[ " * 800 + "]( \n\n") * 100), ("a.md", "[a](b)\n\n" * 90_000),
    ("a.rst", ("- " * 20 + "a\n\n") * 2_000), ("a.rst", ("*a " * 100 + "\n\n") * 2_000)])
def test_what_would_take_too_long_is_not_read_at_all(path: str, text: str) -> None:
    with pytest.raises(Unreadable, match=r"^has too many lines, links or marks"):
        read(path, text.encode())


@pytest.mark.parametrize(("path", "text"), [
    ("a.md", "- [a name](https://example.org/a/name#x) and a few words on `it` that tell [more](b.md)\n" * 11_000),
    ("a.rst", "* `a name <https://example.org>`__ and a few words on ``it`` that *tell* more\n" * 11_000),
    ("a.html", "<li><a href='x.html'>b</a> and a few words</li>\n" * 20_000)])
def test_a_document_as_large_as_any_is_quick_enough(path: str, text: str) -> None:
    kind = format_of(path)
    assert kind is not None
    assert seconds(kind, text.encode()) < MOST_OF_ONE


def test_the_quickest_documents_are_read_first_and_the_rest_is_left_out() -> None:
    assert affordable({"a": 3.0, "b": 1.0, "c": 2.0, "d": 2.5}, 6.0) == ({"b", "c", "d"}, 0.5)


def test_deep_nests_of_restructuredtext_are_no_traceback() -> None:
    with pytest.raises(Unreadable, match="is nested too deeply"):
        rst("* " * 3_000 + "a")


def test_a_page_has_links_ids_and_headings_and_hides_comments_and_scripts() -> None:
    found = read("a.html", b"""<!DOCTYPE html>
<link href="style.css"><script src="x.js">'<a href="no.html">'</script>
<!-- <a href="no.html"> --> <h2 id="Top-One">A &amp; <em>B</em></h2>
<a href="b.html?x=1&amp;y=2#c">b</a> <a name="old"></a> <img src=i.png>
<h3>none</h3>""")

    assert found.links == (
        Link(target="style.css", line=2), Link(target="x.js", line=2), Link(target="b.html?x=1&y=2#c", line=4),
        Link(target="i.png", line=4, is_image=True))
    assert found.headings == (Heading(text="A & B", level=2, line=3, anchor="Top-One"),
                              Heading(text="none", level=3, line=5, anchor=""))
    assert found.anchors == {"Top-One", "old"}
    assert read("a.htm", b"<base href='https://x.org/'><base href='y'>").base == "https://x.org/"


@pytest.mark.parametrize("page", [
    '<!--[if lt IE 9]><a href="no.html"><![endif]--> <a href="b.html">',
    '<![if !IE]> <a href="b.html"> <![endif]>', '<![CDATA[x]]> <a href="b.html">',
    '<title><a href="no.html"></title> <a href="b.html">', '<svg><title/></svg> <a href="b.html">',
    '<textarea><h1 id="no"><a href="no.html"></a></textarea> <a href="b.html">',
])
def test_a_page_is_read_behind_conditional_comments_and_what_browsers_take_for_text(page: str) -> None:
    found = read("a.html", page.encode())

    assert ([link.target for link in found.links], found.headings, found.anchors) == (["b.html"], (), frozenset())


@pytest.mark.parametrize(("path", "content", "why"), [
    ("a.md", b"\xff\xfe#\0", "is written in UTF-16; UTF-8 is read"),
    ("a.md", b"# a\0b", "is binary"),
    ("a.rst", b"caf\xe9", "is no UTF-8 at byte 3"),
    ("a.html", b" " * 1_000_001, "has 1,000,001 bytes, more than the 1,000,000 that are read"),
    ("a.txt", b"", "is neither Markdown, reStructuredText nor HTML by its name"),
])
def test_what_is_no_document_says_why(path: str, content: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(path, content)

    assert str(caught.value) == why


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read("A.MD", b"\xef\xbb\xbf# Title").headings[0].anchor == "title"
