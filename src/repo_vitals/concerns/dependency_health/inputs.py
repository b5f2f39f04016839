"""The inputs of dependency-health."""
from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.dependency_health.criteria import Limits
from repo_vitals.concerns.dependency_health.facts import ADVISORY_SEVERITIES
from repo_vitals.concerns.dependency_health.lock_files import is_glob
from repo_vitals.concerns.dependency_health.locks import DEFAULT_NAMES
from repo_vitals.concerns.dependency_health.policy import DEFAULT, POLICY
from repo_vitals.config.common import monitor_inputs
from repo_vitals.config.declare import DURATION, LIST, TEXT, Input, Kind, choice, integer, positive_duration
from repo_vitals.plain_text import quotable
from repo_vitals.sources.deps_dev import ADDRESS
from repo_vitals.sources.mirrors import mirror

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.config.declare import Values

# What a project under BSD-3-Clause can build on without more terms than to keep notices: no copyleft, weak or strong.
ALLOWED = (
    "0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC",
    "MIT", "MIT-0", "PSF-2.0", "Python-2.0", "Python-2.0.1", "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "WTFPL",
    "Zlib",
)
_LOGIN = re.compile(r"[A-Za-z0-9_-]{1,100}(?:\[bot\])?")
_NONE = "none"


def _logins(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if _LOGIN.fullmatch(name) is None:
            raise ValueError(f'holds "{quotable(name, limit=60)}", which is no login')
    return tuple(name.lower().removesuffix("[bot]") for name in names)


def _paths(entries: tuple[str, ...]) -> tuple[str, ...]:
    for entry in entries:
        shown = quotable(entry, limit=100)
        if len(entry) > 1000 or entry.startswith("/") or not {"", ".", ".."}.isdisjoint(entry.split("/")):
            raise ValueError(f'holds "{shown}"; paths begin at the root of the repository, as "crates/Cargo.lock"')
        if is_glob(entry) and ("**" in entry or entry.count("/") > 1):
            raise ValueError(f'holds "{shown}"; patterns reach the root and one folder below, as "*/Cargo.lock"; name '
                             "deeper files by their paths")
    return tuple(dict.fromkeys(entries))


def _licenses(names: tuple[str, ...]) -> tuple[str, ...]:
    from repo_vitals.concerns.dependency_health.licenses import known

    for name in names:
        if not known(name):
            raise ValueError(f'holds "{quotable(name, limit=60)}", which is no SPDX licence identifier (such as MIT, '
                             "or GPL-2.0-only WITH Classpath-exception-2.0)")
    return names


def _list_of(check: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Kind[tuple[str, ...]]:
    return Kind("list", lambda text: check(LIST.parse(text)), lambda value: check(LIST.from_toml(value)), LIST.show)


def _address(text: str) -> str | None:
    """The address of deps.dev or of a mirror; None for `none`."""
    wanted = f"an https URL such as {ADDRESS}, nor none"
    return None if text == _NONE else mirror(text, name="deps-dev", wanted=wanted)


def _silence(text: str) -> timedelta:
    return positive_duration().parse(text)


_ADDRESS: Kind[str | None] = Kind("URL or none", lambda text: _address(TEXT.parse(text)),
                                  lambda value: _address(TEXT.from_toml(value)), lambda value: value or _NONE)
_SILENCE: Kind[timedelta | None] = Kind("duration", _silence, lambda value: positive_duration().from_toml(value),
                                        lambda span: "" if span is None else DURATION.show(span))

UPDATE_BOTS = Input(
    name="update-bots", kind=_list_of(_logins), default=("dependabot", "renovate"),
    help="Logins whose pull requests are updates, without `[bot]`; add the account of a Renovate of your own",
)
UPDATE_POLICY: Input[Any] = Input(
    name="update-policy", kind=POLICY, default=DEFAULT,
    default_text="security-critical 24h, security-high 48h, security-medium 72h, security-low 1w, patch 2w, minor 30d, "
                 "major 91d, other 2w, unknown 30d",
    help="How long an update may stay open, one `kind = duration` a line, `never` for no limit; kinds that are not "
         "named keep their default, and `security` stands for its four severities",
)
UNSCORED = Input(
    name="unscored-severity", kind=choice(*ADVISORY_SEVERITIES), default="high",
    help="What a security update, or an advisory without a score, counts as where its severity is not known",
)
SILENT_AFTER: Input[timedelta | None] = Input(
    name="silent-after", kind=_SILENCE, default=None,
    default_text="three intervals of its schedule, at least 30d",
    help="Time without a pull request, in any state, after which a configured update bot counts as silent where "
         "something is outdated",
)
LOCK_FILES = Input(
    name="lock-files", kind=_list_of(_paths), default=(),
    default_text=f"{', '.join(DEFAULT_NAMES)} at the root and one folder below",
    help="Lock files of the default branch, by path or pattern; a named one has to be there and to be readable",
)
DEPS_DEV: Input[str | None] = Input(
    name="deps-dev", kind=_ADDRESS, default=ADDRESS,
    help="Address of deps.dev or a mirror of its API, which is told the names of the packages; `none` leaves out all "
         "that comes from there",
)
DEPS_DEV_REQUESTS = Input(
    name="deps-dev-requests", kind=integer(0, 100_000), default=1000,
    help="Most requests to deps.dev in a run, at ten a second; what is left over is unknown, and with a history the "
         "next run goes on from there",
)
LICENSES = Input(
    name="licenses", kind=_list_of(_licenses), default=ALLOWED,
    help="SPDX identifiers of the licences that direct dependencies may have; of several to choose from one is enough",
)
MAINTAINED_WITHIN = Input(
    name="maintained-within", kind=positive_duration(), default=timedelta(days=730),
    help="Time within which a package needs a release to count as maintained, unless Scorecard finds its repository "
         "active",
)

INPUTS = monitor_inputs(
    UPDATE_BOTS, UPDATE_POLICY, UNSCORED, SILENT_AFTER, LOCK_FILES, DEPS_DEV, DEPS_DEV_REQUESTS, LICENSES,
    MAINTAINED_WITHIN,
)


def limits(values: Values) -> Limits:
    """What the criteria are held against."""
    named, allowed = values[UNSCORED], values[LICENSES]
    unscored = next(severity for severity in ADVISORY_SEVERITIES if severity == named)
    return Limits(maintained_within=values[MAINTAINED_WITHIN], allowed=allowed, unscored=unscored)
