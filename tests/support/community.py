"""Compact facts for tests: times are hours before the report's clock, NOW; people are logins."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from repo_vitals.concerns.community_metrics.facts import (
    Act,
    Commit,
    DraftChange,
    Facts,
    Item,
    LabelChange,
    Repository,
    StateChange,
)
from repo_vitals.report.model import Window
from repo_vitals.stats.turns import Actor, Remark

NOW = datetime(2026, 3, 31, 12, 0, 0, tzinfo=timezone.utc)
MONTH = Window(start=NOW - timedelta(days=30), end=NOW)
GHOST = None
HOUR = 3600.0


def ago(hours: float) -> datetime:
    """The moment that many hours before NOW."""
    return NOW - timedelta(hours=hours)


def actor(login: str | None) -> Actor:
    """A person, a deleted account (None), or a bot (`[bot]`)."""
    return Actor(login, is_bot=login is not None and login.endswith("[bot]"))


def said(by: str | None, hours: float, *, minimised: bool = False, association: str = "NONE", node_id: str = "",
         is_review: bool = False) -> Remark:
    """Something said."""
    return Remark(at=ago(hours), by=actor(by), association=association, minimised=minimised, is_review=is_review,
                  node_id=node_id)


def reviewed(by: str | None, hours: float, **more: Any) -> Remark:
    """A submitted review."""
    return said(by, hours, is_review=True, **more)


def issue(number: int = 1, *, by: str | None = "ann", opened: float, **more: Any) -> Item:
    """An issue."""
    return item("issue", number, by=by, opened=opened, **more)


def pull_request(number: int = 1, *, by: str | None = "ann", opened: float, **more: Any) -> Item:
    """A pull request."""
    return item("pull_request", number, by=by, opened=opened, **more)


def discussion(number: int = 1, *, by: str | None = "ann", opened: float, **more: Any) -> Item:
    """A discussion."""
    return item("discussion", number, by=by, opened=opened, **more)


def item(
    kind: Any, number: int, *, by: str | None, opened: float, remarks: tuple[Remark, ...] = (),
    closed: float | None = None, states: tuple[tuple[float, bool], ...] = (), merged: float | None = None,
    drafts: tuple[tuple[float, bool], ...] = (), labelled: tuple[tuple[float, str], ...] = (),
    unlabelled: tuple[tuple[float, str], ...] = (), acts: tuple[tuple[float, str | None], ...] = (), **more: Any,
) -> Item:
    """An item; `states` and `drafts` are (hours ago, closed?) and (hours ago, draft?)."""
    return Item(
        kind=kind, number=number, title=f"Title {number}", url=f"https://github.com/acme/widget/issues/{number}",
        author=actor(by), created_at=ago(opened), closed_at=None if closed is None else ago(closed),
        merged_at=None if merged is None else ago(merged), remarks=remarks,
        state_changes=tuple(StateChange(ago(hours), shut) for hours, shut in states),
        draft_changes=tuple(DraftChange(ago(hours), draft) for hours, draft in drafts),
        label_changes=tuple(sorted(
            [*(LabelChange(ago(hours), name, True) for hours, name in labelled),
             *(LabelChange(ago(hours), name, False) for hours, name in unlabelled)], key=lambda change: change.at)),
        acts=tuple(Act(ago(hours), actor(by)) for hours, by in acts), **more,
    )


def commit(login: str | None, hours: float, *, email: str | None = None, name: str | None = None) -> Commit:
    """A commit by a linked account, or by an unlinked address."""
    return Commit(at=ago(hours), name=name or login or "Somebody", email=email or f"{login}@example.org", login=login,
                  user_id=None if login is None else f"U_{login}")


def facts(*items: Item, commits: tuple[Commit, ...] = (), **more: Any) -> Facts:
    """The facts of a repository with everything switched on; `repository` overrides some of it."""
    repository = {"name": "acme/widget", "url": "https://github.com/acme/widget", "archived": False,
                  "issues_enabled": True, "discussions_enabled": True, "default_branch": "main", "stars": 10,
                  "forks": 2, "watchers": 3, **more.pop("repository", {})}
    return Facts(repository=Repository(**repository), items=items, commits=commits,
                 seen_before=more.pop("seen_before", frozenset()), **more)
