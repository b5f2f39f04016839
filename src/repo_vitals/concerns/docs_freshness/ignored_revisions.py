"""Files such as .git-blame-ignore-revs: commits that count for nothing, one id a line, `#` before comments. Pure."""
from __future__ import annotations

import re

_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.IGNORECASE)


def read_revisions(text: str) -> tuple[frozenset[bytes], int]:
    """The ids in the file, and how many of its lines are none: git takes whole ids alone."""
    found, odd = set(), 0
    for line in text.splitlines():
        word = line.partition("#")[0].strip()
        if _ID.fullmatch(word):
            found.add(word.lower().encode())
        elif word:
            odd += 1
    return frozenset(found), odd
