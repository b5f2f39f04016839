"""Fixtures that tests in several folders share."""
from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from support.act import Consumer, Ground

pytest_plugins = ["support.simulated"]     # the fixture `simulated`


@pytest.fixture(scope="session")
def act_ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """The export of the project that the tests of one worker run; the workers share one Python environment."""
    if sys.platform == "win32":
        pytest.skip("act runs jobs on this machine itself, which its Windows build does with another shell")
    from support.act import make_ground

    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    return make_ground(folder / "act", shared)


@pytest.fixture
def consumer(act_ground: Ground, tmp_path: Path) -> Consumer:
    """An empty repository to copy workflows into."""
    from support.act import Consumer

    return Consumer(tmp_path, act_ground)
