"""What a project itself sets aside: commits and authors that count for nothing, and files that git ignores."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.ignored_files import IgnoredFiles, places
from repo_vitals.concerns.docs_freshness.ignored_revisions import read_revisions
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from repo_vitals.sources.checkout import Checkout
    from repo_vitals.sources.git_contents import Contents
    from repo_vitals.sources.git_log import LoggedCommit

_LARGEST_LIST = 1_000_000       # bytes of a file of revisions or of patterns


class SetAside:
    """What the checked-out commit sets aside. `notes` say what of it can't be understood."""

    def __init__(self, checkout: Checkout, *, bots: Sequence[str], revisions: Sequence[str]) -> None:
        """`bots` are names of authors; `revisions` paths of files that list commits. Raises NoCheckout."""
        self.notes: list[str] = []
        self._checkout = checkout
        self._bots = frozenset(bots)
        self._ignored = self._read(revisions)

    def is_passed_over(self, commit: LoggedCommit) -> bool:
        """Whether what a commit changed does not count: it is listed as such, or a bot's."""
        name = commit.name.decode("utf-8", "replace").strip()
        return (commit.id in self._ignored or name.endswith("[bot]") or name in self._bots
                or commit.email.partition(b"@")[0].endswith(b"[bot]"))

    def files(self, missing: Collection[str], tracked: Collection[str], contents: Contents) -> IgnoredFiles:
        """What the .gitignore files say that have a say in paths which are not there."""
        paths = sorted(places(missing).intersection(tracked))
        named = [(f"{self._checkout.head}:{path}".encode("utf-8", "surrogateescape"),) for path in paths]
        texts = (text for group in contents.groups(named) for (text,) in group)
        return IgnoredFiles.of({path: text[:_LARGEST_LIST] for path, text in zip(paths, texts, strict=True)
                                if text is not None})

    def _read(self, revisions: Sequence[str]) -> frozenset[bytes]:
        found: frozenset[bytes] = frozenset()
        for path in revisions:
            text = self._checkout.text(self._checkout.head, path, largest=_LARGEST_LIST)
            ids, odd = read_revisions(text or "")
            found |= ids
            if odd:
                self.notes.append(f"{quotable(path)} has {odd:,} line{'' if odd == 1 else 's'} without a whole commit "
                                  "id, left out")
            if not ids:
                continue
            said = self._checkout.git.local("cat-file", "--batch-check", feed=b"".join(oid + b"\n" for oid in ids))
            unknown = said.count(b" missing\n")
            if unknown and not self._checkout.is_shallow:
                self.notes.append(f"{quotable(path)} names {unknown:,} commit{'' if unknown == 1 else 's'} that the "
                                  "history lacks")
        return found
