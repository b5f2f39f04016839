"""Regular expressions that are compiled when they are first used."""
from __future__ import annotations

import re

import pytest

from repo_vitals import late


def test_it_matches_as_what_is_compiled_at_once() -> None:
    for text, flags, said in (("a(b+)", re.IGNORECASE, "xABBy"), (rb"(\d)", 0, b"a1")):
        one, other = late.regex(text, flags), re.compile(text, flags)
        assert [match.groups() for match in one.finditer(said)] == [match.groups() for match in other.finditer(said)]
        assert (one.sub(text[:1], said), one.pattern, one.flags) == (other.sub(text[:1], said), text, other.flags)


def test_nothing_is_compiled_before() -> None:
    broken = late.regex("(")
    with pytest.raises(re.error):
        broken.search("x")
