"""Install instructions in documents: which name the project's own version, and which agree."""
from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.versions import told, wrong

MANIFESTS = {
    "Cargo.toml": '[package]\nname = "widget"\nversion = "1.4.2"\n',
    "pyproject.toml": '[project]\nname = "py-widget"\nversion = "1.4.2"\n',
    "package.json": '{"name": "@acme/widget", "version": "1.4.2"}',
    "go.mod": "module github.com/acme/widget\n",
    "pom.xml": "<project><groupId>org.acme</groupId><artifactId>jwidget</artifactId><version>1.4.2</version></project>",
}
TAGS = ["v1.4.2", "v1.3.0"]


def found(text: str, *, language: str = "") -> list[tuple[str, bool]]:
    readme = f"# Widget\n\n```{language}\n{text}\n```\n"
    return [(one.found, one.agrees) for one in told({**MANIFESTS, "README.md": readme}, tags=TAGS)
            if one.source == "snippet"]


@pytest.mark.parametrize(("text", "version", "agrees"), [
    ("cargo install widget --version 1.4.2 --locked", "1.4.2", True),
    ("cargo install --version 1.3.0 widget", "1.3.0", False),
    ("cargo install widget@1.3.0", "1.3.0", False),         # three bare numbers are one version, as with --version
    ("cargo install --locked widget@1.4.2", "1.4.2", True), ("cargo add widget@1.3.0", "1.3.0", True),
    ("cargo add widget@0.9", "0.9", False),
    ('[dependencies]\nwidget = "1.4"', "1.4", True),
    ('widget = "0.9"', "0.9", False),
    ('widget = { version = "1.2", features = ["x"] }', "1.2", True),
    ('widget = { git = "https://github.com/acme/widget", tag = "v1.3.0" }', "v1.3.0", False),
    ('[dependencies.widget]\nversion = "2"\n', "2", False),
    ("pip install py-widget==1.4.2", "==1.4.2", True),
    ('pip install "py_widget[cli]==1.3.0"', "==1.3.0", False),
    ("pip install 'py-widget>=1,<2'", ">=1,<2", True),
    ("py-widget~=1.3.0", "~=1.3.0", False),
    ("uvx py-widget@1.3.0", "1.3.0", False),
    ("npm i @acme/widget@1.4.2", "1.4.2", True),
    ("npx @acme/widget@1.3", "1.3", False),
    ('{"dependencies": {"@acme/widget": "^1.0.0"}}', "^1.0.0", True),
    ('<script src="https://unpkg.com/@acme/widget@1.3.0/dist/w.js">', "1.3.0", False),
    ("go get github.com/acme/widget@v1.3.0", "v1.3.0", False),
    ("go install github.com/acme/widget/cmd/w@v1.4.2", "v1.4.2", True),
    ("<dependency>\n<groupId>org.acme</groupId>\n<artifactId>jwidget</artifactId>\n<version>1.3.0</version>",
     "1.3.0", False),
    ('implementation "org.acme:jwidget:1.4.2"', "1.4.2", True),
    ("- uses: acme/widget@v1", "v1", True),
    ("- uses: acme/widget/sub@v2", "v2", False),
    ("- uses: acme/widget@0123456789012345678901234567890123456789 # v1.3.0", "v1.3.0", False),
    ("docker run ghcr.io/acme/widget:1.4", "1.4", True),
    ("image: acme/widget:1.3.0-alpine", "1.3.0", False),
    ("curl -LO https://github.com/acme/widget/releases/download/v1.3.0/widget.tgz", "v1.3.0", False),
    ("git clone --branch v1.3.0 https://github.com/acme/widget.git", "v1.3.0", False),
    ("- repo: https://github.com/acme/widget\n  rev: v1.3.0", "v1.3.0", False),
    ("pip install git+https://github.com/acme/widget@v1.3.0", "v1.3.0", False),
    ("cargo install --git https://github.com/acme/widget --tag v1.4.2", "v1.4.2", True),
])
def test_an_instruction_that_names_the_project_is_held_to_its_version(text: str, version: str, agrees: bool) -> None:
    assert found(text) == [(version, agrees)]


@pytest.mark.parametrize("text", [
    'serde = "1.0"', "pip install requests==2.0", "npm i left-pad@1.0.0", "go get example.com/other@v0.1.0",
    "<artifactId>other</artifactId><version>0.1</version>", "- uses: actions/checkout@v4", "docker run redis:7.2",
    "widget --version\nwidget 0.9.0", 'rust-version = "1.70"', "cargo install widget", "pip install py-widget",
    "docker run -p 8080:80 acme/widget:latest", "- uses: acme/widget@main", "widget==X.Y.Z", "acme/widget:12",
    "<groupId>org.other</groupId><artifactId>jwidget</artifactId><version>0.1</version>", "my-widget@0.1.0",
    '"purl": "pkg:npm/%40acme/widget@1.0.0"', "pkg:cargo/widget@1.0.0", "widget/other@0.1.0",
    "git clone --branch v1.0 https://github.com/other/widget", "see file widget-0.9.0.tar.gz",
    "https://cdn.jsdelivr.net/npm/py-widget@v0.9.0/data.json", "https://unpkg.com/widget@0.9/x.js",
])
def test_a_version_of_something_else_is_not_the_projects(text: str) -> None:
    assert found(text) == []


def test_a_version_in_a_sentence_tells_since_when_something_is_so() -> None:
    files = {**MANIFESTS, "README.md": "Since `@acme/widget@1.1.0` and `widget@0.9` it is so.\n"}
    assert wrong(files, tags=TAGS) == []


@pytest.mark.parametrize("text", [
    '# before\n[dependencies]\nwidget = "0.9"\n\n# after\n[dependencies]\nwidget = "1.4"',
    "npm i @acme/widget@1.3.0   # for Node 12\nnpm i @acme/widget@1.4",
    "// legacy\n// browsers\nnpm i @acme/widget@1.3.0",
    "# Any tag of Widget's will work here\nnpm i @acme/widget@1.3.0",
    "# Install a specific version\npip install py-widget==1.3.0",
    "pip install py-widget==1.3.0  # use the latest release",
    "# or py-widget==<VERSION>\n[project]\n\ndependencies = ['py-widget==1.3.0']",
    '{"engines": {"@acme/widget": "~1.0.20"}, "dependencies": {"@acme/widget": "1"}}',
    '{"dependencies": {"glob": "^5.0.15", "nothing": "github:a/b#c", "@acme/widget": "~1.0.20", "once": "^1.3.1"}}',
])
def test_old_versions_named_on_purpose_are_no_mismatch(text: str) -> None:
    assert all(agrees for _, agrees in found(text))


@pytest.mark.parametrize("text", [
    '# after\nwidget = "0.9"', '# old\nother = "1"\n\nwidget = "0.9"', '# old\nx = 1\n# new\nwidget = "0.9"',
    "npm i @acme/widget@1.3.0  # before you go on, read this", "pip install py-widget==1.3.0  # see https://x.org/1",
    '{"dependencies": {"@acme/widget": "1.3.0", "react": "^18"}}', '"@acme/widget": "1.3.0"',
    '}}{"dependencies": {"@acme/widget": "1.3.0"',
])
def test_a_comment_or_table_that_says_nothing_of_it_hides_no_mismatch(text: str) -> None:
    assert [agrees for _, agrees in found(text)] == [False]


@pytest.mark.parametrize(("heading", "is_said"), [
    ("## Upgrading from 0.9", False), ("## Before", False), ("# Legacy\n## Linux", False), ("# Legacy\n# Linux", True),
    ("## Notes on updating from 1.3 to 1.4", False), ("## Updating from source", True),
    ("## py-widget 0", False), ("## PyWidgetv0.9", False), ("## Widget 0.x", False), ("## py-widget 1", True),
    ("## Gadget 0", True), ("## Step 0", True), ("## 0", True), ("## Before you begin", True), ("## Install", True),
    ("## Release history", False), ("## The history", True)])
def test_a_section_about_the_past_may_name_old_versions(heading: str, is_said: bool) -> None:
    files = {**MANIFESTS, "README.md": f"# Widget\n\n{heading}\n\n`pip install py-widget==1.3.0`\n"}
    assert bool(wrong(files, tags=TAGS)) is is_said


@pytest.mark.parametrize(("text", "is_said"), [
    ("To get patches, for example of 1.3 alone, depend\non `py-widget==1.3.0`, with care.", False),
    ("`npm i @acme/widget@1.3.0` or above is required.", False),
    ("To stay on Node.js 14, install `npm i @acme/widget@1.3.0`. Else read on.", False),
    (f"{'It is so. ' * 60}This means that `py-widget~=1.3.0` is safe to use.", False),
    ("Add `py-widget~=1.3.0` to your requirements.", True),
    ("It is fine, for example. Run `pip install py-widget==1.3.0` now.", True),
    ("Run `pip install py-widget==1.3.0`. For example, it runs.", True),
    ("To install a specific version:\n\n```\npip install py-widget==1.3.0\n```", False),
    ("The last version that supports Python 2:\n```\npip install py-widget==1.3.0\n```", False),
    ("Set it, for example, for a `1.3.0` release:\n\n```\npip install py-widget==1.3.0\n```", False),
    ("For example, with Python 3.10:\n\n```\npip install py-widget==1.3.0\n```", True),
    ("To take `py-widget==<TAG>`, e.g.:\n\n```\npip install py-widget==1.3.0\n```", False),
    ("A few example requirements:\n\n```\npip install py-widget==1.3.0\n```", False),
    ("If you come from some release of Widget 0:\n\n```\npip install py-widget==0.9.0\n```", False),
    ("If you have Windows 11:\n\n```\npip install py-widget==1.3.0\n```", True),
    ("Put it there, e.g. use\n\n```\npip install py-widget==1.3.0\n```\n\nto have the last of 1.3 alone.", False),
    ("Put it there, e.g. use\n\n```\npip install py-widget==1.3.0\n```\n\nWith 1.3 it works.", True),
    ("Give <b>all</b> of them:\n\n```\npip install py-widget==1.3.0\n```", True),
    ("It is older than you. Run:\n\n```\npip install py-widget==1.3.0\n```", True),
    ("## A specific version\n\n```\npip install py-widget==1.3.0\n```", True)])
def test_a_sentence_may_say_that_a_version_is_not_what_to_install(text: str, is_said: bool) -> None:
    assert bool(wrong({**MANIFESTS, "README.md": f"# Widget\n\n{text}\n"}, tags=TAGS)) is is_said


def test_a_mismatch_has_its_file_and_line() -> None:
    readme = "# Widget\n\nRun `pip install py-widget==1.3.0`.\n\n```toml\n[dependencies]\nwidget = \"0.9\"\n```\n"
    assert wrong({**MANIFESTS, "README.md": readme}, tags=TAGS) == [
        ("README.md", 3, "==1.3.0", "1.4.2"), ("README.md", 7, "0.9", "1.4.2")]


@pytest.mark.parametrize(("badge", "mismatch"), [
    ("https://img.shields.io/badge/version-1.3.0-blue.svg", True),
    ("https://img.shields.io/badge/version-1.4.2-blue", False),
    ("https://img.shields.io/badge/rust-1.70-blue", False), ("https://img.shields.io/pypi/v/py-widget", False)])
def test_a_badge_of_fixed_text_is_held_to_the_version(badge: str, mismatch: bool) -> None:
    files = {**MANIFESTS, "README.md": f"![version]({badge})\n"}
    assert wrong(files, tags=TAGS) == ([("README.md", 1, "1.3.0", "1.4.2")] if mismatch else [])


@pytest.mark.parametrize(("path", "is_said"), [
    ("CHANGELOG.md", False), ("docs/migrating-to-2.md", False), ("docs/blog/first.md", False),
    ("docs/upgrade.md", False), ("docs/release-1.2.md", False), ("doc/v1.2.0.md", False), ("news/1.md", False),
    ("docs/RELEASE_PROCEDURES.md", True), ("skills/update-adr-inventory/SKILL.md", True),
    ("skills/changelog-entry/SKILL.md", True), ("docs/changelog-old.md", False),
    ("docs/installing-0.x.md", False), ("docs/1.2.x/index.md", False), ("docs/linux.x.md", True)])
def test_documents_of_the_past_may_name_old_versions(path: str, is_said: bool) -> None:
    assert bool(wrong({**MANIFESTS, path: "`pip install py-widget==0.1`\n"}, tags=TAGS)) is is_said


@pytest.mark.parametrize("version", ["1.4.2", "1.5.0", "1.6.0rc1"])
def test_documents_may_name_the_newest_release_the_manifests_or_the_newest_candidate(version: str) -> None:
    files = {"pyproject.toml": '[project]\nname = "widget"\nversion = "1.5.0"\n',
             "README.md": f"`pip install widget=={version}`\n"}
    assert wrong(files, tags=["v1.4.2", "v1.6.0-rc.1"]) == []


@given(st.text(alphabet="widget@=:/.1~^\"' -\n{}<>acme", max_size=200))
def test_no_code_is_an_error(text: str) -> None:
    found(text.replace("```", ""))


@pytest.mark.parametrize("piece", ['"@acme/widget": "1.3.0", ', '{"a":', "# x\nwidget = '1'\n", "a/", "widget@",
                                   "widget==1.", '"a":"1', "<artifactId>", "uses: a/b@", "cargo add ",
                                   "git clone ", "[dependencies.a]\nx", "a:b:", "https://github.com/a/b/archive/"])
def test_code_made_to_be_slow_is_not(piece: str) -> None:
    began = time.process_time()
    found(piece * (90_000 // len(piece)))
    assert time.process_time() - began < 5
