"""Links to other hosts: which of them to ask for now, and what they are after all checks so far. Pure.

One failed check is no broken link: servers are restarted and moved. A link is **broken** once it has answered 404 or
410, or its host has not existed, in `checks` checks in a row, the first of which was `days` days ago; until then it is
**unverified**, with what it said. Answers that tell nothing of the page (401, 403, 429, 5xx, no answer, a certificate
that is not trusted, a redirect that leads nowhere) neither count nor end a row, nor take the place of what it failed
with. A success ends it.
"""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.clock import format_instant
from repo_vitals.concerns.docs_freshness.facts import CheckedLink
from repo_vitals.frozen import dataclass
from repo_vitals.sources.web_url import WebUrl, parse_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.concerns.docs_freshness.facts import LinkState
    from repo_vitals.sources.lychee import LinkAnswer

GONE = frozenset({404, 410})
# Names that stand for any other (RFC 2606, section 3; RFC 6761): examples, which lead nowhere on purpose.
_EXAMPLES = ("example", "example.com", "example.net", "example.org", "test", "invalid", "localhost", "local", "onion")
_ARCHIVE = "https://web.archive.org/web"
Outcome = Literal["ok", "gone", "unsure"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a link counts as broken, and how often it is asked for."""

    checks: int = 3                                 # failed checks in a row that it takes
    over: timedelta = timedelta(days=3)             # between the first of them and the last
    recheck: timedelta = timedelta(days=7)          # a link that was well is asked again after so long
    most: int = 1000                                # links asked for in one run, those longest not asked first


@dataclass(frozen=True, kw_only=True)
class Known:
    """What earlier runs learned of one URL."""

    asked_at: datetime                              # when it last gave any answer, or was asked for one in vain
    ok_at: datetime | None = None                   # when it was last well
    failing_since: datetime | None = None           # the first of the failed checks in a row; None: none failed last
    last_failed: datetime | None = None             # the last of them
    failures: int = 0                               # how many there are in a row
    reason: str = ""                                # of the last check that failed, else of the last that was not well
    moved_to: str = ""                              # where its permanent redirects led
    excluded: str = ""                              # why it was not visited when its turn came last


@dataclass(frozen=True, kw_only=True)
class External:
    """One link of a document to another host, taken apart; `url` is None where `refused` says why it is not asked."""

    file: str
    line: int
    target: str                                     # as it stands in the document
    url: WebUrl | None = None
    refused: str = ""
    state: LinkState = "ok"                         # of one that is not asked


def external(file: str, line: int, target: str, address: str | None = None) -> External:
    """A link by what its document says; `address`: the URL that it means, where that is not the target itself."""
    meant = (address or target).strip()
    try:
        url = parse_url(meant.partition("#")[0])
    except ValueError as error:
        # Placeholders look like this, too: nothing that was not asked is called broken.
        return External(file=file, line=line, target=target, refused=str(error), state="unverified")
    if _is_example(url.host):
        return External(file=file, line=line, target=target, refused="is an example's name", state="excluded")
    return External(file=file, line=line, target=target, url=url)


def _is_example(host: str) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in _EXAMPLES)


def to_ask(links: Iterable[External], known: Mapping[str, Known], now: datetime, rule: Rule) -> list[WebUrl]:
    """The URLs whose turn it is, each once: never asked ones first, then those longest not asked."""
    urls = {str(link.url): link.url for link in links if link.url is not None}
    due = [key for key in sorted(urls) if _is_due(known.get(key), now, rule)]
    long_ago = datetime.min.replace(tzinfo=now.tzinfo)
    due.sort(key=lambda key: known[key].asked_at if key in known else long_ago)
    return [urls[key] for key in due]


def _is_due(before: Known | None, now: datetime, rule: Rule) -> bool:
    if before is None:
        return True
    if before.excluded:
        return before.asked_at > now or now - before.asked_at >= rule.recheck
    if before.failing_since is not None or before.ok_at is None or before.ok_at > now:
        return True
    return before.ok_at < before.asked_at or now - before.ok_at >= rule.recheck


def learned(known: Mapping[str, Known], answers: Mapping[WebUrl, LinkAnswer], linked: Iterable[External],
            now: datetime) -> dict[str, Known]:
    """What is known after a run's answers, of what is still linked: the ledger to keep."""
    answered = {str(url): answer for url, answer in answers.items()}
    keys = {str(link.url) for link in linked if link.url is not None}
    after: dict[str, Known] = {}
    for key in sorted(keys):
        before = known.get(key)
        answer = answered.get(key)
        if answer is not None:
            after[key] = _after(before, answer, now)
        elif before is not None:
            after[key] = before
    return after


def outcome(answer: LinkAnswer) -> Outcome:
    """What one answer says of a link."""
    if answer.is_nameless or answer.status in GONE:
        return "gone"
    # A redirect that is the last answer goes in a circle, or leads to what is no web page.
    return "ok" if answer.status is not None and 200 <= answer.status < 300 else "unsure"


def _after(before: Known | None, answer: LinkAnswer, now: datetime) -> Known:
    said = outcome(answer)
    if said == "ok":
        return Known(asked_at=now, ok_at=now, moved_to=_sound(answer.moved_to))
    before = before or Known(asked_at=now)
    if why := _why_excluded(answer):
        return replace(before, asked_at=now, excluded=why)
    if said == "unsure":
        return replace(before, asked_at=now, excluded="",
                       reason=reason_of(answer) if before.failing_since is None else before.reason)
    begun = before.failing_since if before.failing_since is not None and before.failing_since <= now else now
    return Known(asked_at=now, ok_at=before.ok_at, failing_since=begun, last_failed=now, failures=before.failures + 1,
                 reason=reason_of(answer))


def _why_excluded(answer: LinkAnswer) -> str:
    if answer.refused:
        return f"it leads to {answer.refused}, which is not visited"
    return "lychee asks nothing of its host" if answer.is_passed_over else ""


def _sound(url: str) -> str:
    """A URL that may be suggested and kept, and else nothing: it is a stranger's, and a query often holds secrets."""
    try:
        sound = parse_url(url) if url else None
    except ValueError:
        return ""
    return "" if sound is None or sound.query else str(sound)


def reason_of(answer: LinkAnswer) -> str:
    """Why an answer is not a success, in words that follow the link."""
    if answer.is_nameless:
        return "its host does not exist"
    if answer.status is not None:
        return f"it answered {answer.status}" + (", which led nowhere" if 300 <= answer.status < 400 else "")
    return f"it gave no answer ({answer.said})" if answer.said else "it gave no answer"


def judged(links: Sequence[External], known: Mapping[str, Known], rule: Rule, *,
           unasked: Mapping[WebUrl, str] | None = None) -> list[CheckedLink]:
    """What each link is now. `known`: after this run (`learned`); `unasked`: why this run did not ask for some."""
    return [_judged(link, known, rule, unasked or {}) for link in links]


def _judged(link: External, known: Mapping[str, Known], rule: Rule, unasked: Mapping[WebUrl, str]) -> CheckedLink:
    checked = CheckedLink(file=link.file, line=link.line, target=link.target, state=link.state, reason=link.refused,
                          is_external=True)
    if link.url is None:
        return checked
    found = known.get(str(link.url))
    if found is None:
        return replace(checked, state="unverified", reason=unasked.get(link.url, "it has not been asked for yet"))
    if found.excluded:
        return replace(checked, state="excluded", reason=found.excluded)
    if found.failing_since is not None:
        return _failing(checked, link.url, found, rule)
    if found.ok_at is not None and found.ok_at >= found.asked_at:
        return replace(checked, state="ok", suggestion=found.moved_to,
                       reason="it has moved for good" if found.moved_to else "")
    return replace(checked, state="unverified", reason=found.reason)


def _failing(checked: CheckedLink, url: WebUrl, found: Known, rule: Rule) -> CheckedLink:
    assert found.failing_since is not None and found.last_failed is not None  # noqa: S101, PT018 - set together
    is_broken = found.failures >= rule.checks and found.last_failed - found.failing_since >= rule.over
    times = "once" if found.failures == 1 else f"in {found.failures} checks"
    # The copy from before the link failed, if the archive has one: it was not asked.
    copy = f"{_ARCHIVE}/{found.failing_since:%Y%m%d}/{url}" if is_broken else ""
    return replace(checked, state="broken" if is_broken else "unverified", failing_since=found.failing_since,
                   failures=found.failures, suggestion=copy,
                   reason=f"{found.reason}, {times} since {format_instant(found.failing_since)[:10]}")
