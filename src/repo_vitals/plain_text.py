"""Strangers' text as harmless plain text: the first step of every sink that shows titles, logins, labels or bodies.

What it takes out can't be seen anyway, or lies about what is there: terminal escapes, control characters, characters
that turn the reading direction, invisible ones. What a person would write stays as it is. Pure.
"""
from __future__ import annotations

import re

REPLACED = "\N{REPLACEMENT CHARACTER}"  # shows a reader that something stood here

# CSI, terminated OSC and the two-character escapes; an ESC that is none of these is replaced with the other controls.
_TERMINAL = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^-~]")
# Controls but tab and line ends; bidirectional embeddings, overrides and isolates; annotation anchors; what is no
# character at all: lone surrogates and the two that XML forbids.
_REFUSED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ufffe\uffff"
                      "\ud800-\udfff]")
# Characters without a shape of their own (Unicode: Default_Ignorable_Code_Point), but for joiners and variation
# selectors, without which emoji and several scripts fall apart.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f"
                        "\u3164\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
                        "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]")
_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # as str.splitlines sees them

# The runner looks for its commands with a comparison by the rules of a culture, which skips characters that differ from
# platform to platform. So nothing but visible ASCII and the space is trusted to stand between.
_COMMAND = re.compile(r"[^!-~]*:[^ -~]*:")
_OLD_COMMAND = re.compile(r"#(?=[^ -~]*#[^ -~]*\[)")


def lines(text: str) -> list[str]:
    """The text's lines, each free of controls, terminal escapes and invisible characters. Never empty."""
    whole = _TERMINAL.sub("", text)
    return [_INVISIBLE.sub("", _REFUSED.sub(REPLACED, line)) for line in _LINE_END.split(whole)]


def one_line(text: str, *, limit: int = 200) -> str:
    """The text on one line, runs of blanks as one space, cut at `limit` characters with an ellipsis."""
    return cut(" ".join(" ".join(lines(text)).split()), limit)


def quotable(text: str, *, limit: int = 200) -> str:
    """The text as an error message may quote it: `?` for every character that is not printable, line ends too."""
    return cut("".join(character if character.isprintable() else "?" for character in text), limit)


def cut(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis, at most `limit` characters long."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"


def log_line(line: str) -> str:
    """One line of `lines` such that no runner reads a command in it.

    The runner takes `::name` after any leading blanks for a command, and the old form `##[name]` anywhere in a line.
    """
    if _COMMAND.match(line):
        line = f"> {line}"
    return _OLD_COMMAND.sub("# ", line)
