"""Where documents are read from: a commit, or a folder without git; and how much of them there is time for."""
from __future__ import annotations

from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals import forks
from repo_vitals.concerns.docs_freshness import documents as reading
from repo_vitals.concerns.docs_freshness import effort, finding
from repo_vitals.concerns.docs_freshness.facts import Unreadable
from repo_vitals.frozen import dataclass
from repo_vitals.sources.bases import is_other_branch
from repo_vitals.sources.checkout import Checkout, NoCheckout

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from repo_vitals.concerns.docs_freshness.facts import Document
    from repo_vitals.concerns.docs_freshness.finding import Read
    from repo_vitals.concerns.docs_freshness.tree import Tree
    from repo_vitals.config.declare import Surroundings
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.workflow_event import WorkflowEvent

_MOST_MANIFESTS = 2000      # that are read at once, those nearest to the top


@dataclass
class Effort:
    """What reading may still take, in seconds, and how many documents were left out for it."""

    left: float = field(default_factory=lambda: effort.MOST_OF_ALL)
    left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where files are read from: a commit, or a folder that no git looks after."""

    tree: Tree
    checkout: Checkout | None
    folder: Path
    why_none: str = ""              # there is no checkout
    why_nothing: str = ""           # there are no files either
    notes: tuple[str, ...] = ()
    known: dict[str, bytes] = field(default_factory=dict)
    effort: Effort = field(default_factory=lambda: Effort())

    def contents(self, paths: Collection[str]) -> Read:
        """The files at these paths."""
        if self.checkout is None:
            return finding.contents_of_folder(self.folder, paths)
        return finding.contents(self.checkout, self.checkout.head, paths)

    def bring(self, paths: Iterable[str]) -> None:
        """Have some files at hand at once, where each would take several calls of git."""
        wanted = sorted(set(paths) - self.known.keys(), key=lambda path: (path.count("/"), path))[:_MOST_MANIFESTS]
        self.known.update({**dict.fromkeys(wanted, b"\0"), **self.contents(wanted).contents})

    def parsed(self, contents: Mapping[str, bytes]) -> tuple[dict[str, Document], dict[str, str]]:
        """The documents, and of those that can't be understood why. What a run has no time for is neither."""
        documents, unread = {}, {}
        efforts = {path: effort.seconds(kind, content) for path, content in contents.items()
                   if (kind := reading.format_of(path)) is not None}
        # What is refused for itself takes nothing.
        efforts = {path: needed if needed <= effort.MOST_OF_ONE else 0.0 for path, needed in efforts.items()}
        chosen, self.effort.left = effort.affordable(efforts, self.effort.left)
        self.effort.left_out += len(efforts) - len(chosen)
        wanted = [(path, content) for path, content in contents.items() if path in chosen or path not in efforts]
        found = forks.mapped(_read, wanted, seconds=sum(efforts[path] for path in chosen))
        for (path, _), read in zip(wanted, found, strict=True):
            if isinstance(read, str):
                unread[path] = read
            else:
                documents[path] = read
        return documents, unread

    def text(self, path: str) -> str | None:
        """One file as text; None where it is not there, too large, or binary."""
        if path not in self.tree.files:
            return None
        if path not in self.known:
            self.bring([path])
        content = self.known[path]
        return None if b"\0" in content else content.decode("utf-8", "replace")


def place_of(surroundings: Surroundings, event: WorkflowEvent, github: GitHub, repository: str) -> Place:
    """What is checked out in the working folder; the folder's own files where no git looks after them."""
    folder = Path(surroundings.folder).resolve()
    web = f"{github.endpoints.server_url}/{repository}"
    try:
        checkout = Checkout(folder, surroundings.environ)
        tree = replace(finding.tree_of(checkout, checkout.head, web=web, branch=event.default_branch or ""),
                       is_of_branch=not is_other_branch(checkout, event))
    except NoCheckout as error:
        tree = replace(finding.tree_of_folder(folder), web=web, branch=event.default_branch or "",
                       is_of_branch=not is_other_branch(None, event))
        return Place(tree=tree, checkout=None, folder=folder, why_none=str(error), why_nothing=str(error),
                      notes=(f"the files of the folder were read, since {error}", *finding.unlisted_notes(tree))
                      if tree.files else ())
    return Place(tree=tree, checkout=checkout, folder=folder)


def _read(file: tuple[str, bytes]) -> Document | str:
    return document_of(*file)


def document_of(path: str, content: bytes) -> Document | str:
    """A document, or why it can't be understood."""
    try:
        return reading.read(path, content)
    except Unreadable as error:
        return str(error)
