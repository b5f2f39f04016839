"""Asks for links to other hosts, and remembers in the history what they said. One call for all documents."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness import link_ledger
from repo_vitals.concerns.docs_freshness.external_links import has_network, judged, learned, to_ask
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.ledger_lines import FromTheFuture, Unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from repo_vitals.concerns.docs_freshness.external_links import External, Known, Rule
    from repo_vitals.concerns.docs_freshness.facts import CheckedLink
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
    token: str | None = None                # for links to github.com
    pace: Pace | None = None
    guard: Callable[[], GuardedProxy] | None = None


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What all links are, how many were asked for, and what a reader of the report should know."""

    links: list[CheckedLink]
    asked: int = 0
    notes: tuple[str, ...] = ()


def check(links: Sequence[External], *, repository: str, history: History, now: datetime, rule: Rule, means: Means,
          ) -> Checked:
    """Ask for what is due, and say what each link is by all checks so far. Raises CallerError as `History.read` does.

    Where nothing can be asked, links keep what earlier runs learned of them, and the others are unverified.
    """
    notes: list[str] = []
    path = f"{COMMAND}/{repository.lower()}/{link_ledger.NAME}"
    known, may_write = _known(history, path, links, notes)
    due = to_ask(links, known, now, rule)
    answers, unasked = _asked(due, means, notes)
    after = learned(known, answers, links, now)
    if may_write and after != known:
        history.keep(path, link_ledger.write(after))
    if not history.keeps and any(one.failing_since for one in after.values()):
        notes.append(f"a link to another host is broken after {rule.checks} checks, which takes a history to know of "
                     "them (history: branch)")
    found = judged(links, answers, after, rule, unasked=unasked)
    return Checked(links=found, asked=len(answers), notes=tuple(notes))


def _known(history: History, path: str, links: Sequence[External], notes: list[str]) -> tuple[dict[str, Known], bool]:
    """What earlier runs learned, and whether the file may be written."""
    text = history.read(path)
    if text is None:
        return {}, True
    try:
        return link_ledger.read(text, {str(link.url) for link in links if link.url is not None}), True
    except FromTheFuture as error:
        notes.append(f"history: {path} is left as it is: {error}")
        return {}, False
    except Unusable as error:
        notes.append(f"history: {path} can't be used: {error}; it is written anew")
        return {}, True


def _asked(due: Sequence[WebUrl], means: Means, notes: list[str]) -> tuple[dict[WebUrl, LinkAnswer], str]:
    """The answers, and why there are none where that is so."""
    if not due:
        return {}, ""
    from repo_vitals.sources.guarded_proxy import GuardedProxy
    from repo_vitals.sources.lychee import NoLychee, ask, find

    try:
        program = find(means.environ, outside=means.outside)
        answers = ask(due, program, environ=means.environ, pace=means.pace, token=means.token,
                      guard=means.guard or GuardedProxy)
    except (NoLychee, CouldNotMeasure) as error:
        notes.append(f"links to other hosts were not checked: {error}")
        return {}, "nothing could ask for it"
    if not has_network(answers):
        notes.append("links to other hosts were not checked: none of the hosts has a name here, as without a network")
        return {}, "no name could be looked up"
    if len(answers) < len(due):
        notes.append(f"{len(due) - len(answers):,} of {len(due):,} links to other hosts were not asked for in time; "
                     "the next run goes on with them")
    return answers, "it was not asked for in time"
