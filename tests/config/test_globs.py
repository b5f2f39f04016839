"""Patterns of paths; for one of them git's own .gitignore has to agree."""
from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.config import globs


@pytest.mark.parametrize(("pattern", "path", "expected"), [
    ("a.py", "a.py", True), ("a.py", "src/a.py", True), ("/a.py", "src/a.py", False), ("/a.py", "a.py", True),
    ("src", "src/a.py", True), ("src/", "src/deep/a.py", True), ("src/", "src", False), ("src/*.py", "src/a.py", True),
    ("src/*.py", "src/deep/a.py", False), ("src/**/*.py", "src/a.py", True), ("src/**/*.py", "src/b/c/a.py", True),
    ("src/**", "src/b/c", True), ("src/**", "src", False), ("**/b/*.py", "b/a.py", True),
    ("*_pb2.py", "x/y_pb2.py", True),
    ("?.py", "ab.py", False), ("[ab].py", "b.py", True), ("[!ab].py", "b.py", False), ("[a-c].py", "b.py", True),
    ("a[.py", "a[.py", True), ("a.py", "a_py", False), ("(x|y)+.py", "(x|y)+.py", True),
    ("*", "deep/down/x", True), ("*/", "/b", True), ("/b", "/b", False),
])
def test_a_pattern_means_what_it_means_to_git(pattern: str, path: str, expected: bool) -> None:
    assert globs.matches(path, (pattern,)) is expected


def test_the_last_pattern_that_fits_counts() -> None:
    patterns = ("src/**", "!src/legacy/**", "src/legacy/kept.py")
    paths = ("src/a.py", "src/legacy/a.py", "src/legacy/kept.py", "other.py")
    assert [globs.matches(path, patterns) for path in paths] == [True, False, True, False]


@pytest.mark.parametrize(("patterns", "reason"), [
    (("!a",), "of nothing"), (("../a",), "from the top"), (("a\\b",), "from the top"), (("x" * 201,), "200 characters"),
    (("/",), "without a name"), (("!",), "without a name"), (tuple(f"a{n}" for n in range(201)), "200 patterns")])
def test_what_makes_no_pattern_is_refused(patterns: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        globs.check(patterns)


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    pattern = "**/*a/" * 20 + "*a" * 30
    globs.check((pattern,))
    begun = time.monotonic()
    globs.matches("/".join(["a" * 250] * 15 + ["b"]), (pattern,))
    assert time.monotonic() - begun < 5


parts = st.lists(st.sampled_from(["*", "**", "?", "a", "b", "a*", "[ab]", "*.py", "ab"]), min_size=1, max_size=4)
paths = st.lists(st.sampled_from(["a", "b", "ab", "x.py", "aa"]), min_size=1, max_size=4).map("/".join)


@settings(max_examples=60)
@given(parts, st.booleans(), st.booleans(), st.lists(paths, min_size=1, max_size=12, unique=True))
def test_git_agrees(pattern: list[str], anchored: bool, folder: bool, some: list[str]) -> None:
    written = ("/" if anchored else "") + "/".join(pattern) + ("/" if folder else "")
    with tempfile.TemporaryDirectory() as home:
        subprocess.run(["git", "init", "--quiet", home], check=True)
        (Path(home) / ".gitignore").write_text(written + "\n", encoding="utf-8")
        done = subprocess.run(["git", "check-ignore", "--no-index", "--stdin"], cwd=home, input="\n".join(some),
                              capture_output=True, text=True, check=False)
    assert [path for path in some if globs.matches(path, (written,))] == done.stdout.split()
