"""A repository whose commits are a day apart, and what git is asked about its documents."""
from __future__ import annotations

import os
import subprocess
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.documents import read
from repo_vitals.concerns.docs_freshness.past import Past, PastPolicy, ask_git
from repo_vitals.config.declare import Surroundings
from repo_vitals.sources.checkout import Checkout
from support.checkouts import Repository

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400
START = 1_767_225_600       # 2026-01-01
NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)


class History(Repository):
    """Commits a day apart."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.days = 0
        self.ids: list[str] = []

    def day(self, files: dict[str, str | None], *, name: str = "Ann", email: str = "ann@example.org",
            at: int | None = None) -> str:
        """Commit these files on the next day; the commit's id."""
        self.days += 1
        self.write(files)
        self.git("add", "--all")
        time = f"{START + self.days * DAY if at is None else at} +0000"
        subprocess.run(["git", "-c", f"user.name={name}", "-c", f"user.email={email}", "commit", "--quiet", "-m",
                        "Change", "--allow-empty"], cwd=self.folder, check=True,
                       env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_COMMITTER_DATE": time,
                            "GIT_AUTHOR_DATE": f"{START} +0000"})
        self.ids.append(self.git("rev-parse", "HEAD"))
        return self.ids[-1]

    def past(self, **changes: Any) -> Past:
        """What git knows of all Markdown files."""
        paths = [path for path in self.git("ls-files", "-z").split("\0") if path.endswith(".md")]
        contents = {path: (self.folder / path).read_bytes() for path in paths}
        given: dict[str, Any] = {"policy": PastPolicy(), "now": NOW, **changes}
        return ask_git({path: read(path, content) for path, content in contents.items()}, contents,
                       Checkout(self.folder, os.environ), surroundings=Surroundings(environ=dict(os.environ)), **given)

    def changed(self, path: str = "a.md", **changes: Any) -> int | None:
        """The day on which a document was last changed; None where there is no telling."""
        change = self.past(**changes).ages[path].changed
        return None if change is None else self.ids.index(change.commit) + 1
