"""What a document cites, before anybody looks whether it is there."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.docs_freshness.citing import cited
from repo_vitals.concerns.docs_freshness.documents import read
from repo_vitals.concerns.docs_freshness.tasks import keys_in, names_in


def found(text: str, path: str = "docs/a.md") -> list[tuple[str, tuple[str, ...]]]:
    return sorted((one.kind, (*one.paths, one.name) if one.name else one.paths)
                  for one in cited(read(path, text.encode())))


@pytest.mark.parametrize(("text", "expected"), [
    ("`src/foo.rs`", [("file", ("src/foo.rs", "docs/src/foo.rs"))]),
    ("`./src/main.rs:12`", [("file", ("src/main.rs", "docs/src/main.rs"))]),
    ("`src/commands/`", [("folder", ("src/commands", "docs/src/commands"))]),
    ("`deny.toml`", [("file", ("deny.toml", "docs/deny.toml"))]),
    ("[x](../src/lib.rs)", [("file", ("src/lib.rs",))]),
    ("[x](/src/lib.rs?raw=1#top)", [("file", ("src/lib.rs",))]),
    ("[x](../src/lib.rs#L10-L20)", [("lines", ("src/lib.rs",))]),
    ("`bin/test -k x`", [("command", ("bin/test", "docs/bin/test"))]),
    ("`make lint`", [("make target", ("GNUmakefile", "makefile", "Makefile", "lint"))]),
    ("`[tool.ruff] line-length` in `pyproject.toml`",
     [("configuration key", ("pyproject.toml", "docs/pyproject.toml", "tool.ruff.line-length"))]),
    ("`npm run build`", [("command", ("package.json", "build"))]),
    ("`cargo xtask dist`", [("command", (".cargo/config.toml", ".cargo/config", "xtask"))]),
    ("```sh\nFOO=1\nbash scripts/a.sh x && make test\n```",
     [("command", ("scripts/a.sh", "docs/scripts/a.sh")),
      ("make target", ("GNUmakefile", "makefile", "Makefile", "test"))]),
    ("```console\n$ make test\nmake other\n```", [("make target", ("GNUmakefile", "makefile", "Makefile", "test"))]),
])
def test_paths_lines_and_commands_are_citations(text: str, expected: object) -> None:
    assert found(text) == expected


@pytest.mark.parametrize("text", [
    "src/foo.rs in plain words", "`path/to/file.rs`", "`src/<name>.rs`", "`src/*.rs`", "`foo/bar.rs`", "`/etc/passwd`",
    "`https://example.com/a.py`",
    "`~/x/y.py`", "`a::b`", "`value`", "`src`", "`my-app/main.py`", "`src/…`",
    "`a/../b.py`",
    "`src/{a,b}.py`", "`[tool.ruff]`", "`$HOME/x.py`",
    "[x](https://example.com/src/a.py)", "[x](mailto:a@b.py)", "[x](#L3)",
    "[x](../../out/a.py)", "![x](a.png)", "```\nsrc/a.py\n```", "```python\nopen('src/a.py')\n```",
    "```console\nsrc/a.py: not found\n```", "`//host/a.py`", "``",
    "Write a `setup.py`, a `./Cargo.toml`, `requirements-dev.txt` and `main.py:3` of your own.",
    "What you build with is your `.travis.yml`, `mkdocs.yml`, `vite.config.ts` or `.circleci/config.yml`.",
    "Jobs lie in `.github/workflows` or `.github/workflows/`.",
])
def test_placeholders_patterns_and_the_output_of_programs_are_none(text: str) -> None:
    assert found(text) == []


def test_each_thing_is_cited_once() -> None:
    assert len(found("`src/a.py` and `src/a.py`, `src/a.py:3`")) == 1


@given(text=st.text(alphabet="`[]()#/.\\ \n:L1ab$<>*-é\0", max_size=60), path=st.sampled_from(["a.md", "é/b.md"]))
def test_no_text_leads_out_of_the_repository(text: str, path: str) -> None:
    for one in cited(read(path, text.replace("\0", "").encode())):
        for place in one.paths:
            assert not place.startswith(("/", "../")), place
            assert place != ".."


@pytest.mark.parametrize(("path", "content", "names"), [
    ("Makefile", b".PHONY: all\nall lint: dep\n\tx\nV := 1\nW ::= 2\ntest::\n", {"all", "lint", "test"}),
    ("Makefile", b"include other.mk\nall:\n", None),
    ("Makefile", b"%.o: %.c\n\tcc\n", None),
    ("Makefile", b"$(X): y\n", None),
    ("package.json", b'{"scripts": {"build": "x"}}', {"build"}),
    ("package.json", b'{"scripts": 3}', None),
    ("package.json", b"{", None),
    ("package.json", b"[" * 100_000, None),
    ("pyproject.toml", b'[project.scripts]\na = "x:y"\n[tool.poetry.scripts]\nb = "x:y"\n', {"a", "b"}),
    ("pyproject.toml", b"[project", None),
    (".cargo/config.toml", b'[alias]\nxtask = "run"\n', {"xtask"}),
])
def test_names_of_tasks_are_told_where_they_are_sure(path: str, content: bytes, names: set[str] | None) -> None:
    assert names_in(path, content) == names


def test_keys_of_toml_are_named_with_the_tables_that_they_are_in() -> None:
    assert keys_in(b'[a.b]\nc = 1\n[[d]]\ne = {f = 2}\n') == {"a", "a.b", "a.b.c", "d", "d.e", "d.e.f"}
    assert keys_in(b"[a") is None
