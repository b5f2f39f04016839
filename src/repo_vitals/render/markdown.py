"""GitHub-flavoured Markdown from strangers' text, safe by type: what went through here is `Markdown`, not `str`.

Two readers have to be kept from seeing syntax in a title:

* the Markdown parser. ASCII punctuation that means something to it is written as a backslash escape, or as a character
  reference where backslashes are read differently inside and outside of tables (`|`, `\\`, `` ` ``, `<`, `>`, `&`).
* GitHub's filters for mentions (`@team`), references (`#1`, `GH-1`, `o/r#1`, commits), bare links, e-mail addresses,
  `:emoji:` and `$math$`. They run over the *rendered* text, where escapes and references have become plain characters
  again, so neither `\\@` nor `&#64;` stops them. A zero-width space inside the pattern does, wherever the text ends up,
  and is what Renovate and Dependabot rely on. (`<code>` would stop them too, but changes how every title looks; an
  empty comment `<!-- -->` depends on when comments are dropped.) Only the dollar sign needs GitHub's documented
  `<span>$</span>`, since a formula may begin with any character.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, NewType
from urllib.parse import quote, urlsplit

from repo_vitals import plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

Markdown = NewType("Markdown", str)     # may be put into a document as it is

BREAK = "\N{ZERO WIDTH SPACE}"

_ESCAPES = {
    **{character: f"\\{character}" for character in "*_[]~"},
    **{character: f"&#{ord(character)};" for character in "|\\`"},
    "<": "&lt;", ">": "&gt;", "&": "&amp;", "$": "<span>$</span>",
}
_SPECIAL = re.compile(r"[*_\[\]~|\\`<>&$]")
# What would begin a block where the text stands first in a line: list, heading, quotation, table, setext underline.
_BLOCK = re.compile(r"[-+=#:]|\d{1,9}[.)](?=\s|$)")

_COMMIT = re.compile(r"(?<![0-9A-Za-z_])[0-9a-fA-F]{7,64}(?![0-9A-Za-z_])")
_REFERENCES = (
    (re.compile(r"@"), rf"@{BREAK}"),                                   # mentions, user@commit, e-mail
    (re.compile(r"#(?=\w|$)"), rf"#{BREAK}"),                           # numbers of any script, to be sure
    (re.compile(r"(GH)-(?=\d|$)", re.IGNORECASE), rf"\1-{BREAK}"),
    (re.compile(r":(?=//)|(?<=mailto):|(?<=xmpp):", re.IGNORECASE), rf":{BREAK}"),     # http://, https://, ftp:// …
    (re.compile(r"(www)\.", re.IGNORECASE), rf"\1{BREAK}."),
    (re.compile(r":(?=[\w+-]+:)"), rf":{BREAK}"),                       # :emoji:
)

# Where a link from an issue's or a comment's text leaves a "mentioned this" in the thread it leads to.
_THREAD = re.compile(r"https?://(?:www\.)?github\.com/(?=[^/]+/[^/]+/(?:issues|pull|discussions|commit)/.)")
_URL_SAFE = "/%:@!&'*+,;=~-._?"     # kept in a path or query; no brackets, quotes, pipes, backslashes or dollars


def text(value: str, *, limit: int = 300) -> Markdown:
    """A stranger's text as Markdown on one line that shows just this text, at most `limit` characters of it.

    It forms no link, mention, reference, formatting, HTML or table cell of its own, at the start of a line or within.
    """
    shown = unlinked(value, limit=limit)
    begins_block = _BLOCK.match(shown)
    escaped = _SPECIAL.sub(lambda match: _ESCAPES[match[0]], shown)
    if begins_block is not None:
        at = begins_block.end() - 1     # block markers hold no special character, so positions still agree
        escaped = f"{escaped[:at]}\\{escaped[at:]}"
    if escaped.endswith("!"):           # would make an image of a link that follows
        escaped = escaped[:-1] + "\\!"
    return Markdown(escaped)


def unlinked(value: str, *, limit: int = 300) -> str:
    """A stranger's text as plain text on one line, for what is not read as Markdown: the title of an issue, a chat.

    It forms no mention, reference, link or emoji there. A title does show code spans.
    """
    shown = plain_text.one_line(value, limit=limit)
    for pattern, replacement in _REFERENCES:
        shown = pattern.sub(replacement, shown)
    # Pieces of at most six digits: GitHub links commits from seven on.
    return _COMMIT.sub(lambda match: BREAK.join(re.findall(".{1,6}", match[0])), shown)


def link(label: str, url: str | None) -> Markdown:
    """A link to `url` under a stranger's words; the words alone where the address is not plain http or https.

    Threads and commits on github.com are linked through redirect.github.com, as other tools do, so that a report posted
    to an issue leaves no trace in the threads it names.
    """
    shown = text(label)
    address = None if url is None else safe_url(url)
    if address is None or not shown:
        return shown
    address = _THREAD.sub("https://redirect.github.com/", address)
    return Markdown(f"[{shown}]({address.replace('&', '&amp;')})")   # `&lt;` would be read as a character here too


def safe_url(url: str) -> str | None:
    """An http or https address, percent-encoded so that it can't end early; None for any other.

    Refused are credentials in it, ports that are none, and hosts that are not plain ASCII names or IPv4 addresses.
    """
    if len(url) > 2000 or any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
        path, query, fragment = (quote(part, safe=_URL_SAFE) for part in (parts.path, parts.query, parts.fragment))
    except ValueError:      # UnicodeEncodeError is one
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return None
    if re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", host) is None:
        return None
    return (f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{path}"
            f"{'?' + query if query else ''}{'#' + fragment if fragment else ''}")


def code(value: str, *, limit: int = 300) -> Markdown:
    """Text as a code span, for names of files, rules and expressions. A pipe or a backtick makes it plain text: neither
    can be escaped in a code span that may stand in a table."""
    shown = plain_text.one_line(value, limit=limit)
    if not shown or any(character in shown for character in "`|"):
        return text(value, limit=limit)
    return Markdown(f"`{shown}`")


def table(headers: Sequence[str], rows: Sequence[Sequence[Markdown]], *, numeric: Sequence[int] = ()) -> Markdown:
    """A table with our own `headers`; the columns whose positions are in `numeric` are set to the right.

    Raises ValueError for a cell that would break it: cells are `text`, `link`, `code` or words of our own.
    """
    for row in rows:
        if len(row) != len(headers) or any("|" in cell or "\n" in cell or "\r" in cell for cell in row):
            raise ValueError("a row does not fit the table")
    rules = ["---:" if position in numeric else "---" for position in range(len(headers))]
    every: list[Sequence[str]] = [[text(header) for header in headers], rules, *rows]
    lines = [f"| {' | '.join(row)} |" for row in every]
    return Markdown("\n".join(lines) + "\n")


def cut_to_bytes(markdown: Markdown, limit: int, note: Markdown) -> Markdown:
    """The document, or as many of its first lines as fit into `limit` bytes of UTF-8 with `note` below them.

    Cut between lines only, never inside a fenced block or right under a table's head; folded parts (`<details>`) are
    closed. What UTF-8 can't hold counts as it will be written, one byte a character.
    """
    if _size(markdown) <= limit:
        return markdown
    if _size(note) > limit:
        return Markdown(note.encode("utf-8", "replace")[: max(limit, 0)].decode("utf-8", "ignore"))
    lines = re.findall(r"[^\n]*\n|[^\n]+", markdown)
    room = limit - _size(note) - 1              # one for the blank line before the note
    used, kept, depth, closing, fence = 0, 0, 0, "", ""
    for position, line in enumerate(lines):
        used += _size(line)
        if used > room:
            break
        fence = _fence_after(line, fence)
        if fence:
            continue
        depth += len(re.findall(r"<details\b", line)) - line.count("</details>")
        following = lines[position + 1] if position + 1 < len(lines) else ""
        end = "\n</details>\n" * max(depth, 0)
        if used + len(end) <= room and not _is_rule(line) and not _is_rule(following):
            kept, closing = position + 1, end
    body = "".join(lines[:kept]) + closing
    return Markdown(f"{body}\n{note}" if body else note)


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open after a line, given the one that was open before it; empty for none."""
    marker = re.match(r" {0,3}(`{3,}|~{3,})(.*)", line)
    if marker is None:
        return fence
    if not fence:
        return marker[1]
    closes = marker[1].startswith(fence) and not marker[2].strip()
    return "" if closes else fence


def _is_rule(line: str) -> bool:
    return re.fullmatch(r"\s*\|(?:\s*:?-+:?\s*\|)+\s*", line) is not None


def _size(markdown: str) -> int:
    return len(markdown.encode("utf-8", "replace"))
