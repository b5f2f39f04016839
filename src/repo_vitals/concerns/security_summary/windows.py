"""Within what time a vulnerability wants an answer, and within what time a fix. Pure."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary.severity import WORST_FIRST
from repo_vitals.config.declare import LINES, Kind, parse_duration, show_duration

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.severity import Grade

Windows = Mapping["Grade", "timedelta | None"]      # None: it may wait for ever

# The guides' response times for each band of CVSS.
RESPONSE: Windows = {
    "critical": timedelta(hours=4), "high": timedelta(hours=24), "medium": timedelta(hours=72),
    "low": timedelta(weeks=1),
    "none": None,
}
# The guides' words: updates for critical ones "immediate", which they elsewhere call an investigation that ends within
# 24 hours; for high ones "within 48 hours". A fix is developed in "1-7 days" and released in "7-14 days": the first for
# medium ones ("standard security patch process"), the second for low ones ("include in next regular release").
FIX: Windows = {
    "critical": timedelta(hours=24), "high": timedelta(hours=48), "medium": timedelta(days=7),
    "low": timedelta(days=14),
    "none": None,
}
_LONGEST = timedelta(days=3660)


def windows(default: Windows) -> Kind[Windows]:
    """Lines `severity = duration`, or a TOML table; what is not named keeps its default."""
    named = [grade for grade in WORST_FIRST if grade != "none"]

    def read(pairs: list[tuple[str, str]]) -> Windows:
        found = dict(default)
        for key, text in pairs:
            grade = next((grade for grade in named if grade == key.strip()), None)
            if grade is None:
                raise ValueError(f'has "{key[:40]}", which is no severity; needed is `severity = duration`, with '
                                 f"{', '.join(named)}")
            found[grade] = None if text.strip() == "never" else _duration(grade, text)
        return found

    def parse(lines: tuple[str, ...]) -> Windows:
        for line in lines:
            if "=" not in line:
                raise ValueError(f'has the line "{line[:60]}"; needed is `severity = duration`, as `critical = 4h`')
        return read([(line.partition("=")[0], line.partition("=")[2]) for line in lines])

    def from_toml(value: Any) -> Windows:
        if isinstance(value, dict):
            for key, span in value.items():
                if not isinstance(span, str):
                    raise ValueError(f"{key[:40]}: needs a duration in quotes, such as \"4h\"")
            return read(list(value.items()))
        return parse(LINES.from_toml(value))

    return Kind("lines", lambda text: parse(LINES.parse(text)), from_toml, show)


def show(found: Windows) -> str:
    """As a person would write it."""
    return ", ".join(f"{grade} {'never' if span is None else show_duration(span)}"
                     for grade, span in found.items() if grade != "none")


def _duration(grade: str, text: str) -> timedelta:
    try:
        span = parse_duration(text.strip())
    except ValueError as error:
        raise ValueError(f"{grade}: {error}, or never") from None
    if not timedelta(0) <= span <= _LONGEST:
        raise ValueError(f"{grade}: is not between 0s and 3660d")
    return span
