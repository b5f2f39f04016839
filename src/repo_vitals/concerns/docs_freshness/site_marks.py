"""What generators of sites read in Markdown that is text to GitHub: names of places, and where they put more in. Pure.

Names as MyST has them (`(name)=`, `:name:` and `:label:` of a directive, `#| label:` of a cell) and as Python-Markdown
and kramdown do (`{#name}` behind anything), which links to `#name` find in whatever document they stand. More is put in
by mkdocstrings and mkdocs-click (`::: package.module`), snippets, includes, macros, and directives of Sphinx that read
a program's own documentation: its headings are not in the file.
"""
from __future__ import annotations

import re

_NAME = re.compile(r"^[ \t]*(?:>[ \t]*)*(?:\(([^()\s][^()\n]{0,199})\)=|:(?:name|label):[ \t]+([^\s]{1,200})"
                   r"|#\|[ \t]*label:[ \t]*([^\s]{1,200}))[ \t\r]*$", re.MULTILINE)
_INLINE = re.compile(r"\{:?[ \t]*#([\w\\:.-]{1,200})[ \t}]")
_MORE = re.compile(
    r"^[ \t]*(?::::[ \t]+(?:mkdocs-[\w-]+|[A-Za-z_]\w*(?:\.\w+)+|[A-Za-z_]\w*[ \t]*\r?\n[ \t]{4}\S)"
    r"|-+8<-+[ \t]*\S|\{!|\{\{|\{%-?[ \t]*include|(?:`{3,}|:{3,})\{(?:include|eval-rst|auto|click|sphinx|typer))",
    re.MULTILINE)
_HINTS = (")=", ":name:", "label:", "{#", "{:")         # looking for these in a text takes next to nothing
_MORE_HINTS = (":::", "8<", "{!", "{{", "{%", "``{")


def names(text: str) -> frozenset[str]:
    """The names that a text gives to places in it."""
    if not any(hint in text for hint in _HINTS):
        return frozenset()
    return frozenset((*(next(filter(None, match.groups())) for match in _NAME.finditer(text)),
                      *(match[1].replace("\\", "") for match in _INLINE.finditer(text))))


def has_more(text: str) -> bool:
    """Whether a generator puts into a page what is not in its file."""
    return any(hint in text for hint in _MORE_HINTS) and _MORE.search(text) is not None
