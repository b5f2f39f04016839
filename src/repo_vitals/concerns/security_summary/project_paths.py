"""Files of the project by the words that tools have for them. Pure."""
from __future__ import annotations

import ntpath
import posixpath
from urllib.parse import unquote, urlsplit

_LONGEST = 1000         # characters of a path


def relative_path(given: str, folder: str) -> str | None:
    """The path of a file as seen from the project's folder, with `/`; None for one that is not below it.

    Takes what tools write: relative paths of any system, absolute ones, `file:` addresses. Asks nothing of the disk.
    """
    text = given.strip()
    if text.lower().startswith("file:"):
        try:
            text = unquote(urlsplit(text).path)
        except ValueError:
            return None
    if not text or len(text) > _LONGEST or "\0" in text or "://" in text or not text.isprintable():
        return None
    text = text.replace("\\", "/")
    home = folder.replace("\\", "/").rstrip("/")
    if posixpath.isabs(text) or ntpath.splitdrive(text)[0]:
        if not home or not text.startswith(home + "/"):
            return None
        text = text[len(home) + 1:]
    plain = posixpath.normpath(text)
    return None if plain == "." or plain.startswith(("../", "/")) or plain == ".." else plain
