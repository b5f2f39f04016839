"""What stands above a document's text."""
from __future__ import annotations

from datetime import date

import pytest

from repo_vitals.concerns.docs_freshness.documents import read


def test_front_matter_is_split_off_and_lines_still_count_from_the_top() -> None:
    found = read("a.md", b"---\r\ntitle: x: y\r\n---\r\n".replace(b"x: y", b"x") + b"reviewed\r\n\r\n[a](b.md)\r\n")

    assert found.front_matter == {"title": "x"}
    assert found.links[0].line == 6


@pytest.mark.parametrize(("text", "values"), [
    ("---\nreviewed: 2026-01-02\ntags: [a, b]\n---\n", {"reviewed": date(2026, 1, 2), "tags": ["a", "b"]}),
    ("---\n---\ntext", {}),
    ("---\na: 1\n...\ntext", {"a": 1}),
    ("+++\ntitle = 'x'\n+++\n", {"title": "x"}),
    ("---\n1: a\n---\n", {"1": "a"}),
    ("text\n---\na: 1\n---\n", None),
    ("---\n\n# A rule above\n\nplain text\n\n---\n", None),
    ("---\nnever: closed\n", None),
])
def test_yaml_and_toml_are_read_and_a_rule_above_a_text_is_neither(text: str, values: object) -> None:
    found = read("a.md", text.encode())

    assert (found.front_matter, found.notes) == (values, ())


def test_a_text_between_two_rules_is_read_as_text() -> None:
    found = read("a.md", b"---\n\n# Title\n\n[a](b.md)\n\n---\n")

    assert [heading.text for heading in found.headings] == ["Title"]
    assert [link.line for link in found.links] == [5]


@pytest.mark.parametrize(("text", "note"), [
    ("---\na: [1\nb: 2\n---\n", "the front matter is no YAML (its line 2)"),
    ("---\na: &x [1]\nb: *x\n---\n", "the front matter refers to itself (*), which is not read"),
    ("---\na: " + "[" * 3_000 + "\n---\n", "the front matter is nested too deeply"),
    ("---\na:\n " + "- " * 9_900 + "1\n---\n", "the front matter is nested too deeply"),
    ("---\na: !!python/object/apply:os.system [x]\n---\n", "the front matter is no YAML (its line 1)"),
    ("---\na: 2026-99-99\n---\n", "the front matter is no YAML"),
    ("---\na: " + "x" * 20_001 + "\n---\n", "the front matter is longer than 20,000 characters"),
    ("+++\ntitle =\n+++\n", "the front matter is no TOML"),
])
def test_what_is_broken_is_a_note_and_the_text_below_is_read(text: str, note: str) -> None:
    found = read("a.md", f"{text}\n[a](b.md)\n".encode())

    assert (found.front_matter, found.notes) == (None, (note,))
    assert [link.target for link in found.links] == ["b.md"]
