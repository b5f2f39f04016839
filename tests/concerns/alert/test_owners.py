"""Owners of paths, by CODEOWNERS: the examples of GitHub's documentation, and lines that it does not take."""
from __future__ import annotations

import pytest

from repo_vitals.concerns.alert.owners import CodeOwners
from repo_vitals.config import globs

FILE = r"""
# a comment
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* @writer
apps/ @octocat
/apps/github
with\ space.md @spacey
**/logs @logger
*.emu @mona-cat_octo docs@example.com
*.odd @ann ann
!*.md @nobody
[section] @nobody
^[Optional][2] @nobody
[R]EADME.md @nobody
\#x @nobody
readme.* @nobody
"""


@pytest.mark.parametrize(("path", "owners"), [
    ("README.md", ("global-owner1", "global-owner2")),
    ("src/a.js", ("js-owner",)),
    ("a.go", ()),
    ("x/y.txt", ("octo-org/octocats",)),
    ("build/logs/x/y", ("logger",)),
    ("docs/getting-started.md", ("writer",)),
    ("docs/build-app/troubleshooting.md", ("global-owner1", "global-owner2")),
    ("x/apps/y.c", ("octocat",)),
    ("apps/github", ()),
    ("with space.md", ("spacey",)),
    ("#x", ("global-owner1", "global-owner2")),
    ("x/a.emu", ("mona-cat_octo",)),
    ("x/a.odd", ("global-owner1", "global-owner2")),
    ("deeply/nested/logs/a.c", ("logger",)),
])
def test_the_last_rule_that_means_a_path_names_its_owners(path: str, owners: tuple[str, ...]) -> None:
    assert CodeOwners(FILE).of(path) == owners


def test_owners_of_several_paths_stand_once_each() -> None:
    assert CodeOwners(FILE).of_all(["a.js", "b.js", "x.txt"]) == ("js-owner", "octo-org/octocats")


def test_each_of_thousands_of_rules_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    known = globs._Pattern
    monkeypatch.setattr(globs, "_Pattern", lambda pattern: made.append(pattern) or known(pattern))
    owners = CodeOwners("".join(f"/src/{number}/ @a{number}\n" for number in range(1100)))
    assert [owners.of(f"src/{number}/x.py") for number in (0, 0, 1099)] == [("a0",), ("a0",), ("a1099",)]
    assert len(made) == 1100


def test_hostile_lines_give_nobody() -> None:
    assert CodeOwners("* @evil`x` @<b> @a/../b ../x @-x\n" + "\\" * 999 + "\n../* @ann").of("x") == ()
