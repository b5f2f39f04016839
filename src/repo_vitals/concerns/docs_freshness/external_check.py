"""Asks for links to other hosts, and remembers in the history what they said. One call for all documents."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.clock import format_instant
from repo_vitals.concerns.docs_freshness import link_ledger
from repo_vitals.concerns.docs_freshness.external_links import judged, learned, to_ask
from repo_vitals.errors import CallerError, CouldNotMeasure
from repo_vitals.frozen import dataclass
from repo_vitals.sources.ledger_lines import FromTheFuture, Unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from repo_vitals.concerns.docs_freshness.external_links import External, Known, Rule
    from repo_vitals.concerns.docs_freshness.facts import CheckedLink
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.guarded_proxy import GuardedProxy
    from repo_vitals.sources.history import History
    from repo_vitals.sources.lychee import LinkAnswer, Pace
    from repo_vitals.sources.web_url import WebUrl

COMMAND = "docs-freshness"


@dataclass(frozen=True, kw_only=True)
class Means:
    """With what links are asked for."""

    environ: Mapping[str, str]
    outside: Sequence[Path] = ()            # folders of strangers' files, in which no program is looked for
    github: GitHub | None = None            # of github.com, with a token
    pace: Pace | None = None
    guard: Callable[[], GuardedProxy] | None = None
    rest: Callable[[WebUrl], tuple[str, float] | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What all links are, how many were asked for, and what a reader of the report should know."""

    links: list[CheckedLink]
    asked: int = 0
    notes: tuple[str, ...] = ()


def check(links: Sequence[External], *, repository: str, history: History, now: datetime, rule: Rule, means: Means,
          ) -> Checked:
    """Ask for what is due, and say what each link is by all checks so far. Raises CallerError as `History.read` does.

    Where nothing can be asked, links keep what earlier runs learned of them, and the others are unverified; so do those
    of a host that told an earlier run to come back later than now.
    """
    notes: list[str] = []
    path = f"{COMMAND}/{repository.lower()}/{link_ledger.NAME}"
    known, others, rests, may_write = _known(history, path, links, now, notes)
    every = to_ask(links, known, now, rule)
    resting = {url: rests[key] for url in every if (key := link_ledger.key_of(url.host)) in rests}
    due = [url for url in every if url not in resting]
    answers, why = _asked(due, rule.most, means, notes)
    after = learned(known, answers, links, now)
    told = {link_ledger.key_of(host): now + timedelta(seconds=round(seconds))
            for answer in answers.values() if answer.rest is not None for host, seconds in [answer.rest]}
    if may_write and (after != known or told):
        history.keep(path, link_ledger.write(after, others, {**rests, **told}))
    if resting:
        notes.append(f"{len(resting):,} of the links to other hosts that are due were not asked for: their hosts told "
                     "an earlier run to come back later")
    if not history.keeps and any(one.failing_since for one in after.values()):
        notes.append(f"a link to another host is broken after {rule.checks} checks, which takes a history to know of "
                     "them (history: branch)")
    left_alone = {url: f"its host asked to be left alone until {format_instant(until)}"
                  for url, until in resting.items()}
    found = judged(links, after, rule, unasked={**dict.fromkeys(due, why), **left_alone})
    return Checked(links=found, asked=len(answers), notes=tuple(notes))


def _known(history: History, path: str, links: Sequence[External], now: datetime, notes: list[str],
           ) -> tuple[dict[str, Known], dict[str, link_ledger.Row], dict[str, datetime], bool]:
    """What earlier runs learned, of these links and of others, until when which hosts want to be left alone, and
    whether the file may be written."""
    text = history.read(path)
    if text is None:
        return {}, {}, {}, True
    urls = {str(link.url) for link in links if link.url is not None}
    try:
        return link_ledger.read(text, urls), link_ledger.others(text, urls, now), link_ledger.rests(text, now), True
    except FromTheFuture as error:
        notes.append(f"history: {path} is left as it is: {error}")
        return {}, {}, {}, False
    except Unusable as error:
        notes.append(f"history: {path} can't be used: {error}; it is written anew")
        return {}, {}, {}, True


def _asked(due: Sequence[WebUrl], most: int, means: Means, notes: list[str]) -> tuple[dict[WebUrl, LinkAnswer], str]:
    """The answers, and why there are none where that is so."""
    if not due:
        return {}, ""
    from repo_vitals.sources.guarded_proxy import GuardedProxy
    from repo_vitals.sources.host_rest import rest_of
    from repo_vitals.sources.lychee import NoLychee, ask, find

    try:
        program = find(means.environ, outside=means.outside)
        answers = ask(due, program, environ=means.environ, pace=means.pace, most=most,
                      guard=means.guard or GuardedProxy, rest=means.rest or rest_of)
    except (NoLychee, CouldNotMeasure) as error:
        notes.append(f"links to other hosts were not checked: {error}")
        return {}, "nothing could ask for it"
    if len(answers) < len(due):
        notes.append(f"{len(due) - len(answers):,} of {len(due):,} links to other hosts that are due were not asked for"
                     f": there are more than the {most:,} of one run, the time was over, or their hosts limit requests "
                     "or do not answer; the next runs go on with them")
    return _of_github(answers, means, notes), "its turn has not come, or its host was left alone for this run"


def _of_github(answers: Mapping[WebUrl, LinkAnswer], means: Means, notes: list[str]) -> dict[WebUrl, LinkAnswer]:
    """The answers, those of github.com by what the token may see."""
    from repo_vitals.concerns.docs_freshness.github_links import doubtful, settled
    from repo_vitals.sources.repository_visibility import MOST, visibility

    names = doubtful(answers)
    if means.github is None or not names:
        return dict(answers)
    try:
        found = visibility(means.github.graphql, names[:MOST])
    except (CallerError, CouldNotMeasure) as error:
        notes.append(f"links to github.com that answered 404 are unverified: {error}")
        found = {}
    return settled(answers, found)
