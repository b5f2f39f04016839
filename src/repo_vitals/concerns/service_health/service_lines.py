"""What a user writes about a service, as a line or a TOML table, made into a `Service`.

    name = https://example.org/health expect=200,204 text="all is well"
    docs.rs:serde
    github components="Actions,API Requests"
"""
from __future__ import annotations

import re
import shlex
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.service_health.facts import KINDS, Service
from repo_vitals.config.declare import Kind, parse_duration, show_duration
from repo_vitals.config.file import closest, quoted
from repo_vitals.sources.web_url import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CRATES_IO, DOCS_RS = "https://crates.io", "https://docs.rs"
GITHUB_STATUS = "https://www.githubstatus.com/api/v2/summary.json"
# What is asked of a site as a whole, when no crate is named. Both answers are made afresh, so that a cache in front of
# a broken site does not stand in for it, and small.
SITES: Mapping[str, Mapping[str, str]] = {
    "crates.io": {"url": f"{CRATES_IO}/api/v1/summary", "text": "num_crates"},
    "docs.rs": {"url": f"{DOCS_RS}/", "text": "Docs.rs"},
    "github": {"url": GITHUB_STATUS, "kind": "statuspage"},
}
MOST_SERVICES = 100
_TARGET = re.compile(r"https?://|docs\.rs\b|crates\.io\b|github(?=\s|$)", re.IGNORECASE)
_NAMED = re.compile(r"([^=]*?)\s*=\s*(.*)", re.DOTALL)
_NAME = re.compile(r"[^\W_](?:[\w .:/@+-]{0,58}[\w)])?", re.UNICODE)
_CRATE = re.compile(r"(docs\.rs|crates\.io):([A-Za-z][A-Za-z0-9_-]{0,63})(?:@([0-9A-Za-z.+-]{1,80}))?")
# docs.rs leads a shorter one on to the newest that fits, whose answer is about another version than was asked for.
_FULL_VERSION = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?", re.ASCII)
_URLS = ("url", "registry")
_LEVELS = ("minor", "major", "critical")

_EVERYWHERE = {"tries", "failures", "wait", "latency", "certificate"}
OPTIONS: Mapping[str, frozenset[str]] = {
    "http": frozenset(_EVERYWHERE | {"expect", "text", "absent", "on-text", "method"}),
    "statuspage": frozenset(_EVERYWHERE | {"components", "down-at"}),
    "docs.rs": frozenset(_EVERYWHERE | {"build-delay", "base", "registry"}),
    "crates.io": frozenset(_EVERYWHERE | {"base"}),
}
_ALL = frozenset().union(*OPTIONS.values(), {"kind"})


def parse_line(line: str) -> Service:
    """One line. Raises ValueError saying what is wrong with it."""
    name, rest = "", line.strip()
    named = _NAMED.match(rest)
    if not _TARGET.match(rest) or (named is not None and _is_name(named[1]) and _TARGET.match(named[2])):
        if named is None:
            raise ValueError(f"holds {quoted(rest)}, which is neither NAME = URL nor one of {', '.join(SITES)}, "
                             "docs.rs:CRATE and crates.io:CRATE")
        name, rest = named[1].strip(), named[2].strip()
        if not name:
            raise ValueError(f"holds {quoted(line)}, which gives no name before the =")
    try:
        words = shlex.split(rest)
    except ValueError:
        raise ValueError(f"has in {_shown(name or rest)} a quotation mark, or a backslash at the end, that is left "
                         "open") from None
    if not words:
        raise ValueError(f"holds {quoted(line)}, which gives no address after the =")
    target = words.pop(0)
    options: dict[str, str] = {}
    for word in words:
        option, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"holds {quoted(word)} of {_shown(name or target)}, which is no option=value; text with "
                             "blanks goes in quotation marks")
        if option in options:
            raise ValueError(f"gives {quoted(option)} of {_shown(name or target)} twice")
        options[option] = value
    return build(name, target, options)


def _is_name(text: str) -> bool:
    """Whether what stands before the first = of a line that begins like a target is a name: `github pages = https://…`
    and not `docs.rs:serde base=https://…`."""
    return "://" not in text and bool(text.strip()) and text.split()[-1] not in _ALL


def parse_table(table: Mapping[str, Any]) -> Service:
    """A TOML table with `url`, maybe `name`, and the options as keys. Raises ValueError."""
    given = {}
    for key, value in table.items():
        entries = value if isinstance(value, list) else [value]
        if not entries or not all(isinstance(one, (str, int)) and not isinstance(one, bool) for one in entries):
            raise ValueError(f"holds a table whose {quoted(key)} is neither text nor a number nor a list of those")
        given[key] = ",".join(str(one) for one in entries)
    url = given.pop("url", "").strip()
    name = given.pop("name", "").strip()
    if not url:
        raise ValueError(f"holds a table without url ({quoted(name) if name else 'and without a name'})")
    return build(name, url, given)


def build(name: str, target: str, options: Mapping[str, str]) -> Service:
    """A service of what was written. Raises ValueError naming the service, the word and the closest that there is."""
    name = name or _name_of(target)
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"names a service {quoted(name)}; a name has up to 60 letters, digits, blanks and any of "
                         ". : / @ + - _, and begins with a letter or digit")
    try:
        return _build(name, target, options)
    except ValueError as error:
        raise ValueError(f"of {quoted(name)}: {error}") from None


def _build(name: str, target: str, options: Mapping[str, str]) -> Service:
    given = {"kind": "http", **_of_target(target, options), **{
        key: value for key, value in options.items() if key not in ("base", "registry")}}
    kind = given["kind"]
    if "kind" in options and "://" not in target:
        raise ValueError(f"kind: {quoted(target)} has its own")
    if kind not in KINDS:
        raise ValueError(f"kind {quoted(kind)} is unknown{closest(kind, KINDS)}")
    for option in options:
        if option not in _ALL:
            raise ValueError(f"the option {quoted(option)} is unknown{closest(option, OPTIONS[kind] | {'kind'})}")
        if option != "kind" and option not in OPTIONS[kind]:
            raise ValueError(f"the option {quoted(option)} is not for kind {kind}{closest(option, OPTIONS[kind])}")
    return _checked({"name": name, **{key.replace("-", "_"): _read(key, text) for key, text in given.items()}}, options)


def _read(key: str, text: str) -> Any:
    try:
        return _READ[key](text)
    except ValueError as error:
        raise ValueError(f"{key}: {_shown(text) if key in _URLS else quoted(text)} {error}") from None


def _shown(url: str) -> str:
    """A URL that can't be used, without what may be secret in it."""
    return quoted(re.sub(r"//[^/?#]*@", "//***@", re.split(r"[?#]", url)[0]))


def _checked(values: dict[str, Any], options: Mapping[str, str]) -> Service:
    tries = values.get("tries", Service.tries)
    values.setdefault("failures", min(Service.failures, tries))
    if values["failures"] > tries:
        raise ValueError(f"failures: {values['failures']} is more than tries, {tries}")
    if "certificate" in options and not values["url"].startswith("https://"):
        raise ValueError("certificate: an http:// address has none")
    if values.get("method") == "HEAD" and ("text" in options or "absent" in options):
        raise ValueError("method: HEAD brings no text to look for")
    if values["kind"] == "crates.io" and "crate" not in values:
        values["crate"] = parse_url(values["url"]).path.rstrip("/").rpartition("/")[2]
    return Service(**values)


def _of_target(target: str, options: Mapping[str, str]) -> dict[str, str]:
    """What a target stands for, in the words of the options. Raises ValueError."""
    lowered = target.lower()
    if lowered in SITES:
        return dict(SITES[lowered])
    if lowered.startswith(("http://", "https://")):
        return {"url": target}
    found = _CRATE.fullmatch(target)
    if found is None:
        known = [*SITES, "docs.rs:CRATE", "crates.io:CRATE"]
        raise ValueError(f"{_shown(target)} is neither an http:// or https:// address nor one of "
                         f"{', '.join(known)}")
    site, crate, version = found.groups()
    registry = (options.get("registry") or CRATES_IO).rstrip("/") + f"/api/v1/crates/{crate}"
    if site == "crates.io":
        if version:
            raise ValueError("crates.io:CRATE takes no version: it is the newest that is looked at")
        base = (options.get("base") or CRATES_IO).rstrip("/")
        return {"kind": site, "crate": crate, "url": f"{base}/api/v1/crates/{crate}"}
    base = (options.get("base") or DOCS_RS).rstrip("/")
    if version:
        if _FULL_VERSION.fullmatch(version) is None:
            raise ValueError(f"docs.rs:{crate}@{version} needs a full version, such as docs.rs:{crate}@1.0.0")
        return {"kind": site, "crate": crate, "version": version,
                "url": f"{base}/crate/{crate}/{version}/status.json"}
    return {"kind": site, "crate": crate, "registry": registry, "url": f"{base}/crate/{crate}"}


def _name_of(target: str) -> str:
    if "://" not in target:
        return target
    try:
        url = parse_url(target)
    except ValueError as error:
        raise ValueError(f"{_shown(target)} {error}") from None
    return f"{url.authority}{url.path.rstrip('/')}"[:60].rstrip("/.-:@+ ")


def _expect(text: str) -> tuple[tuple[int, int], ...]:
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{3})(?:\s*-\s*(\d{3}))?\s*", part)
        low, high = (0, 0) if match is None else (int(match[1]), int(match[2] or match[1]))
        if not 100 <= low <= high <= 599:
            raise ValueError("is no list of statuses from 100 to 599, such as 200,204 or 200-299")
        found.append((low, high))
    return tuple(found)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if re.fullmatch(r"\d{1,9}", text) is None or not low <= int(text) <= high:
            raise ValueError(f"is not a whole number from {low} to {high}")
        return int(text)
    return read


def _span(low: timedelta, high: timedelta) -> Callable[[str], timedelta]:
    def read(text: str) -> timedelta:
        found = parse_duration(text)
        if not low <= found <= high:
            raise ValueError(f"is not between {show_duration(low)} and {show_duration(high)}")
        return found
    return read


def _word(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"is not one of {', '.join(allowed)}{closest(text, allowed) if text else ''}")
        return text
    return read


def _text(text: str) -> str:
    if not text or len(text) > 500:
        raise ValueError("is empty or longer than 500 characters")
    return text


def _components(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not found:
        raise ValueError("names no component")
    return found


_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_READ: Mapping[str, Callable[[str], Any]] = {
    "kind": str, "crate": str, "version": str,
    "url": lambda text: str(parse_url(text)), "registry": lambda text: str(parse_url(text)),
    "expect": _expect, "text": _text, "absent": _text, "on-text": _word("down", "degraded"),
    "method": _word("GET", "HEAD"), "certificate": _span(timedelta(0), 365 * _DAY),
    "latency": _span(timedelta(milliseconds=1), 30 * _SECOND), "tries": _whole(1, 10), "failures": _whole(1, 10),
    "wait": _span(timedelta(0), 60 * _SECOND), "build-delay": _span(timedelta(0), 30 * _DAY),
    "components": _components, "down-at": _word(*_LEVELS),
}


def _distinct(services: list[Service]) -> tuple[Service, ...]:
    names = [service.name.casefold() for service in services]
    twice = next((service.name for service in services if names.count(service.name.casefold()) > 1), None)
    if twice is not None:
        raise ValueError(f"names {quoted(twice)} twice; write NAME = before one of the two")
    if not services:
        raise ValueError("names no service; leave it out to have crates.io, docs.rs and github checked")
    if len(services) > MOST_SERVICES:
        raise ValueError(f"holds {len(services)} services; {MOST_SERVICES} are the most")
    return tuple(services)


def _parse(text: str) -> tuple[Service, ...]:
    if "\0" in text:
        raise ValueError("holds a NUL character")
    return _distinct([parse_line(line) for line in text.splitlines() if line.strip()])


def _from_toml(value: Any) -> tuple[Service, ...]:
    if not isinstance(value, list):
        raise ValueError("needs an array of strings or tables")
    services = []
    for entry in value:
        if isinstance(entry, str) and entry.strip():
            services.append(parse_line(entry))
        elif isinstance(entry, dict):
            services.append(parse_table(entry))
        else:
            raise ValueError("holds something that is neither a line of text nor a table")
    return _distinct(services)


def _show(services: tuple[Service, ...]) -> str:
    return ", ".join(service.name for service in services)


SERVICES_KIND: Kind[tuple[Service, ...]] = Kind("services", _parse, _from_toml, _show, quotable=False)
DEFAULTS = tuple(build("", name, {}) for name in SITES)
