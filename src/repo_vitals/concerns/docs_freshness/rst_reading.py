"""Links, headings, anchors and code of reStructuredText, as docutils understands it. Pure.

What Sphinx adds is read for the links in it: a directive that docutils does not know holds text, unless its name says
that it holds a program, and a role it does not know is its text. Nothing is included, run or printed.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.anchors import Anchors
from repo_vitals.concerns.docs_freshness.contents import Contents

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIRECTIVE = re.compile(r"^[ \t]*\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?([A-Za-z0-9][\w:.+-]*?)[ \t]?::", re.MULTILINE)
_ROLE = re.compile(r":([A-Za-z0-9][\w:.+-]*):`|`:([A-Za-z0-9][\w:.+-]*):")
# Of directives that docutils does not know, those whose text is no reStructuredText.
_LITERAL = re.compile(r"code|literal|prompt|doctest|test|ipython|jupyter|graphviz|digraph|graph|uml|mermaid|productionlist"
                      r"|program|plot|shell|console|ansi|math|highlight|raw")
_SETTINGS = {
    "file_insertion_enabled": False, "raw_enabled": False, "report_level": 5, "halt_level": 6, "_disable_config": True,
    "warning_stream": False, "syntax_highlight": "none", "doctitle_xform": False, "docinfo_xform": False,
    "smart_quotes": False, "traceback": True, "input_encoding": "unicode", "line_length_limit": 1_000_000,
}


def read_rst(text: str) -> Contents:
    """What stands in the text."""
    from docutils import nodes
    from docutils.core import publish_doctree

    _know(text)
    tree = publish_doctree(text, settings_overrides=dict(_SETTINGS))
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


def _know(text: str) -> None:
    """Makes docutils know every directive and role that the text names, by what it offers for that."""
    from docutils import nodes
    from docutils.parsers.rst import Directive, directives, languages, roles
    from docutils.parsers.rst.directives import images
    from docutils.utils import new_document

    class Anything(dict[str, Any]):
        """Options of any name."""

        def __missing__(self, _: str) -> Any:
            return directives.unchanged

    class Unknown(Directive):
        """A directive of Sphinx's or of an extension's."""

        has_content = True
        optional_arguments = 1
        final_argument_whitespace = True
        option_spec = Anything(name=directives.unchanged)

        def run(self) -> list[nodes.Node]:
            if _LITERAL.match(self.name.rpartition(":")[2].lower()):
                words = self.arguments[0].split() if self.arguments else []
                block = nodes.literal_block("\n".join(self.content), "\n".join(self.content),
                                            language=words[0] if words else "")
                block.line = self.content_offset + 1
                return [block]
            holder = nodes.container()
            self.state.nested_parse(self.content, self.content_offset, holder)
            return [holder]

    class Image(images.Image):
        option_spec = Anything(images.Image.option_spec)

    class Figure(images.Figure):
        option_spec = Anything(images.Figure.option_spec)

    def as_text(_name: str, _raw: str, shown: str, _line: int, _inliner: Any, *_: Any, **__: Any) -> tuple[
            list[nodes.Node], list[nodes.Node]]:
        return [nodes.inline(shown, shown)], []

    english, blank = languages.get_language("en"), new_document("", settings=None)
    # Sphinx gives these more options than docutils knows.
    for name, directive in (("code-block", Unknown), ("sourcecode", Unknown), ("image", Image), ("figure", Figure)):
        directives.register_directive(name, directive)
    for name in {match[1].lower() for match in _DIRECTIVE.finditer(text)}:
        if directives.directive(name, english, blank)[0] is None:
            directives.register_directive(name, Unknown)
    for name in {(match[1] or match[2]).lower() for match in _ROLE.finditer(text)}:
        if roles.role(name, english, 0, blank.reporter)[0] is None:
            roles.register_local_role(name, as_text)
