"""Links to other hosts of all documents, asked through lychee: what they are by this run's checks and earlier ones'."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness import internal_links
from repo_vitals.concerns.docs_freshness.external_check import Means, check
from repo_vitals.concerns.docs_freshness.external_links import external
from repo_vitals.frozen import dataclass
from repo_vitals.sources.history import History

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from repo_vitals.concerns.docs_freshness.external_check import Checked
    from repo_vitals.concerns.docs_freshness.external_links import Rule
    from repo_vitals.concerns.docs_freshness.facts import Document
    from repo_vitals.concerns.docs_freshness.tree import Tree
    from repo_vitals.config.declare import Surroundings
    from repo_vitals.sources.github_connection import GitHub

_GITHUB = "https://github.com"


class ReadOnly(History):
    """A history that is read and gets nothing: what another branch links to is no news of the project."""

    def __init__(self, history: History) -> None:
        super().__init__(history.content)
        self._history = history

    def read(self, path: str) -> str | None:
        """As of the history itself."""
        return self._history.read(path)

    def keep(self, path: str, text: str) -> None:
        """Nothing is kept."""


@dataclass(frozen=True, kw_only=True)
class Asker:
    """With what links are asked for."""

    rule: Rule
    history: History
    surroundings: Surroundings
    now: datetime
    repository: str

    def check(self, documents: Mapping[str, Document], tree: Tree, github: GitHub | None, *, outside: Path,
              is_kept: bool) -> Checked:
        """What the links to other hosts are. A program in `outside` is not run; lychee gets no token."""
        links = [external(file, link.line, link.target) for file, link in internal_links.external(documents, tree)]
        known = github is not None and github.endpoints.server_url.lower() == _GITHUB
        return check(links, repository=self.repository, history=self.history if is_kept else ReadOnly(self.history),
                     now=self.now, rule=self.rule,
                     means=Means(environ=self.surroundings.environ, outside=(outside,),
                                 github=github if known else None))
