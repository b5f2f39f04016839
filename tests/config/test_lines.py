"""The line of a key is the one on which a person finds it."""
from __future__ import annotations

import tomli
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.config.lines import key_lines
from repo_vitals.config.toml_text import toml_value

FILE = '''\
extends = "acme/.github"    # [not] = a table
[run]   # of "all"
window = "10d"
"fail-on" = 'warn'
rules = [
    "low: .x[0] # = [",     # window = 3
    """
[coverage]
fail-on = 1
""",
]

  [ "coverage" ]
components.core = { paths = ["a = b"],
  minimum-ratio = 0.9 }
[[alert.silence]]
reason = "x"
[[alert.silence]]
until = 2027-01-31
[coverage.components.other]
paths = []'''


def test_each_table_and_key_has_its_line_whatever_stands_in_strings_and_comments() -> None:
    assert key_lines(FILE) == {
        ("extends", ""): 1, ("run", ""): 2, ("run", "window"): 3, ("run", "fail-on"): 4, ("run", "rules"): 5,
        ("coverage", ""): 13, ("coverage", "components"): 14, ("alert", ""): 16, ("alert", "silence"): 16}


_WORDS = st.text(st.sampled_from("ab=[]{}#\"'\\\n ,"), max_size=8)


@given(st.lists(st.tuples(_WORDS | st.lists(_WORDS, max_size=3), st.integers(0, 2)), max_size=5))
def test_a_key_is_found_on_its_line_whatever_values_stand_above_it(values: list[tuple[object, int]]) -> None:
    text, wanted = "[t]\n", {("t", ""): 1}
    for number, (value, blank) in enumerate(values):
        text += "\n" * blank
        wanted["t", f"k{number}"] = text.count("\n") + 1
        text += f"k{number} = {toml_value(value)} # {'['}\n"
    tomli.loads(text)
    assert key_lines(text) == wanted
