"""What a commit holds, for links to be held against. Pure."""
from __future__ import annotations

import posixpath
import re
import unicodedata
from bisect import bisect_left
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from repo_vitals.concerns.docs_freshness.facts import Document

_MOST_STEPS = 40        # from one symbolic link to the next, as Linux has it
# Whose folder, and all below it, a generator of sites reads. Its rules for addresses are not GitHub's.
_SITE_FILES = frozenset({
    "mkdocs.yml", "mkdocs.yaml", "zensical.toml", "zensical.yml", "properdocs.yml", "docusaurus.config.js",
    "docusaurus.config.ts", "docusaurus.config.mjs", "_config.yml", "_config.yaml", "_config.toml", "book.toml",
    "conf.py", "hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", ".vitepress", ".vuepress", "astro.config.mjs",
    "astro.config.ts", "astro.config.js", "gatsby-config.js", "gatsby-config.ts", ".eleventy.js", "eleventy.config.js",
    "docfx.json", "antora.yml", "_quarto.yml", "_sidebar.md", "next.config.js", "next.config.mjs", "next.config.ts",
    "mint.json", "mint.config.json", "docs.json", "nuxt.config.ts", "rspress.config.ts", ".nojekyll", "pelicanconf.py",
    "siteConfig.js", "myst.yml", "_toc.yml",
})
# Docusaurus's configuration is in a folder of its own, and its documents are beside that.
_BESIDE = re.compile(r"docusaurus\.config\.[a-z]+|siteConfig\.js")
_FOLDERS_BESIDE = ("docs", "blog")
# What generators leave out of a page's address.
_PAGE_ENDS = (".md", ".mdx", ".markdown", ".rst", ".html", "/index.md", "/index.mdx", "/README.md", "/index.html")


@dataclass(frozen=True, kw_only=True)
class Tree:
    """All that a commit holds, and where on the web it is."""

    files: frozenset[str]                                       # paths of files and symbolic links
    symlinks: Mapping[str, str] = field(default_factory=dict)   # path to what is written in it
    submodules: frozenset[str] = frozenset()
    web: str = ""                       # https://github.com/owner/name; empty: nobody knows
    branch: str = ""                    # the default branch; empty: nobody knows
    is_of_branch: bool = True           # the commit is that branch's, or is to become it
    unlisted: frozenset[str] = frozenset()      # folders of which nobody looked what is in them
    is_cut: bool = False                # there are more files, of which nobody knows
    others: Mapping[str, Document] = field(default_factory=dict)    # documents that are not checked, read for anchors
    line_counts: Mapping[str, int] = field(default_factory=dict)    # of files whose lines are linked to

    @cached_property
    def folders(self) -> frozenset[str]:
        """Paths of the folders; the top's is empty."""
        found = {""}
        for path in self.files:
            folder = posixpath.dirname(path)
            while folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    @cached_property
    def folded(self) -> Mapping[str, str]:
        """Files, folders and submodules by their path as a file system knows it that does not see case."""
        found: dict[str, str] = {}
        for path in sorted(self.files | self.folders | self.submodules, reverse=True):
            found[fold(path)] = path
        return found

    @cached_property
    def sites(self) -> frozenset[str]:
        """Folders whose documents a generator of sites reads."""
        found = set()
        for path in self.files:
            parts = path.split("/")
            for depth, part in enumerate(parts):
                if part in _SITE_FILES:
                    found.add("/".join(parts[:depth]))
                    if depth and _BESIDE.fullmatch(part):
                        found.update("/".join([*parts[:depth - 1], name]) for name in _FOLDERS_BESIDE)
        return frozenset(found)

    @cached_property
    def _reversed(self) -> Sequence[str]:
        """The files' paths, the last part first, in order."""
        return sorted("/".join([*reversed(path.split("/")), ""]) for path in self.files)

    @cached_property
    def ends(self) -> frozenset[str]:
        """What the files' names end in, behind the last dot."""
        return frozenset(path.rpartition(".")[2] for path in self.files)

    def has_end(self, path: str) -> bool:
        """Whether some file's path ends in all the parts of this one."""
        wanted = "/".join([*reversed(path.strip("/").split("/")), ""])
        at = bisect_left(self._reversed, wanted)
        return at < len(self._reversed) and self._reversed[at].startswith(wanted)

    def has_page(self, path: str) -> bool:
        """Whether some file's path ends in this one and an end that a generator of sites leaves out."""
        return any(self.has_end(f"{path.strip('/')}{end}") for end in _PAGE_ENDS)

    def is_listed(self, path: str) -> bool:
        """Whether a path that is not among the files is not there."""
        if self.is_cut:
            return False
        parts = path.split("/")
        return self.unlisted.isdisjoint("/".join(parts[:depth]) for depth in range(len(parts) + 1))

    def site(self, path: str) -> str | None:
        """The folder of the generator of sites that may read the document; None for none."""
        return next(self.sites_above(path), None)

    def sites_above(self, path: str) -> Iterator[str]:
        """That folder and those around it: a part of a site may have a side bar of its own."""
        if not self.sites or is_for_github(path):
            return
        folder = posixpath.dirname(path)
        while folder:
            if folder in self.sites:
                yield folder
            folder = posixpath.dirname(folder)
        if "" in self.sites:
            yield ""


def is_for_github(path: str) -> bool:
    """Whether a document is read on GitHub and by no generator of sites: README and its like at the top."""
    return path.startswith(".github/") or ("/" not in path and path.partition(".")[0].isupper())


def fold(path: str) -> str:
    """A path with the differences taken out that some file systems do not see."""
    return unicodedata.normalize("NFC", path).casefold()


class Place(NamedTuple):
    """What is at a path."""

    kind: Literal["file", "folder", "submodule", "missing", "outside", "circle"]
    path: str               # without symbolic links
    through_link: bool = False      # a folder of its path is a symbolic link


def place(tree: Tree, path: str) -> Place:
    """What is at a path from the top: symbolic links are followed as long as they stay inside."""
    parts = [part for part in path.split("/") if part]
    through, steps, depth = False, 0, 1
    while depth <= len(parts):
        prefix = "/".join(parts[:depth])
        if prefix in tree.submodules:
            return Place("submodule", "/".join(parts), through)
        if prefix in tree.symlinks:
            steps += 1
            if steps > _MOST_STEPS:
                return Place("circle", path, through)
            through = through or depth < len(parts)
            led = _joined(parts[:depth - 1], tree.symlinks[prefix])
            if led is None:
                return Place("outside", path, through)
            parts, depth = led + parts[depth:], 1
            continue
        depth += 1
    found = "/".join(parts)
    kind: Literal["file", "folder", "missing"] = (
        "file" if found in tree.files else "folder" if found in tree.folders else "missing")
    return Place(kind, found, through)


def _joined(folder: list[str], target: str) -> list[str] | None:
    """The path that a symbolic link in a folder names; None for one that leads out."""
    if target.startswith("/") or not target or "\0" in target:
        return None
    parts = list(folder)
    for part in target.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return parts
