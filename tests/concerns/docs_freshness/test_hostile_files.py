"""Files that strangers made so that reading them would take hours: each is read, or refused, in a moment."""
from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.docs_freshness.documents import read
from repo_vitals.concerns.docs_freshness.tasks import names_in
from repo_vitals.concerns.docs_freshness.versions.toml_files import key_line

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 8.0      # seconds of CPU; each took minutes


@pytest.mark.parametrize("reads", [
    *(lambda blank=blank: read("a.html", f'<img srcset="a{blank * (99_000 // len(blank))}">'.encode())
      for blank in (" ", ",", ", ", "\v")),
    *(lambda line=line: read("a.rst", f"- a{line * 20_000}".encode()) for line in ("\n\f", "\n\v", "\n\x1c")),
    *(lambda mark=mark: names_in("Makefile", mark * 100_000) for mark in (b"$", b"%<", b"a$ ")),
    *(lambda begin=begin: key_line(f"{begin}{' ' * 5000}!", "project", "version", "1.0") for begin in ("[", "[a")),
])
def test_what_makes_a_pattern_go_back_again_and_again_is_read_in_a_moment(reads: Callable[[], object]) -> None:
    begin = time.process_time()
    reads()
    assert time.process_time() - begin < MOST


def test_what_is_left_out_for_speed_changes_no_answer() -> None:
    document = read("a.html", b'<img srcset="a.png 1x,\t, b.png 2x,c,d.png , ">')
    assert [link.target for link in document.links] == ["a.png", "b.png", "c,d.png"]
    assert names_in("Makefile", b"a b:\n\tx $y: 1\nc := $(d):\n") == {"a", "b"}
    assert names_in("Makefile", b"a:\n%.o: b\n") is names_in("Makefile", b"a:\n$(b) %.c: d\n") is None
    text = '[ tool . "x" ]\t# y\nversion = "1.0"\n[\tproject ]\nversion = "1.0"\n'
    assert (key_line(text, "tool.x", "version", "1.0"), key_line(text, "project", "version", "1.0")) == (2, 4)
