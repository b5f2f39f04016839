"""What of the facts GitHub is asked for, where there is a token: tags that a checkout lacks, the community profile."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.facts import Release
from repo_vitals.concerns.docs_freshness.versions.tags import newest_by_prefix, of_repository
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.frozen import dataclass
from repo_vitals.sources.checkout_tags import tags_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from repo_vitals.concerns.docs_freshness.versions.numbers import Number
    from repo_vitals.sources.checkout import Checkout
    from repo_vitals.sources.community_profile import Profile
    from repo_vitals.sources.github_connection import GitHub


@dataclass(frozen=True, kw_only=True)
class Tags:
    """The names of the tags; None where nobody knows them."""

    names: tuple[str, ...] | None


class GitHubSide:
    """Asks each thing once. A GitHub that does not answer leaves it unknown, and is named in `unavailable`."""

    def __init__(self, github: GitHub, repository: str, stated: Collection[Number] = ()) -> None:
        """`stated` are the versions that the repository's manifests state: by their scheme its tags are read."""
        self.github = None if github.anonymous else github
        self.repository = repository
        self.unavailable = ""
        self.missing: list[str] = []
        self.notes: list[str] = []
        self._stated = stated
        self._release: Release | None = None
        self._version = ""

    def tags(self, checkout: Checkout | None) -> Tags:
        """The checkout's tags; GitHub's where it is shallow, since it may have some of them and not the rest."""
        if checkout is not None and not checkout.is_shallow:
            at = {one.name: one.at for one in tags_of(checkout)}
            self._know(at)
            return Tags(names=tuple(at))
        if self.github is None:
            return Tags(names=None)
        from repo_vitals.sources.community_profile import MOST_TAGS, commit_time, tags

        try:
            found = tags(self.github, self.repository)
            if found is None:
                self.notes.append(f"the repository has more than {MOST_TAGS:,} tags, which were not all read")
                return Tags(names=None)
            commits = {one.name: one.commit for one in found}
            newest = of_repository(self.repository.partition("/")[2], newest_by_prefix(commits, self._stated))
            if newest is not None:
                self._know({newest.tag: commit_time(self.github, self.repository, commits[newest.tag])})
            return Tags(names=tuple(commits))
        except CouldNotMeasure as error:
            self._failed("the repository's tags", error)
            return Tags(names=None)

    def release(self) -> Release | None:
        """The newest release by its tag; None where there is none, or nobody knows when it was."""
        return self._release

    def newest_release(self) -> tuple[str, datetime | None]:
        """The version of the newest release and when it was tagged; an empty one where there is none."""
        return self._version, None if self._release is None else self._release.at

    def profile(self) -> Profile | None:
        """GitHub's community profile; None without a token, and where GitHub does not answer."""
        if self.github is None:
            return None
        from repo_vitals.sources.community_profile import profile

        try:
            return profile(self.github, self.repository)
        except CouldNotMeasure as error:
            self._failed("GitHub's community profile", error)
            return None

    def shared_files(self) -> frozenset[str] | None:
        """Paths in the owner's `.github` repository; None where they are not known."""
        if self.github is None:
            return None
        from repo_vitals.sources.community_profile import shared_files

        try:
            return shared_files(self.github, self.repository.partition("/")[0])
        except CouldNotMeasure as error:
            self._failed("the files of the owner's .github repository", error)
            return None

    def _know(self, at: dict[str, datetime | None]) -> None:
        newest = of_repository(self.repository.partition("/")[2], newest_by_prefix(at, self._stated))
        made = None if newest is None else at[newest.tag]
        self._version = "" if newest is None else newest.released.text.lstrip("vV")
        if newest is not None and made is not None:
            self._release = Release(name=newest.tag, at=made)

    def _failed(self, what: str, error: CouldNotMeasure) -> None:
        self.missing.append(what)
        self.unavailable = self.unavailable or f"{what} could not be read: {error}"
