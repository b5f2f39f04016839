"""Text as strangers write it who wish us ill, or who just paste things."""
from __future__ import annotations

from hypothesis import strategies as st

FRAGMENTS = (
    "::error::pwned", "::error file=a.py,line=1::pwned", "::set-output name=status::pass", "::add-mask::a",
    "::stop-commands::token", "::set-env name=PATH::x", "::group::x", "::endgroup::", "::", ":", ": :",
    "##[error]pwned",
    "##[set-output name=status]pass", "##[", "# #[", "]", "%0A::error::x", "%0D", "%25", "%3A%3A", "\n", "\r", "\r\n",
    "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1c", " ", "\t", "\u00a0", "\u3000",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- repo-vitals:x:y -->", "<!--", "-->",
    "</details>",
    "<https://evil.example>", "&lt;b&gt;", "&#64;team", "&amp;", "|", "\\|", "\\", "| a | b |\n|---|---|\n", "`", "```",
    "```mermaid\n", "~~~", "~~x~~", "**x**", "__x__", "_x_", "# heading", "\n# heading\n", "- item", "1. item",
    "> quote",
    "---", "===", "[x](javascript:alert(1))", "[x](https://evil.example)", "![x](https://evil.example/x.png)",
    "[x]: https://evil.example", "[x]", "](https://evil.example)", "[^1]", "!", "javascript:alert(1)",
    "data:text/html,x",
    "@team", "@org/team", "x@team", "a@b.example", "#1", "#", "1", "GH-1", "gh-12", "owner/repo#1",
    "owner/repo@deadbeef",
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef", "deadbee", "1234567", "fixes #1", "https://github.com/o/r/issues/1",
    "http://evil.example", "https://", "//evil.example", "www.evil.example", "WWW.evil.example", "mailto:a@b.example",
    ":tada:", "$x$", "$$\\href{javascript:alert(1)}{x}$$", "$(id)", "${{ github.token }}", "`id`",
    "\u202e", "\u202dabc\u202c", "\u2066x\u2069", "\u200f", "\u061c", "\u200b", "\u200d", "\ufeff", "\u00ad", "\ufe0f",
    "\0", "\x07", "\x08", "\x1b[31mred\x1b[0m", "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07", "\x1b]0;title\x07",
    "\x1b[2J", "\x1bc", "\x1b", "\x9b31m", "\x9d", "\x7f", "\ud800", "\udfff", "\ufffe", "\U000e0041",
    '"', "'", '" onload="x', "]]>", "--> 5", "%%{init: {}}%%", "ghadelimiter_", "EOF", "name<<EOF\nx\nEOF", "a=b",
    "[red]x[/red]", "[link=https://evil.example]x[/link]", ":skull:", "{", "}", "\N{HEBREW LETTER ALEF}",
    "\N{ARABIC LETTER ALEF}\u064b", "日本語", "👩\u200d💻", "é", "e\u0301", "A" * 300,
)

short = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=6)), max_size=12).map("".join)
"""Some fragments run together, with anything at all between them."""



class Body(str):
    """A long text that shows itself shortly when a test fails."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Body({self[:60]!r}…, {len(self)})"


def _body(part: str) -> Body:
    return Body((part * (60_000 // len(part) + 1))[:60_000])


long = st.builds(_body, st.sampled_from(FRAGMENTS))
"""60 KB bodies of one fragment over and over."""

text = st.one_of(*[short] * 15, long)
