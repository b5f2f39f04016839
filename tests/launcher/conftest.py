from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from support.fake_project import FakeProject, make_project

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]  # the tests signal process groups and write shell scripts


@pytest.fixture
def project(tmp_path: Path) -> FakeProject:
    """A clone whose PATH has a Python with pip, and no uv."""
    return make_project(tmp_path)


@pytest.fixture(params=["uv", "pip"])
def installer(request: pytest.FixtureRequest) -> str:
    """Both ways to install."""
    return str(request.param)


@pytest.fixture
def either(project: FakeProject, installer: str) -> FakeProject:
    """The same project, once with uv and once without."""
    if installer == "uv":
        project.use_uv()
    return project
