"""The text of one file of a repository, read over the API by one request."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.errors import CallerError

if TYPE_CHECKING:
    from repo_vitals.sources.github_connection import GitHub


def file_text(github: GitHub, repository: str, path: str, *, ref: str | None = None) -> str | None:
    """The file at the tip of the default branch, or at `ref`; None where there is none.

    Raises CallerError for a file that is no text or larger than GitHub shows, and what the client raises.
    """
    owner, _, name = repository.partition("/")
    answer = github.graphql.query("file_text", {"owner": owner, "name": name, "expression": f"{ref or 'HEAD'}:{path}"})
    found = answer["repository"]["object"]
    if not found:       # nothing there, or a folder, of which no field was asked for
        return None
    if found["isBinary"] or found["isTruncated"] or not isinstance(found["text"], str):
        raise CallerError(f"{path} is no text, or too large to be shown")
    text: str = found["text"]
    return text
