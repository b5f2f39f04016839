"""What the hosts of documentation answer, as the state of a site. Pure: from bodies to values.

docs.rs: https://docs.rs/about/builds , status.json of a release. Read the Docs: versions of API v3,
https://docs.readthedocs.com/platform/stable/api/v3.html . A host that has not built a new release gets `build_delay`
from the release on, before that is held against it.
"""
from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.facts import Site
from repo_vitals.sources.crates import DOCS_RS, Unreadable, read_build, read_document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

READTHEDOCS = "https://app.readthedocs.org"
_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+-]{0,99}")


def of_docs_rs(crate: str, version: str, published: datetime | None, status: int, body: bytes, *, now: datetime,
               build_delay: timedelta) -> Site:
    """The documentation of a crate's released version. Raises Unreadable."""
    site = Site(name=f"docs.rs: {crate}", url=f"{DOCS_RS}/{crate}/{version}/{crate.replace('-', '_')}/", state="ok",
                expected=version)
    if status not in (200, 404):
        return replace(site, state="unknown", reason=f"it answered {status}")
    if status == 200 and read_build(body, version=version):
        return replace(site, version=version)
    if published is None:
        return replace(site, state="unknown", reason="the release is not built, and when it came out is not known")
    if now - published < build_delay:
        return replace(site, state="building", reason="the release is not built yet")
    return replace(site, state="build failed", reason="docs.rs does not know the release" if status == 404 else
                   "the documentation of the release is not there: its build failed or is overdue")


def of_readthedocs(project: str, expected: str, published: datetime | None, status: int, body: bytes, *,
                   now: datetime, build_delay: timedelta) -> Site:
    """A project by the list of its active versions; `expected`: what was released, "" for nothing. Raises Unreadable.

    Where nothing was released its default version ("stable", else "latest") is to be built. A project that names no
    release among its active versions, only branches, is held to that, too: it documents what it builds.
    """
    site = Site(name=f"Read the Docs: {project}", url=f"https://{project}.readthedocs.io/", state="ok",
                expected=expected)
    if status == 404:
        return replace(site, state="unknown", reason="Read the Docs knows no such project, or it is private")
    if status != 200:
        return replace(site, state="unknown", reason=f"Read the Docs answered {status}" + (
            ": it keeps machines of cloud providers out at times" if status in (403, 429) else ""))
    versions = _versions(body)
    names = {name for one in versions for name in _names(one)}
    released = [one for one in versions if expected and expected in _names(one)]
    if released:
        if any(one["built"] for one in released):
            return replace(site, version=expected)
        if published is not None and now - published < build_delay:
            return replace(site, state="building", reason="the release is not built yet")
        return replace(site, state="build failed", reason="the documentation of the release is not built")
    numbered = [name for name in names if name[:1].isdigit()]
    if expected and numbered:
        if published is not None and now - published < build_delay:
            return replace(site, state="building", reason="the release is not listed yet")
        return replace(site, state="outdated", reason="the release is not among the versions that it has active")
    moving = [one for slug in ("stable", "latest") for one in versions if one["slug"] == slug]
    if not moving:
        return replace(site, state="unknown", reason="it has neither a version called stable nor one called latest")
    if not moving[0]["built"]:
        return replace(site, state="build failed", reason=f"its version {moving[0]['slug']} is not built")
    return replace(site, version=moving[0]["slug"])


def of_pages(status: object, html_url: str, *, reached: str) -> Site:
    """GitHub Pages, by `GET /repos/{owner}/{repo}/pages`; `reached`: why its address did not answer, or ""."""
    site = Site(name="GitHub Pages", url=html_url, state="ok")
    if status == "errored":
        return replace(site, state="build failed", reason="GitHub could not build it")
    if status == "building":
        return replace(site, state="building", reason="GitHub is building it")
    return replace(site, state="unreachable", reason=reached) if reached else site


def _versions(body: bytes) -> list[Mapping[str, Any]]:
    results = read_document(body).get("results")
    if not isinstance(results, list):
        raise Unreadable("it lists no versions")
    for one in results:
        if (not isinstance(one, dict) or not isinstance(one.get("slug"), str) or not isinstance(one.get("built"), bool)
                or not isinstance(one.get("active"), bool)):
            raise Unreadable("a version in it can't be read")
    return [one for one in results if one["active"]]


def _names(version: Mapping[str, Any]) -> set[str]:
    """What a version is called, less a leading v: by its slug, its tag, and what it stands for."""
    named = [version["slug"], version.get("verbose_name"), version.get("ref")]
    named += [alias.get("verbose_name") for alias in version.get("aliases") or [] if isinstance(alias, dict)]
    return {re.sub(r"^v(?=[0-9])", "", name) for name in named if isinstance(name, str) and _PLAIN.fullmatch(name)}
