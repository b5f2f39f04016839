"""Facts from the checkout, from git, and where there is a token from GitHub. The one stage that asks the world."""
from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness import documents as reading
from repo_vitals.concerns.docs_freshness import effort, finding, internal_links, required
from repo_vitals.concerns.docs_freshness.built_links import without_built
from repo_vitals.concerns.docs_freshness.classes import class_of, windows
from repo_vitals.concerns.docs_freshness.external_links import Rule
from repo_vitals.concerns.docs_freshness.facts import Facts
from repo_vitals.concerns.docs_freshness.github_side import GitHubSide
from repo_vitals.concerns.docs_freshness.past import PastPolicy, ask_git
from repo_vitals.concerns.docs_freshness.place import Place, document_of, place_of
from repo_vitals.concerns.docs_freshness.versions import Files, mentions
from repo_vitals.concerns.docs_freshness.versions.changelog import plain_headings
from repo_vitals.concerns.docs_freshness.versions.manifests import MANIFESTS, packages
from repo_vitals.concerns.docs_freshness.versions.standing import stated
from repo_vitals.concerns.docs_freshness.words import counted
from repo_vitals.frozen import dataclass
from repo_vitals.sources.bases import DEEPER, why_not_kept
from repo_vitals.sources.workflow_event import read_event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from repo_vitals.concerns.docs_freshness.facts import (
        CheckedLink,
        Document,
        DocumentClass,
        Heading,
        Required,
        Site,
        VersionMention,
    )
    from repo_vitals.concerns.docs_freshness.past import Past
    from repo_vitals.concerns.docs_freshness.policy import Policy
    from repo_vitals.concerns.docs_freshness.required import Section
    from repo_vitals.concerns.docs_freshness.site_lines import SiteLine
    from repo_vitals.concerns.docs_freshness.sites import Hosts
    from repo_vitals.concerns.docs_freshness.versions.packages import Package
    from repo_vitals.config.declare import Surroundings
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be looked at, as the inputs say it."""

    paths: tuple[str, ...]
    policy: Policy
    required: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    bots: tuple[str, ...] = ()
    rule: Rule = field(default_factory=Rule)    # when a link to another host counts as broken
    sites: tuple[SiteLine, ...] = ()
    hosts: Hosts | None = None                  # None: the real ones
    private: tuple[str, ...] = ()               # hosts that may be asked although they are private


def collect(github: GitHub, request: Request, surroundings: Surroundings, history: History, *, repository: str,
            now: datetime) -> Facts:
    """The facts about the commit that is checked out in the working folder, or the folder's files where there is none.

    GitHub is asked only with a token. Raises what the client raises for a caller's mistake; a GitHub that does not
    answer leaves what it was asked for unknown, and the run unfinished.
    """
    event = read_event(surroundings.environ)
    place = place_of(surroundings, event, github, repository)
    found = _documents(place, request)
    ours = _packages(place)
    side = GitHubSide(github, repository, stated(ours))
    tags = side.tags(place.checkout)
    past = _past(place, found, request, side, surroundings, now=now, knows_tags=tags.names is not None)
    versions, said = _versions(place, ours, found, tags.names, repository)
    wanted, profile_ratio = _required(place, found, request, side)
    not_kept = why_not_kept(place.checkout, event, repository)
    links, asked = _links(place, found, request), 0
    notes = [*place.notes, *past.notes, *said, *side.notes]
    if request.policy.links == "all" and found.documents:
        from repo_vitals.concerns.docs_freshness.external_side import Asker

        asker = Asker(rule=request.rule, history=history, surroundings=surroundings, now=now, repository=repository)
        outside = place.folder if place.checkout is None else place.checkout.root
        elsewhere = asker.check(found.documents, place.tree, side.github, outside=outside, is_kept=not not_kept)
        links, asked = links + elsewhere.links, elsewhere.asked
        notes += elsewhere.notes
    missing = list(side.missing)
    if count := place.effort.left_out:
        missing.append("the contents of documents that reading had no time for")
        notes.append(f"{counted(count, 'document')} not read and in no figure: the others take the "
                     f"{effort.MOST_OF_ALL:,.0f} seconds that a run has for reading (`paths` says which matter)")
    if history.keeps and not_kept:
        notes.append(f"the history gets nothing: {not_kept}")
    if not found.documents and place.tree.files and not found.why_none and not found.unread:
        notes.append("no tracked Markdown, reStructuredText or HTML file is at `paths`")
    return Facts(
        repository=repository, now=now, head_sha=None if place.checkout is None else place.checkout.head,
        documents=found.documents, classes=found.classes, ages=past.ages, citations=past.citations, drift=past.drift,
        sites=_sites(github, request, side, now=now), links=tuple(links), versions=versions, required=wanted,
        unread=found.unread, notes=tuple(notes), no_documents=place.why_nothing or found.why_none,
        missing=tuple(missing), unavailable=side.unavailable, asked=asked,
        is_kept=not not_kept, profile_ratio=profile_ratio)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """The documents."""

    documents: dict[str, Document]
    contents: dict[str, bytes]
    classes: dict[str, DocumentClass]
    unread: dict[str, str]
    why_none: str = ""


_PARTIAL = "the checkout lacks the documents' contents (leave `sparse-checkout` and `filter` out in actions/checkout)"


def _documents(place: Place, request: Request) -> _Found:
    read = place.contents(finding.documents_of(place.tree, request.paths))
    documents, damaged = place.parsed(read.contents)
    unread = {**read.unread, **damaged}
    if not read.contents and read.unread and set(read.unread.values()) == {finding.NOT_HERE}:
        return _Found(documents={}, contents={}, classes={}, unread={}, why_none=_PARTIAL)
    place.known.update(read.contents)
    why_none = "" if documents or not unread else (
        "the only one at `paths` can't be read" if len(unread) == 1 else
        f"none of the {len(unread):,} at `paths` can be read")
    return _Found(documents=documents, contents={path: read.contents[path] for path in documents}, unread=unread,
                  classes={path: class_of(path, request.policy.classes) for path in documents}, why_none=why_none)


def _links(place: Place, found: _Found, request: Request) -> list[CheckedLink]:
    """The internal links; what they lead to outside of the documents is read for its headings and lines."""
    if request.policy.links == "none":
        return []
    needs = internal_links.needs(found.documents, place.tree)
    read = place.contents(needs.documents | needs.lines)
    others = place.parsed({path: read.contents[path] for path in sorted(needs.documents & read.contents.keys())})[0]
    counts = {path: content.count(b"\n") + (not content.endswith(b"\n") and content != b"")
              for path, content in read.contents.items() if path in needs.lines and b"\0" not in content}
    return without_built(internal_links.check(found.documents, replace(
        place.tree, others=others, line_counts=counts)), place.tree, place.text)


def _past(place: Place, found: _Found, request: Request, side: GitHubSide, surroundings: Surroundings, *,
          now: datetime, knows_tags: bool) -> Past:
    spans = windows(request.policy.classes, maximum_age=request.policy.maximum_age)
    at_release = [path for path, name in found.classes.items() if spans[name] is None]
    return ask_git(
        found.documents, found.contents, place.checkout, policy=PastPolicy(bots=request.bots), now=now,
        surroundings=surroundings, github=side.github, repository=side.repository,
        server_url="" if side.github is None else side.github.endpoints.server_url, why_none=place.why_none,
        release=side.release(), api=at_release,
        why_no_release="" if knows_tags else f"the repository's tags, and so its releases, are not known ({DEEPER})")


def _packages(place: Place) -> list[Package]:
    place.bring(path for path in place.tree.files if path.rpartition("/")[2] in MANIFESTS)
    return packages(Files(paths=place.tree.files, text=place.text))


def _versions(place: Place, ours: Sequence[Package], found: _Found, tags: Sequence[str] | None, repository: str,
              ) -> tuple[tuple[VersionMention, ...], tuple[str, ...]]:
    if not place.tree.files:
        return (), ()

    def headings_of(path: str, text: str) -> Sequence[tuple[str, int]]:
        headings = _headings(path, text.encode())
        return plain_headings(text) if headings is None else [(one.text, one.line) for one in headings]
    return mentions(Files(paths=place.tree.files, text=place.text), ours, found.documents, tags=tags,
                    repository=repository, headings_of=headings_of)


def _headings(path: str, content: bytes) -> Sequence[Heading] | None:
    read = "" if reading.format_of(path) is None else document_of(path, content)
    return None if isinstance(read, str) else read.headings


def _sites(github: GitHub, request: Request, side: GitHubSide, *, now: datetime) -> tuple[Site, ...]:
    if not request.sites:
        return ()
    from repo_vitals.concerns.docs_freshness.sites import Released, ask
    from repo_vitals.sources.probe import Prober

    version, at = side.newest_release()
    prober = Prober(allowed=request.private, verify=github.transport.verify, refusing="which is not visited")
    return ask(request.sites, prober, side.github, side.repository,
               released=Released(version=version, at=at), now=now, hosts=request.hosts)


def _required(place: Place, found: _Found, request: Request, side: GitHubSide,
              ) -> tuple[tuple[Required, ...], float | None]:
    if not place.tree.files:
        return (), None

    def headings_of(path: str) -> Sequence[Heading] | None:
        if path in found.documents:
            return found.documents[path].headings
        text = place.text(path)
        return None if text is None else _headings(path, text.encode())
    profile = side.profile() if request.required else None
    said = required.check(place.tree.files, request.required, request.sections, headings_of=headings_of,
                          elsewhere=None if profile is None else required.Elsewhere(names=profile.files))
    if side.github is None:
        side.notes += required.unsure(
            [one.what for one in said if not one.is_there and one.what in required.SHARED], has_token=False)
    elif names := required.untold(said, side.repository):
        shared = side.shared_files()
        if shared is None:
            side.notes += required.unsure(names, has_token=True)
        else:
            said = required.stood_in(said, names, shared)
    return said, None if profile is None else profile.health_ratio


