"""What stands in Markdown as GitHub shows it."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from repo_vitals.concerns.docs_freshness.documents import read
from repo_vitals.concerns.docs_freshness.facts import Code, Document, Heading, Link


def document(text: str) -> Document:
    return read("a.md", text.encode("utf-8"))


def targets(text: str) -> list[str]:
    return [link.target for link in document(text).links]


def test_each_link_has_the_line_in_which_it_begins() -> None:
    found = document('# [one](1.md)\n\ntext\nwith [two\nwords](2.md "a title\nof two lines") and [three](3.md)\n\n'
                     '> quoted\n> ![image](4.png)\n\n| a |\n|---|\n| [cell](5.md) |\n\n<p>\n<a href="6.md">html</a>\n')

    assert found.links == (
        Link(target="1.md", line=1), Link(target="2.md", line=4), Link(target="3.md", line=6),
        Link(target="4.png", line=9, is_image=True), Link(target="5.md", line=13), Link(target="6.md", line=16))


@pytest.mark.parametrize(("text", "expected"), [
    ("[a][r] [r] [r][]\n\n[r]: x.md 'title'", ["x.md"] * 3),
    ("[![alt](i.png)](x.md)", ["x.md", "i.png"]),
    ("[a](<with blanks.md>) [b](a\\_b.md) [c](a&amp;b.md) [d](a%20b.md)",
     ["with blanks.md", "a_b.md", "a&b.md", "a%20b.md"]),
    ("<https://example.org/x> <me@example.org>", ["https://example.org/x", "mailto:me@example.org"]),
    ("see https://example.org/a_b_c, (www.example.org/x(y)) and http://x.org/?a=b&lt;",
     ["https://example.org/a_b_c", "http://www.example.org/x(y)", "http://x.org/?a=b"]),
    ("[text https://example.org](x.md) <a href='y.md'>https://example.org</a>", ["x.md", "y.md"]),
    ("http://localhost www. http://under_score.x_y", []),
    ('<img src="a.png" srcset="b.png 1x, c.png 2x"><picture><source srcset="d.svg"></picture>',
     ["a.png", "b.png", "c.png", "d.svg"]),
    ("[a]()", [""]),
    ("[x](javascript:alert(1))", ["javascript:alert(1)"]),
])
def test_every_form_of_link_is_found_as_it_is_written(text: str, expected: list[str]) -> None:
    assert targets(text) == expected


@pytest.mark.parametrize("text", [
    "````md\n```sh\n```\n[a](x.md)\n````", "```md\n```sh\n[a](x.md)", "`[a](x.md)`",
    "```\n[a](x.md)\n```", "    [a](x.md)", "<!-- [a](x.md) <a href='x.md'> -->", "\\[a](x.md)",
    "text <!-- <a href='x.md'> --> text", "<!-- <a href='x.md'>\n\nnever closed", "[a](my file.md)", "[a][missing]",
    "[a]: x.md", "<script>\n'<a href=\"x.md\">'\n</script>",
])
def test_what_a_reader_does_not_see_as_a_link_is_none(text: str) -> None:
    assert targets(text) == []


def test_a_footnote_is_text_and_no_definition_of_where_a_link_leads() -> None:
    text = "A claim[^1] and [^2].\n\n[^1]: Word\n[^2]: See [it](x.md),\n    and [more](y.md).\n"

    assert targets(text) == ["x.md", "y.md"]


@pytest.mark.parametrize(("text", "heading"), [
    ("## A `b_c` [*d*](x.md) ~~e~~ ![alt](i.png) ##", Heading(text="A b_c d e", level=2, line=1, anchor="a-b_c-d-e-")),
    ("one\ntwo\n===", Heading(text="one two", level=1, line=1, anchor="onetwo")),
    ("> - ### deep", Heading(text="deep", level=3, line=1, anchor="deep")),
    ("# &copy; &#x20;a", Heading(text="© a", level=1, line=1, anchor="--a")),
    ("# T <!-- omit in toc -->", Heading(text="T", level=1, line=1, anchor="t-")),
    ("# Vec<T>", Heading(text="Vec", level=1, line=1, anchor="vec")),
    ('<h1 align="center">Big <b>one</b></h1>', Heading(text="Big one", level=1, line=1, anchor="big-one")),
    ('text\n\n<h2 id="Here">\n\nIn *parts*\n\n</h2>', Heading(text="In parts", level=2, line=3, anchor="in-parts")),
    ("# 日本語 :rocket:", Heading(text="日本語 :rocket:", level=1, line=1, anchor="日本語-rocket")),
])
def test_headings_are_read_with_their_text_and_anchor(text: str, heading: Heading) -> None:
    found = document(text)

    assert found.headings == (heading,)
    assert heading.anchor in found.anchors


def test_headings_in_markdown_and_html_are_numbered_together() -> None:
    assert [heading.anchor for heading in document("# A\n\n<h2>A</h2>\n\nA\n---\n").headings] == ["a", "a-1", "a-2"]


def test_ids_and_names_in_html_are_anchors_as_they_stand() -> None:
    found = document('<a name="Old"></a>\n\ntext <span id="In-Text">x</span> <img name="not" src="i.png">\n')

    assert found.anchors == {"Old", "In-Text"}


def test_code_is_read_with_its_language_and_the_line_of_its_text() -> None:
    found = document("say `make  x`\n\n```sh title=x\nmake test\n```\n\n    indented\n\n~~~\nbare\n~~~\n")

    assert found.code == (
        Code(text="make  x", line=1), Code(text="make test\n", line=4, language="sh", is_block=True),
        Code(text="indented\n", line=7, is_block=True), Code(text="bare\n", line=10, is_block=True))


def test_a_block_with_more_brackets_than_can_be_read_in_time_is_named_and_the_rest_is_read() -> None:
    found = document("[" * 20_000 + "](y.md)\n\n[a](x.md)\n")

    assert [link.target for link in found.links] == ["x.md"]
    assert found.notes == ("the block in line 1 has too many brackets to be read",)


PIECES = st.sampled_from([
    "[a](x.md)", "[b][r]", "![c](i.png)", "<https://x.y>", "[", "](", ")", "*", "**", "_", "~~", "`", "``", "\\", "!",
    "&amp;", "<b>", "\n", "\n\n", "  \n", "# ", "> ", "- ", "    ", "| a | b |\n|---|---|\n", "```\n", "[r]: r.md\n",
    "word ", "<!-- ", "-->", "<div>\n", "\n---\n", "é", ":", "1. ", "+ ", "===\n", "~~~\n", "<h2>",
])


class Stock(MarkdownIt):
    """The library with targets as they are written."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return True


@given(st.lists(PIECES, max_size=25).map("".join))
def test_links_are_those_that_the_library_finds_by_all_of_its_own_rules(text: str) -> None:
    stock = Stock("commonmark", {"maxNesting": 50}).enable(["table", "strikethrough"])
    tokens = [child for token in stock.parse(text) for child in token.children or ()]

    assert [link.target for link in document(text).links] == [
        token.attrs["href"] if token.type == "link_open" else token.attrs["src"]
        for token in tokens if token.type in ("link_open", "image")]


@pytest.mark.parametrize("text", ["> " * 5_000, "- " * 5_000, "<!--" * 20_000, "<a " * 20_000, "<![CDATA[" * 10_000,
                                  "*a_ " * 5_000, "<div>" * 5_000, "[a](" * 3_000, "http://" + ")." * 50_000])
def test_hostile_nests_end_in_time_without_an_error(text: str) -> None:
    assert document(text).links == ()


def test_footnotes_have_the_anchors_that_github_gives_them() -> None:
    found = read("a.md", b"a[^1] b[^Long-Name]\n\n    [^code]: none\n\n[^1]: one\n[^Long-Name]: two\n")

    assert found.anchors == {"fn-1", "fnref-1", "fn-Long-Name", "fnref-Long-Name"}


@pytest.mark.parametrize(("text", "links"), [
    ("so $a[b](c)d$ holds", []), ("($a[b](c)$)", []), ("$$a[b](c)$$", []), ("**$[b](c)_1$**", []),
    ("from $5 [b](c) to $6", ["c"]), ("$5 [b](c) or 7 $", ["c"]), ("$HOME[b](c)$PATH", ["c"]), ("US$[b](c)$", ["c"]),
    (r"\$a[b](c)\$", ["c"]), ("[$a$](c)", ["c"]), ("$ [b](c)", ["c"]),
])
def test_brackets_of_a_formula_are_no_link_and_sums_of_money_are_no_formula(text: str, links: list[str]) -> None:
    assert [link.target for link in read("a.md", text.encode()).links] == links
