"""What git knows of the documents: ages, and what became of what they cite. Called by collect; asks git and GitHub.

With a shallow checkout the history is fetched without contents, else GitHub is asked, else ages are unknown.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.facts import Age, Change
from repo_vitals.concerns.docs_freshness.ignored_revisions import read_revisions
from repo_vitals.concerns.docs_freshness.last_changes import answered, last_changes
from repo_vitals.concerns.docs_freshness.stamps import read_stamps
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.plain_text import quotable
from repo_vitals.sources.checkout import NoCheckout
from repo_vitals.sources.git import GitFailed
from repo_vitals.sources.git_contents import Contents
from repo_vitals.sources.git_history import read_history

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from repo_vitals.concerns.docs_freshness.facts import Citation, Document, Drift, Release
    from repo_vitals.concerns.docs_freshness.last_changes import LastChange, Question
    from repo_vitals.config.declare import Surroundings
    from repo_vitals.sources.checkout import Checkout
    from repo_vitals.sources.git_history import GitHistory
    from repo_vitals.sources.git_log import LoggedCommit
    from repo_vitals.sources.github_connection import GitHub
