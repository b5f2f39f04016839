"""Values of strangers' JSON: taken as what they must be, or refused with their place. Pure."""
from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from repo_vitals.sources.report_files import Unreadable
from repo_vitals.sources.report_values import whole_characters

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from repo_vitals.report.model import Severity

MOST_ADVISORIES = 100_000   # of one report: more are no project's, and would not fit in memory
LONGEST = 400               # characters of a title, a name, a path: more are no such thing
LARGEST_COUNT = 10**9
ADVISORY_ID = re.compile(
    r"CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3}|(?:RUSTSEC|PYSEC|OSV|GO|DSA|MAL)-\d{4}-\d+|TEMP-\d+-[0-9a-f]+",
    re.IGNORECASE)
_CVE = re.compile(r"cve-\d{4}-\d{4,}", re.IGNORECASE)
_GHSA = re.compile(r"ghsa(?:-[0-9a-z]{4}){3}", re.IGNORECASE)
_RUSTSEC = re.compile(r"RUSTSEC-\d{4}-\d{4}")
_WORDS: dict[str, Severity] = {
    "critical": "critical", "high": "high", "important": "high", "moderate": "medium", "medium": "medium",
    "low": "low", "minor": "low", "negligible": "info", "none": "info", "info": "info", "informational": "info",
}


def table(value: object, what: str) -> dict[str, Any]:
    """An object. `what` names it in the refusal: "a vulnerability"."""
    if not isinstance(value, dict):
        raise Unreadable(f"has {what} that is no object")
    return value


def optional_table(value: object) -> dict[str, Any]:
    """An object, or an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def tables(value: object) -> list[dict[str, Any]]:
    """The objects of a list; what else stands there is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def word(value: object, known: Container[str]) -> str | None:
    """A text that is one of those that are known; else None."""
    return value if isinstance(value, str) and value in known else None


def listed(value: object, what: str) -> list[Any]:
    """A list. `what` names it in the refusal: "no list of vulnerabilities" """
    if not isinstance(value, list):
        raise Unreadable(f"has no {what}")
    return value


def text(value: object, what: str) -> str:
    """A text that is not empty, at most LONGEST characters of it."""
    if not isinstance(value, str) or not value.strip():
        raise Unreadable(f"has no {what} where one must be")
    return whole_characters(value.strip()[:LONGEST])


def optional_text(value: object) -> str | None:
    """A text on one line, or None where there is none."""
    if not isinstance(value, str):
        return None
    return whole_characters(" ".join(value[:4 * LONGEST].split())[:LONGEST]) or None


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list, or the one text; what else stands there is left out."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return ()
    return tuple(whole_characters(one.strip()[:LONGEST]) for one in value if isinstance(one, str) and one.strip())


def count(value: object, what: str) -> int:
    """A whole number from 0 to a thousand million."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_COUNT:
        raise Unreadable(f"gives {what} as something that is no count")
    return value


def optional_count(value: object, what: str) -> int | None:
    """As `count`, or None where nothing stands."""
    return None if value is None else count(value, what)


def line(value: object) -> int | None:
    """A line's number, or None where there is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_COUNT else None


def score(value: object, what: str) -> float | None:
    """A CVSS base score given as a number or its text; None where there is none. Refuses one that is not in 0 to 10."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if value is None or isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not math.isfinite(value) or not 0 <= value <= 10:
        raise Unreadable(f"gives {what} as a figure that is not between 0 and 10")
    return float(value)


def severity_of_score(value: float) -> Severity:
    """CVSS 3.1's word for a score: none (here info) at 0, low below 4, medium below 7, high below 9, critical."""
    if value >= 9:
        return "critical"
    if value >= 7:
        return "high"
    if value >= 4:
        return "medium"
    return "low" if value > 0 else "info"


def severity(value: object) -> Severity | None:
    """A tool's word for a severity; None where it has none or one that is not known."""
    return _WORDS.get(value.strip().lower()) if isinstance(value, str) else None


def advisory_ids(first: object, aliases: Iterable[str] = ()) -> tuple[str, ...]:
    """The tool's own id and every other, each once; CVE in upper case, GHSA as GitHub spells it."""
    found = [text(first, "id of an advisory"), *aliases]
    return tuple(dict.fromkeys(_spelled(one) for one in found))


def advisory_url(ids: Iterable[str]) -> str | None:
    """RustSec's page for the first of its ids."""
    for one in ids:
        if _RUSTSEC.fullmatch(one):
            return f"https://rustsec.org/advisories/{one}"
    return None


def bounded(found: int, what: str) -> None:
    """Refuse more advisories or packages than can be held."""
    if found > MOST_ADVISORIES:
        raise Unreadable(f"lists more than {MOST_ADVISORIES:,} {what}")


def _spelled(one: str) -> str:
    if _CVE.fullmatch(one):
        return one.upper()
    if _GHSA.fullmatch(one):
        return "GHSA" + one[4:].lower()
    return one
