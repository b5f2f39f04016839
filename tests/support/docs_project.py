"""A project with documents, and docs-freshness run in it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.checkouts import Repository
from support.commands import Ended, read_report, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator

GOOD: dict[str, str | None] = {
    "README.md": "# Widget\n\n## Installation\n\n```sh\ncargo install widget --version 1.4.0\n```\n\n"
                 "See [the guide](docs/guide.md#first-steps).\n",
    "docs/guide.md": "# Guide\n\n## First steps\n\nLook into `src/lib.rs`.\n",
    "src/lib.rs": "pub fn widget() {}\n",
    "Cargo.toml": '[package]\nname = "widget"\nversion = "1.4.0"\n\n[dependencies]\nserde = "1.0"\n',
    "CHANGELOG.md": "# Changelog\n\n## [1.4.0] - 2026-01-30\n\n- More.\n",
    "LICENSE": "Free\n", "SECURITY.md": "# Security\n", "CONTRIBUTING.md": "# How\n",
    "CODE_OF_CONDUCT.md": "# Be kind\n",
}


def project(folder: Path, **files: str | None) -> Repository:
    """A repository in which all is well, with these files besides; `docs__x_md` is docs/x.md, None leaves one out."""
    made = Repository(folder)
    named = {name.replace("__", "/").replace("_md", ".md").replace("_toml", ".toml"): text
             for name, text in files.items()}
    made.commit({name: text for name, text in {**GOOD, **named}.items() if text is not None})
    made.git("tag", "v1.4.0")
    return made


def measure(folder: Path, *options: str, environ: Mapping[str, str] | None = None, at: Simulator | None = None,
            token: str | None = None) -> Ended:
    """Run docs-freshness in a folder; its report goes to repo-vitals/ in it."""
    given = dict(environ or {})
    if "GITHUB_ACTIONS" in given and (folder / ".git").exists():
        given.setdefault("GITHUB_SHA", Repository(folder).git("rev-parse", "HEAD"))
    return run("docs-freshness", "--report", "repo-vitals/docs-freshness.json", *options, folder=folder, environ=given,
               at=at, token=token)


def report_of(ended: Ended) -> dict[str, Any]:
    """The JSON report, which must be there and valid."""
    found = read_report(ended.folder / "repo-vitals" / "docs-freshness.json")
    assert found is not None, ended.stderr
    return found


def figures(ended: Ended) -> dict[str, float | None]:
    """The report's figures by name and label."""
    return {" ".join([metric["name"], *metric["labels"].values()]): metric["value"]
            for metric in report_of(ended)["metrics"]}


def places(ended: Ended) -> list[tuple[str, str | None, int | None]]:
    """Rule, file and line of each finding."""
    return [(one["rule"], one.get("file"), one.get("line")) for one in report_of(ended)["findings"]]
