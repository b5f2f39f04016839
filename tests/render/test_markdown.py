"""Markdown from strangers' text: what it shows, what it links, where it is cut. `·` stands for the zero-width space."""
from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.render.markdown import BREAK, Markdown, code, cut_to_bytes, link, safe_url, table, text
from support import hostile, markdown_reader

NOTE = Markdown("_cut_\n")


def visible(markdown: str) -> str:
    return markdown.replace(BREAK, "·")


@pytest.mark.parametrize(("words", "written"), [
    ("plain words, 1.5 (and more) - é 日本", "plain words, 1.5 (and more) - é 日本"),
    ("a*b_c[d]~e", r"a\*b\_c\[d\]\~e"),
    ("a|b`c\\d", "a&#124;b&#96;c&#92;d"),
    ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
    ("use $PATH and $HOME", "use <span>$</span>PATH and <span>$</span>HOME"),
    ("@team and x@team", "@·team and x@·team"),
    ("see #1 o/r#23 GH-4 fixes #5", "see #·1 o/r#·23 GH-·4 fixes #·5"),
    ("o/r@deadbeef", "o/r@·deadbe·ef"),
    ("see 0123456789abcdef0123456789abcdef01234567", "see 012345·6789ab·cdef01·234567·89abcd·ef0123·4567"),
    ("facade 123456 x1234567", "facade 123456 x1234567"),
    ("https://a.example www.b.example a@c.example", "https:·//a.example www·.b.example a@·c.example"),
    ("so :tada: 12:30:45", "so :·tada: 12:·30:45"),
    ("two\r\n lines\tand  more\u2028end", "two lines and more end"),
    ("a\0b\x1b[31mred\x1b[0m\u202eevil\u200f", "a\N{REPLACEMENT CHARACTER}bred\N{REPLACEMENT CHARACTER}evil"),
    ("", ""), ("\n", ""),
])
def test_text_is_written_so_that_it_shows_itself(words, written):
    assert visible(text(words)) == written


@pytest.mark.parametrize(("words", "written"), [
    ("- item", r"\- item"), ("+ item", r"\+ item"), ("1. item", r"1\. item"), ("12) item", r"12\) item"),
    ("# title", r"\# title"), ("===", r"\==="), ("---", r"\---"), (":-:", r"\:·-:"), ("> quote", "&gt; quote"),
    ("1.5 s", "1.5 s"), ("2026", "2026"), ("v1.", "v1."), ("Wow!", r"Wow\!"),
])
def test_text_at_the_start_or_end_of_a_line_begins_and_ends_nothing(words, written):
    assert visible(text(words)) == written


def test_text_is_cut_to_size():
    assert text("x" * 60_000) == "x" * 299 + "…"
    assert text("x" * 60_000, limit=10) == "x" * 9 + "…"


@pytest.mark.parametrize(("url", "written"), [
    ("https://example.org", "https://example.org"),
    ("HTTPS://Example.ORG:8443/A?b=c&d=e#f", "https://example.org:8443/A?b=c&amp;d=e#f"),
    ("https://example.org/a(b)c|d`e\"f<g>\\h[i]$j{k}",
     "https://example.org/a%28b%29c%7Cd%60e%22f%3Cg%3E%5Ch%5Bi%5D%24j%7Bk%7D"),
    ("https://example.org/100%25/é", "https://example.org/100%25/%C3%A9"),
    ("https://example.org/?a=1&lt;=2", "https://example.org/?a=1&amp;lt;=2"),
    ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
])
def test_a_link_leads_where_it_says(url, written):
    assert link("here", url) == f"[here]({written})"


@pytest.mark.parametrize("url", [
    None, "", "javascript:alert(1)", "JavaScript:alert(1)", "javascript://example.org/%0aalert(1)", "data:text/html,x",
    "vbscript:x", "file:///etc/passwd", "ftp://example.org", "//example.org", "/relative", "example.org", "https://",
    "https:///x", "https://user@example.org", "https://user:pass@example.org", "https://github.com@evil.example",
    "https://example.org:port", "https://example.org:99999", "https://exa mple.org", "https://example.org/a b",
    "https://example.org/\n[x](y)", "https://example.org/\u202e", "https://\u0435xample.org", "https://exa_mple.org/",
    "https://[::1]/", "https://[x", "https://example.org/" + "x" * 2000, "https://example.org/\ud800",
    " https://example.org",
])
def test_what_is_no_plain_web_address_is_no_link(url):
    assert link("here", url) == "here"
    assert url is None or safe_url(url) is None


@pytest.mark.parametrize("thread", ["issues/7", "pull/7", "pull/7/files#r1", "discussions/7", "commit/0123abc"])
@pytest.mark.parametrize("host", ["https://github.com", "http://github.com", "https://www.github.com", "https://GitHub.com"])
def test_a_link_to_a_thread_leaves_no_trace_there(host, thread):
    assert link("#7", f"{host}/acme/widget/{thread}") == f"[\\#{BREAK}7](https://redirect.github.com/acme/widget/{thread})"


@pytest.mark.parametrize("url", ["https://github.com/acme/widget", "https://github.com/acme/widget/actions/runs/1",
                                 "https://github.example/acme/widget/issues/7", "https://github.com/acme/widget/issues"])
def test_other_links_stay_as_they_are(url):
    assert link("x", url) == f"[x]({url})"


def test_a_link_without_words_is_nothing():
    assert link(" \n", "https://example.org") == ""


def test_code_that_can_not_be_written_as_code_is_text():
    assert code("a_b.py *") == "`a_b.py *`"
    assert code("a`b") == "a&#96;b"
    assert code("a|b") == "a&#124;b"
    assert code("\n") == ""


def test_a_table():
    made = table(("Name", "Value"), [(text("a|b"), Markdown("**1**")), (text(""), text("2"))], numeric=[1])
    assert made == ("| Name | Value |\n"
                    "| --- | ---: |\n"
                    "| a&#124;b | **1** |\n"
                    "|  | 2 |\n")


@pytest.mark.parametrize("row", [("a",), ("a", "b", "c"), ("a", "b|c"), ("a", "b\nc"), ("a\r", "b")])
def test_a_row_that_would_break_the_table_is_refused(row):
    with pytest.raises(ValueError, match="does not fit"):
        table(("A", "B"), [tuple(map(Markdown, row))])


@settings(deadline=None)
@given(st.lists(st.lists(hostile.short, min_size=2, max_size=2), max_size=4))
def test_every_row_of_a_table_is_a_row_whatever_is_in_it(rows):
    made = table(("A", "B"), [[text(words), link(words, "https://ours.example")] for words, _ in rows])
    assert len(markdown_reader.read(made).rows) == len(rows) + 1


def test_a_document_that_fits_is_left_as_it_is():
    document = Markdown("a\nb\r\nc\x0cd")
    assert cut_to_bytes(document, len(document), NOTE) == document


DOCUMENT = Markdown("""\
# é

text

| A | B |
| --- | ---: |
| 1 | é |
| 2 | ü |

```mermaid
xychart-beta

| not | a table |
```

<details><summary>More</summary>

- 日本
- 👩

</details>

~~~~
```
~~~
~~~~
the end""")


@pytest.mark.parametrize("limit", range(len(DOCUMENT.encode()) + 2))
def test_wherever_a_document_is_cut_it_is_whole(limit):
    made = cut_to_bytes(DOCUMENT, limit, NOTE)
    assert len(made.encode()) <= limit
    if len(DOCUMENT.encode()) <= limit:
        assert made == DOCUMENT
        return
    if limit < len(NOTE):
        assert made == NOTE[:limit]
        return
    assert made.endswith(NOTE)
    kept = re.sub("\n</details>\n$", "", made[: -len(NOTE)].removesuffix("\n"))
    assert DOCUMENT.startswith(kept.removesuffix("\n"))
    assert kept == "" or kept.endswith("\n")
    for fence in ("```mermaid", "~~~~"):
        assert made.count(fence) != 1 or (fence == "```mermaid" and "\n```\n" in made)
    assert made.count("<details>") == made.count("</details>")
    assert "| A |" not in made or "| 1 |" in made
    rows = markdown_reader.read(made).rows
    assert all(len(row) == 2 for row in rows)
    assert not any(NOTE.strip() in "".join(row) for row in rows)


@settings(deadline=None)
@given(st.text(alphabet="é\n|a", max_size=40), st.integers(0, 60))
def test_a_cut_is_never_longer_than_allowed_nor_inside_a_line(document, limit):
    made = cut_to_bytes(Markdown(document), limit, NOTE)
    assert len(made.encode()) <= max(limit, 0)
    if made != document and len(NOTE) <= limit:
        body = made.removesuffix(NOTE).removesuffix("\n")
        assert body == "" or (document.startswith(body) and (body.endswith("\n") or document[len(body)] == "\n"))


def test_a_cut_document_is_as_long_as_it_can_be():
    made = cut_to_bytes(Markdown("line\n" * 100), 60, NOTE)
    assert made == "line\n" * 10 + "\n" + NOTE
