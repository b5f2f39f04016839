"""The parameter `created` of run listings, in the syntax of GitHub's search: `A..B`, `>=A`, `<A`, `A..*`, a day."""
from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from repo_vitals.clock import parse_instant

_SECOND = timedelta(seconds=1)
_BEFORE_ALL = datetime.min.replace(tzinfo=timezone.utc)
_AFTER_ALL = datetime.max.replace(tzinfo=timezone.utc)


def read_created(text: str) -> tuple[datetime, datetime]:
    """The first and the last second that are meant; a day is meant whole. Raises ValueError for anything else."""
    low, dots, high = text.strip().partition("..")
    if dots:
        return (_BEFORE_ALL if low == "*" else _covered(low)[0], _AFTER_ALL if high == "*" else _covered(high)[1])
    found = re.fullmatch(r"(>=|<=|>|<)?(.+)", text.strip())
    if found is None:
        raise ValueError("no instant")
    first, last = _covered(found[2])
    limits = {">=": (first, _AFTER_ALL), ">": (last + _SECOND, _AFTER_ALL), "<=": (_BEFORE_ALL, last),
              "<": (_BEFORE_ALL, first - _SECOND)}
    return limits.get(found[1] or "", (first, last))


def _covered(text: str) -> tuple[datetime, datetime]:
    moment = parse_instant(text).replace(microsecond=0)
    whole_day = re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip()) is not None
    return moment, moment + timedelta(days=1) - _SECOND if whole_day else moment
