"""The input `licenses`: how it is written, and what it takes."""
from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary.license_policy import LICENSES, PRESETS, LicensePolicy, PackageGrant
from repo_vitals.stats.license_expressions import License, parse
from support.hostile import text as hostile_text

LINES = """
preset = bsd-3-clause-compatible
allow = MPL-2.0, GPL-2.0+
deny = CC0-1.0
unknown = warn
exceptions.ring = OpenSSL, LicenseRef-ring
exceptions."@acme/left-pad 1.3.0" = unknown
"""
TABLE = {"preset": "bsd-3-clause-compatible", "allow": ["MPL-2.0", "GPL-2.0+"], "deny": ["CC0-1.0"], "unknown": "warn",
         "exceptions": {"ring": ["OpenSSL", "LicenseRef-ring"], "@acme/left-pad 1.3.0": "unknown"}}


def policy(text: str) -> LicensePolicy:
    found = LICENSES.kind.parse(text)
    assert found is not None
    return found


def takes(text: str, given: str) -> bool | None:
    tree = parse(given)
    assert isinstance(tree, License)
    return policy(text).takes(tree)


def test_lines_and_a_table_say_the_same() -> None:
    found = policy(LINES)
    assert found == LICENSES.kind.from_toml(TABLE)
    assert found.preset == "bsd-3-clause-compatible"
    assert {"MPL-2.0", "GPL-2.0-or-later", "MIT"} <= found.allow
    assert found.deny == {"CC0-1.0"}
    assert found.unknown == "warn"
    assert found.exceptions == (
        PackageGrant(package="ring", version=None, licenses=("OpenSSL", "LicenseRef-ring")),
        PackageGrant(package="@acme/left-pad", version="1.3.0", licenses=("unknown",)))


def test_the_name_of_a_preset_is_enough_and_none_is_no_policy() -> None:
    assert policy("bsd-3-clause-compatible") == LICENSES.kind.from_toml("bsd-3-clause-compatible")
    assert LICENSES.kind.parse("none") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("bsd-3-clause", "did you mean bsd-3-clause-compatible?"),
        ("allow = MTI", 'allow: "MTI" is no licence that SPDX knows (did you mean MIT'),
        ("allow = MIT OR ISC", "is an expression; name each licence by itself"),
        ("allow = BSD", "is no licence that SPDX knows"),
        ("alow = MIT", "did you mean allow?"),
        ("MIT\nISC", "needed is `key = value`"),
        ("allow =", "needed is `key = value`"),
        ("allow = MIT\nallow = ISC", "twice"),
        ("unknown = warn", "names no licence"),
        ("unknown = pass\nallow = MIT", "unknown: is not one of fail, warn"),
        ("allow = MIT\ndeny = mit", '"MIT" is both allowed and denied'),
        ("exceptions = ring\nallow = MIT", "exceptions: needs a table of packages"),
        ("allow = MIT\nexceptions. = MIT", "a package without a name"),
        ("allow = MIT\nexceptions.ring = nonsense licence", 'exceptions: "ring": "nonsense licence" is no licence'),
    ],
)
def test_a_mistake_is_named(text: str, says: str) -> None:
    with pytest.raises(ValueError) as caught:
        LICENSES.kind.parse(text)
    assert says in str(caught.value)


@pytest.mark.parametrize("value", [5, ["MIT"], {"allow": "MIT"}, {"allow": [5]}, {"allow": {}}, {"preset": 3}, {},
                                   {"allow": ["MIT"], "exceptions": ["ring"]}, {"allow": ["MIT"], "unknown": True},
                                   {"allow": ["MIT"], "exceptions": {"ring": []}},
                                   {"allow": ["MIT"], "exceptions": {"ring": 5}}])
def test_a_value_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        LICENSES.kind.from_toml(value)


@given(hostile_text)
def test_any_text_is_a_policy_or_a_mistake(text: str) -> None:
    try:
        LICENSES.kind.parse(text)
    except ValueError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "given", "taken"),
    [
        ("allow = MIT", "MIT", True),
        ("allow = MIT", "ISC", False),
        ("allow = MIT", "BSD", None),
        ("allow = MIT", "LicenseRef-ours", False),
        ("allow = LicenseRef-ours", "LicenseRef-OURS", True),
        ("allow = Apache-2.0", "Apache-2.0 WITH LLVM-exception", True),
        ("allow = Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception", True),
        ("allow = Apache-2.0 WITH LLVM-exception", "Apache-2.0", False),
        ("allow = Apache-2.0", "Apache-2.0 WITH Foo-exception", None),
        ("bsd-3-clause-compatible", "MIT WITH Commons-Clause", None),
        ("bsd-3-clause-compatible", "MIT WITH AdditionRef-no-sale", None),
        ("allow = MIT WITH AdditionRef-no-sale", "MIT WITH AdditionRef-no-sale", True),
        ("deny = MIT", "MIT WITH Commons-Clause", False),
        ("deny = MIT", "MIT WITH AdditionRef-no-sale", False),
        ("deny = ISC", "MIT WITH Commons-Clause", None),
        ("allow = LicenseRef-own", "LicenseRef-own WITH LLVM-exception", True),
        ("allow = MIT", "Apache-2.0 WITH Foo-exception", None),
        ("allow = GPL-2.0", "GPL-2.0-or-later", True),
        ("allow = GPL-2.0+", "GPL-2.0", False),
        ("allow = Apache-2.0", "Apache-2.0+", True),
        ("deny = GPL-3.0", "MIT", True),
        ("deny = GPL-3.0", "GPL-3.0-only", False),
        ("deny = GPL-3.0", "GPL-3.0-or-later", False),
        ("deny = GPL-3.0", "LicenseRef-ours", None),
        ("deny = GPL-3.0", "BSD", None),
        ("deny = GPL-2.0\nallow = GPL-2.0 WITH Classpath-exception-2.0", "GPL-2.0 WITH Classpath-exception-2.0", True),
        ("deny = GPL-2.0\nallow = GPL-2.0 WITH Classpath-exception-2.0", "GPL-2.0 WITH GCC-exception-2.0", False),
        ("preset = bsd-3-clause-compatible\ndeny = CC0-1.0", "CC0-1.0", False),
    ],
)
def test_one_licence_is_taken_or_not_or_nobody_knows(text: str, given: str, taken: bool | None) -> None:
    assert takes(text, given) is taken


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_name_licences_as_spdx_spells_them_today(preset: str) -> None:
    for name in PRESETS[preset]:
        tree = parse(name)
        assert isinstance(tree, License)
        assert (str(tree), tree.kind) == (name, "known")
    assert len(set(PRESETS[preset])) == len(PRESETS[preset])


@pytest.mark.parametrize("name", ["GPL-2.0-only", "GPL-3.0-or-later", "AGPL-3.0-only", "LGPL-3.0-only", "MPL-2.0",
                                  "EPL-2.0", "SSPL-1.0", "BUSL-1.1", "CC-BY-NC-4.0", "CC-BY-SA-4.0", "OpenSSL",
                                  "JSON", "BSD-4-Clause", "CDDL-1.0", "EUPL-1.2"])
def test_no_copyleft_commercial_or_advertising_licence_is_compatible_with_bsd_3_clause(name: str) -> None:
    assert takes("bsd-3-clause-compatible", name) is False


@pytest.mark.parametrize("name", ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "0BSD",
                                  "Unicode-3.0", "Unlicense", "CC0-1.0", "BSL-1.0", "PSF-2.0"])
def test_licences_that_ask_for_notices_alone_are_compatible_with_bsd_3_clause(name: str) -> None:
    assert takes("bsd-3-clause-compatible", name) is True


def test_allow_and_deny_against_every_combination_counted_out_by_hand() -> None:
    """Four licences, each allowed, denied or not mentioned: the rule in one line, tried over all 81 policies."""
    names = ("MIT", "ISC", "Zlib", "GPL-3.0-only")
    for marks in product("ad-", repeat=4):
        allow = [name for name, mark in zip(names, marks, strict=True) if mark == "a"]
        deny = [name for name, mark in zip(names, marks, strict=True) if mark == "d"]
        found = LicensePolicy(allow=frozenset(allow), deny=frozenset(deny))
        for name, mark in zip(names, marks, strict=True):
            assert found.takes(License(name)) is (mark == "a" or (mark == "-" and not allow)), (marks, name)


@given(st.sampled_from(["MIT", "GPL-2.0-only", "Apache-2.0+", "LicenseRef-x"]))
def test_a_licence_of_ones_own_name_in_capitals_or_not_is_the_same(name: str) -> None:
    tree = parse(name)
    assert isinstance(tree, License)
    assert LicensePolicy(allow=frozenset({name.upper()})).takes(tree) is True
