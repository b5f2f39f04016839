"""What reading reStructuredText makes once, and what it makes anew for every document."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness import rst_reading
from repo_vitals.concerns.docs_freshness.rst_reading import read_rst

if TYPE_CHECKING:
    import pytest

TEXT = "Widget\n======\n\n:doc:`guide` and `a page <https://a.example>`_\n\n.. toctree::\n   guide\n"


def test_docutils_options_are_made_for_the_first_document_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from docutils import frontend

    made: list[Any] = []
    whole = frontend.OptionParser.__init__

    def counted(self: Any, *given: Any, **named: Any) -> None:
        made.append(self)
        whole(self, *given, **named)
    monkeypatch.setattr(frontend.OptionParser, "__init__", counted)
    rst_reading._settings.cache_clear()
    read_rst(TEXT)
    assert made
    made.clear()
    read_rst(TEXT + ".. another::\n\n:role:`x`\n")
    assert made == []


def test_what_a_document_sets_is_not_set_for_the_next() -> None:
    from docutils.parsers.rst import Directive, directives

    class Setting(Directive):
        def run(self) -> list[Any]:
            self.state.document.settings.line_length_limit = 1
            return []
    directives.register_directive("setting-of-this-test", Setting)
    read_rst(".. setting-of-this-test::\n")
    assert [one.text for one in read_rst(TEXT).headings] == ["Widget"]
