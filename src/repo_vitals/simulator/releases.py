"""Changes to a repository's releases and to how often they are fetched."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.simulator.alerts import AlertChanges
from repo_vitals.simulator.releases_model import Release, ReleaseAsset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.simulator.model import Repository


class ReleaseChanges(AlertChanges):
    """What `AlertChanges` holds, with releases."""

    def release(self, repository: Repository, tag: str, *, at: datetime, assets: Mapping[str, int],
                is_draft: bool = False, is_prerelease: bool = False) -> Release:
        """A release, its assets by name with their downloads."""
        with self.lock:
            made = self._keep(Release(id=self._new_id(), repository=repository, tag_name=tag, created_at=at,
                                      is_draft=is_draft, is_prerelease=is_prerelease))
            for name, count in assets.items():
                self._upload(made, name, count, at)
            repository.releases.append(made)
            return made

    def fetch(self, release: Release, name: str, times: int) -> None:
        """Someone downloads an asset so many times."""
        with self.lock:
            self._changed()
            next(asset for asset in release.assets if asset.name == name).download_count += times

    def upload_again(self, release: Release, name: str) -> None:
        """An asset is replaced, and counts from nothing."""
        with self.lock:
            release.assets = [asset for asset in release.assets if asset.name != name]
            self._upload(release, name, 0, self.now)

    def _upload(self, release: Release, name: str, count: int, at: datetime) -> None:
        release.assets.append(self._keep(ReleaseAsset(id=self._new_id(), name=name, created_at=at,
                                                      download_count=count)))
