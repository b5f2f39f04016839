"""The allowlist: what is known, accepted, by whom and until when. One for all monitors, as tables of the configuration.

    [[allow]]
    vulnerability = "RUSTSEC-2024-0001"
    package = "example"
    reason = "only reached by tests"
    owner = "@example/security"
    expires = 2027-01-31
    until-fixed = true

Each table names one thing, says why, and may say for how long. What it is applied to is up to the monitor that measures
such things. Pure.
"""
from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.clock import parse_instant
from repo_vitals.config.declare import Input, Kind
from repo_vitals.config.file import near, quoted
from repo_vitals.config.tables import tables_in
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

TABLE = "allow"
Concern = Literal["vulnerability", "license", "code", "link", "benchmark", "document"]
CONCERNS: tuple[Concern, ...] = ("vulnerability", "license", "code", "link", "benchmark", "document")

_OF_PACKAGES = frozenset({"vulnerability", "license"})
_WITHOUT_PATHS = _OF_PACKAGES | {"benchmark"}
_TEXTS = ("package", "version", "path", "reason", "owner")
_KEYS = (*CONCERNS, *_TEXTS, "expires", "until-fixed")
_MOST = 10_000      # tables
_LONGEST = 1000     # characters of a text


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """One table of the allowlist."""

    number: int                     # its place in the list, from 1
    concern: Concern
    what: str                       # an advisory's id, an SPDX licence, a rule, an address, a benchmark, a path
    reason: str
    package: str | None = None      # only in this package; None: wherever it is found
    version: str | None = None      # only in this version of it
    path: str | None = None         # only in this file, or the files of this pattern
    owner: str | None = None
    expires: datetime | None = None     # from this instant on it counts no more
    until_fixed: bool = False       # it counts only while no version is known that mends it

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires is not None and now >= self.expires

    @property
    def subject(self) -> str:
        """What it is about, without what is written for people."""
        parts = (self.concern, self.what, self.package, self.version, self.path)
        return " ".join(part for part in parts if part)

    @property
    def shown(self) -> str:
        """How a message names it."""
        about = f" in {self.package}" if self.package else ""
        version = f" {self.version}" if self.version else ""
        return f"allow {self.number} ({self.concern} {self.what}{about}{version})"


Allowlist = tuple[Allowed, ...]


class Mistake(ValueError):
    """What is wrong, in words, and where: in which table, from 1, or 0 for none in particular, and which key of it."""

    def __init__(self, said: str, *, key: str = "", number: int = 0) -> None:
        super().__init__(said)
        self.key = key
        self.number = number


def read(value: Any) -> Allowlist:
    """The tables of `[[allow]]`. Raises Mistake that says which one is wrong, and in what."""
    found, mistakes = read_all(value)
    if mistakes:
        raise mistakes[0]
    return found


def read_all(value: Any) -> tuple[Allowlist, list[Mistake]]:
    """The tables of `[[allow]]` that are well, and what is wrong with each of the others."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return (), [Mistake("is no list of tables; write each entry below a line [[allow]]")]
    if len(value) > _MOST:
        return (), [Mistake(f"holds more than {_MOST:,} tables")]
    found: dict[str, Allowed] = {}
    mistakes: list[Mistake] = []
    for number, table in enumerate(value, 1):
        try:
            one = _read(number, table)
        except Mistake as error:
            mistakes.append(Mistake(f"table {number} {error}", key=error.key, number=number))
            continue
        earlier = found.setdefault(one.subject.lower(), one)
        if earlier is not one:
            said = f"tables {earlier.number} and {number} are alike: {quoted(one.subject)}; keep one"
            mistakes.append(Mistake(said, number=number))
    return tuple(found.values()), mistakes


def of(allowlist: Collection[Allowed], *concerns: Concern) -> Allowlist:
    """Those that a monitor is to apply."""
    return tuple(one for one in allowlist if one.concern in concerns)


def _read(number: int, table: Mapping[str, Any]) -> Allowed:
    for key in table:
        if key not in _KEYS:
            raise Mistake(f"has an unknown key {quoted(str(key))}{near(str(key), _KEYS) or _known()}", key=str(key))
    named = [concern for concern in CONCERNS if concern in table]
    if len(named) != 1:
        said = "names nothing" if not named else f"names {' and '.join(named)} at once"
        raise Mistake(f"{said}; it needs one of {', '.join(CONCERNS)}", key=named[-1] if named else "")
    concern = named[0]
    texts = {key: _text(key, table[key]) for key in (concern, *_TEXTS) if key in table}
    if "reason" not in texts:
        raise Mistake(f"({quoted(texts[concern])}) has no reason; say in `reason` why it is accepted")
    if "version" in texts and "package" not in texts:
        raise Mistake("has a version without a package; name the package too", key="version")
    if concern == "license" and "package" not in texts:
        raise Mistake("allows a license without a package; name the package, or allow the license for all in the "
                      "policy", key=concern)
    if "package" in texts and concern not in _OF_PACKAGES:
        raise Mistake(f"has a package, which does not go with {concern}; name a path", key="package")
    if "path" in texts and concern in _WITHOUT_PATHS:
        raise Mistake(f"has a path, which does not go with {concern}" + (
            "; name a package" if concern in _OF_PACKAGES else "; its name is a pattern itself"), key="path")
    until_fixed = table.get("until-fixed", False)
    if not isinstance(until_fixed, bool):
        raise Mistake("until-fixed: needs true or false", key="until-fixed")
    if until_fixed and concern != "vulnerability":
        raise Mistake(f"until-fixed does not go with {concern}; give a date in `expires`", key="until-fixed")
    return Allowed(
        number=number, concern=concern, what=texts[concern], reason=texts["reason"], package=texts.get("package"),
        version=texts.get("version"), path=texts.get("path"), owner=texts.get("owner"),
        expires=_expires(table["expires"]) if "expires" in table else None, until_fixed=until_fixed,
    )


def _known() -> str:
    return f" (known: {', '.join(_KEYS)})"


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Mistake(f"{key}: needs a string", key=key)
    plain = value.strip()
    if not plain:
        raise Mistake(f"{key}: is empty", key=key)
    if len(plain) > _LONGEST or "\0" in plain:
        raise Mistake(f"{key}: is longer than {_LONGEST} characters" if "\0" not in plain
                      else f"{key}: holds a NUL character", key=key)
    return plain


def _expires(value: Any) -> datetime:
    """When an entry ends. A day counts in full, in UTC: `2027-01-31` ends with that day."""
    if isinstance(value, str):
        text = value.strip()
        try:
            moment = parse_instant(text)
        except (ValueError, OverflowError):
            raise Mistake(f"expires: {quoted(text)} is no date such as 2027-01-31", key="expires") from None
        is_day = re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None
    elif isinstance(value, datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)
        is_day = False
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
        is_day = True
    else:
        raise Mistake("expires: needs a date such as 2027-01-31", key="expires")
    try:
        return moment.astimezone(timezone.utc) + timedelta(days=1 if is_day else 0)
    except OverflowError:       # 9999-12-31, which people write for "never"; or the year 1, which is long over
        if moment.year == 1:
            return datetime.min.replace(tzinfo=timezone.utc)
        return datetime.max.replace(tzinfo=timezone.utc)


def _parse(text: str) -> Allowlist:
    return read(tables_in(text, TABLE))


_KIND: Kind[Allowlist] = Kind("[[allow]] tables", _parse, read, lambda _found: "", quotable=False)
ALLOW: Input[Allowlist] = Input(
    name=TABLE, kind=_KIND, default=(), default_text="the `[[allow]]` tables of the configuration",
    help="What is known and accepted, as TOML: `[[allow]]` tables, each with what it allows, a `reason`, and where "
         "wanted `owner`, `expires` and `until-fixed`",
)
