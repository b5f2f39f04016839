"""What a command may see of its surroundings, handed in so that tests can hand in others."""
from __future__ import annotations

import io
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from repo_vitals.sources.limits import Budget


@dataclass(frozen=True, kw_only=True)
class World:
    """Environment, working folder and streams of one call."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    folder: Path = field(default_factory=Path.cwd)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    # Python leaves sys.stdin None where the caller closed it.
    stdin: BinaryIO = field(default_factory=lambda: sys.stdin.buffer if sys.stdin else io.BytesIO())
    # What all connections of this call together may use of the rate limit; None: each has a share of its own.
    budget: Budget | None = None

    # Around all that a monitor leaves behind; of one that was given up it raises instead.
    leaving: Callable[[], AbstractContextManager[None]] = nullcontext

    # What this call has learnt and need not ask again; copies made by `replace` share it.
    kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def in_actions(self) -> bool:
        """Whether this is a step of a GitHub Actions job."""
        return self.environ.get("GITHUB_ACTIONS") == "true"

    def path(self, given: str) -> Path:
        """A path as the caller gave it, seen from the working folder."""
        return self.folder / given

    @property
    def reports_folder(self) -> Path:
        """Where reports go unless told otherwise: under RUNNER_TEMP in a job, else under the working folder."""
        temporary = self.environ.get("RUNNER_TEMP", "")
        return (Path(temporary) if self.in_actions and temporary else self.folder) / "repo-vitals"

    def run_url(self) -> str | None:
        """The page of the workflow run, or None outside Actions."""
        parts = [self.environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
        return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if self.in_actions and all(parts) else None
