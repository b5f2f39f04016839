"""What a link's target is before anything is looked up: an address elsewhere, a path, or nothing to check. Pure.

Parts of an address by the URL Standard (WHATWG) as far as browsers and GitHub agree.
"""
from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.tree import Tree

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_EDGES = "".join(chr(number) for number in range(0x21))     # C0 controls and the space
_DROPPED = str.maketrans("", "", "\t\n\r")
# Between these, names of variables stand that something fills in before anyone reads the document.
_TEMPLATE = re.compile(r"\{\{|\{%|<%|\$\{|\$\(|\{[\w .:|-]*\}|%\(|%7B|<[\w .:|-]+>", re.IGNORECASE)
_REASONS = {
    "mailto": "is an address to write to", "tel": "is a telephone number", "sms": "is a telephone number",
    "javascript": "is a program", "vbscript": "is a program", "data": "holds its own content",
    "file": "leads to files of one machine", "about": "is a page of the browser",
}
_REFS = ("blob", "tree", "raw", "blame")
LONGEST = 8_000         # characters; GitHub answers longer ones with 414


class Target(NamedTuple):
    """A target in its parts."""

    kind: Literal["external", "excluded", "path"]
    reason: str = ""            # why it is excluded
    path: str = ""              # percent-encoded as written; empty: the document itself
    fragment: str = ""          # likewise, without #
    is_template: bool = False   # something fills it in
    is_own: bool = False        # written as an address on the web, of this repository's files


@lru_cache(maxsize=20_000)
def parts(target: str) -> Target:
    """The parts of a target. Addresses of this repository's own files are external here; `own` knows them."""
    text = target.strip(_EDGES).translate(_DROPPED)
    if not text:
        return Target("excluded", "is empty")
    if match := _SCHEME.match(text):
        scheme = match[1].lower()
        if scheme in ("http", "https"):
            return Target("external")
        return Target("excluded", _REASONS.get(scheme, "is none of http, https or a path"))
    if text.startswith(("//", "\\\\")):
        return Target("external")
    if len(text) > LONGEST:
        return Target("excluded", f"has more than {LONGEST:,} characters")
    rest, _, fragment = text.partition("#")
    if not rest and fragment and not fragment.strip("#"):
        return Target("excluded", "names no place")     # `[kbit/s](## "1,000 bits a second")` shows its title
    return Target("path", path=rest.partition("?")[0], fragment=fragment,
                  is_template=_TEMPLATE.search(text) is not None)


def own(target: str, tree: Tree) -> Target | None:
    """The path of an address on the web that is a file or folder of this repository's default branch; else None.

    The default branch's files are not at hand either where another branch is checked out.
    """
    text = target.strip(_EDGES).translate(_DROPPED)
    if not tree.web or ":" not in text or len(text) > LONGEST:
        return None
    rest, _, fragment = text.partition("#")
    scheme, _, place = rest.partition("?")[0].partition("://")
    if scheme.lower() not in ("http", "https"):
        return None
    names = place.split("/")
    host, _, home = tree.web.partition("://")[2].partition("/")
    shown, raw = names[0].lower(), [unquote(name) for name in names]
    if "/".join(raw[1:3]).casefold() != home.casefold():
        return None
    if shown in (host.lower(), f"www.{host.lower()}") and len(raw) > 4 and raw[3] in _REFS:
        at, is_raw = 4, raw[3] == "raw"
    elif shown == "raw.githubusercontent.com" and host.lower() == "github.com" and len(raw) > 3:
        at, is_raw = 3, True
    else:
        return None
    if raw[at:at + 2] == ["refs", "heads"]:
        at += 2
    length = ref_length(raw[at:], tree)
    if length == 0:
        return None
    return Target("path", path="/" + "/".join(names[at + length:]), fragment="" if is_raw else fragment,
                  is_template=_TEMPLATE.search(text) is not None, is_own=True)


def ref_length(names: list[str], tree: Tree) -> int:
    """How many parts of a path name the branch of the commit, which is the default one; 0 for any other."""
    if not tree.is_of_branch:
        return 0
    if names[:1] == ["HEAD"]:
        return 1
    branch = tree.branch.split("/") if tree.branch else []
    return len(branch) if branch and names[:len(branch)] == branch else 0
