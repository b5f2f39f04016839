"""Links, headings, anchors and code of reStructuredText, as docutils understands it. Pure.

What Sphinx adds is read for the links in it: a directive that docutils does not know holds text, unless its name says
that it holds a program, and a role it does not know is its text. Nothing is included, run or printed.
"""
from __future__ import annotations

import re
from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.anchors import Anchors
from repo_vitals.concerns.docs_freshness.contents import Contents
from repo_vitals.concerns.docs_freshness.facts import Unreadable
from repo_vitals.concerns.docs_freshness.rst_names import know_names

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_LINE = 10_000       # characters, as docutils has it by default
# docutils looks from each mark to the end of its block; a long list of changes takes a hundredth.
MOST_STEPS = 100_000_000
_BLOCK = re.compile(r"\n[^\S\n]*\n")
_ITEM = re.compile(r"[^\S\n]*(?:[-+*]|\.\.|\w{1,3}[.)])[ \t]")
_NEXT_ITEM = re.compile(rf"\n(?={_ITEM.pattern})")
_TABLE = ("+-", "==")
_SETTINGS = {
    "file_insertion_enabled": False, "raw_enabled": False, "report_level": 5, "halt_level": 6, "_disable_config": True,
    "warning_stream": False, "syntax_highlight": "none", "doctitle_xform": False, "docinfo_xform": False,
    "smart_quotes": False, "traceback": True, "input_encoding": "unicode", "line_length_limit": LONGEST_LINE,
}


def read_rst(text: str) -> Contents:
    """What stands in the text. Raises Unreadable for what would take docutils too long."""
    from docutils import nodes  # type: ignore[import-untyped]

    if any(len(line) > LONGEST_LINE for line in text.splitlines()):
        raise Unreadable(f"has a line of more than {LONGEST_LINE:,} characters")
    if _steps(text) > MOST_STEPS:
        raise Unreadable("has too many marks in one block")
    know_names(text)
    tree = _parsed(text)
    contents, lines, anchors = Contents(), text.split("\n"), Anchors()
    for node in tree.findall():
        if not isinstance(node, nodes.Element):
            continue
        if not isinstance(node, (nodes.problematic, nodes.system_message)):
            contents.anchors.update(node["ids"])
        if isinstance(node, nodes.reference) and "refuri" in node:
            contents.link(node["refuri"], _line(node, lines, [node["refuri"], node.get("name", ""), node.astext()]))
        elif isinstance(node, nodes.image):
            contents.link(node["uri"], _line(node, lines, [node["uri"]]), is_image=True)
        elif isinstance(node, nodes.literal):
            contents.span_or_block(node.astext(), _line(node, lines, [node.astext()]))
        elif isinstance(node, nodes.literal_block) and not isinstance(node.parent, nodes.system_message):
            languages = [name for name in node["classes"] if name != "code"]
            shown = node.astext()
            contents.span_or_block(shown, _line(node, lines, shown.split("\n", 1)[:1]), is_block=True,
                                   language=node.get("language", "") or (languages[0] if languages else ""))
        elif isinstance(node, nodes.title) and isinstance(node.parent, nodes.section):
            ids = node.parent["ids"]
            shown = node.astext()
            contents.heading(shown, level=min(_depth(node.parent), 6), line=_line(node, lines, [shown]),
                             anchor=ids[0] if ids else "")
            # GitHub gives headings of every format anchors by its own rules besides.
            contents.anchors.add(anchors.anchor(shown))
    return contents


def _parsed(text: str) -> Any:
    """docutils' tree. Raises Unreadable.

    docutils fails on a substitution that is made of one that is not defined, as in the many projects that leave it to
    Sphinx's configuration. Nothing is put in then; the definitions are part of the tree all the same.
    """
    from docutils import core
    from docutils.readers import standalone  # type: ignore[import-untyped]

    # Errors are of any class: the text of strangers meets corners of docutils' that it has no errors of its own for.
    for reader in (standalone.Reader, _without_substitutions):
        try:
            # A copy, since directives change it for the rest of their document.
            return core.publish_doctree(text, reader=reader(), settings=copy(_settings()))
        except RecursionError:  # noqa: PERF203 - of two
            raise
        except Exception:  # noqa: BLE001, S112 - see above
            continue
    raise Unreadable("is not understood by docutils")


@cache
def _settings() -> Any:
    """Made once: docutils makes all options of its command line for them, which takes it longer than a short text."""
    from docutils import core

    asked = core.Publisher(reader="standalone", parser="restructuredtext", writer="null")
    asked.process_programmatic_settings(None, dict(_SETTINGS), None)
    return asked.settings


def _without_substitutions() -> Any:
    from docutils.readers import standalone
    from docutils.transforms import references  # type: ignore[import-untyped]

    class Reader(standalone.Reader):  # type: ignore[misc]
        def get_transforms(self) -> list[Any]:
            return [one for one in super().get_transforms() if one is not references.Substitutions]
    return Reader()


def _steps(text: str) -> int:
    """How many characters docutils may look at, at most: a list is read by its items, a table by its cells."""
    steps = 0
    for block in _BLOCK.split(text):
        marks = "*`_[" if block.lstrip().startswith(_TABLE) else "*`_[|"
        for part in _NEXT_ITEM.split(block) if _ITEM.match(block.lstrip()) else [block]:
            steps += len(part) * sum(map(part.count, marks))
    return steps


def _depth(section: Any) -> int:
    from docutils import nodes

    depth = 0
    while isinstance(section, nodes.section):
        depth, section = depth + 1, section.parent
    return depth


def _line(node: Any, lines: Sequence[str], sought: Sequence[str]) -> int:
    """The line of a node: the first from its block's on that has what is sought, else the block's."""
    while node is not None and not node.line:
        node = node.parent
    first = max(node.line or 1, 1) if node is not None else 1
    # The line that docutils gives a block is its first or the one behind its last, depending on the block.
    for start, stop in ((first - 1, first + 50), (max(first - 50, 0), first)):
        for wanted in sought:
            if wanted:
                beginning = wanted.split("\n", 1)[0]
                for number in range(start, min(stop, len(lines))):
                    if beginning in lines[number]:
                        return number + 1
    return min(first, max(len(lines), 1))
