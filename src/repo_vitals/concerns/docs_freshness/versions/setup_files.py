"""Packages of setup.cfg and setup.py, by what stands there plainly. Pure: nothing is run, nor built of their syntax.

What setup.py gives goes before setup.cfg, as setuptools has it.
"""
from __future__ import annotations

import tokenize
from typing import TYPE_CHECKING

from repo_vitals import late
from repo_vitals.concerns.docs_freshness.versions.assigned import at_first, of_whole, places_of
from repo_vitals.concerns.docs_freshness.versions.packages import Package, joined
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.docs_freshness.versions.packages import Files

PY, CFG = "setup.py", "setup.cfg"
UNKNOWN = "has a version that is made when it is built"
_LONGEST = 200_000          # characters
_TEXT = late.regex(r"[rRuU]?(?:\"\"\"|'''|[\"'])([^\"'\\\n]{1,200}?)(?:\"\"\"|'''|[\"'])")
_BY_TAG = late.regex(r"\b(?:use_scm_version|setuptools[_-]scm|versioneer|versioningit|pbr|dunamai|get_git_version)\b")
_SECTION = late.regex(r"\[([^\]\n]{1,100})\][ \t]*(?:[#;].*)?")
_ENTRY = late.regex(r"([A-Za-z][\w.-]{0,60})[ \t]*[=:][ \t]*(.{0,500})")


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What stands for a name or version: a plain text, or something else."""

    text: str | None
    line: int


def read(files: Files, folder: str) -> list[Package]:
    """The package of a folder's setup.py and setup.cfg together."""
    py, cfg = joined(folder, PY) or PY, joined(folder, CFG) or CFG
    script, settings = _text(files, py), _text(files, cfg)
    given, table = _in_call(script), _in_metadata(settings)
    named = given.get("name") or table.get("name")
    if named is None or named.text is None:
        return []
    own = Package(ecosystem="pypi", name=named.text, version=None, file=py if "name" in given else cfg,
                  line=named.line, folder=folder)
    return [version_of(files, own, script, settings)]


def version_of(files: Files, own: Package, script: str | None = None, settings: str | None = None) -> Package:
    """The package with the version that these files of its folder give it; they are read where they are not given."""
    py, cfg = joined(own.folder, PY) or PY, joined(own.folder, CFG) or CFG
    script = _text(files, py) if script is None else script
    settings = _text(files, cfg) if settings is None else settings
    given, stated = _in_call(script).get("version"), _in_metadata(settings).get("version")
    if given is not None:
        if given.text is not None:
            return own.at(given.text, file=py, line=given.line)
    elif stated is not None and stated.text is not None:
        kind, _, rest = stated.text.partition(":")
        if kind == "attr":
            module = rest.strip().rpartition(".")[0].replace(".", "/")
            found = at_first(files, own, places_of(module) if module else [])
        elif kind == "file":
            found = of_whole(files, own, [rest.strip()])
        else:
            found = own.at(stated.text, file=cfg, line=stated.line)
        return found or own.unknown(UNKNOWN)
    return own if _BY_TAG.search(f"{script}\n{settings}") is not None else own.unknown(UNKNOWN)


def _text(files: Files, path: str) -> str:
    text = files.text(path) if path in files.paths else None
    return "" if text is None or len(text) > _LONGEST else text


def _in_call(script: str) -> dict[str, _Said]:
    """The name and version among the arguments of `setup(…)`, by the words of the script.

    A syntax tree would be made by recursion, of whatever a stranger nests.
    """
    texts: dict[str, str | None] = {}       # what is assigned at the top, once
    found: dict[str, _Said] = {}
    depth, inside = 0, 0        # brackets, and at which of them the call's arguments stand
    words = list(_words(script))
    for place, word in enumerate(words):
        before, after = words[place - 1] if place else None, words[place + 1:place + 4]
        if word.string in ("(", "[", "{"):
            depth += 1
            if word.string == "(" and before is not None and before.string == "setup" and not inside and (
                    place < 2 or words[place - 2].string not in ("def", "class")):
                inside = depth
        elif word.string in (")", "]", "}"):
            inside = 0 if depth == inside else inside
            depth -= 1
        elif word.type == tokenize.NAME and len(after) == 3 and after[0].string == "=":
            is_whole = after[2].string in (",", ")") or after[2].type in (tokenize.NEWLINE, tokenize.ENDMARKER)
            text = _plain(after[1], texts) if is_whole else None
            if inside and depth == inside and word.string in ("name", "version"):
                found.setdefault(word.string, _Said(text=text, line=word.start[0]))
            elif depth == 0 and word.start[1] == 0:
                texts[word.string] = text if word.string not in texts else None
    return found


def _plain(word: tokenize.TokenInfo, texts: dict[str, str | None]) -> str | None:
    if word.type == tokenize.NAME:
        return texts.get(word.string)
    match = _TEXT.fullmatch(word.string) if word.type == tokenize.STRING else None
    return None if match is None else match[1].strip() or None


def _words(script: str) -> Iterator[tokenize.TokenInfo]:
    """What the script is made of, up to what is no Python."""
    left_out = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT)
    lines = iter(script.splitlines(keepends=True))
    try:
        for word in tokenize.generate_tokens(lambda: next(lines, "")):
            if word.type not in left_out:
                yield word
    except (tokenize.TokenError, SyntaxError, ValueError):
        return


def _in_metadata(settings: str) -> dict[str, _Said]:
    """The name and version of the section `metadata`."""
    found: dict[str, _Said] = {}
    section = ""
    for number, line in enumerate(settings.splitlines(), start=1):
        head = _SECTION.fullmatch(line.rstrip())
        entry = _ENTRY.fullmatch(line.rstrip())
        if head is not None:
            section = head[1].strip()
        elif entry is not None and section == "metadata" and entry[1].lower() in ("name", "version"):
            text = entry[2].split(" #")[0].split(" ;")[0].strip()
            found.setdefault(entry[1].lower(), _Said(text=text or None, line=number))
    return found
