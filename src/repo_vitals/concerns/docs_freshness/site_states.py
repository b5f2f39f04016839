"""What the hosts of documentation answer, as the state of a site. Pure: from bodies to values.

docs.rs: https://docs.rs/about/builds , status.json of a release. Read the Docs: versions of API v3,
https://docs.readthedocs.com/platform/stable/api/v3.html . A host that has not built a new release gets `build_delay`
from the release on, before that is held against it.
"""
from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.concerns.docs_freshness.facts import Site
from repo_vitals.concerns.docs_freshness.versions.numbers import parse
from repo_vitals.sources.crates import DOCS_RS, Unreadable, read_build, read_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from repo_vitals.concerns.docs_freshness.versions.numbers import Number

    Look = tuple[Literal["ok", "unreachable", "unknown"], str]      # what an address is, and why it is not ok

READTHEDOCS = "https://app.readthedocs.org"
PER_PAGE = 100          # versions of Read the Docs
_KEEPS_OUT = ("it answered 401", "it answered 403", "it answered 429")
_SERIES = re.compile(r"[vV]?(\d{1,9}(?:\.\d{1,9}){0,5})(\.[xX*])?", re.ASCII)
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


def of_readthedocs(project: str, expected: str, published: datetime | None, status: int, *bodies: bytes,
                   now: datetime, build_delay: timedelta) -> Site:
    """A project by the pages of its list of active versions; `expected`: what was released, "" for nothing.

    A version is the release when both are the same number, however they are written (`v1.0.0-rc.1`, `1.0.0rc1`), and
    shows it when it is the series that the release is of: `8.3.x`, `v2`, a branch `8.3`. Where nothing was released the
    default version ("stable", else "latest") is to be built. A project that names no numbers among its active versions,
    only branches, is held to that, too: it documents what it builds. Raises Unreadable.
    """
    site = Site(name=f"Read the Docs: {project}", url=f"https://{project}.readthedocs.io/", state="ok",
                expected=expected)
    if status == 404:
        return replace(site, state="unknown", reason="Read the Docs knows no such project, or it is private")
    if status != 200:
        return replace(site, state="unknown", reason=f"Read the Docs answered {status}" + (
            ": it keeps machines of cloud providers out at times" if status in (403, 429) else ""))
    versions = [one for body in bodies for one in _versions(body)]
    wanted = parse(expected)
    is_new = published is not None and now - published < build_delay
    released = [one for one in versions if expected and any(_is(name, expected, wanted) for name in _names(one))]
    series = [one for one in versions if wanted is not None and any(_begins(name, one, wanted) for name in _names(one))]
    for found, shown in ((released, expected), (series, series[0]["slug"] if series else "")):
        if any(one["built"] for one in found):
            return replace(site, version=shown)
        if found and is_new:
            return replace(site, state="building", reason="the release is not built yet")
        if found:
            return replace(site, state="build failed", reason="the documentation of the release is not built")
    if has_more(bodies[-1]):
        return replace(site, state="unknown", reason="it has more versions than were read")
    numbers = [number for one in versions for name in _names(one) if (number := _number(name, one)) is not None]
    if expected and numbers:
        return _unlisted(site, versions, numbers, wanted, is_new=is_new)
    moving = [one for slug in ("stable", "latest") for one in versions if one["slug"] == slug]
    if not moving:
        return replace(site, state="unknown", reason="it has neither a version called stable nor one called latest")
    if not moving[0]["built"]:
        return replace(site, state="build failed", reason=f"its version {moving[0]['slug']} is not built")
    return replace(site, version=moving[0]["slug"])


def _unlisted(site: Site, versions: Sequence[Mapping[str, Any]], numbers: Sequence[Number], wanted: Number | None, *,
              is_new: bool) -> Site:
    """A project that names numbers, and the release is none of them."""
    if is_new:
        return replace(site, state="building", reason="the release is not listed yet")
    if any(one["slug"] == "stable" and _names(one) == {"stable"} for one in versions):
        return replace(site, state="unknown", reason="which release its version stable shows can't be told")
    if wanted is None or max(numbers) > wanted:
        return replace(site, state="unknown", reason="its versions can't be compared with the release")
    return replace(site, state="outdated", reason="the release is not among the versions that it has active")


def seen(site: Site, look: Look) -> Site:
    """What is known of a site's builds, with whether the site itself answers. One that keeps machines out is there."""
    state, reason = look
    if state == "ok" or site.state not in ("ok", "unknown") or (state == "unreachable" and reason in _KEEPS_OUT):
        return site
    return site if site.state == "unknown" and state == "unknown" else replace(site, state=state, reason=reason)


def of_pages(status: object, html_url: str, look: Look) -> Site:
    """GitHub Pages, by `GET /repos/{owner}/{repo}/pages`, and whether its address answers."""
    site = Site(name="GitHub Pages", url=html_url, state="ok")
    if status == "errored":
        return replace(site, state="build failed", reason="GitHub could not build it")
    if status == "building":
        return replace(site, state="building", reason="GitHub is building it")
    return replace(site, state=look[0], reason=look[1])


def has_more(body: bytes) -> bool:
    """Whether a page of the list of versions is not the last. Raises Unreadable."""
    return read_document(body).get("next") is not None


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
    """What a version is called: by its slug, its tag, and what it stands for."""
    named = [version["slug"], version.get("verbose_name"), version.get("ref")]
    named += [alias.get("verbose_name") for alias in version.get("aliases") or [] if isinstance(alias, dict)]
    return {name for name in named if isinstance(name, str) and _PLAIN.fullmatch(name)}


def _is(name: str, expected: str, wanted: Number | None) -> bool:
    return name.lstrip("vV") == expected.lstrip("vV") or (wanted is not None and parse(name) == wanted)


def _begins(name: str, version: Mapping[str, Any], wanted: Number) -> bool:
    """Whether a name is of a series that the release is of. A tag of two numbers and more is a release of its own."""
    match = _SERIES.fullmatch(name)
    if match is None or not (match[2] or version.get("type") == "branch" or "." not in match[1]):
        return False
    number = parse(match[1])
    return number is not None and number.begins(wanted)


def _number(name: str, version: Mapping[str, Any]) -> Number | None:
    """The number that a version is called by; None for a name as `2fa-support`, which only looks like one."""
    match = _SERIES.fullmatch(name)
    number = parse(name) if match is None else parse(match[1])
    if number is None or (number.phase != 1 and (number.width < 2 or version.get("type") == "branch")):
        return None
    return number
