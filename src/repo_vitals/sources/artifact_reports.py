"""The reports among a run's artifacts, each archive within its limits."""
from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from repo_vitals.plain_text import quotable
from repo_vitals.sources.artifacts import archive_of, artifacts_of
from repo_vitals.sources.http_wire import TooLarge
from repo_vitals.sources.report_reading import Archives

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from repo_vitals.sources.artifacts import Artifact
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.report_reading import Reports
    from repo_vitals.sources.workflow_run import Run

MOST_ARTIFACTS = 10
LARGEST_ARCHIVE = 10_000_000        # bytes, of one
LARGEST_ARCHIVES = 30_000_000       # bytes, of all


def read_artifacts(github: GitHub, run: Run, patterns: Sequence[str], *, without: Collection[str],
                   ) -> tuple[Reports, int, list[str]]:
    """The reports in the run's artifacts that the patterns name, how many those are, and what to say about them.

    `without`: the commands whose reports are left out without a word. Every archive stays within its limits or is
    refused; raises what the client raises.
    """
    wanted = [artifact for artifact in artifacts_of(github, run.repository, run.id)
              if any(fnmatchcase(artifact.name, pattern) for pattern in patterns)]
    archives = Archives(without=without)
    left = LARGEST_ARCHIVES
    for artifact in wanted[:MOST_ARTIFACTS]:
        name = quotable(artifact.name, limit=100)
        limit = min(LARGEST_ARCHIVE, left)
        content = _archive(github, run, artifact, archives, name, limit)
        if content is not None:
            left -= len(content)
            archives.add(name, content, is_earlier=artifact.created_at is not None
                         and artifact.created_at < run.attempt_began)
    notes = []
    if len(wanted) > MOST_ARTIFACTS:
        notes.append(f"{len(wanted) - MOST_ARTIFACTS:,} artifacts more than {MOST_ARTIFACTS} were not read")
    if archives.unwanted:
        notes.append(f"{archives.unwanted:,} files in the artifacts are no .json and were not read")
    return archives.reports(), len(wanted), notes


def _archive(github: GitHub, run: Run, artifact: Artifact, archives: Archives, name: str, limit: int) -> bytes | None:
    if artifact.expired:
        archives.refuse(name, "has expired")
        return None
    if artifact.size > limit:
        archives.refuse(name, f"has {artifact.size:,} bytes, more than the {limit:,} that are read")
        return None
    try:
        content = archive_of(github, run.repository, artifact, largest=limit)
    except TooLarge:
        archives.refuse(name, f"sent more than the {limit:,} bytes that are read")
        return None
    if content is None:
        archives.refuse(name, "is gone")
    elif not artifact.is_of(content):
        archives.refuse(name, "is not what its digest says was uploaded")
        return None
    return content
