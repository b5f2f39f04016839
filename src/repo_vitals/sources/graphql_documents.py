"""The GraphQL documents under queries/, each joined with just the fragments that it names."""
from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from repo_vitals.errors import CouldNotMeasure

_COMMENT = re.compile(r"^[ \t]*#.*\n?", re.MULTILINE)
_SPREAD = re.compile(r"\.\.\.\s*(?!on\b)([A-Za-z_]\w*)")
_FRAGMENT = re.compile(r"^fragment\s+([A-Za-z_]\w*)\s+on\b", re.MULTILINE)
_OPERATION = re.compile(r"^\s*(?:query|mutation)\s+([A-Za-z_]\w*)", re.MULTILINE)


@cache
def document(name: str) -> str:
    """The file queries/`name`.graphql with its fragments. Raises CouldNotMeasure when the installation lacks it."""
    return with_fragments(_read(name))


def with_fragments(text: str) -> str:
    """A document made in code, with the fragments that it names, directly or through others, and does not define."""
    known = _fragments()
    defined = set(_FRAGMENT.findall(text))
    wanted = [name for name in dict.fromkeys(_SPREAD.findall(text)) if name not in defined]
    parts = [text.strip()]
    for name in wanted:                 # grows while it is walked
        if name not in known:
            raise ValueError(f"no fragment is called {name}")
        parts.append(known[name])
        wanted += [inner for inner in dict.fromkeys(_SPREAD.findall(known[name]))
                   if inner not in wanted and inner not in defined]
    return "\n".join(parts) + "\n"


def operation_name(text: str) -> str:
    """The name of a document's first operation, or nothing."""
    found = _OPERATION.search(text)
    return found.group(1) if found else ""


def _read(name: str) -> str:
    try:
        text = (files("repo_vitals.sources") / "queries" / f"{name}.graphql").read_text(encoding="utf-8")
    except OSError:
        raise CouldNotMeasure(f"the query {name} is missing from this installation; install it again") from None
    return _COMMENT.sub("", text)


@cache
def _fragments() -> dict[str, str]:
    text = _read("fragments")
    starts = [*((match.group(1), match.start()) for match in _FRAGMENT.finditer(text)), ("", len(text))]
    return {name: text[start:starts[index + 1][1]].strip() for index, (name, start) in enumerate(starts[:-1])}
