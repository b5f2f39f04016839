"""What .gitignore files leave out, held against what git itself says of the same files."""
from __future__ import annotations

import itertools
import subprocess
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.ignored_files import IgnoredFiles, places
from support.checkouts import Repository

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    ".gitignore": "# built\n\n/dist/*\n!/dist/keep\n*.log\nbuild/\ntarget\n**/cache/**\n/docs/*.html\n!important.log\n"
                  "[z-a]x\n",
    "src/.gitignore": "gen.py\n!debug.log\n/only\nsub/*.js\n",
    "src/sub/.gitignore": "!a.js\n*\n!b.py\n",
}
FOLDERS = ("dist", "build", "target", "cache", "docs", "src", "sub")
NAMES = (*FOLDERS, "keep", "only", "a.js", "b.py", "gen.py", "x.log", "important.log", "debug.log", "a.html")


def test_files_are_ignored_as_git_ignores_them(tmp_path: Path) -> None:
    Repository(tmp_path).write(dict(FILES))
    paths = ["/".join((*parts, name)) for length in (0, 1, 2) for parts in itertools.product(FOLDERS, repeat=length)
             for name in NAMES]
    said = subprocess.run(["git", "check-ignore", "--no-index", "--stdin", "-z"], cwd=tmp_path, check=True,
                          input="\0".join(paths).encode(), capture_output=True).stdout
    ignored = IgnoredFiles.of({path: text.encode() for path, text in FILES.items()})
    assert {path for path in paths if ignored.holds(path)} == set(filter(None, said.decode().split("\0")))


def test_only_files_above_a_path_have_a_say_in_it() -> None:
    assert places(["a/b/c.py"]) == {".gitignore", "a/.gitignore", "a/b/.gitignore"}
