"""The repository that histories on a branch are written to."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.history_branches import Remote

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path / "remote.git")
