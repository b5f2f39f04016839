"""In which order and at what pace links are asked for, so that no host keeps the others waiting, or a run from its end.

Each host has its own small parts, which begin with one link and double while all goes well. A host that does not
answer, or says that it gets too many requests, is left after a few such links, and at once where it says for how long:
what else is linked there keeps its place for the next run. What was asked is known at the end of its part, whatever
becomes of the others.
"""
from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from repo_vitals.errors import CouldNotMeasure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repo_vitals.sources.web_url import WebUrl

T = TypeVar("T")
_LARGEST_PART = 8       # links
_MOST_VAIN = 3          # links of a host that came to nothing, before it is left
_MOST_FAILED = 5        # parts that failed with none that went well, before all is given up


class OutOfTime(Exception):
    """A part did not come to its end in time, and nothing is known of its links."""


@dataclass
class _Host:
    """What is still to be asked of one host."""

    waiting: list[WebUrl]
    size: int = 1                       # of its next part
    doubtful: int = 0                   # of the next links so many are asked one by one
    vain: int = 0                       # links that came to nothing
    ready: float = 0.0                  # when its next part may begin, as time.monotonic() counts


@dataclass(kw_only=True)
class Turns(Generic[T]):
    """`ask` asks for some links of one host within so many seconds. Raises OutOfTime and CouldNotMeasure.

    `in_vain`: whether an answer says nothing but that the host is not asked well now; `is_last`: whether nothing more
    is to be asked of its host; `silence` is the answer of a link
    that had a part to itself and did not come to an end.
    """

    ask: Callable[[Sequence[WebUrl], float], Mapping[WebUrl, T]]
    in_vain: Callable[[T], bool]
    is_last: Callable[[T, WebUrl], bool] = lambda _, __: False
    silence: Callable[[str], T]
    seconds: Callable[[int], float]     # that a part of so many links may take
    total: float                        # seconds for all
    interval: float                     # seconds between parts of one host
    at_once: int                        # hosts
    most: int                           # links
    failures: list[CouldNotMeasure] = field(default_factory=list)
    works: bool = False                 # a part came to its end

    def all(self, urls: Sequence[WebUrl]) -> dict[WebUrl, T]:
        """What came of each that was asked. Raises CouldNotMeasure where every part failed."""
        ends = time.monotonic() + self.total
        hosts: dict[str, _Host] = {}
        for url in dict.fromkeys(urls):
            hosts.setdefault(url.host, _Host([])).waiting.append(url)
        if not hosts:
            return {}
        found: dict[WebUrl, T] = {}
        running: dict[Future[Mapping[WebUrl, T]], _Host] = {}
        left = self.most
        with ThreadPoolExecutor(min(self.at_once, len(hosts))) as pool:
            free = list(hosts.values())
            while free or running:
                for host in free:
                    part = host.waiting[:min(1 if host.doubtful else host.size, left)]
                    if part and host.vain < _MOST_VAIN and time.monotonic() < ends:
                        left -= len(part)
                        running[pool.submit(self._part, host, part, ends)] = host
                free = []
                for ended in wait(running, return_when=FIRST_COMPLETED).done:
                    free.append(running.pop(ended))
                    found |= ended.result()
        if self.failures and not self.works:
            raise self.failures[0]
        return found

    def _part(self, host: _Host, part: Sequence[WebUrl], ends: float) -> Mapping[WebUrl, T]:
        """The answers of the host's next part; those that are asked again, one by one, are none yet."""
        if len(self.failures) >= _MOST_FAILED and not self.works:
            host.waiting = []
            return {}
        time.sleep(max(0.0, min(host.ready, ends) - time.monotonic()))
        allowed = self.seconds(len(part))
        left = min(ends - time.monotonic(), allowed)
        if left <= 0:
            return {}
        try:
            answers = self.ask(part, left)
        except (OutOfTime, CouldNotMeasure) as error:
            if isinstance(error, CouldNotMeasure):
                self.failures.append(error)
            elif left < allowed:        # the run's own end, which is not the host's fault
                return {}
            host.size, host.vain = 1, host.vain + 1
            if len(part) > 1:
                host.doubtful = len(part)
                return {}
            answers = {part[0]: self.silence(str(error))}
        else:
            self.works = True
            vain = sum(self.in_vain(answer) for answer in answers.values())
            host.vain += _MOST_VAIN if any(self.is_last(answer, url) for url, answer in answers.items()) else vain
            host.size = 1 if vain else min(2 * host.size, _LARGEST_PART)
        host.doubtful = max(0, host.doubtful - len(part))
        host.waiting = host.waiting[len(part):]
        host.ready = time.monotonic() + self.interval
        return answers
