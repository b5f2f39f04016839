"""Licence expressions: how they are read, and when a choice of licences meets them."""
from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.stats.license_expressions import (
    AnyOf,
    Every,
    Expression,
    License,
    canonical,
    licenses,
    met,
    parse,
    says_nothing,
)
from repo_vitals.stats.license_names import NAMES
from support.hostile import text as hostile_text


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("MIT", "MIT"),
        ("mit or apache-2.0", "MIT OR Apache-2.0"),
        ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
        ("MIT / Apache-2.0 / ISC", "MIT OR Apache-2.0 OR ISC"),
        ("Apache-2.0 WITH LLVM-exception/MIT", "Apache-2.0 WITH LLVM-exception OR MIT"),
        ("MIT AND (Apache-2.0 OR ISC)", "MIT AND (Apache-2.0 OR ISC)"),
        ("MIT OR Apache-2.0 AND ISC", "MIT OR (Apache-2.0 AND ISC)"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("gpl-2.0+", "GPL-2.0-or-later"),
        ("LGPL-2.1+ OR MPL-2.0", "LGPL-2.1-or-later OR MPL-2.0"),
        ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("apache-2.0 with llvm-exception", "Apache-2.0 WITH LLVM-exception"),
        ("apache-2.0+", "Apache-2.0+"),
        ("MIT OR mpl-2.0-no-copyleft-exception", "MIT OR MPL-2.0-no-copyleft-exception"),
        ("eCos-2.0", "eCos-2.0"),
        ("GPL-2.0-only WITH eCos-exception-2.0", "GPL-2.0-only WITH eCos-exception-2.0"),
        ("LicenseRef-ours", "LicenseRef-ours"),
        ("DocumentRef-a:LicenseRef-ours", "DocumentRef-a:LicenseRef-ours"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("The MIT License (MIT)", "MIT"),
        ("License :: OSI Approved :: BSD 3-Clause License", "BSD-3-Clause"),
        ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
        ("GPLv2", "GPL-2.0-only"),
        ("https://opensource.org/licenses/MIT", "MIT"),
        ("https://spdx.org/licenses/BSD-3-Clause.html", "BSD-3-Clause"),
        ("https://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
        ("  MIT \n OR\tISC ", "MIT OR ISC"),
    ],
)
def test_expressions_are_read_as_spdx_spells_them_today(text: str, spelled: str) -> None:
    tree = parse(text)
    assert str(tree) == spelled
    assert tree is not None
    assert all(one.kind != "unknown" for one in licenses(tree))


@pytest.mark.parametrize("text", [
    "", "NOASSERTION", "NONE", "none", "UNLICENSED", "MIT OR", "OR MIT", "WITH", "(MIT", "MIT, Apache-2.0",
    "MIT (see the file)", "See LICENSE", "this is MIT", "MIT WITH", "opensource.org/licenses/MIT",
    "https://example.com/licenses/MIT", "example.com/MIT", "MIT/Apache-2.0 AND ISC", "MIT;ISC", "MIT " * 1000,
    "(" * 1500 + "MIT" + ")" * 1500, "MIT AND AND ISC", "http://[::1/MIT",
])
def test_what_is_no_expression_is_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("text", ["BSD", "GPL", "Apache", "Proprietary", "MIT WITH Foo-exception", "LLVM-exception",
                                  "Apache-2.0 WITH MIT", "non-standard"])
def test_a_name_that_may_mean_several_or_that_spdx_does_not_list_stays_unknown(text: str) -> None:
    tree = parse(text)
    assert isinstance(tree, License)
    assert tree.kind == "unknown"


def test_every_known_name_means_one_identifier_that_spdx_lists_and_has_not_deprecated() -> None:
    for name, identifier in NAMES.items():
        assert name == name.lower()
        assert str(parse(identifier)) == identifier, name
        assert str(parse(name.title())) == identifier, name


@pytest.mark.parametrize("text", [None, "", " ", "NOASSERTION", "none", "UNLICENSED"])
def test_some_texts_say_nothing_at_all(text: str | None) -> None:
    assert says_nothing(text)


LEAVES = st.sampled_from([License("MIT"), License("ISC"), License("GPL-3.0-only"), License("Zlib"),
                          License("Apache-2.0", "LLVM-exception"), License("LicenseRef-a", kind="reference")])
TREES: st.SearchStrategy[Expression] = st.recursive(LEAVES, lambda parts: st.one_of(
    st.lists(parts, min_size=2, max_size=3).map(lambda many: Every(tuple(many))),
    st.lists(parts, min_size=2, max_size=3).map(lambda many: AnyOf(tuple(many)))), max_leaves=8)


def python(tree: Expression, names: dict[str, str]) -> str:
    """The tree as an expression of Python's, which has its own `and` and `or`."""
    if isinstance(tree, License):
        return names.setdefault(str(tree), f"v{len(names)}")
    word = " and " if isinstance(tree, Every) else " or "
    return "(" + word.join(python(part, names) for part in tree.parts) + ")"


@given(TREES)
def test_a_tree_is_met_as_the_truth_table_says(tree: Expression) -> None:
    names: dict[str, str] = {}
    compiled = compile(python(tree, names), "truth", "eval")
    for values in product([True, False], repeat=len(names)):
        row = dict(zip(names, values, strict=True))
        by_variable = {variable: row[name] for name, variable in names.items()}
        assert met(tree, lambda one, row=row: row[str(one)]) is eval(compiled, {}, by_variable)  # type: ignore[misc]


@given(TREES, st.data())
def test_what_rests_on_unknown_licences_is_unknown_and_else_it_is_what_either_guess_gives(
    tree: Expression, data: st.DataObject,
) -> None:
    names = sorted({str(one) for one in licenses(tree)})
    row = {name: data.draw(st.sampled_from([True, False, None]), label=name) for name in names}
    unknown = [name for name in names if row[name] is None]
    guesses = [{**row, **dict(zip(unknown, guess, strict=True))}
               for guess in product([True, False], repeat=len(unknown))]
    answers = {met(tree, lambda one, guess=guess: guess[str(one)]) for guess in guesses}  # type: ignore[misc]
    found = met(tree, lambda one: row[str(one)])
    if found is None:
        assert unknown
    else:
        assert answers == {found}


@given(TREES)
def test_what_is_written_is_read_back_the_same(tree: Expression) -> None:
    again = parse(str(tree))
    assert again is not None
    assert canonical(again) == canonical(tree)


@given(TREES, st.randoms(use_true_random=False))
def test_order_and_repetition_make_no_other_expression(tree: Expression, random: object) -> None:
    def shuffled(one: Expression) -> Expression:
        if isinstance(one, License):
            return one
        parts = [*one.parts, one.parts[0]]
        random.shuffle(parts)  # type: ignore[attr-defined]
        return type(one)(tuple(shuffled(part) for part in parts))
    assert canonical(shuffled(tree)) == canonical(tree)


@given(st.one_of(hostile_text, st.text(alphabet="MIT/ ()+ORANDWITH-.0BS", max_size=40)))
def test_no_text_makes_it_fail(text: str) -> None:
    tree = parse(text)
    assert tree is None or str(tree)


def test_another_partys_reference_is_never_taken_for_a_licence_that_spdx_lists() -> None:
    for name in ("LicenseRef-Apache", "LicenseRef-MIT-Bootstrap", "LicenseRef-GPL"):
        assert parse(name) == License(name, kind="reference")
