"""Which repositories are selected by names, owners and what is left out."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.config.selection import SELECTION, Selection

OWNED = {"acme": ("acme/app", "acme/site", "acme/site-old", "acme/tool"), "Ann-B": ("Ann-B/notes",)}


def selected(text):
    return Selection(SELECTION.parse(text)).repositories(lambda owner: OWNED[owner])


@pytest.mark.parametrize(("text", "names"), [
    ("acme/app", ["acme/app"]),
    ("acme/tool, acme/app\nother/x.y_z", ["acme/tool", "acme/app", "other/x.y_z"]),
    ("acme/*", ["acme/app", "acme/site", "acme/site-old", "acme/tool"]),
    ("acme/fork, acme/*", ["acme/fork", "acme/app", "acme/site", "acme/site-old", "acme/tool"]),
    ("acme/*, ACME/Tool, acme/app", ["acme/app", "acme/site", "acme/site-old", "acme/tool"]),
    ("ACME/Tool, acme/tool", ["ACME/Tool"]),
    ("acme/*, !acme/site-*", ["acme/app", "acme/site", "acme/tool"]),
    ("!acme/site*, acme/*", ["acme/app", "acme/tool"]),
    ("acme/*, Ann-B/*, !Acme/TOOL", ["acme/app", "acme/site", "acme/site-old", "Ann-B/notes"]),
    ("acme/app, !acme/app", []), ("acme/*, acme/app, !acme/*", []), ("", []),
])
def test_repositories_are_selected_once_in_the_order_of_the_entries(text, names):
    assert selected(text) == tuple(names)


@pytest.mark.parametrize(("text", "said"), [
    ("acme", 'holds "acme", which is none of owner/name, owner/*, !owner/name and !owner/prefix-*'),
    ("acme/app-*", 'holds "acme/app-*", which is none of'), ("*/app", "none of"), ("*", "none of"),
    ("acme/**", "none of"), ("acme/../x", "none of"), ("acme/..", "none of"), ("https://github.com/a/b", "none of"),
    ("!acme/*-old", "none of"), ("! acme/x", "none of"), ("acme/a?", "none of"), ("acme/[ab]", "none of"),
    ("!acme/app", "only says what to leave out"), ("acme/app, !amce/tool", 'leaves out "amce/tool", of whose owner'),
])
def test_what_selects_nothing_is_refused(text, said):
    for read, value in ((SELECTION.parse, text), (SELECTION.from_toml, text.split(", "))):
        with pytest.raises(ValueError, match=r"\w") as refused:
            read(value)
        assert said in str(refused.value)


def test_an_owner_is_asked_for_once_an_entry_and_only_where_all_is_wanted():
    asked = []
    Selection(SELECTION.parse("acme/app, acme/*, other/x, !acme/tool")).repositories(
        lambda owner: asked.append(owner) or ())
    assert asked == ["acme"]


@given(st.lists(st.sampled_from(["acme/app", "acme/*", "Ann-B/*", "Ann-B/x", "!acme/a*", "!acme/*", "!Ann-B/x"])))
def test_no_repository_comes_twice_and_none_that_is_left_out(entries):
    try:
        found = selected(",".join(entries))
    except ValueError:
        return
    assert len(set(found)) == len(found)
    for entry in (entry[1:] for entry in entries if entry.startswith("!")):
        assert not any(name == entry or (entry.endswith("*") and name.startswith(entry[:-1])) for name in found)
