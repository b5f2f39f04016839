"""Dependencies for a generated repository: a lock file, updates, an alert, and a deps.dev that knows of them."""
from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.simulator.deps_dev import Known, KnownProject

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.state import State

# Name, version in use, newest version, days since each was published, licence, direct.
_CRATES = (
    ("serde", "1.0.195", "1.0.228", 700, 120, "MIT OR Apache-2.0", True),
    ("ulid", "1.1.0", "1.2.1", 900, 330, "MIT", True),
    ("chrono", "0.4.38", "0.4.42", 620, 140, "MIT OR Apache-2.0", True),
    ("time", "0.1.45", "0.3.44", 1400, 100, "MIT OR Apache-2.0", True),
    ("rand", "0.8.5", "0.9.2", 1450, 200, "MIT OR Apache-2.0", True),
    ("hashbag", "0.1.12", "0.1.12", 1100, 1100, "GPL-3.0-only", True),
    ("itoa", "1.0.9", "1.0.15", 870, 300, "MIT OR Apache-2.0", False),
    ("libc", "0.2.150", "0.2.177", 800, 60, "MIT OR Apache-2.0", False),
)
_LOCKED = ('[[package]]\nname = "{}"\nversion = "{}"\n'
           'source = "registry+https://github.com/rust-lang/crates.io-index"\n\n')
_MESSAGE = (
    "Bump {0} from {1} to {2}\n\n---\nupdated-dependencies:\n- dependency-name: {0}\n"
    "  dependency-version: {2}\n  dependency-type: direct:production\n  update-type: version-update:semver-{3}\n...\n"
)
# Name, kind of update, how its checks went.
_UPDATES = (("time", "minor", "FAILURE"), ("ulid", "minor", "SUCCESS"), ("serde", "patch", "SUCCESS"),
            ("rand", "minor", "FAILURE"))
_OTHERS = ("log", "regex", "anyhow", "toml", "syn")
_STEPS = (("patch", "1.2.3", "1.2.4"), ("minor", "1.2.3", "1.3.0"), ("major", "1.2.3", "2.0.0"))


def add_dependencies(state: State, repository: Repository, *, now: datetime, seed: int = 7) -> Known:
    """Give a repository a Cargo.lock, a configured Dependabot and a vulnerable crate, and make updates of the pull
    requests that Dependabot has open there.

    Returns what deps.dev knows of it all. The same arguments make the same.
    """
    chance = random.Random(f"dependencies {seed}")  # noqa: S311 -- a history that can be told again, not a secret
    known = Known()
    direct = ", ".join(f'"{name}"' for name, *_, is_direct in _CRATES if is_direct)
    lock = f'version = 4\n\n[[package]]\nname = "{repository.name}"\nversion = "0.1.0"\ndependencies = [{direct}]\n\n'
    for name, used, newest, used_days, newest_days, license_text, _ in _CRATES:
        lock += _LOCKED.format(name, used)
        versions = {version: now - timedelta(days=days, hours=chance.randrange(24))
                    for version, days in ((used, used_days), (newest, newest_days))}
        known.package("cargo", name, versions, licenses=(license_text,), project=f"github.com/{name}-rs/{name}",
                      default=newest)
        known.projects[f"github.com/{name}-rs/{name}"] = KnownProject(
            id=f"github.com/{name}-rs/{name}", maintained=0 if newest_days > 1000 else 10)
    known.packages["cargo", "time"].versions[0].advisories = ("RUSTSEC-2020-0071",)
    known.advisories["RUSTSEC-2020-0071"] = 6.2
    state.put_file(repository, "Cargo.lock", lock)
    state.put_file(repository, ".github/dependabot.yml",
                   "version: 2\nupdates:\n  - package-ecosystem: cargo\n    directory: /\n    schedule:\n"
                   "      interval: weekly\n")
    bot = state.account("dependabot[bot]")
    crates = {name: (used, newest) for name, used, newest, *_ in _CRATES}
    opened = [one for one in repository.pull_requests if one.author is bot and one.state == "OPEN"]
    # Those that the bot has opened already become updates: how many there are, and since when, is told elsewhere.
    for place, made in enumerate(reversed(opened)):
        if place < len(_UPDATES):
            name, step, checks = _UPDATES[place]
            used, newest = crates[name]
        else:
            name, checks = _OTHERS[place % len(_OTHERS)], "SUCCESS"
            step, used, newest = _STEPS[place % len(_STEPS)]
        made.title = f"Bump {name} from {used} to {newest}"
        made.branch, made.checks = f"dependabot/cargo/{name}-{newest}", checks
        made.message = _MESSAGE.format(name, used, newest, step)
        if name == "time":
            state.warn(repository, package=name, ecosystem="RUST", severity="HIGH", at=made.created_at,
                       pull_request=made)
    return known
