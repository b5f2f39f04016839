"""From a link's path to what the commit holds there. Pure."""
from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from repo_vitals.concerns.docs_freshness.documents import format_of
from repo_vitals.concerns.docs_freshness.link_targets import ref_length
from repo_vitals.concerns.docs_freshness.tree import fold, is_for_github, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.concerns.docs_freshness.facts import LinkState
    from repo_vitals.concerns.docs_freshness.link_targets import Target
    from repo_vitals.concerns.docs_freshness.tree import Tree

# What `../../` of a repository's files leads to on GitHub: `../../issues` in a README is a link to the issues.
_PAGES = frozenset({
    "actions", "activity", "archive", "branches", "commit", "commits", "community", "compare", "contributors",
    "custom-properties", "dependabot", "deployments", "discussions", "edit", "environments", "forks", "graphs",
    "issues", "labels", "milestone", "milestones", "network", "new", "packages", "pkgs", "projects", "pull", "pulls",
    "pulse", "releases", "rules", "security", "settings", "stargazers", "subscription", "tags", "upload", "watchers",
    "wiki",
})
# Texts that GitHub puts into new issues and pull requests, where relative links start at their pages.
_TEMPLATES = re.compile(r"(?:^|/)(?:issue|pull_request)_template(?:/|\.[a-z]+$)", re.IGNORECASE)
_OBJECT = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", re.ASCII)
_ENDS = frozenset({"gif", "html", "ico", "ipynb", "jpeg", "jpg", "json", "md", "pdf", "png", "py", "rst", "svg", "toml",
                   "txt", "webp", "yaml", "yml", "zip"})
ABSENT = "is no file or folder"         # why a link is broken that leads to nothing
_VIEWS = frozenset({"blob", "tree", "raw", "blame"})


class Resolved(NamedTuple):
    """What a path leads to."""

    state: LinkState
    reason: str = ""
    suggestion: str = ""
    path: str | None = None         # in the commit, where it is there
    is_folder: bool = False


def is_document(path: str) -> bool:
    """Whether the file has anchors that can be read."""
    return format_of(path) is not None


def readme(tree: Tree, folder: str) -> str | None:
    """The file that GitHub shows below a folder's list; None where there is none that can be read."""
    names = ("README.md", "readme.md", "Readme.md", "README.rst", "README.markdown", "index.html")
    return next((path for name in names if (path := posixpath.join(folder, name)) in tree.files), None)


def resolve(tree: Tree, document: str, target: Target, *, is_page: bool, has_layout: bool = False) -> Resolved:
    """What a link's path leads to, seen from a document, which is an HTML page or shown by GitHub.

    `has_layout`: its front matter says how a site shows it, whichever that is.
    """
    names = [unquote(name) for name in target.path.split("/")]
    if is_page and "\\" in target.path:
        names = [part for name in names for part in name.split("\\")]    # as browsers read it
    from_top = target.path.startswith("/")
    if from_top and is_page and not target.is_own:
        return _of_page(tree, document, names)
    folder = [] if from_top else [part for part in posixpath.dirname(document).split("/") if part]
    inside, up = _walked(folder, names)
    found = _above(tree, inside, up, is_page=is_page) if up else _at(tree, "/".join(inside))
    if found.state == "broken" and is_page and not target.is_own and names[-1]:
        page = _at(tree, f"{'/'.join(inside)}.html")
        if page.state == "ok":
            return page     # as GitHub Pages and others answer an address without an ending
    if found.state == "broken":
        if target.is_template:
            return Resolved("unverified", "is filled in by a template")
        if _TEMPLATES.search(document) and not target.is_own:
            return Resolved("unverified", "is seen from the page of an issue or pull request")
        if _may_be_generated(tree, document, target, names, inside, is_page=is_page, has_layout=has_layout):
            return Resolved("unverified", "is no file; a generator of sites may make one")
        return found._replace(suggestion=_suggested(tree, document, names, inside))
    return found


def _walked(folder: Sequence[str], names: Sequence[str]) -> tuple[list[str], int]:
    """The path's parts from the top, or from so many folders above it."""
    inside, up = list(folder), 0
    for name in names:
        if name == "..":
            if inside:
                inside.pop()
            else:
                up += 1
        elif name not in ("", "."):
            inside.append(name)
    return inside, up


def _at(tree: Tree, path: str) -> Resolved:
    found = place(tree, path)
    if found.kind in ("file", "folder"):
        if found.through_link:
            return Resolved("unverified", "goes through a folder that is a symbolic link, which GitHub does not follow")
        return Resolved("ok", path=found.path, is_folder=found.kind == "folder")
    if found.kind == "submodule":
        if path in tree.submodules:
            return Resolved("ok")
        return Resolved("unverified", "is in a submodule")
    if found.kind == "outside":
        return Resolved("unverified", "is a symbolic link out of the repository")
    if found.kind == "circle":
        return Resolved("broken", "is a symbolic link that leads in a circle")
    if path in tree.files:
        return Resolved("broken", "is a symbolic link to nothing")
    if not tree.is_listed(path):
        return Resolved("unverified", "is where not all files were looked at")
    if fold(path) in tree.folded:
        return Resolved("broken", "differs from the file's name in case")
    return Resolved("broken", ABSENT)


def _above(tree: Tree, rest: Sequence[str], up: int, *, is_page: bool) -> Resolved:
    """What lies above the repository's files: on GitHub they are at owner/name/blob/branch."""
    if is_page:
        return Resolved("unverified", "leads out of the repository, where a site may have more")
    home = tree.web.partition("://")[2].split("/")[1:3]
    if len(home) < 2:
        home = ["", ""]
    view = [*home, "blob", *(tree.branch.split("/") if tree.branch else ["HEAD"])]
    if up > len(view):
        return Resolved("broken", "leads out of the repository")
    names = [*view[:len(view) - up], *rest]
    if len(names) < 3:
        return Resolved("excluded", "is a page of GitHub's")
    if [name.casefold() for name in names[:2]] != [name.casefold() for name in home]:
        return Resolved("unverified", "leads to another repository")
    if names[2] in _PAGES:
        return Resolved("excluded", "is a page of GitHub's")
    if names[2] in _VIEWS and len(names) > 3:
        length = ref_length(names[3:], tree)
        if length:
            return _at(tree, "/".join(names[3 + length:]))
        # One step up may be one too many: then what it leads to is at the top.
        if up > 1 or (len(rest) > 1 and _at(tree, rest[0]).state == "broken"):
            return Resolved("unverified", "leads to another branch")
    return Resolved("broken", "leads out of the repository")


def _of_page(tree: Tree, document: str, names: Sequence[str]) -> Resolved:
    """A path from the top of a site, of which only the site knows where in the repository it is."""
    inside, _ = _walked([], names)
    folder = posixpath.dirname(document)
    while True:
        found = _at(tree, posixpath.join(folder, *inside))
        if found.state == "ok":
            return found
        if not folder:
            return Resolved("unverified", "starts at the top of a site, and nobody here knows where that is")
        folder = posixpath.dirname(folder)


def _may_be_generated(tree: Tree, document: str, target: Target, names: Sequence[str], inside: Sequence[str], *,
                      is_page: bool, has_layout: bool) -> bool:
    """Whether a generator that reads the document might make what is not there: a page, or what a page's name means."""
    if target.is_own or is_for_github(document):
        return False
    plain, from_top = "/".join(name for name in names if name), target.path.startswith("/")
    last = plain.rpartition("/")[2]
    if any(_at(tree, posixpath.join(site, plain)).state == "ok" for site in tree.sites_above(document)):
        return True         # Some generators see all paths from there.
    if last.isupper() and not is_page:
        return False        # LICENSE and its like are files
    site = tree.site(document)
    if site is not None and not is_page and _is_object(tree, site, plain):
        return True
    if site is not None or has_layout:
        return is_page or "." not in last or last.lower().endswith((".html", ".htm")) or from_top
    if format_of(document) == "rst" and ((from_top and "." not in last) or (
            last.endswith(".html") and _at(tree, _source("/".join(inside))).state == "ok")):
        return True         # reStructuredText is written to be built, by whatever
    # A generator that is set up elsewhere, or in a way that is not known, may take any folder for the top.
    if from_top:
        return ("." not in last and tree.has_page(plain)) or (bool(tree.sites) and tree.has_end(plain))
    return bool(tree.sites) and "." not in last and tree.has_page("/".join(inside))


def _source(page: str) -> str:
    return f"{posixpath.splitext(page)[0]}.rst"


def _is_object(tree: Tree, site: str, name: str) -> bool:
    """Whether Sphinx may know an object of a program by this name, which is no file's."""
    first, last = name.partition(".")[0], name.rpartition(".")[2]
    return (posixpath.join(site, "conf.py") in tree.files and _OBJECT.fullmatch(name) is not None
            and (last not in tree.ends | _ENDS or tree.has_end(f"{first}/__init__.py") or tree.has_end(f"{first}.py")))


def _suggested(tree: Tree, document: str, names: Sequence[str], inside: Sequence[str]) -> str:
    """What was probably meant, as it would be written in the document; empty if nothing comes near."""
    folder = posixpath.dirname(document)
    path = "/".join(inside)
    stem = posixpath.splitext(path)[0]
    plain = [name for name in names if name not in ("", ".", "..")]
    slashes = posixpath.normpath(posixpath.join(folder, "/".join(names).replace("\\", "/")))
    for meant in (path, "/".join(plain), posixpath.join(folder, *plain), slashes, f"{path}.md", f"{stem}.md"):
        found = tree.folded.get(fold(meant.strip("/")))
        if found and _at(tree, found).state != "broken":
            return posixpath.relpath(found, folder or ".")
    return ""
