"""REST operations on how a repository is visited. Public or not, nobody sees it without the permission."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.lookups import FORBIDDEN
from repo_vitals.simulator.rest_routes import Call, Refusal, Route

if TYPE_CHECKING:
    from datetime import date

    from repo_vitals.simulator.accounts import Access

_DAYS = 14


def _need(call: Call) -> None:
    if call.token is None or not call.token.may("administration"):
        raise Refusal(Answer.error(403, FORBIDDEN))


def _counted(call: Call, kind: Literal["views", "clones"]) -> Answer:
    _need(call)
    found: dict[date, tuple[int, int]] = getattr(call.repository.visited, kind)
    now = call.state.now
    today, oldest = now.date(), now.date() - timedelta(days=_DAYS)
    shown = {day: both for day, both in sorted(found.items()) if oldest <= day <= today}
    if oldest in shown:     # the fourteen days begin at this hour
        shown[oldest] = (round(shown[oldest][0] * (1 - (now.hour * 60 + now.minute) / 1440)), shown[oldest][1])
    rows: list[dict[str, Any]] = [{"timestamp": f"{day}T00:00:00Z", "count": count, "uniques": people}
                                  for day, (count, people) in shown.items()]
    return Answer.of({"count": sum(row["count"] for row in rows), "uniques": max((row["uniques"] for row in rows),
                                                                                 default=0), kind: rows})


def _views(call: Call) -> Answer:
    return _counted(call, "views")


def _clones(call: Call) -> Answer:
    return _counted(call, "clones")


def _referrers(call: Call) -> Answer:
    _need(call)
    return Answer.of([{"referrer": name, "count": count, "uniques": people}
                      for name, count, people in call.repository.visited.referrers[:10]])


def _paths(call: Call) -> Answer:
    _need(call)
    return Answer.of([{"path": path, "title": title, "count": count, "uniques": people}
                      for path, title, count, people in call.repository.visited.paths[:10]])


_MAY: tuple[tuple[str, Access], ...] = (("administration", "read"),)
ROUTES: tuple[Route, ...] = (
    Route("GET", "/repos/{owner}/{repo}/traffic/views", _MAY, _views),
    Route("GET", "/repos/{owner}/{repo}/traffic/clones", _MAY, _clones),
    Route("GET", "/repos/{owner}/{repo}/traffic/popular/referrers", _MAY, _referrers),
    Route("GET", "/repos/{owner}/{repo}/traffic/popular/paths", _MAY, _paths),
)
