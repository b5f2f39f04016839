"""How grave a vulnerability is, from CVSS vectors, scores and the tools' own words. Pure.

In this order of preference: the newest version of CVSS that anyone gives a vector or a score of; of that version the
highest score, over all sources; where there is no score at all, the gravest of the tools' words; where there is no word
either, `unscored-severity`. The bands are CVSS's own qualitative scale (specification 3.1, section 5; 4.0, section 6):
0 none, 0.1 to 3.9 low, 4.0 to 6.9 medium, 7.0 to 8.9 high, 9.0 to 10 critical.
"""
from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.security_summary.facts import Advisory
    from repo_vitals.report.model import Severity

Grade = Literal["none", "low", "medium", "high", "critical"]
GRADES: tuple[Grade, ...] = ("none", "low", "medium", "high", "critical")
WORST_FIRST: tuple[Grade, ...] = GRADES[::-1]
Basis = Literal["cvss", "rating", "unscored"]

_NEWEST_LAST = ("", "2.0", "3.0", "3.1", "4.0")     # "": a score of which nobody says by what version
# What makes up the base score of version 4.0. What else a vector holds (threat, environment) would change the figure.
_BASE_4 = frozenset({"AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"})


@dataclass(frozen=True, kw_only=True)
class Score:
    """A CVSS base score."""

    version: str                    # "4.0", "3.1", "3.0", "2.0"; "" where it is not said
    score: float
    vector: str | None              # None: only the figure is given


@dataclass(frozen=True, kw_only=True)
class Graded:
    """How grave something is, and by what."""

    grade: Grade
    basis: Basis
    score: Score | None = None
    invalid: int = 0                # vectors that are none, which were overlooked


def grade_of(score: float) -> Grade:
    """The band that a base score from 0 to 10 lies in. Scores have one decimal place; what lies between two bands, as
    some tools write, belongs to the lower one."""
    bands: tuple[tuple[float, Grade], ...] = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"))
    if score <= 0:
        return "none"
    return next((grade for least, grade in bands if score >= least), "low")


def as_grade(level: Severity) -> Grade:
    """A tool's own word; `info` is what has no weight."""
    return "none" if level == "info" else level


def graded(advisories: Iterable[Advisory], *, unscored: Grade) -> Graded:
    """How grave what the advisories are about is; the order in which they come makes no difference."""
    given = tuple(advisories)
    scores: list[Score] = []
    invalid = 0
    for one in given:
        for vector in one.vectors:
            read = read_vector(vector)
            if read is None:
                invalid += 1
            else:
                scores.append(read)
        scores += [Score(version=_version(version), score=float(figure), vector=None) for version, figure in one.scores
                   if math.isfinite(figure) and 0 <= figure <= 10]
    if scores:
        best = max(scores, key=lambda one: (_NEWEST_LAST.index(one.version), one.score, one.vector is not None,
                                            one.vector or ""))
        return Graded(grade=grade_of(best.score), basis="cvss", score=best, invalid=invalid)
    words = [as_grade(one.level) for one in given if one.level is not None]
    if words:
        return Graded(grade=max(words, key=GRADES.index), basis="rating", invalid=invalid)
    return Graded(grade=unscored, basis="unscored", invalid=invalid)


@lru_cache(maxsize=4096)
def read_vector(text: str) -> Score | None:
    """The base score of a vector; None where it is no vector of version 2.0, 3.0, 3.1 or 4.0."""
    from cvss import CVSS2, CVSS3, CVSS4  # type: ignore[import-untyped]
    from cvss.exceptions import CVSSError  # type: ignore[import-untyped]

    vector = text.strip().strip("()")
    if len(vector) > 500:
        return None
    try:
        if vector.startswith("CVSS:4.0/"):
            base = [part for part in vector.split("/")[1:] if part.partition(":")[0] in _BASE_4]
            return Score(version="4.0", score=float(CVSS4("/".join(["CVSS:4.0", *base])).base_score), vector=vector)
        for version in ("3.1", "3.0"):
            if vector.startswith(f"CVSS:{version}/"):
                return Score(version=version, score=float(CVSS3(vector).base_score), vector=vector)
        return Score(version="2.0", score=float(CVSS2(vector.removeprefix("CVSS:2.0/")).base_score), vector=vector)
    except CVSSError:
        return None
    except (KeyError, ValueError, TypeError, IndexError, ArithmeticError):     # a text that the library did not expect
        return None


def _version(text: str) -> str:
    """`3`, `v3.1`, `V40` as one of the versions; "" for what is none."""
    plain = text.strip().lower().removeprefix("cvss").strip(" :_").removeprefix("v")
    known = {"2": "2.0", "2.0": "2.0", "20": "2.0", "3": "3.0", "3.0": "3.0", "30": "3.0", "3.1": "3.1", "31": "3.1",
             "4": "4.0", "4.0": "4.0", "40": "4.0"}
    return known.get(plain, "")
