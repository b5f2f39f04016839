"""Repositories as files in a dictionary, for what states their version."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.facts import Code, Document, Heading, Link
from repo_vitals.concerns.docs_freshness.versions import Files, mentions
from repo_vitals.concerns.docs_freshness.versions.manifests import packages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.concerns.docs_freshness.facts import VersionMention


def document(path: str, text: str) -> Document:
    """A document of headings, fenced code and images, so plain that no parser is needed."""
    headings, code, links = [], [], []
    fence: tuple[int, str, list[str]] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("```"):
            if fence is None:
                fence = (number + 1, line[3:].strip(), [])
            else:
                code.append(Code(text="\n".join(fence[2]), line=fence[0], language=fence[1], is_block=True))
                fence = None
        elif fence is not None:
            fence[2].append(line)
        elif line.startswith("#"):
            headings.append(Heading(text=line.lstrip("# "), level=len(line) - len(line.lstrip("#")), line=number,
                                    anchor=""))
        else:
            code += [Code(text=span, line=number) for span in re.findall(r"`([^`]+)`", line)]
            links += [Link(target=target, line=number, is_image=True)
                      for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", line)]
    return Document(path=path, format="markdown", headings=tuple(headings), code=tuple(code), links=tuple(links))


def told(files: Mapping[str, str], *, tags: Sequence[str] | None = (), repository: str = "acme/widget",
         ) -> list[VersionMention]:
    """Every place in these files that states a version."""
    documents = {path: document(path, text) for path, text in files.items() if path.endswith(".md")}
    held = Files(paths=frozenset(files), text=files.get)
    found, _ = mentions(held, packages(held), documents, tags=tags, repository=repository,
                        headings_of=lambda path, text: [(one.text, one.line) for one in document(path, text).headings])
    return list(found)


def wrong(files: Mapping[str, str], *, tags: Sequence[str] | None = (), repository: str = "acme/widget",
          ) -> list[tuple[str, int, str, str]]:
    """(file, line, found, expected) of those that do not agree."""
    return [(one.file, one.line, one.found, one.expected)
            for one in told(files, tags=tags, repository=repository) if not one.agrees]


def stated(files: Mapping[str, str], *, tags: Sequence[str] | None = ()) -> list[tuple[str, int, str, str]]:
    """(file, line, found, package) of what manifests state."""
    return [(one.file, one.line, one.found, one.package) for one in told(files, tags=tags) if one.source == "manifest"]
