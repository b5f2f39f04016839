"""What collect does not take for more than it is: some tags for all, unreadable documents for none."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.docs_freshness.collect import Request, collect
from repo_vitals.concerns.docs_freshness.policy import Policy
from repo_vitals.concerns.docs_freshness.site_lines import parse_site
from repo_vitals.concerns.docs_freshness.sites import Hosts
from repo_vitals.config.declare import Surroundings
from repo_vitals.report.model import Cost
from repo_vitals.simulator.services import Services, Version
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.history import History
from support.checkouts import Repository
from support.docs_project import project
from support.simulated import NOW, REPOSITORY, Scene, serving

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.docs_freshness.facts import Facts


def collected(folder: Path, *, scene: Scene | None = None, has_token: bool = True, **request: Any) -> Facts:
    with serving(scene or Scene()) as github:
        environ = github.environment()
        connection = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(),
                             max_wait=timedelta(seconds=5))
        connection = replace(connection, anonymous=not has_token)
        given = {"paths": ("/README*", "/docs/**"), "policy": Policy(), **request}
        return collect(connection, Request(**given), Surroundings(folder=str(folder)), History(),
                       repository=REPOSITORY, now=NOW)


def test_documents_of_which_none_can_be_read_are_not_told_as_none(tmp_path: Path) -> None:
    Repository(tmp_path).commit({"README.md": "\0", "docs/a.md": "\0", "x.py": "1"})
    facts = collected(tmp_path)
    assert (len(facts.unread or {}), facts.no_documents) == (2, "none of the 2 at `paths` can be read")
    assert not any("no tracked Markdown" in note for note in facts.notes)


@pytest.mark.parametrize("has_token", [True, False])
def test_the_tags_of_a_shallow_checkout_are_not_taken_for_all(tmp_path: Path, *, has_token: bool) -> None:
    shallow = project(tmp_path / "made").clone(tmp_path / "clone", depth=1).folder
    scene = Scene()
    scene.state.commit(scene.repository, scene.when(-1), email="a@example.org", name="Ann", paths=("x",))
    commit = scene.repository.commits[0].oid
    scene.repository.tags.update({"v1.4.0": commit, "v1.5.0": commit})
    facts = collected(shallow, scene=scene, has_token=has_token)
    tags = [one.found for one in facts.versions if one.source == "tag"]
    assert tags == (["v1.5.0"] if has_token else [])
    assert any("tags are not known" in note for note in facts.notes) is not has_token


def test_a_date_among_the_tags_is_not_the_release_that_hosted_documentation_is_held_to(tmp_path: Path) -> None:
    project(tmp_path).git("tag", "2025.01.01")
    with Services() as services:
        services.crate("widget", Version(number="1.4.0", published=NOW - timedelta(days=30)))
        facts = collected(tmp_path, sites=(parse_site("docs.rs:widget"),), private=(services.host,),
                          hosts=Hosts(crates_io=services.url, docs_rs=services.url))
    assert [(site.state, site.expected) for site in facts.sites] == [("ok", "1.4.0")]
