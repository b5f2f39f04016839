"""Links that stay in the repository: what GitHub's view of a file makes of each."""
from __future__ import annotations

from typing import Any

import pytest

from repo_vitals.concerns.docs_freshness.documents import read
from repo_vitals.concerns.docs_freshness.internal_links import check, external, needs
from repo_vitals.concerns.docs_freshness.tree import Tree

FILES = ("README.md", "docs/a.md", "docs/Other.md", "docs/sub/README.md", "docs/with blank.md", "docs/sub/b.rst",
         "src/main.rs", "docs/picture.png", "docs/größe.md", "docs/100%.md")
WEB = {"web": "https://github.com/acme/widget", "branch": "main"}


def answers(text: str, *, path: str = "docs/a.md", files: tuple[str, ...] = FILES, others: dict[str, str] | None = None,
            **tree: Any) -> list[tuple[str, str, str]]:
    """State, reason and suggestion of each link of a document, which stands among other files."""
    texts = {path: text, **(others or {})}
    documents = {name: read(name, content.encode("utf-8")) for name, content in texts.items()}
    found = check(documents, Tree(files=frozenset({*files, *texts}), **{**WEB, **tree}))
    return [(link.state, link.reason, link.suggestion) for link in found if link.file == path]


def answer(target: str, **options: Any) -> tuple[str, str, str]:
    [found] = answers(f"[x](<{target}>)", **options)
    return found


@pytest.mark.parametrize("target", [
    "Other.md", "./Other.md", "sub/../Other.md", "/README.md", "../README.md", "/docs/", "sub", "sub/", "..", ".",
    "with%20blank.md", "with blank.md", "gr%C3%B6%C3%9Fe.md", "größe.md", "100%25.md", "Other.md?raw=1",
    "../src/main.rs", "#", "#top", "sub#", "sub%2FREADME.md", "#:~:text=x",
    "https://github.com/acme/widget/blob/main/README.md", "https://github.com/Acme/Widget/tree/HEAD/docs",
    "https://raw.githubusercontent.com/acme/widget/main/docs/picture.png",
    "https://raw.githubusercontent.com/acme/widget/refs/heads/main/docs/picture.png",
    "../../../blob/main/README.md", "../../main/README.md", "Oth\ter.md",
])
def test_a_link_to_what_the_commit_holds_is_ok(target: str) -> None:
    assert answer(target) == ("ok", "", "")


@pytest.mark.parametrize(("target", "reason", "suggestion"), [
    ("gone.md", "is no file or folder", ""),
    ("other.md", "differs from the file's name in case", "Other.md"),
    ("../DOCS/Other.md", "differs from the file's name in case", "Other.md"),
    ("docs/Other.md", "is no file or folder", "Other.md"),
    ("Other", "is no file or folder", "Other.md"),
    ("Other.html", "is no file or folder", "Other.md"),
    ("/Other.md", "is no file or folder", "Other.md"),
    ("..\\README.md", "is no file or folder", "../README.md"),
    ("%FF.md", "is no file or folder", ""),
    ("../../main/gone.md", "is no file or folder", ""),
    ("../../gone.md", "leads out of the repository", ""),
    ("../../src/main.rs", "leads out of the repository", "../src/main.rs"),
    ("../../../../../../../etc/passwd", "leads out of the repository", ""),
    ("https://github.com/acme/widget/blob/main/gone.md", "is no file or folder", ""),
    ("\u202egpj.exe", "is no file or folder", ""),
])
def test_a_link_to_what_it_does_not_hold_is_broken_and_says_what_may_be_meant(
        target: str, reason: str, suggestion: str) -> None:
    assert answer(target) == ("broken", reason, suggestion)


@pytest.mark.parametrize(("target", "state", "reason"), [
    ("", "excluded", "is empty"),
    ("mailto:a@example.org", "excluded", "is an address to write to"),
    ("JavaScript:alert(1)", "excluded", "is a program"),
    ("file:///etc/passwd", "excluded", "leads to files of one machine"),
    ("data:text/html,x", "excluded", "holds its own content"),
    ("vscode:extension/x", "excluded", "is none of http, https or a path"),
    ("x" * 10_240, "excluded", "has more than 8,000 characters"),
    ("../../../issues/7", "excluded", "is a page of GitHub's"),
    ("../../../", "excluded", "is a page of GitHub's"),
    ("##", "excluded", "names no place"), ("###", "excluded", "names no place"),
    ("../../master/LICENSE", "unverified", "leads to another branch"),
    ("/../images/logo.png", "unverified", "leads to another branch"),
    ("../../../tree/other/docs", "unverified", "leads to another branch"),
    ("../../../../gadget/blob/main/README.md", "unverified", "leads to another repository"),
    ("{{ page.url }}.md", "unverified", "is filled in by a template"),
    ("docs/{version}/x.md", "unverified", "is filled in by a template"),
])
def test_what_can_not_be_told_has_a_state_and_a_reason_of_its_own(target: str, state: str, reason: str) -> None:
    assert answer(target) == (state, reason, "")


def test_links_to_elsewhere_are_left_to_others_with_their_place() -> None:
    text = ("[a](https://example.org)\n[b](//example.org/x) [c](https://user:secret@xn--bcher-kva.example/)\n"
            "[d](https://github.com/acme/widget/blob/v1/README.md) [e](https://github.com/acme/widget/issues)\n"
            "[f](https://github.com/other/widget/blob/main/README.md)\n"
            "[g](https://github.com/acme/widget/blob/main/README.md)")
    documents = {"a.md": read("a.md", text.encode())}
    tree = Tree(files=frozenset({"README.md", "a.md"}), **WEB)

    assert [link.target[:40] for _, link in external(documents, tree)] == [
        "https://example.org", "//example.org/x", "https://user:secret@xn--bcher-kva.exampl",
        "https://github.com/acme/widget/blob/v1/R", "https://github.com/acme/widget/issues",
        "https://github.com/other/widget/blob/mai"]
    assert [link.state for link in check(documents, tree)] == ["ok"]


def test_without_a_name_and_branch_of_the_repository_its_own_addresses_are_elsewhere() -> None:
    documents = {"a.md": read("a.md", b"[a](https://github.com/acme/widget/blob/main/gone.md) [b](../../issues)")}

    assert [link.reason for link in check(documents, Tree(files=frozenset({"a.md"})))] == ["is a page of GitHub's"]


def test_the_default_branchs_addresses_are_elsewhere_where_another_branch_is_checked_out() -> None:
    assert answers("[a](https://github.com/acme/widget/blob/main/gone.md) [b](https://github.com/acme/widget/blob/HEAD/g)",
                   is_of_branch=False) == []
    assert answer("../../../blob/main/gone.md", is_of_branch=False) == ("unverified", "leads to another branch", "")


def test_a_branch_with_a_slash_in_its_name_is_known_by_all_of_it() -> None:
    assert answer("https://github.com/acme/widget/blob/release/v2/README.md", branch="release/v2")[0] == "ok"
    assert answers("[x](https://github.com/acme/widget/blob/release/README.md)", branch="release/v2") == []
    assert answer("../../../../issues", branch="release/v2")[0] == "excluded"


@pytest.mark.parametrize(("target", "state"), [
    ("#one", "ok"), ("#One", "ok"), ("#one-1", "ok"), ("#user-content-one", "ok"), ("#Own-Id", "ok"),
    ("#%C3%BCber-alles", "ok"), ("#über-alles", "ok"), ("#-rocket", "ok"), ("Other.md#there", "ok"),
    ("sub#inside", "ok"), ("sub/#inside", "ok"), ("sub#readme", "ok"), ("sub/b.rst#by-docutils-v1-2", "ok"),
    ("sub/b.rst#by-docutils-v12", "ok"),
    ("#own-id", "broken"), ("#one-2", "broken"), ("#rocket", "broken"), ("Other.md#here", "broken"),
    ("#readme", "broken"), ("#one_1", "broken"),
    ("sub#outside", "broken"), ("sub/b.rst#nothing", "broken"),
    ("https://github.com/acme/widget/blob/main/docs/Other.md#here", "broken"),
])
def test_an_anchor_is_looked_for_as_githubs_pages_do(target: str, state: str) -> None:
    text = f"# One\n\n# One\n\n# Über alles\n\n# 🚀 rocket\n\n<a id='Own-Id'></a>\n\n[x]({target})\n"
    others = {"docs/Other.md": "# There", "docs/sub/README.md": "# Inside",
              "docs/sub/b.rst": "By docutils (v1.2)\n==================\n"}

    assert answers(text, others=others)[0][0] == state


@pytest.mark.parametrize(("target", "suggestion"), [
    ("#Getting Started!", "#getting-started"), ("#geting-started", "#getting-started"), ("#own", "#Own"), ("#zzz", "")])
def test_a_broken_anchor_comes_with_the_one_that_may_be_meant(target: str, suggestion: str) -> None:
    assert answers(f"# Getting started\n\n<a id='Own'></a>\n\n[x](<{target}>)") == [
        ("broken", "names no heading or anchor in the document", suggestion)]


@pytest.mark.parametrize(("fragment", "expected"), [
    ("L10", ("ok", "")), ("L3-L10", ("ok", "")), ("l1C2-L10C5", ("ok", "")),
    ("L3-11", ("broken", "leads to line 11 of 10")),
    ("Lx", ("unverified", "leads into a file whose anchors are not known"))])
def test_links_to_lines_are_held_to_the_files_length(fragment: str, expected: tuple[str, str]) -> None:
    counts = {"src/main.rs": 10, "docs/Other.md": 10}

    assert answer(f"../src/main.rs#{fragment}", line_counts=counts)[:2] == expected
    if fragment != "Lx":
        assert answer(f"Other.md?plain=1#{fragment}", line_counts=counts)[:2] == expected


def test_what_else_has_to_be_read_is_asked_for_and_unverified_without_it() -> None:
    text = b"[a](src/main.rs#L3) [b](docs/Other.md#x) [c](docs#y) [d](docs/Other.md) [e](#L9)\n\n# L9\n"
    documents = {"README.md": read("README.md", text)}
    files = frozenset({*FILES, "docs/README.md"})

    wanted = needs(documents, Tree(files=files))

    assert wanted.documents == {"docs/Other.md", "docs/README.md"}
    assert wanted.lines == {"src/main.rs"}
    assert [link.state for link in check(documents, Tree(files=files))] == ["unverified"] * 3 + ["ok"] * 2
    read_too = {name: read(name, b"# X") for name in wanted.documents}
    assert [link.state for link in check(documents, Tree(files=files, others=read_too, line_counts={"src/main.rs": 3}))
            ] == ["ok", "ok", "broken", "ok", "ok"]


@pytest.mark.parametrize(("target", "expected"), [
    ("link.md", ("ok", "")), ("link.md#there", ("ok", "")),
    ("link.md#gone", ("broken", "names no heading or anchor in the document")),
    ("folder/README.md", ("unverified", "goes through a folder that is a symbolic link, which GitHub does not follow")),
    ("folder", ("ok", "")), ("folder/gone.md", ("broken", "is no file or folder")),
    ("dangling.md", ("broken", "is a symbolic link to nothing")),
    ("one.md", ("broken", "is a symbolic link that leads in a circle")),
    ("out.md", ("unverified", "is a symbolic link out of the repository")),
    ("absolute.md", ("unverified", "is a symbolic link out of the repository")),
    ("loop/loop/loop/x.md", ("broken", "is a symbolic link that leads in a circle")),
    ("../vendor/lib", ("ok", "")), ("../vendor/lib/x.md#y", ("unverified", "is in a submodule")),
])
def test_symbolic_links_are_followed_inside_the_repository_and_submodules_are_not_entered(
        target: str, expected: tuple[str, str]) -> None:
    links = {"docs/link.md": "Other.md", "docs/folder": "sub", "docs/dangling.md": "no.md", "docs/one.md": "two.md",
             "docs/two.md": "./one.md", "docs/out.md": "../../x.md", "docs/absolute.md": "/etc/passwd",
             "docs/loop": "loop/."}

    assert answer(target, files=(*FILES, *links), symlinks=links, submodules=frozenset({"vendor/lib"}),
                  others={"docs/Other.md": "# There"})[:2] == expected


@pytest.mark.parametrize(("target", "state"), [
    ("guide.html", "unverified"), ("guide", "unverified"), ("guide/", "unverified"), ("/guide/", "unverified"),
    ("gone.md", "broken"), ("gone.png", "broken"), ("../LICENSE", "broken"),
    ("#a-b", "unverified"), ("#custom", "unverified"), ("#c", "broken"), ("#title-custom_1", "unverified"),
    ("widget.tools.cut", "unverified"), ("logging.Logger", "unverified"), ("gone.widget.py", "broken"),
])
def test_what_a_generator_of_sites_may_make_is_unverified_and_a_missing_file_is_broken_there_too(
        target: str, state: str) -> None:
    text = f"# A & B\n\n# Title {{#custom}}\n\n# Title {{#custom}}\n\n[x]({target})"

    assert answers(text, files=("docs/conf.py", "src/widget/__init__.py", "src/widget/x.cut"))[0][0] == state


@pytest.mark.parametrize(("more", "path", "state"), [
    ("::: mkdocs-click\n    :module: a.b", "docs/a.md", "unverified"), ("::: widget.tools", "docs/a.md", "unverified"),
    ("::: widget\n    options:", "docs/a.md", "unverified"), ('--8<-- "b.md"', "docs/a.md", "unverified"),
    ("```{include} b.md\n```", "docs/a.md", "unverified"), ("{{ table() }}", "docs/a.md", "unverified"),
    ("::: tip\nWords\n:::", "docs/a.md", "broken"), ("::: widget.tools", "README.md", "broken")])
def test_headings_that_a_generator_puts_into_a_page_are_not_called_missing(more: str, path: str, state: str) -> None:
    link = "[x](docs/cli.md#run)" if path == "README.md" else "[x](cli.md#run)"

    assert answers(link, path=path, files=("mkdocs.yml",), others={"docs/cli.md": f"# Cli\n\n{more}\n"})[0][0] == state


def test_names_of_places_that_only_a_generator_reads_are_found_in_every_document() -> None:
    text = "(here)=\n# Place\n\n```{figure} p.png\n:name: fig:one\n```\n\n[](#here) [](#fig:one) [](#there) [](#gone)\n"
    text += "[](#_one) [](#two)\n\n^1^{#\\_one} A note.\n{: #two .wide }\n"
    others = {"docs/b.md": "> (there)=\r\n> # Other\n\nWords of (gone)= no one.\n"}

    assert [one[0] for one in answers(text, others=others)] == ["unverified"] * 3 + ["broken"] + ["unverified"] * 2


@pytest.mark.parametrize(("path", "state"), [
    ("README.md", "broken"), (".github/SUPPORT.md", "broken"), ("index.md", "unverified"),
    ("docs/README.md", "unverified")])
def test_what_is_written_for_github_is_read_by_no_generator_of_sites(path: str, state: str) -> None:
    assert answers("[x](guide)", path=path, files=("_config.yml",))[0][0] == state


@pytest.mark.parametrize(("target", "state"), [
    ("/docs/install", "unverified"), ("./install", "unverified"), ("/img/x.png", "unverified"), ("gone.md", "broken"),
    ("LICENSE", "broken")])
@pytest.mark.parametrize("path", ["docs/a.md", "guides/a.md"])
def test_documents_beside_the_folder_of_docusaurus_and_elsewhere_are_read_by_it(
        path: str, target: str, state: str) -> None:
    files = ("website/docusaurus.config.js", "website/static/img/x.png", "docs/install.md", "guides/install.md")

    assert answers(f"[x]({target})", path=path, files=files)[0][0] == state


@pytest.mark.parametrize(("target", "path", "state"), [
    ("/commands/npm-init", "docs/content/a.md", "unverified"),
    ("/commands/npm-init/", "docs/content/a.md", "unverified"),
    ("/commands", "docs/content/a.md", "unverified"), ("/commands/npm-gone", "docs/content/a.md", "broken"),
    ("/ands/npm-init", "docs/content/a.md", "broken"), ("/commands/npm-init.md", "docs/content/a.md", "broken"),
    ("/commands/npm-init", "README.md", "broken"), ("commands/npm-init", "docs/content/a.md", "broken")])
def test_a_path_from_the_top_may_be_a_pages_name_on_a_site_that_nothing_here_tells_of(
        target: str, path: str, state: str) -> None:
    files = ("docs/content/commands/npm-init.md", "docs/content/commands/index.md")

    assert answers(f"[x]({target})", path=path, files=files)[0][0] == state


def test_links_to_where_not_all_files_were_looked_at_are_unverified() -> None:
    text = "[x](target/doc/a.html) [y](gone/a.html) [z](target)"
    doubt = ("unverified", "is where not all files were looked at", "")

    assert answers(text, path="a.md", unlisted=frozenset({"target"})) == [
        doubt, ("broken", "is no file or folder", ""), doubt]
    assert answers(text, path="a.md", is_cut=True) == [doubt] * 3


def test_a_link_in_a_circle_is_not_suggested_to_be_the_file_itself() -> None:
    assert answer("One.md", symlinks={"docs/one.md": "one.md"}, files=("docs/one.md",)) == (
        "broken", "differs from the file's name in case", "")
    assert answer("one.md", symlinks={"docs/one.md": "one.md"}, files=("docs/one.md",)) == (
        "broken", "is a symbolic link that leads in a circle", "")


def test_a_path_from_the_top_of_a_site_is_not_called_broken() -> None:
    assert answers("[x](docs/guide/b.md) [y](guide/b.md) [z](gone/b.md)", path="docs/guide/a.md",
                   files=("docs/guide/b.md", "docs/_sidebar.md")) == [
        ("broken", "is no file or folder", "b.md"),
        ("unverified", "is no file; a generator of sites may make one", ""), ("broken", "is no file or folder", "")]


@pytest.mark.parametrize("path", [".github/ISSUE_TEMPLATE/bug.md", ".github/pull_request_template.md",
                                  "docs/PULL_REQUEST_TEMPLATE.md"])
def test_relative_links_of_templates_start_at_pages_of_issues(path: str) -> None:
    assert [one[0] for one in answers(
        "[x](../blob/main/README.md) [y](https://github.com/acme/widget/blob/main/gone.md) [z](/README.md)", path=path)
    ] == ["unverified", "broken", "ok"]


@pytest.mark.parametrize(("target", "state"), [
    ("b", "ok"), ("b#Id", "ok"), ("b#gone", "broken"), ("b/", "broken"), ("gone", "broken"),
    ("b.html", "ok"), ("b.html#Id", "ok"), ("b.html#id", "broken"), ("gone.html", "broken"), ("#/route", "unverified"),
    ("/b.html", "ok"), ("/site/b.html", "ok"), ("/css/x.css", "unverified"), ("../../x.html", "unverified"),
    ("/b.html#gone", "broken"), ("..\\site\\b.html", "ok"),
])
def test_links_of_a_page_are_a_sites_and_only_it_knows_where_its_top_is(target: str, state: str) -> None:
    found = answers(f"<a href='{target}'>x</a>", path="site/a.html", others={"site/b.html": "<p id='Id'>"})

    assert found[0][0] == state


def test_a_page_with_a_base_of_its_own_is_left_alone() -> None:
    assert answers("<base href='/x/'><a href='gone.html'>", path="a.html") == [
        ("unverified", "starts at what the page names as its base", "")]


def test_images_need_their_file_and_no_anchor() -> None:
    assert [one[0] for one in answers("![a](picture.png#gh-light-mode-only) ![b](gone.png) <img src='picture.png#x'>")
            ] == ["ok", "broken", "ok"]
