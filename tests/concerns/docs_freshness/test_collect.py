"""What collect gathers from a checkout, GitHub and the hosts of documentation together."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness import effort
from repo_vitals.concerns.docs_freshness.collect import Request, collect
from repo_vitals.concerns.docs_freshness.external_side import ReadOnly
from repo_vitals.concerns.docs_freshness.policy import Policy
from repo_vitals.concerns.docs_freshness.site_lines import parse_site
from repo_vitals.concerns.docs_freshness.sites import Hosts
from repo_vitals.config.declare import Surroundings
from repo_vitals.report.model import Cost
from repo_vitals.simulator.services import Services, Version
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.history import History
from repo_vitals.sources.history_folder import Folder
from support.checkouts import push
from support.docs_project import project
from support.simulated import NOW, REPOSITORY, Scene, serving

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from repo_vitals.concerns.docs_freshness.facts import Facts


def collected(folder: Path, *, environ: dict[str, str] | None = None, **request: Any) -> Facts:
    with serving(Scene()) as github:
        given_environ = github.environment()
        connection = connect(token=given_environ["GITHUB_TOKEN"], environ=given_environ, cost=Cost(),
                             max_wait=timedelta(seconds=5))
        given = {"paths": ("/README*", "/docs/**"), "policy": Policy(), **request}
        return collect(connection, Request(**given), Surroundings(folder=str(folder), environ=environ or {}), History(),
                       repository=REPOSITORY, now=NOW)


def test_documents_their_classes_and_their_ages_are_of_the_checked_out_commit(tmp_path: Path) -> None:
    head = project(tmp_path).git("rev-parse", "HEAD")
    facts = collected(tmp_path)
    assert facts.head_sha == head
    assert facts.classes == {"README.md": "user", "docs/guide.md": "other"}
    changes = {path: age.changed for path, age in facts.ages.items()}
    assert {change.commit for change in changes.values() if change is not None} == {head}


def test_the_default_branchs_files_are_not_looked_for_in_another_branch(tmp_path: Path) -> None:
    repository = project(tmp_path / "r")
    repository.commit({"docs/new.md": "[a](../../../blob/main/gone.md) [b](gone.md)"})
    for branch, targets in (("main", 2), ("1.x", 1)):
        facts = collected(repository.folder, environ=push(tmp_path, before=None, branch=branch))
        assert sum(link.state == "broken" for link in facts.links if link.file == "docs/new.md") == targets


def test_documents_that_a_run_has_no_time_for_are_told_and_in_no_figure(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path).commit({"docs/long.md": "a\n" * 10_000})
    monkeypatch.setattr(effort, "MOST_OF_ALL", 0.1)
    facts = collected(tmp_path)
    assert sorted(facts.documents) == ["README.md", "docs/guide.md"]
    assert facts.unread == {}
    assert facts.missing == ("the contents of documents that reading had no time for",)
    assert [note for note in facts.notes if note.startswith("1 document not read and in no figure")] != []


def test_pages_that_the_projects_own_build_makes_are_not_called_missing(tmp_path: Path) -> None:
    links = "[a](api/a.md) [b](api/) [c](b.md)\n\n![d](thumbs/d.png)\n"
    project(tmp_path).commit({"mkdocs.yml": "site_name: x\n", "docs/.gitignore": "/api/\nthumbs\n",
                              "docs/more.md": links, "README.md": "[a](docs/api/a.md)\n"})
    found = {(link.file, link.target): link.state for link in collected(tmp_path).links}
    assert [found["docs/more.md", target] for target in ("api/a.md", "api/", "b.md", "thumbs/d.png")] == [
        "unverified", "unverified", "broken", "unverified"]
    assert found["README.md", "docs/api/a.md"] == "broken", "GitHub shows it, and no build"


def test_hosted_documentation_is_asked_about_the_newest_release(tmp_path: Path) -> None:
    project(tmp_path)
    with Services() as services:
        services.crate("widget", Version(number="1.4.0", published=NOW - timedelta(days=30)),
                       Version(number="1.5.0", published=NOW - timedelta(days=3), built=None))
        facts = collected(tmp_path, sites=(parse_site("docs.rs:widget"), parse_site("pages")),
                          hosts=Hosts(crates_io=services.url, docs_rs=services.url), private=(services.host,))
    assert [(site.name, site.state) for site in facts.sites] == [
        ("docs.rs: widget", "build failed"), ("GitHub Pages", "unknown")]


def test_a_history_that_may_only_be_read_gets_nothing(tmp_path: Path) -> None:
    history = History(Folder(tmp_path))
    history.keep("docs-freshness/acme/widget/links.json", "{}")
    copy = ReadOnly(history)
    copy.keep("docs-freshness/acme/widget/links.json", "other")
    assert copy.keeps
    assert copy.read("docs-freshness/acme/widget/links.json") == "{}"
    assert history.kept == {"docs-freshness/acme/widget/links.json": "{}"}
