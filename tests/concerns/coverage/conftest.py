"""A repository for the tests of the command."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.checkouts import Repository
from support.covered import CODE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "work" / "widget")
    repository.commit({**CODE, ".gitignore": "/*.info\n/*.xml\n/repo-vitals/\n/history/\n"})
    return repository
