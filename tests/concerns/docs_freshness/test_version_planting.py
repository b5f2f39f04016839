"""Stale versions planted at random into documents as they are really read: each is found, and nothing is invented."""
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.docs_freshness.documents import read
from repo_vitals.concerns.docs_freshness.versions import Files, mentions
from repo_vitals.concerns.docs_freshness.versions.manifests import packages

MANIFESTS = {"Cargo.toml": '[package]\nname = "widget"\nversion = "1.4.0"\n[dependencies]\nserde = "1.0.200"\n',
             "pyproject.toml": '[project]\nname = "pywidget"\nversion = "1.4.0"\ndependencies = ["requests==2.0"]\n'}
# Paragraphs full of versions that are not the project's.
OTHERS = (
    "Needs Rust 1.70.0 and `serde = \"1.0\"`.", "- Since version 0.3.0 it is fast.", "## 0.2.0",
    "```toml\n[dependencies]\nserde = \"1.0.1\"\ntokio = { version = \"1.2\" }\n```",
    "```sh\npip install requests==2.0.0\ncargo install cargo-audit --version 0.9.0\n```",
    "```yaml\n- uses: actions/checkout@v4\n- uses: acme/gadget@v0.1.0\n```",
    "```console\n$ widget --version\nwidget 0.9.0\n```", "| Version | Supported |\n| --- | --- |\n| 0.9 | no |",
    "    indented = \"0.1.0\"", "![rust](https://img.shields.io/badge/rust-1.70-blue)", "`docker run redis:7.0`",
    "```json\n{\"version\": \"0.1.0\", \"left-pad\": \"1.0.0\"}\n```", "```diff\n-widget = \"0.9\"\n```",
)
CURRENT = (
    "```toml\n[dependencies]\nwidget = \"1.4\"\n```", "`pip install pywidget==1.4.0`", "`cargo install widget@1.4.0`",
    "```yaml\n- uses: acme/widget@v1\n```", "`pip install \"pywidget>=1,<2\"`",
)
# With the lines before the one that states the version.
STALE = (
    ("```toml\n[dependencies]\nwidget = \"{}\"\n```", 2), ("`pip install pywidget=={}`", 0),
    ("`cargo install widget --version {}`", 0), ("```yaml\nsteps:\n  - uses: acme/widget@v{}\n```", 2),
    ("1. First\n\n   ```sh\n   pip install 'pywidget=={}'\n   ```", 3), ("Add `pywidget=={}` to the others", 0),
    ("> ```sh\n> docker pull ghcr.io/acme/widget:{}\n> ```", 1), ("* item\n\n      widget = \"={}\"", 2),
    ("![v](https://img.shields.io/badge/version-{}-blue)", 0),
    ("```\ngit clone --branch v{} https://github.com/acme/widget\n```", 1),
)


@given(st.lists(st.sampled_from(OTHERS + CURRENT), max_size=8), st.sampled_from(STALE), st.integers(0, 8),
       st.sampled_from(["0.9.0", "1.4.7", "2.0.0", "0.4.1"]), st.booleans())
def test_the_stale_version_is_found_at_its_line_and_no_other(
    paragraphs: list[str], planted: tuple[str, int], place: int, version: str, plant: bool,
) -> None:
    form, offset = planted
    at = min(place, len(paragraphs))
    text = "\n\n".join([*paragraphs[:at], *([form.format(version)] if plant else []), *paragraphs[at:]]) + "\n"
    line = ("\n\n".join([*paragraphs[:at], ""])).count("\n") + 1 + offset
    files = {**MANIFESTS, "docs/install.md": text}
    documents = {"docs/install.md": read("docs/install.md", text.encode())}
    held = Files(paths=frozenset(files), text=files.get)
    found, _ = mentions(held, packages(held), documents, tags=["v1.4.0"],
                        repository="acme/widget", headings_of=lambda path, text: ())
    wrong = [(one.file, one.line) for one in found if not one.agrees]
    assert wrong == ([("docs/install.md", line)] if plant else [])
