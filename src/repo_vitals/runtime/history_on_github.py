"""A history on a branch of a repository at GitHub: with git where there is one, with the API where git can't."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.delivery.history import OnBranch
from repo_vitals.delivery.history_api import ApiWriter
from repo_vitals.delivery.history_git import GitWriter
from repo_vitals.sources.git import Git, git_path
from repo_vitals.sources.history_api import ApiReader
from repo_vitals.sources.history_git import GitReader

if TYPE_CHECKING:
    from repo_vitals.delivery.history_commits import Writer
    from repo_vitals.runtime.world import World
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history_branch import Reader


def on_branch(name: str, repository: str, github: GitHub, world: World, *, limit: int) -> OnBranch:
    """The history `name` of a repository, read and written with the connection's token. Nothing is asked yet."""
    patience = github.transport.patience
    reader: Reader = ApiReader(github, repository=repository, name=name)
    writers: list[Writer] = [ApiWriter(github, repository=repository)]
    program = git_path(world.environ, outside=world.folder)
    if program is not None:
        git = Git(_parent(world), program=program, environ=world.environ, secret=github.transport.token,
                  server_url=github.endpoints.server_url)
        remote = f"{github.endpoints.server_url}/{repository}.git"
        reader = with_git = GitReader(git, remote=remote, name=name, repository=repository, patience=patience)
        writers.insert(0, GitWriter(with_git))
    return OnBranch(reader, writers, name=name, patience=patience, limit=limit)


def _parent(world: World) -> str | None:
    """Where git's folder is to be: never in the checkout."""
    temporary = world.environ.get("RUNNER_TEMP", "")
    return temporary if world.in_actions and Path(temporary).is_dir() else None
