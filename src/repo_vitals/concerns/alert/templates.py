"""The paragraph that a user has put on top of every alert: Markdown of their own with {placeholders}. Pure."""
from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

from repo_vitals import plain_text
from repo_vitals.config.declare import Input, Kind, needs_text
from repo_vitals.config.file import closest, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.render.markdown import Markdown

FIELDS = ("key", "monitors", "owners", "problems", "report", "repository", "run", "severity", "since", "subject")
_LONGEST = 2000     # characters, before the placeholders are filled
_MOST_FIELDS = 30
_FENCE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})", re.MULTILINE)


def parse_template(text: str) -> str:
    """A template that can be filled. Raises ValueError for a placeholder that there is none of, naming the closest."""
    template = text.strip()
    if len(template) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST:,} characters")
    if "<!--" in template:
        raise ValueError("holds an HTML comment (<!--), by which alerts are found again; leave it out")
    if len(_FENCE.findall(template)) % 2:
        raise ValueError("begins a block of code that it does not end")
    try:
        fields = [field for _, field, form, conversion in Formatter().parse(template) if field is not None
                  and not _refused(field, form, conversion)]
    except ValueError as error:
        if str(error).startswith("holds"):
            raise
        raise ValueError("has a brace without its pair; a brace itself is written {{ or }}") from None
    if len(fields) > _MOST_FIELDS:
        raise ValueError(f"has more than {_MOST_FIELDS} placeholders")
    return template


def _refused(field: str, form: str | None, conversion: str | None) -> bool:
    if field not in FIELDS:
        raise ValueError(f"holds the placeholder {quoted('{' + field + '}')}, which there is none of"
                         f"{closest(field, FIELDS)}")
    if form or conversion:
        raise ValueError(f"holds {quoted('{' + field + '}')} with a format, which none has; write the name alone")
    return False


def filled(template: str, values: Mapping[str, Markdown]) -> str:
    """The paragraph. `values` has every one of FIELDS, free of markup of strangers'."""
    parts: list[str] = []
    for literal, field, _, _ in Formatter().parse(template):
        parts += "\n".join(plain_text.lines(literal)), "" if field is None else values[field]
    return "".join(parts)


TEMPLATE = Input(
    name="template", kind=Kind("text", parse_template, lambda value: parse_template(needs_text(value)), str,
                               quotable=False),
    default="", default_text="none",
    help=f"Markdown to put on top of every alert, with placeholders: {', '.join('{' + name + '}' for name in FIELDS)}",
)
