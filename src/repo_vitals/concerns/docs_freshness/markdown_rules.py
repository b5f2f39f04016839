"""The Markdown that GitHub reads: CommonMark with tables, strikethrough and footnotes; where each link stands. Pure.

GitHub Flavored Markdown Spec 0.29, and GitHub's footnotes, which it does not have.
"""
from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it import MarkdownIt

_FOOTNOTE = re.compile(r"\[\^([^\]\s\[^][^\]\s\[]{0,200})\]:[ \t]*")
# A formula as GitHub tells one from amounts of money: blanks or punctuation around, none inside at its ends.
_MATH = re.compile(r"(?<![\w$\\])(?:\$\$[^$]{1,2000}\$\$|\$(?![\s$])[^$]{0,500}(?<![\s\\])\$)(?![\w$])")
_DEEPEST = 50           # blocks in blocks, marks in marks; Python's stack ends
# Whoever looks from each bracket to the block's end takes length times brackets; a long awesome list takes a tenth.
MOST_STEPS = 100_000_000
_OPENERS = "[<`*_~&"
_INTERESTING = ("[", "<", "`", "://")       # besides `www.` in any case
_INTERESTING_WITHOUT_REFERENCES = ("](", "<", "`", "://")
_HTML_HEADING = re.compile(r"<h[1-6]\b", re.IGNORECASE)
_WITHOUT_MARKS = re.compile(r"[^\[\]<`\\&!\n$*_~]*")      # is text from end to end
_PLAIN = re.compile(r"[^\[\]<`\\&!\n$]+")
_PLAIN_AND_MARKED = re.compile(r"[^\[\]<`\\&!\n$*_~]+")
_BY_ANY_CHARACTER = frozenset({"table", "code", "lheading", "paragraph"})
# With which characters a block of each other rule may begin.
_MARKS = {"fence": "`~", "blockquote": ">", "hr": "*-_", "list": "*-+0123456789", "footnote": "[", "reference": "[",
          "html_block": "<", "heading": "#"}
UNREAD = "unread"       # the keys of `env`
FOOTNOTES = "footnotes"
_PLACED = ("link", "image", "autolink", "html_inline", "backticks")
_BEGINNINGS = frozenset({"link_open", "image", "html_inline", "code_inline"})


@lru_cache(maxsize=2)
def parser(*, light: bool = False) -> MarkdownIt:
    """The parser. Targets of links stay as they are written, and a token that begins one has its place in `meta`.

    The light one leaves marks in the text as they are: they neither make nor hide a link.
    """
    from markdown_it import MarkdownIt

    class Parser(MarkdownIt):
        def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
            return url

        def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 - GitHub makes links of all, then takes some out
            return True

    made = Parser("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    made.block.ruler.before("reference", "footnote", _footnote, {"alt": ["paragraph", "reference"]})
    _group(made)
    rules: dict[str, Callable[..., bool]] = dict(zip(made.inline.ruler.get_active_rules(),
                                                     made.inline.ruler.getRules(""), strict=True))
    made.core.ruler.at("inline", _inline)
    made.inline.ruler.at("text", _text_up_to(_PLAIN if light else _PLAIN_AND_MARKED))
    made.inline.ruler.before("link", "math", _math)
    if light:
        made.disable(["emphasis", "strikethrough"])
    for name in _PLACED:
        made.inline.ruler.at(name, _with_place(rules[name]))
    return made


def _group(made: MarkdownIt) -> None:
    """Asks of the rules for blocks that begin with a mark only those about a line that begin with its mark."""
    ruler = made.block.ruler
    rules: dict[str, Callable[..., bool]] = dict(zip(ruler.get_active_rules(), ruler.getRules(""), strict=True))
    marked = {name: rule for name, rule in rules.items() if name not in _BY_ANY_CHARACTER}

    def asked(some: list[Callable[..., bool]], *, only_silent: bool) -> Callable[[Any, int, int, bool], bool]:
        named = [(name, rule) for name, rule in marked.items() if rule in some]
        of_any = [rule for name, rule in named if name not in _MARKS]
        by_mark = {mark: [rule for name, rule in named if mark in _MARKS.get(name, mark)]
                   for mark in "".join(_MARKS.values())}

        def rule(state: Any, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as the library calls it
            if only_silent and not silent:
                return False
            place = state.bMarks[start] + state.tShift[start]
            for one in by_mark.get(state.src[place:place + 1], of_any):     # noqa: SIM110 - any() takes twice as long
                if one(state, start, end, silent):
                    return True
            return False
        return rule

    # Which of them may end a block that goes on from line to line, by that block.
    for block in ("paragraph", "reference", "blockquote", "list"):
        ruler.before("lheading", f"ends {block}", asked(ruler.getRules(block), only_silent=True), {"alt": [block]})
    ruler.before("lheading", "marked", asked(list(marked.values()), only_silent=False))
    ruler.disable(list(marked))


def _inline(state: Any) -> None:
    """Reads what stands in each block, but for blocks that would take too long: their first lines are in `env`."""
    from markdown_it.token import Token

    left, light = MOST_STEPS, parser(light=True)
    # Only of headings the text is wanted, which may be written in HTML around any block.
    interesting = _INTERESTING if state.env.get("references") else _INTERESTING_WITHOUT_REFERENCES
    has_html = _HTML_HEADING.search(state.src) is not None
    for number, token in enumerate(state.tokens):
        if token.type != "inline":
            continue
        is_wanted = has_html or state.tokens[number - 1].type == "heading_open"
        text = token.content
        token.children = []
        if not is_wanted and not any(mark in text for mark in interesting) and "www." not in text.lower():
            continue
        if _WITHOUT_MARKS.fullmatch(text) is not None:
            token.children.append(Token("text", "", 0, content=text))
            continue
        steps = len(text) * sum(map(text.count, _OPENERS))
        if steps > left:
            state.env.setdefault(UNREAD, []).append(token.map[0] if token.map else 0)
            continue
        left -= steps
        chosen = state.md if is_wanted else light
        chosen.inline.parse(text, chosen, state.env, token.children)


def _text_up_to(plain: re.Pattern[str]) -> Callable[[Any, bool], bool]:
    """The rule for text. The library's own stops at every character that some extension may want."""
    def text(state: Any, silent: bool) -> bool:  # noqa: FBT001 - as the library calls it
        match = plain.match(state.src, state.pos, state.posMax)
        if match is None:
            return False
        if not silent:
            state.pending += match[0]
        state.pos = match.end()
        return True
    return text


def _math(state: Any, silent: bool) -> bool:  # noqa: FBT001 - as the library calls it
    """`$a[b](c)$`: brackets of a formula make no link."""
    match = _MATH.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "$" else None
    if match is None:
        return False
    if not silent:
        state.pending += match[0]
    state.pos = match.end()
    return True


def _with_place(rule: Callable[..., bool]) -> Callable[[Any, bool], bool]:
    """A rule for what stands in a line, whose first token says at which character of its block it stands."""
    def placed(state: Any, silent: bool) -> bool:  # noqa: FBT001 - as the library calls it
        place, before = state.pos, len(state.tokens)
        found = rule(state, silent)
        if found and not silent:
            # Text that came before may have become a token first.
            for token in state.tokens[before:before + 2]:
                if token.type in _BEGINNINGS:
                    token.meta["place"] = place
                    break
        return found
    return placed


def _footnote(state: Any, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as the library calls it
    """`[^name]: text`. Its text is read as blocks of their own; for CommonMark it would define where a link leads."""
    if state.is_code_block(start):
        return False
    match = _FOOTNOTE.match(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    if match is None:
        return False
    if silent:
        return True
    state.env.setdefault(FOOTNOTES, []).append(match[1])
    before = state.bMarks[start], state.tShift[start], state.sCount[start], state.blkIndent, state.level
    state.bMarks[start], state.tShift[start] = match.end(), 0
    state.blkIndent += 4
    state.sCount[start] = state.blkIndent
    state.level += 1
    state.md.block.tokenize(state, start, end)
    state.bMarks[start], state.tShift[start], state.sCount[start], state.blkIndent, state.level = before
    state.line = max(state.line, start + 1)
    return True
