"""The git side of the simulated GitHub: a bare repository for each, made when it is first asked for.

It holds what clients push, histories above all. What the rest of the simulator tells of commits is apart from it.
"""
from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from repo_vitals.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from repo_vitals.simulator.model import Repository

_HOOK = """#!/bin/sh
# Refuses what the rules in the file `rules` name: a branch, a tab, what is said.
while IFS="$(printf '\\t')" read -r branch said; do
    if [ "$1" = "refs/heads/$branch" ]; then echo "error: $said" >&2; exit 1; fi
done < "$GIT_DIR/rules"
"""


class GitStore:
    """All bare repositories, in a temporary folder that goes when the store does."""

    def __init__(self) -> None:
        self.tree_limit = 100_000           # entries in a listing of a tree, as GitHub's
        self._root: Path | None = None
        self._folders: dict[int, Path] = {}
        self._rules: dict[int, dict[str, tuple[str, bool]]] = {}

    @property
    def root(self) -> Path:
        """Where the repositories are."""
        if self._root is None:
            self._root = scratch_folder(self, prefix="repo-vitals-github-")
        return self._root

    def folder(self, repository: Repository) -> Path:
        """A repository's folder, made now if it is not there."""
        found = self._folders.get(repository.id)
        if found is None:
            found = self.root / f"{repository.id}.git"
            self.git(None, "init", "--quiet", "--bare", "--template=", "-b", "main", str(found))
            # As GitHub: contents may be left out of a fetch, and asked for by their ids.
            for setting in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
                self.git(None, "--git-dir", str(found), "config", setting, "true")
            (found / "rules").touch()
            (found / "hooks").mkdir()
            (found / "hooks" / "update").write_text(_HOOK, encoding="utf-8")
            (found / "hooks" / "update").chmod(0o755)
            self._folders[repository.id] = found
        return found

    def protect(self, repository: Repository, branch: str, said: str, *, api: bool = False) -> None:
        """Refuse pushes to a branch with what GitHub says then; commits over the API too, unless `api`.

        A rule that wants signed commits refuses the one and takes the other.
        """
        rules = self._rules.setdefault(repository.id, {})
        rules[branch] = (said, api)
        text = "".join(f"{name}\t{words}\n" for name, (words, _) in rules.items())
        (self.folder(repository) / "rules").write_text(text, encoding="utf-8")

    def refusal(self, repository: Repository, branch: str) -> str | None:
        """Why a commit over the API is refused; None where it is not."""
        said, api = self._rules.get(repository.id, {}).get(branch, ("", True))
        return None if api else said

    def git(self, repository: Repository | None, *arguments: str, feed: bytes = b"",
            environ: Mapping[str, str] | None = None) -> bytes:
        """What git prints. Raises CalledProcessError."""
        folder = self.root if repository is None else self.folder(repository)
        seen = {**environment(), **(environ or {})}
        return subprocess.run(["git", *arguments], cwd=folder, env=seen, input=feed, capture_output=True,  # noqa: S603, S607
                              check=True).stdout

    def resolve(self, repository: Repository, revision: str) -> str | None:
        """The id of what a revision names; None for nothing."""
        try:
            return self.git(repository, "rev-parse", "--verify", "--quiet", revision).decode().strip()
        except subprocess.CalledProcessError:
            return None


def environment() -> dict[str, str]:
    """What git sees: nothing of the user's settings."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "GitHub"), ("EMAIL", "noreply@github.com"))}
    return {**ours, **who, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
