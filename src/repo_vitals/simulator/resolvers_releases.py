"""How GraphQL reads releases and their assets."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.simulator.lookups import need
from repo_vitals.simulator.paging import Ordered, Page, page, reads_entries

if TYPE_CHECKING:
    from repo_vitals.simulator.lookups import Info
    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.releases_model import Release, ReleaseAsset


def read_releases(repository: Repository, info: Info, **arguments: Any) -> Page[Release]:
    """A repository's releases. Drafts are for those who may write, as the tokens of these tests may not."""
    need(info, repository, "contents")
    order = arguments.get("orderBy") or {}
    shown = [one for one in repository.releases if not one.is_draft or info.context.token.may("contents", "write")]
    ordered = Ordered(sorted(shown, key=_key), _key)
    return page("releases", ordered, arguments, descending=order.get("direction", "ASC") == "DESC",
                needs_bounds=reads_entries(info))


def _key(release: Release) -> tuple[int, int]:
    return int(release.created_at.timestamp()), release.id


def _assets(release: Release, info: Info, **arguments: Any) -> Page[ReleaseAsset]:
    return page("releaseAssets", Ordered(release.assets, lambda one: (0, one.id)), arguments,
                needs_bounds=reads_entries(info))


OF_RELEASES: dict[str, dict[str, Any]] = {"Release": {"releaseAssets": _assets}}
