"""The inputs that monitors share: what they take and what they refuse."""
from __future__ import annotations

import pytest

from repo_vitals.config import common
from repo_vitals.render import view

FIGURES = ("issues_open", "issue_response_ratio", "discussion_answer_seconds")
HIDE = common.hide(FIGURES)


@pytest.mark.parametrize("text", ["agenda", "figures, issues_open", "discussion_*\ntrends", "*", "issue?_open", ""])
def test_sections_and_patterns_of_figures_can_be_hidden(text):
    assert HIDE.kind.parse(text) == tuple(text.replace(",", "\n").replace(" ", "").split())


@pytest.mark.parametrize(("word", "said"), [
    ("agend", '"agend", which is no section and matches no figure (did you mean agenda?)'),
    ("issue_open", "(did you mean issues_open"), ("Figures", "(did you mean figures"),
    ("ci_*", "(sections: agenda, findings, trends, figures, sla, lists, definitions)"),
])
def test_what_hides_nothing_is_refused_with_what_is_closest(word, said):
    for read, value in ((HIDE.kind.parse, f"trends, {word}"), (HIDE.kind.from_toml, ["trends", word])):
        with pytest.raises(ValueError, match="holds ") as refused:
            read(value)
        assert said in str(refused.value)


def test_the_sections_that_can_be_hidden_are_those_that_are_shown():
    assert common.SECTIONS == view.SECTIONS


@pytest.mark.parametrize(("declared", "words"), [(common.GROUP_BY, ("none", "kind", "priority", "type", "owes")),
                                                 (common.SORT, ("due", "age", "number", "priority"))])
def test_the_agenda_is_grouped_and_sorted_by_what_is_declared(declared, words):
    assert declared.kind.name.split(" | ") == list(words)
    assert declared.default == words[0]
    assert [declared.kind.parse(word) for word in words] == list(words)
