"""Who owns a path, by a CODEOWNERS file. Pure.

https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.config import globs

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 3_000_000     # bytes; GitHub ignores a longer file
PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")     # where GitHub looks, the first that is there
_OWNER = re.compile(r"@([A-Za-z0-9][A-Za-z0-9_-]{0,38}(?:/[A-Za-z0-9._-]{1,100})?)")
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")     # of an account, which it does not tell
_WORD = re.compile(r"(?:\\.|[^\s\\])+")


class CodeOwners:
    """The rules of a CODEOWNERS file. Lines that GitHub would not take are left out."""

    def __init__(self, text: str) -> None:
        rules = (rule for line in text.splitlines() if (rule := _rule(line)) is not None)
        self._rules = [(pattern, globs.reader(pattern), owners) for pattern, owners in rules]
        self._found: dict[str, tuple[str, ...]] = {}

    def of(self, path: str) -> tuple[str, ...]:
        """Logins and organisation/team without their @, by the last rule that means the path; it may give none."""
        if path not in self._found:
            self._found[path] = self._owners(path)
        return self._found[path]

    def _owners(self, path: str) -> tuple[str, ...]:
        for pattern, means, owners in reversed(self._rules):
            # Unlike .gitignore's, a star at the end does not mean what lies in folders below.
            is_flat = pattern.endswith("/*") and "**" not in pattern
            if means(path) and not (is_flat and path.count("/") != pattern.strip("/").count("/")):
                return owners
        return ()

    def of_all(self, paths: Iterable[str]) -> tuple[str, ...]:
        """The owners of any of the paths, each once, in the order of the paths."""
        return tuple(dict.fromkeys(owner for path in paths for owner in self.of(path)))


def _rule(line: str) -> tuple[str, tuple[str, ...]] | None:
    words = _WORD.findall(line)
    end = next((place for place, word in enumerate(words) if word.startswith("#")), len(words))
    # Neither negation, nor ranges of characters, nor sections are GitHub's, nor is an escaped # a pattern.
    if not end or words[0].startswith(("!", "\\#")) or "[" in words[0]:
        return None
    pattern = words[0].replace("\\ ", " ")
    try:
        globs.check((pattern,))
    except ValueError:
        return None
    owners = [(word, _OWNER.fullmatch(word)) for word in words[1:end]]
    if any(match is None and not _MAIL.fullmatch(word) for word, match in owners):
        return None         # GitHub skips the whole line, so that an earlier one counts
    return pattern, tuple(match[1] for _, match in owners if match is not None)
