"""Fixtures that tests in several folders share."""
from __future__ import annotations

import gc
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis.internal import scrutineer

from support.quick_files import folder_in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.act import Consumer, Ground

pytest_plugins = ["support.simulated", "support.certificates"]      # the fixtures `simulated` and `authority`

# A busy machine must fail no test, so nothing has a deadline. In CI the same commit gets the same cases; at a desk each
# run tries others, and what one finds is printed in a form that can be tried again. A plain run stays well below a
# quarter of an hour; `-m slow`, and `-m ""` for everything, try many more.
settings.register_profile("repo-vitals", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")),
                          database=None if os.environ.get("CI") else settings.default.database, max_examples=30)
settings.register_profile("thorough", settings.get_profile("repo-vitals"), max_examples=200)
settings.load_profile("repo-vitals")

# Hypothesis tries the constants of the code under test, for which it parses every loaded module that is not in
# `site-packages`. The launcher's environments are folders of another name: without this line scipy's and docutils's
# constants would be four fifths of what it tries, and finding them twenty seconds of each worker's start.
scrutineer.SITE_PACKAGES_DIRS.add(Path(pytest.__file__).resolve().parent.parent)


@pytest.hookimpl(tryfirst=True)     # before pytest chooses its folder
def pytest_configure(config: pytest.Config) -> None:
    """More examples where somebody asks for the slow tests; files in memory where nobody names a place for them."""
    if not {"TMPDIR", "PYTEST_DEBUG_TEMPROOT"} & os.environ.keys() and (place := folder_in_memory()) is not None:
        os.environ["TMPDIR"] = tempfile.tempdir = str(place)
    if config.option.markexpr != "not slow":
        settings.load_profile("thorough")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Checkers of the whole project come first: the longest test, begun last, would keep one worker waiting for it."""
    items.sort(key=lambda item: item.path.name != "test_static.py")


def pytest_collection_finish() -> None:
    """The tests and what they import stay to the end: looking through all that for garbage finds none."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _nothing_waits_for_the_disk() -> Iterator[None]:
    """Reports and ledgers are synced as they are written, which can take longer than measuring.

    A test can't cut the power, so none can tell the difference. What runs in a process of its own syncs as ever.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session")
def act_ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """The export of the project that the tests of one worker run."""
    if sys.platform == "win32":
        pytest.skip("act runs jobs on this machine itself, which its Windows build does with another shell")
    from support.act import make_ground

    return make_ground(tmp_path_factory.mktemp("act"))


@pytest.fixture
def consumer(act_ground: Ground, tmp_path: Path) -> Consumer:
    """An empty repository to copy workflows into."""
    from support.act import Consumer

    return Consumer(tmp_path, act_ground)
