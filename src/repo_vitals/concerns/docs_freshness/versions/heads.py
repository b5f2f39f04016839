"""Lines in which a document says of which version of the project it tells. Pure.

`**Version**: 1.2.0` does so at its head, `Current version: 1.2.0` wherever it stands. Such a number may as well be the
document's own, or that of something else: only a version that the project has or had is taken for the project's.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals import late
from repo_vitals.concerns.docs_freshness.versions.numbers import parse
from repo_vitals.concerns.docs_freshness.versions.on_purpose import is_of_one_version
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from repo_vitals.concerns.docs_freshness.facts import Document
    from repo_vitals.concerns.docs_freshness.versions.numbers import Number

_HEAD = 30              # lines
_LONGEST = 300          # characters of a line
_MOST = 100             # of a document
_MARKUP = late.regex(r"[*_`>#~]+|<!--|-->|</?[a-z]{1,10}/?>")
_LINE = late.regex(
    r"[\s|:(\[-]{0,20}(?:(?P<now>(?:current|latest|newest)\s+(?:stable\s+)?(?:version|release))"
    r"|(?:(?:project|package|plugin|library|crate|module|software|release)\s+)?version)(?:\s+number)?\s{0,9}[:|]\s{0,9}"
    r"(?P<found>[vV]?\d[0-9A-Za-z.+-]{0,79})(?P<rest>.*)", re.IGNORECASE)
# What may follow: nothing, the end of a cell, a date, a remark. `or later` and `to 1.4` make it a range.
_REST = late.regex(r"\s*(?:[(|,\u00b7\u2022\u2013\u2014\])-].*)?")
_RANGE = late.regex(r"\b(?:or|and|to|until|later|newer|higher|above|up|below|older|earlier)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Head:
    """One line that states a version of the project."""

    file: str
    line: int
    number: Number


def heads(documents: Iterable[Document], had: Collection[Number], current: Collection[Number],
          text_of: Callable[[str], str | None]) -> Iterator[Head]:
    """Such lines outside of code, in the documents' order.

    `had` are the versions that are known to be the project's, `current` those that a reader may be told.
    """
    if not current:
        return
    old = {number for number in had if number < min(current)}
    for document in documents:
        if is_of_one_version(document.path):
            continue
        text = text_of(document.path) or ""
        if "ersion" not in text and "elease" not in text and "ERSION" not in text:
            continue
        code = {line for one in document.code if one.is_block
                for line in range(one.line, one.line + one.text.count("\n") + 1)}
        sections = [heading.line for heading in document.headings[1:]]
        head = min([*sections, _HEAD])
        found = [Head(file=document.path, line=line, number=number)
                 for line, number in _stated(text.splitlines(), head) if line not in code]
        for one in found[:_MOST]:
            # What was never known may be an example, a version to come, or not the project's.
            if one.number in old or any(map(one.number.begins, current)):
                yield one


def _stated(lines: list[str], head: int) -> Iterator[tuple[int, Number]]:
    for line, written in enumerate(lines, start=1):
        if len(written) > _LONGEST:
            continue
        match = _LINE.fullmatch(_MARKUP.sub("", written))
        if match is None or not (match["now"] or line < head):
            continue
        number = parse(match["found"].rstrip(".-"))
        # One with two numbers is how documents count their own revisions.
        if number is None or (number.width < 3 and not match["now"] and match["found"][:1] not in "vV"):
            continue
        if _REST.fullmatch(match["rest"]) is not None and _RANGE.search(match["rest"]) is None:
            yield line, number
