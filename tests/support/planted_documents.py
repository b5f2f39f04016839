"""A tree of Markdown files with links whose state is known by how they are made: no rule of the product takes part.

The anchor of each heading is written down by hand beside its text.
"""
from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote

# Text of a heading, and the anchor that GitHub gives it.
HEADINGS = (
    ("Installation", "installation"), ("Getting started", "getting-started"), ("What's new?", "whats-new"),
    ("Use of `make test`", "use-of-make-test"), ("C++ & C#", "c--c"),
    ("snake_case, kebab-case", "snake_case-kebab-case"), ("Über die Größe", "über-die-größe"),
    ("1.2.3 (2026-01-01)", "123-2026-01-01"),
    ("*Notes* on **it**", "notes-on-it"), ("🚀 Launch", "-launch"), ("Профили", "профили"),
    ("A [linked](https://example.org) title", "a-linked-title"),
    ("FAQ", "faq"), ("v2/api", "v2api"), ("你好 world", "你好-world"), ("x - y", "x---y"),
)
# No reader sees a link in any of these.
HIDDEN = ("Words that say little, and `[code](not-a-link.md)`.", "<!-- [hidden](not-a-link.md) -->",
          "```md\n[fenced](not-a-link.md)\n```")
FILLER = ("Words that *only* fill the page, with `code`, **marks** and a [bracket] or two, as they stand in most\n"
          "documents between one link and the next; there is nothing in them for anyone to check, and most of the\n"
          "time goes into finding that out.")
FOLDERS = ("", "docs", "docs/guide", "docs/guide/deep", "docs/api", "notes", "a b")


@dataclass(kw_only=True)
class Planted:
    """The tree, and which of its links are broken."""

    files: dict[str, str] = field(default_factory=dict)
    broken: set[tuple[str, str]] = field(default_factory=set)       # file, target as written
    working: set[tuple[str, str]] = field(default_factory=set)


def planted(*, seed: int, files: int, links: int = 6, broken_ratio: float = 0.1, paragraphs: int = 0) -> Planted:
    """A tree of so many Markdown files, each with so many links, of which about such a share is broken.

    Below each heading stand so many paragraphs without links.
    """
    random = Random(seed)
    paths = [posixpath.join(FOLDERS[number % len(FOLDERS)], f"page{number}.md") for number in range(files)]
    headings = {path: _headings(random) for path in paths}
    tree = Planted()
    tree.files["image.png"] = ""
    for path in paths:
        lines = ['<a id="Own-Id"></a>', ""]
        for text, _ in headings[path]:
            lines += [f"## {text}", "", random.choice(HIDDEN), "", *([FILLER, ""] * paragraphs)]
        for number in range(links):
            is_broken = random.random() < broken_ratio
            target = _target(random, path, paths, headings, is_broken=is_broken, number=number)
            (tree.broken if is_broken else tree.working).add((path, target))
            lines += [_written(random, target, number), ""]
        tree.files[path] = "\n".join(lines)
    return tree


def _headings(random: Random) -> list[tuple[str, str]]:
    """Headings with their anchors; one may stand there twice, the second with a number."""
    chosen = random.sample(HEADINGS, random.randint(2, 5))
    found = list(chosen)
    if random.random() < 0.5:
        text, anchor = random.choice(chosen)
        found.append((text, f"{anchor}-1"))
    return found


def _target(random: Random, path: str, paths: list[str], headings: dict[str, list[tuple[str, str]]], *, is_broken: bool,
            number: int) -> str:
    other = random.choice(paths)
    way = quote(posixpath.relpath(other, posixpath.dirname(path) or "."))
    if not is_broken:
        _, anchor = random.choice(headings[other])
        _, own = random.choice(headings[path])
        up = posixpath.relpath("image.png", posixpath.dirname(path) or ".")
        return random.choice([way, f"{way}#{quote(anchor)}", f"#{own}", f"{way}#Own-Id", up])
    _, anchor = random.choice(headings[other])
    return random.choice([f"gone{number}.md", f"{way}#no-such-heading-{number}", f"#nowhere-{number}",
                          f"{way}#{quote(anchor)}-9", f"missing{number}/picture.png"])


def _written(random: Random, target: str, number: int) -> str:
    """The link in one of the forms of Markdown and HTML."""
    kinds = [f"See [a page]({target}) for more.", f"- an item with [a page]({target} \"its title\")",
             f"See [a page][r{number}].\n\n[r{number}]: {target}", f"> quoted [**bold** page]({target})",
             f"| a | b |\n|---|---|\n| [cell]({target}) | c |", f'<p>In HTML <a href="{target}">a page</a></p>']
    return random.choice(kinds)
