"""What the report's data holds of each update, bot, lock file and dependency, as JSON values. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.dependency_health.measure import FAILED
from repo_vitals.concerns.dependency_health.silence import last_of

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.dependency_health.facts import BotSetup, Facts, LockFile
    from repo_vitals.concerns.dependency_health.lag import Lag
    from repo_vitals.concerns.dependency_health.measure import Measured
    from repo_vitals.concerns.dependency_health.policy import Clock, Policy


def data(measured: Measured, facts: Facts, *, policy: Policy) -> dict[str, Any]:
    """The parts of the report's data that are this monitor's own."""
    return {
        "updates": [_update(one) for one in measured.clocks],
        "bots": [_bot(setup, facts) for setup in facts.setups],
        "lock_files": [_lock(lock) for lock in facts.locks],
        "dependencies": [_dependency(one, measured, facts) for one in measured.lags],
        "policy": {kind: None if within is None else within.total_seconds() for kind, within in policy.items()},
    }


def _update(one: Clock) -> dict[str, Any]:
    update, late = one.update, one.overdue
    return {
        "number": update.number, "title": update.title, "url": update.url, "bot": update.bot, "kind": update.kind,
        "read_from": update.why, "severity": update.severity, "counts_as": one.rule,
        "created_at": format_instant(update.created_at), "age_seconds": one.age.total_seconds(),
        "due": _instant(one.due), "overdue_seconds": None if late is None else late.total_seconds(),
        "failing": update.checks in FAILED, "checks": update.checks, "mergeable": update.mergeable,
        "draft": update.is_draft,
        "packages": [{"name": change.name, "from": change.before or None, "to": change.after or None}
                     for change in update.changes],
    }


def _bot(setup: BotSetup, facts: Facts) -> dict[str, Any]:
    return {"bot": setup.bot, "path": setup.path, "ecosystems": sorted(setup.ecosystems),
            "interval_seconds": None if setup.interval_days is None else setup.interval_days * 86400,
            "off": setup.off, "problem": setup.problem,
            "last_pull_request_at": _instant(last_of(setup, facts.last_by_bot))}


def _lock(lock: LockFile) -> dict[str, Any]:
    return {"path": lock.path, "ecosystem": lock.ecosystem, "dependencies": len(lock.packages),
            "apart": dict(sorted(lock.apart.items())), "problem": lock.problem}


def _dependency(one: Lag, measured: Measured, facts: Facts) -> dict[str, Any]:
    package = one.package
    detail = facts.index.details.get(package.key)
    verdicts = measured.verdicts.get(package.key)
    return {
        "ecosystem": package.ecosystem, "name": package.name, "version": package.version, "direct": package.direct,
        "files": list(package.files), "checked": one.asked, "newest": one.newest, "behind": one.step,
        "published_at": _instant(one.used_at), "newest_published_at": _instant(one.newest_at), "libyears": one.libyears,
        "licenses": None if detail is None else list(detail.licenses),
        "advisories": None if detail is None else [
            {"id": advisory.id, "severity": advisory.severity, "aliases": list(advisory.aliases),
             "standing": advisory.standing} for advisory in detail.advisories],
        "criteria": None if verdicts is None else {
            criterion: {"verdict": verdict.outcome, "reason": verdict.reason}
            for criterion, verdict in verdicts.items()},
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)
