"""Asks every service. The one stage that asks the world."""
from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.service_health import answers
from repo_vitals.concerns.service_health.answers import Said
from repo_vitals.concerns.service_health.facts import Facts, PastCheck, Probe, Try
from repo_vitals.concerns.service_health.tries import enough
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import one_line
from repo_vitals.sources.crates import PAUSE, Unreadable, read_release
from repo_vitals.sources.web_url import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from repo_vitals.concerns.service_health.facts import Reach, Service, State
    from repo_vitals.report.model import Cost
    from repo_vitals.sources.crates import Release
    from repo_vitals.sources.history_points import Point
    from repo_vitals.sources.probe import Answered, Prober
    from repo_vitals.sources.probe_wire import Reply

_AT_ONCE = 8                    # hosts
_LARGEST_API = 10_000_000       # bytes; a crate's page at the registry lists every version with its features
_TOO_LARGE = f"its answer is larger than {_LARGEST_API // 1_000_000} MB"
_JSON = {"Accept": "application/json"}


def collect(prober: Prober, *, repository: str, services: Sequence[Service], end: datetime, cost: Cost,
            points: Iterable[Point] = (), keeps: bool = False, sleep: Callable[[float], None] = time.sleep,
            elapsed: Callable[[], float] = time.monotonic) -> Facts:
    """The services now, each asked until its tries tell; and what `points` of earlier runs say of them.

    Several hosts are asked at once, one host's services in turn. `end` is the report's clock, from which tries are
    timed by `elapsed`. Whatever a service does becomes a try with a reason; nothing is raised for it.
    """
    asker = _Asker(prober=prober, cost=cost, began=end, sleep=sleep, elapsed=elapsed, zero=elapsed())
    hosts: dict[str, list[Service]] = {}
    for service in services:
        hosts.setdefault(service.host, []).append(service)
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="repo-vitals services") as pool:
        probed = [probe for group in pool.map(asker.probe_all, hosts.values()) for probe in group]
    by_name = {probe.service.name: probe for probe in probed}
    return Facts(repository=repository, probes=tuple(by_name[service.name] for service in services),
                 past=past_of(points, before=end), keeps=keeps)


def past_of(points: Iterable[Point], *, before: datetime) -> dict[str, tuple[PastCheck, ...]]:
    """Earlier checks by service, oldest first, from the recorded `service_up` and `service_response_seconds`."""
    up: dict[tuple[str, datetime], bool | None] = {}
    seconds: dict[tuple[str, datetime], float | None] = {}
    for point in points:
        key = point.labels.get("service", ""), point.at
        if point.at >= before:
            continue
        if point.name == "service_up":
            up[key] = None if point.value is None else point.value >= 1
        elif point.name == "service_response_seconds":
            seconds[key] = point.value
    past: dict[str, list[PastCheck]] = {}
    for (name, at), state in sorted(up.items(), key=lambda one: one[0]):
        past.setdefault(name, []).append(PastCheck(at=at, up=state, seconds=seconds.get((name, at))))
    return {name: tuple(checks) for name, checks in past.items()}


@dataclass(kw_only=True)
class _Asker:
    """One run's questions, from several threads."""

    prober: Prober
    cost: Cost
    began: datetime
    sleep: Callable[[float], None]
    elapsed: Callable[[], float]
    zero: float
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _paces: dict[str, threading.Lock] = field(default_factory=dict)
    _asked: dict[str, float] = field(default_factory=dict)

    def probe_all(self, services: Sequence[Service]) -> list[Probe]:
        """The services of one host, in turn."""
        return [self._probe(service) for service in services]

    def _probe(self, service: Service) -> Probe:
        tries: list[Try] = []
        expires: list[datetime] = []
        final, remark = parse_url(service.url).shown, ""
        while not enough(service, tries):
            if tries:
                self.sleep(service.wait.total_seconds())
                with self._lock:
                    self.cost.retries += 1
            at = self._now()
            told = self._told(service)
            reply = None if told.answered is None else told.answered.reply
            tries.append(Try(at=at, state=told.said.state, reason=told.said.reason, reach=told.reach,
                             status=None if reply is None else reply.status,
                             seconds=None if reply is None or told.answered is None else told.answered.seconds))
            remark = one_line(told.said.remark)
            if told.answered is not None:
                final = told.answered.url.shown
                expires += [at for at in (told.answered.certificate_expires_at,) if at is not None]
        return Probe(service=service, tries=tuple(tries), final_url=final, remark=remark,
                     certificate_expires_at=expires[-1] if expires else None)

    def _told(self, service: Service) -> _Told:
        """What one try of a service tells."""
        published = None
        if service.registry is not None:
            found = self._release(service, service.registry)
            if isinstance(found, _Told):
                return found
            published = found.documented_at
            service = replace(service, version=found.documented, registry=None,
                              url=str(parse_url(f"{service.url}/{found.documented}/status.json")))
        answered = self._ask(service)
        if answered.failure is not None:
            state: State = "unknown" if answered.failure.reach == "here" else "down"
            said = Said(state=state, reason=str(answered.failure))
            return _Told(_untold(said) if service.kind == "statuspage" else said, answered.failure.reach, answered)
        return _Told(self._judged(service, answered.reply, published), "there", answered)

    def _judged(self, service: Service, reply: Reply | None, published: datetime | None) -> Said:
        assert reply is not None  # noqa: S101 - there is an answer or a failure
        if service.kind == "http":
            return answers.http(service, reply.status, reply.body, whole=reply.whole)
        if service.kind == "statuspage":
            return self._witnessed(service, reply)
        if not reply.whole:
            return Said(state="down", reason=_TOO_LARGE)
        try:
            if service.kind == "docs.rs":
                return answers.documentation(service, reply.status, reply.body, now=self.began, published=published)
            return answers.registry_crate(service, reply.status, reply.body)
        except Unreadable as error:
            return Said(state="down", reason=str(error))

    def _witnessed(self, service: Service, reply: Reply) -> Said:
        """What a status page says, which is a witness of its service and not the service itself."""
        if reply.status != 200:
            return _untold(answers.other_status(reply.status))
        if not reply.whole:
            return _untold(Said(state="unknown", reason=_TOO_LARGE))
        try:
            return answers.status_page(service, reply.body)
        except Unreadable as error:
            return _untold(Said(state="unknown", reason=str(error)))

    def _release(self, service: Service, registry: str) -> Release | _Told:
        """The version to look at; or what that can't be told for, which is no fault of docs.rs and so unknown."""
        answered = self._ask(replace(service, kind="crates.io", url=registry))
        reply = answered.reply
        if reply is None:
            reach: Reach = "here" if answered.failure is None else answered.failure.reach
            return _Told(Said(state="unknown", reason=f"the registry was not reached: {answered.failure}"), reach)
        if reply.status == 404:
            return _Told(Said(state="down", reason="the registry knows no such crate"))
        if reply.status != 200 or not reply.whole:
            return _Told(Said(state="unknown", reason=f"the registry answered {reply.status}, not with the crate"))
        try:
            return read_release(reply.body, crate=service.crate or "")
        except Unreadable as error:
            return _Told(Said(state="unknown", reason=f"of the registry's answer: {error}"))

    def _ask(self, service: Service) -> Answered:
        plain = service.kind == "http"
        url = parse_url(service.url)
        if service.kind in ("crates.io", "docs.rs") and not self.prober.allows(url):
            self._pace(service.host)
        final = {low for low, high in service.expect or () if low == high}
        answered = self.prober.ask(url, method=service.method, final=final) if plain else \
            self.prober.ask(url, largest=_LARGEST_API, headers=_JSON)
        with self._lock:
            self.cost.requests += answered.requests
        return answered

    def _pace(self, host: str) -> None:
        """Wait until a second has passed since the last question to a registry."""
        with self._lock:
            pace = self._paces.setdefault(host, threading.Lock())
        with pace:
            last = self._asked.get(host)
            left = 0.0 if last is None else last + PAUSE - self.elapsed()
            if left > 0:
                self.sleep(left)
            self._asked[host] = self.elapsed()

    def _now(self) -> datetime:
        return self.began + timedelta(seconds=self.elapsed() - self.zero)


def _untold(said: Said) -> Said:
    """A status page that can't be read leaves its service unknown."""
    return Said(state="unknown", reason=f"its status page tells nothing: {said.reason}")


@dataclass(frozen=True)
class _Told:
    """What a try told. `answered` None: the service itself was not asked."""

    said: Said
    reach: Reach = "there"
    answered: Answered | None = None
