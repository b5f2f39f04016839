"""Git repositories made for tests: commits in few words, by people who have no configuration of their own."""
from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NOBODY = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ann",
           "GIT_AUTHOR_EMAIL": "ann@example.org", "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.org",
           "GIT_AUTHOR_DATE": "2026-01-30T06:00:00Z", "GIT_COMMITTER_DATE": "2026-01-30T06:00:00Z"}


class Repository:
    """A repository with a working tree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._commits = 0
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / ".git").exists():
            self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """What git says."""
        done = subprocess.run(["git", *arguments], cwd=self.folder, env={**os.environ, **_NOBODY}, check=False,
                              capture_output=True)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, files: Mapping[str, str | None]) -> None:
        """Write files; None removes one."""
        for name, text in files.items():
            path = self.folder / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))

    def commit(self, files: Mapping[str, str | None] | None = None, message: str = "Change") -> str:
        """Commit everything, these files too; the commit's id, which no other has."""
        self._commits += 1
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", f"{message} {self._commits}")
        return self.git("rev-parse", "HEAD")

    def merge(self, branch: str) -> str:
        """Merge a branch by a commit of its own, as GitHub does for a pull request; the commit's id."""
        self.git("merge", "--quiet", "--no-ff", "--no-edit", branch)
        return self.git("rev-parse", "HEAD")

    def clone(self, folder: Path, *, depth: int | None = None) -> Repository:
        """A clone beside it, with so many commits of each branch."""
        less = [] if depth is None else [f"--depth={depth}", "--no-single-branch"]
        self.git("clone", "--quiet", *less, f"file://{self.folder}", str(folder))
        return Repository(folder)


def in_actions(folder: Path, event: str, payload: Mapping[str, Any], *, ref: str, repository: str = "acme/widget",
               ) -> dict[str, str]:
    """The environment of a step, its payload in a file of the folder."""
    path = folder / "event.json"
    path.write_text(json.dumps({"repository": {"default_branch": "main", "full_name": repository}, **payload}),
                    encoding="utf-8")
    return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": str(path), "GITHUB_REF": ref,
            "GITHUB_REPOSITORY": repository, "RUNNER_TEMP": str(folder)}


def pull_request(folder: Path, *, base: str, head: str, number: int = 7, head_repository: str | None = "acme/widget",
                 head_ref: str = "topic", event: str = "pull_request") -> dict[str, str]:
    """The environment of a step of a pull request's run."""
    payload = {"pull_request": {
        "number": number, "base": {"sha": base, "ref": "main", "repo": {"full_name": "acme/widget"}},
        "head": {"sha": head, "ref": head_ref,
                 "repo": None if head_repository is None else {"full_name": head_repository}}}}
    return in_actions(folder, event, payload, ref=f"refs/pull/{number}/merge")


def push(folder: Path, *, before: str | None, branch: str = "main", repository: str = "acme/widget") -> dict[str, str]:
    """The environment of a step of a push's run; without `before` the branch is new."""
    return in_actions(folder, "push", {"before": before or "0" * 40}, ref=f"refs/heads/{branch}",
                      repository=repository)
