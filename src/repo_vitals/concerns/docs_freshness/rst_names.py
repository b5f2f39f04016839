"""Directives and roles that docutils does not know, for they are Sphinx's or an extension's.

docutils keeps what it knows in tables of the process, and offers to add to them. What is added here runs nothing.
"""
from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

_DIRECTIVE = re.compile(r"^[ \t]*\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?([A-Za-z0-9][\w:.+-]{0,80}?)[ \t]?::", re.MULTILINE)
_ROLE = re.compile(r":([A-Za-z0-9][\w:.+-]{0,80}):`|`:([A-Za-z0-9][\w:.+-]{0,80}):")
# Of directives that docutils does not know, those whose text is no reStructuredText.
_LITERAL = re.compile(r"code|source|literal|prompt|doctest|test|ipython|jupyter|graph|digraph|uml|mermaid|production"
                      r"|program|plot|shell|console|ansi|math|highlight|raw")


def know_names(text: str) -> None:
    """Makes docutils know every directive and role that the text names, by what it offers for that."""
    from docutils.parsers.rst import directives, roles  # type: ignore[import-untyped]

    ours = _ours()
    for name in {match[1].lower() for match in _DIRECTIVE.finditer(text)}:
        if directives.directive(name, ours.english, ours.blank)[0] is None:
            directives.register_directive(name, ours.directive)
    for name in {(match[1] or match[2]).lower() for match in _ROLE.finditer(text)}:
        if roles.role(name, ours.english, 0, ours.blank.reporter)[0] is None:
            roles.register_local_role(name, ours.role)


@dataclass(frozen=True, kw_only=True)
class _Ours:
    """What stands in for what docutils does not know, and what it is asked with."""

    directive: type[Any]
    role: Callable[..., Any]
    english: Any
    blank: Any                      # a document


@cache
def _ours() -> _Ours:
    """Made once for a process, as the tables are: a document's settings alone take docutils longer than a short text.

    With it come the directives that docutils knows and Sphinx gives more options.
    """
    from docutils import nodes  # type: ignore[import-untyped]
    from docutils.parsers.rst import Directive, directives, languages
    from docutils.parsers.rst.directives import images  # type: ignore[import-untyped]
    from docutils.utils import new_document  # type: ignore[import-untyped]

    class Anything(dict[str, Any]):
        """Options of any name."""

        def __missing__(self, _: str) -> Any:
            return directives.unchanged

    class Unknown(Directive):  # type: ignore[misc]
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

    class Image(images.Image):  # type: ignore[misc]
        option_spec = Anything(images.Image.option_spec)

    class Figure(images.Figure):  # type: ignore[misc]
        option_spec = Anything(images.Figure.option_spec)

    def as_text(_name: str, _raw: str, shown: str, _line: int, _inliner: Any, *_: Any, **__: Any) -> tuple[
            list[nodes.Node], list[nodes.Node]]:
        return [nodes.inline(shown, shown)], []

    for name, directive in (("code-block", Unknown), ("sourcecode", Unknown), ("image", Image), ("figure", Figure)):
        directives.register_directive(name, directive)
    return _Ours(directive=Unknown, role=as_text, english=languages.get_language("en"),
                 blank=new_document("", settings=None))
