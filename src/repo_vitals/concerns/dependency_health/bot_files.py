"""The configuration files of Dependabot and Renovate: what they look after, how often, whether they are off. Pure."""
from __future__ import annotations

import re
from typing import Any

from repo_vitals.concerns.dependency_health.facts import ECOSYSTEMS, BotSetup

DEPENDABOT_FILES = (".github/dependabot.yml", ".github/dependabot.yaml")
# In the order in which Renovate looks for them. A `renovate` key in package.json is going out of use and is not read.
RENOVATE_FILES = (
    "renovate.json", "renovate.jsonc", "renovate.json5", ".github/renovate.json", ".github/renovate.jsonc",
    ".github/renovate.json5", ".renovaterc", ".renovaterc.json", ".renovaterc.json5",
)
_LONGEST = 200_000
_JSON5 = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|//[^\n]*|/\*.*?(?:\*/|\Z)|[\t\r\n]+|:""", re.DOTALL)
_ESCAPES = frozenset('bfnrtvxu0"\\/\n\r')     # that YAML has too
# Aliases of aliases grow without bound when they are resolved.
_ALIAS = re.compile(r"(?:^|[\s,\[{:-])\*[A-Za-z0-9_-]+")
_MOST_ALIASES = 20
_OURS = {"cargo": "cargo", "rust-toolchain": "", "npm": "npm", "bun": "npm", "pip": "pypi", "uv": "pypi"}
_DAYS = {"daily": 1.0, "weekly": 7.0, "monthly": 30.0, "quarterly": 91.0, "semiannually": 182.0, "yearly": 365.0}
_WORDS = ((r"year", 365.0), (r"quarter|every [34] months", 91.0), (r"month", 30.0), (r"week|day\b", 7.0))


def read_dependabot(path: str, text: str) -> BotSetup:
    """`.github/dependabot.yml`. It is off where every entry has `open-pull-requests-limit: 0`."""
    document, problem = _load(text)
    entries = document.get("updates") if isinstance(document, dict) else None
    if problem is None and not isinstance(entries, list):
        problem = "it has no list of updates"
    listed = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    active = [entry for entry in listed if entry.get("open-pull-requests-limit") != 0]
    days = [_dependabot_days(entry) for entry in active]
    known = [one for one in days if one is not None]
    return BotSetup(
        bot="dependabot", path=path, problem=problem, off=problem is None and not active,
        ecosystems=frozenset(ours for entry in active if (ours := _OURS.get(str(entry.get("package-ecosystem"))))),
        interval_days=min(known, default=None),
    )


def _dependabot_days(entry: dict[str, Any]) -> float | None:
    schedule = entry.get("schedule")
    interval = schedule.get("interval") if isinstance(schedule, dict) else None
    return _DAYS.get(interval) if isinstance(interval, str) else None


def read_renovate(path: str, text: str) -> BotSetup:
    """Any of Renovate's files, JSON5 among them. Without a schedule it may open pull requests at any time."""
    document, problem = _load(_plain(text))
    if problem is None and not isinstance(document, dict):
        problem = "it is no object"
    settings = document if isinstance(document, dict) else {}
    return BotSetup(bot="renovate", path=path, problem=problem, off=settings.get("enabled") is False,
                    ecosystems=frozenset(ECOSYSTEMS),
                    interval_days=None if problem is not None else _renovate_days(settings))


def _renovate_days(settings: dict[str, Any]) -> float:
    schedule, extends = settings.get("schedule"), settings.get("extends")
    texts = schedule if isinstance(schedule, list) else [schedule]
    texts = [*texts, *(preset for preset in extends if isinstance(preset, str) and preset.startswith("schedule:"))] \
        if isinstance(extends, list) else texts
    spoken = " ".join(text for text in texts if isinstance(text, str)).casefold()
    return next((days for pattern, days in _WORDS if re.search(pattern, spoken)), 1.0)


def _load(text: str) -> tuple[Any, str | None]:
    """The values of YAML, of which JSON without tabs is a part, and what is wrong with it."""
    import yaml

    if len(text) > _LONGEST:
        return None, "it is too long to be one"
    if len(_ALIAS.findall(text)) > _MOST_ALIASES:
        return None, "it refers to itself too often"
    try:
        return yaml.safe_load(text), None
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError, AttributeError, KeyError):
        return None, "it can't be parsed"


def _plain(text: str) -> str:
    """JSON5 as YAML reads it: without comments, with blanks for tabs and line ends between values and after colons, and
    with strings as JSON writes them."""
    return _JSON5.sub(lambda match: _string(match[1][1:-1]) if match[1] else ": " if match[0] == ":" else " ",
                      text.removeprefix("\ufeff"))


def _string(inner: str) -> str:
    """A JSON5 string, single quotes or double, as YAML's double-quoted one: what needs no escape has none."""
    def written(match: re.Match[str]) -> str:
        kept = match[1] is None or match[1] in _ESCAPES
        return f"\\{match[1] or match[0]}" if kept else match[1]
    return '"' + re.sub(r'\\(.)|"', written, inner, flags=re.DOTALL) + '"'
