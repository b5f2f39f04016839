"""A repository of any size with a plausible history: seeded, heavy-tailed, with every hard case in it.

The same arguments make the same history. Answers take log-normal times, contributors follow Zipf, threads have Pareto
lengths: means say little about such data, which is the point.
"""
from __future__ import annotations

import math
import random
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.simulator.generate_actions import tell_ci
from repo_vitals.simulator.generate_details import Details
from repo_vitals.simulator.generate_threads import HARD_ISSUES, HARD_PULL_REQUESTS, Histories
from repo_vitals.simulator.people import HOSTILE, People
from repo_vitals.simulator.state import State

if TYPE_CHECKING:
    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.model import Repository

ENOUGH_FOR_EVERY_CASE = 40      # issues, and as many pull requests; smaller repositories are kept plain


def generate(*, issues: int = 1000, pull_requests: int = 600, discussions: int = 100, seed: int = 7,
             now: datetime | None = None, repository: str = "acme/widget", hostile: bool = False,
             days: int | None = None, runs: int | None = None) -> State:
    """A state with one repository (and `acme/attic`, from which issues were transferred).

    `now` ends the history: nothing happens later. `days` is its length; by default about a hundred threads a month.
    `runs` of workflows lie in its last thirty days; by default one for two threads, and not more than 600.
    """
    now = (now or datetime.now(timezone.utc)).replace(microsecond=0)
    total = issues + pull_requests + discussions
    length = timedelta(days=days or max(120, min(2400, total * 30 // 85)))
    chance = random.Random(seed)  # noqa: S311 -- a history that can be told again, not a secret
    state = State(now=now)
    made = state.add_repository(repository, created_at=now - length - timedelta(days=30))
    people = People(state, chance, max(12, (issues + pull_requests) // 4))
    for rank, account in enumerate(people.maintainers):
        made.roles[account.login.lower()] = "MEMBER" if rank % 3 else "COLLABORATOR"
    histories = Histories(state, made, people, chance, now, hostile=hostile)

    hard_issues = HARD_ISSUES if issues >= ENOUGH_FOR_EVERY_CASE else 0
    hard_pulls = HARD_PULL_REQUESTS if pull_requests >= ENOUGH_FOR_EVERY_CASE else 0
    kinds = ["issue"] * (issues - hard_issues) + ["pull_request"] * (pull_requests - hard_pulls)
    kinds += ["discussion"] * discussions
    chance.shuffle(kinds)
    # Younger months see more: the square root leans the even spread towards now.
    starts = sorted(now - length * (1 - math.sqrt(chance.random())) - timedelta(seconds=1) for _ in kinds)
    for kind, start in zip(kinds, starts, strict=True):
        histories.tell(kind, start.replace(microsecond=0))
    if hard_issues:
        histories.tell_hard_issues()
    if hard_pulls:
        histories.tell_hard_pull_requests()
    if total:
        _commits(state, made, people, chance, now, length)
    _popularity(state, made, people, chance, total)
    _deletions(state, people, chance)
    if hostile:
        for name in HOSTILE[:8]:
            state.label(made, name.replace("\n", " ")[:50])
    Details(state, made, people, random.Random(f"details {seed}")).tell()  # noqa: S311 -- as above
    runs = min(600, total // 2) if runs is None else runs
    if runs:
        tell_ci(state, made, random.Random(f"runs {seed}"), runs=runs, people=people.maintainers,  # noqa: S311
                hostile=hostile)
    return state


def _commits(state: State, repository: Repository, people: People, chance: random.Random, now: datetime,
             length: timedelta) -> None:
    """Merged pull requests, and what maintainers push; some under an e-mail that only `.mailmap` can tell."""
    moments: list[tuple[datetime, Account, str]] = [
        (pull.merged_at, pull.author, pull.title) for pull in repository.pull_requests
        if pull.merged_at is not None and pull.author is not None]
    for _ in range(len(repository.threads) // 3):
        at = (now - length * chance.random()).replace(microsecond=0)
        moments.append((at, people.maintainer(), "Tidy up"))
    moments += [(now - length * (place + 1) / 9, people.machine, "Release") for place in range(8)]
    home = {account.id: f"{account.login}@home.example" for account in people.maintainers[:2]}
    for at, account, message in sorted(moments, key=lambda entry: (entry[0], entry[1].id)):
        user: Account | None = account
        email = chance.choice(account.emails) if account.emails else f"{account.login}@example.org"
        if account.id in home and chance.random() < 0.2:
            email, user = home[account.id], None
        name = account.rest_login if account.kind == "Bot" else account.name or account.login
        state.commit(repository, at.replace(microsecond=0), email=email, name=name, user=user, message=message)
    lines = [f"{account.name} <{account.emails[0]}> <{home[account.id]}>" for account in people.maintainers[:2]]
    state.set_mailmap(repository, "# Who is who\n" + "\n".join(lines) + "\n")


def _popularity(state: State, repository: Repository, people: People, chance: random.Random, total: int) -> None:
    for account in people.crowd[: min(200, len(people.crowd))]:
        at = repository.created_at + (state.now - repository.created_at) * chance.random()
        state.star(repository, account, at.replace(microsecond=0))
    repository.stars += int(total * chance.paretovariate(1.5))
    repository.forks = repository.stars // 9 + chance.randrange(5)
    repository.watchers = repository.stars // 30 + 3


def _deletions(state: State, people: People, chance: random.Random) -> None:
    """A few accounts are gone: some who opened much, some who answered much."""
    rest = people.crowd[len(people.maintainers):]
    for account in [*rest[:1], *chance.sample(rest, len(rest) // 30)]:
        if not account.deleted:
            state.delete_account(account)
