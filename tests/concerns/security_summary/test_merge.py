"""One entry for each package, version and set of ids that mean the same."""
from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary.identity import ids_of, name_in, version_in
from repo_vitals.concerns.security_summary.merge import merge
from repo_vitals.errors import InputError
from support.security import advisory

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.concerns.security_summary.facts import Advisory
    from repo_vitals.concerns.security_summary.merge import Entry


def told(entries: tuple[Entry, ...]) -> list[Any]:
    return [(one.key, one.version, one.ids, one.kind, one.sources, one.paths, one.fixed, one.advisories)
            for one in entries]


def test_two_tools_that_name_one_advisory_differently_make_one_entry_with_both_sources() -> None:
    (entry,) = merge([
        advisory("RUSTSEC-2024-0001", "CVE-2024-1", source="cargo-audit", paths=(("app", "left-pad"),)),
        advisory("GHSA-aaaa-bbbb-cccc", "cve-2024-1", source="dependabot", paths=(("tool", "left-pad"),)),
    ])
    assert entry.ids == ("CVE-2024-1", "GHSA-aaaa-bbbb-cccc", "RUSTSEC-2024-0001")
    assert entry.sources == ("cargo-audit", "dependabot")
    assert entry.paths == (("app", "left-pad"), ("tool", "left-pad"))
    assert entry.parents == ("app", "tool")


def test_aliases_join_by_way_of_a_third_report() -> None:
    apart = [advisory("GHSA-1", source="a"), advisory("CVE-1", source="b")]
    assert len(merge(apart)) == 2
    assert len(merge([*apart, advisory("RUSTSEC-1", "GHSA-1", "CVE-1", source="c")])) == 1


def test_a_report_about_another_version_joins_the_names_and_not_the_versions() -> None:
    entries = merge([advisory("GHSA-1", version="1.0"), advisory("CVE-1", version="1.0"),
                     advisory("GHSA-1", "CVE-1", version="2.0")])
    assert [(one.version, one.ids) for one in entries] == [("1.0", ("CVE-1", "GHSA-1")), ("2.0", ("CVE-1", "GHSA-1"))]


def test_the_same_advisory_in_another_package_is_another_entry() -> None:
    assert len(merge([advisory("CVE-1", name="a"), advisory("CVE-1", name="b"),
                      advisory("CVE-1", name="a", ecosystem="PyPI")])) == 3


def test_what_names_no_version_joins_the_versions_that_others_name() -> None:
    entries = merge([advisory("CVE-1", version=None, source="dependabot"), advisory("CVE-1", version="1.0"),
                     advisory("CVE-1", version="2.0")])
    assert [(one.version, one.sources) for one in entries] == [
        ("1.0", ("dependabot", "osv-scanner")), ("2.0", ("dependabot", "osv-scanner"))]
    (alone,) = merge([advisory("CVE-1", version=None)])
    assert (alone.version, alone.installed) == (None, None)


@pytest.mark.parametrize(("ecosystem", "one", "other"), [
    ("PyPI", "Flask_Login", "flask-login"), ("pip", "zope.interface", "Zope-Interface"),
    ("npm", "JSONStream", "jsonstream"),
    ("crates.io", "serde_json", "serde-json"), ("Maven", "org.a:b", "org.a/b"),
    ("golang", "github.com/A/b", "github.com/a/b"),
])
def test_names_are_compared_as_their_registry_does(ecosystem: str, one: str, other: str) -> None:
    assert len(merge([advisory("CVE-1", name=one, ecosystem=ecosystem),
                      advisory("CVE-1", name=other, ecosystem=ecosystem)])) == 1


def test_ecosystems_are_the_same_by_whatever_name_a_tool_gives_them() -> None:
    (entry,) = merge([advisory("CVE-1", ecosystem="rust"), advisory("CVE-1", ecosystem="crates.io"),
                      advisory("CVE-1", ecosystem="Cargo")])
    assert entry.ecosystem == "crates.io"


def test_a_release_of_a_distribution_is_no_ecosystem_of_its_own() -> None:
    assert len(merge([advisory("CVE-1", ecosystem="Debian:12"), advisory("CVE-1", ecosystem="Debian")])) == 1


def test_go_versions_are_the_same_with_and_without_their_letter() -> None:
    assert len(merge([advisory("CVE-1", ecosystem="Go", version="v1.2.3"),
                      advisory("CVE-1", ecosystem="Go", version="1.2.3")])) == 1


def test_gos_own_library_is_one_whether_a_tool_writes_its_version_with_go_or_without() -> None:
    (entry,) = merge([advisory("CVE-1", name="stdlib", ecosystem="Go", version=version, source=version)
                      for version in ("go1.21.0", "v1.21.0", "1.21.0")])
    assert (entry.version, len(entry.sources)) == ("1.21.0", 3)
    assert version_in("Go", "good") == "good"


def test_an_unknown_ecosystem_joins_the_known_one_of_the_same_name_and_version() -> None:
    (entry,) = merge([advisory("CVE-1", ecosystem=""), advisory("CVE-1", ecosystem="npm")])
    assert (entry.ecosystem, len(entry.advisories)) == ("npm", 2)
    assert len(merge([advisory("CVE-1", ecosystem="", version="9"), advisory("CVE-1", ecosystem="npm")])) == 2


def test_of_several_known_ecosystems_an_unknown_one_joins_the_one_that_shares_an_id() -> None:
    entries = merge([advisory("CVE-1", ecosystem=""), advisory("CVE-1", ecosystem="npm"),
                     advisory("CVE-2", ecosystem="PyPI")])
    assert [(one.ecosystem, len(one.advisories)) for one in entries] == [("PyPI", 1), ("npm", 2)]
    both = merge([advisory("CVE-1", ecosystem=""), advisory("CVE-1", ecosystem="npm"),
                  advisory("CVE-1", ecosystem="PyPI")])
    assert [one.ecosystem for one in both] == ["", "PyPI", "npm"]


def test_what_is_withdrawn_is_no_entry_unless_another_source_stands_by_it() -> None:
    assert merge([advisory("CVE-1", kind="withdrawn")]) == ()
    assert [one.kind for one in merge([advisory("CVE-1", kind="withdrawn"), advisory("CVE-1", source="b")])] == [
        "vulnerability"]


def test_a_milder_kind_stands_where_nobody_gives_the_vulnerability_a_weight() -> None:
    said = advisory("RUSTSEC-1", kind="unmaintained", source="cargo-audit")
    assert [one.kind for one in merge([said, advisory("RUSTSEC-1")])] == ["unmaintained"]
    assert [one.kind for one in merge([said, advisory("RUSTSEC-1", level="high")])] == ["vulnerability"]


def test_things_without_an_id_are_told_apart_by_their_kind() -> None:
    entries = merge([advisory(kind="yanked", source="cargo-audit"), advisory(kind="yanked", source="cargo-deny"),
                     advisory(kind="unmaintained")])
    assert [(one.kind, one.ids, len(one.sources)) for one in entries] == [("unmaintained", (), 1), ("yanked", (), 2)]


def test_vulnerabilities_without_an_id_have_a_subject_each_that_no_order_changes() -> None:
    unnamed = [advisory(url="https://a.example/1"), advisory(url="https://a.example/2"), advisory(title="It overflows")]
    subjects = [entry.subject for entry in merge(unnamed)]
    assert len(set(subjects)) == 3
    assert subjects == [entry.subject for entry in merge(unnamed[::-1])]
    assert merge([advisory(kind="yanked")])[0].subject == "npm left-pad 1.0.0 yanked"


MANY = 40_000


@pytest.mark.parametrize("made", [
    lambda: [advisory(f"CVE-{number}", f"GHSA-{number}", version=f"1.{number % 7}") for number in range(MANY)],
    lambda: [advisory(f"CVE-{number}", version=f"1.{number}" if number < MANY / 2 else None,
                      ecosystem="npm" if number < MANY / 2 else "") for number in range(MANY)],
    lambda: [advisory(f"CVE-{number}", ecosystem=f"registry {number % 2000}" if number % 2 else "")
             for number in range(MANY)],
    lambda: [advisory(f"CVE-{number % 8}", version=f"1.{number % 5000}") for number in range(MANY)],
], ids=["one package", "half without a version", "many ecosystems", "many versions"])
def test_forty_thousand_advisories_take_seconds(made: Callable[[], list[Advisory]]) -> None:
    advisories = made()
    before = process_time()
    merge(advisories)
    assert process_time() - before < 10      # two to four on a machine that does nothing else; minutes by comparing all


@pytest.mark.parametrize("made", [
    lambda: [advisory("CVE-1", version=f"1.{number}") for number in range(5001)],
    lambda: [advisory("CVE-1", f"CVE-{number}") for number in range(2, 5003)],
    lambda: [advisory("CVE-1", f"CVE-{number}", version=f"1.{number}") for number in range(2, 1100)],
    lambda: [advisory("CVE-1", version=f"1.{number}" if number % 2 else None) for number in range(2200)],
], ids=["versions", "names", "both", "advisories without a version"])
def test_what_would_be_millions_of_pairs_of_names_and_versions_is_refused_and_never_cut(
    made: Callable[[], list[Advisory]],
) -> None:
    advisories = made()
    with pytest.raises(InputError, match="one vulnerability in left-pad has"):
        merge(advisories)


@pytest.mark.parametrize(("installed", "fixed", "left"), [
    ("2.0.0", ("1.9.5",), ()), ("1.5.0", ("1.9.5", "2.3.1"), ("1.9.5", "2.3.1")),
    ("v2.10.0", ("2.9.1", "v2.10.1"), ("v2.10.1",)),
    ("2.0.0", ("2.0.0-rc.1", "2.0"), ("2.0", "2.0.0-rc.1")),        # only numbers are compared
    ("2.0", ("1:1.0", "1!1.0", "1234567abc", "1"), ("1", "1!1.0", "1:1.0", "1234567abc")),
    (None, ("1.9.5",), ("1.9.5",)),
])
def test_a_fix_of_an_older_line_than_what_is_installed_mends_nothing(
    installed: str | None, fixed: tuple[str, ...], left: tuple[str, ...],
) -> None:
    (entry,) = merge([advisory("CVE-1", version=installed, fixed=fixed)])
    assert set(entry.fixed) == set(left)


def test_fixed_versions_stand_in_the_order_of_numbers() -> None:
    (entry,) = merge([advisory("CVE-1", fixed=("1.10.0", "1.9.1")), advisory("CVE-1", fixed=("1.9.1", "2.0.0"))])
    assert entry.fixed == ("1.9.1", "1.10.0", "2.0.0")


def test_a_version_of_very_many_digits_is_a_version() -> None:
    (entry,) = merge([advisory("CVE-1", fixed=("9" * 6000, "1"))])
    assert entry.fixed == ("1", "9" * 6000)


IDS = st.lists(st.sampled_from(["CVE-1", "CVE-2", "GHSA-1", "GHSA-2", "RUSTSEC-1", "PYSEC-1", "cve-1"]), min_size=1,
               max_size=3, unique=True)
ADVISORIES = st.lists(st.builds(
    lambda ids, name, version, ecosystem, source, kind: advisory(*ids, name=name, version=version, ecosystem=ecosystem,
                                                                 source=source, kind=kind),
    IDS, st.sampled_from(["a_b", "A-b", "c"]), st.sampled_from(["1", "2", None]),
    st.sampled_from(["PyPI", "pip", "npm"]),
    st.sampled_from(["x", "y"]), st.sampled_from(["vulnerability", "unmaintained", "withdrawn"])), max_size=9)
ANY_ECOSYSTEM = st.lists(st.builds(
    lambda ids, name, version, ecosystem: advisory(*ids, name=name, version=version, ecosystem=ecosystem),
    IDS, st.sampled_from(["a", "c"]), st.sampled_from(["1", "2", None]), st.sampled_from(["PyPI", "npm", ""])),
    max_size=9)


@given(ANY_ECOSYSTEM, st.randoms())
def test_the_order_of_reports_makes_no_difference(advisories: list[Advisory], random: Any) -> None:
    shuffled = list(advisories)
    random.shuffle(shuffled)
    assert told(merge(shuffled)) == told(merge(advisories))


@given(ADVISORIES)
def test_entries_are_the_connected_components_of_advisories_that_share_an_id(advisories: list[Advisory]) -> None:
    """By walking a graph of neighbours, where merge() keeps sets of roots."""
    expected = set()
    for start in advisories:
        ecosystem = {"pip": "PyPI"}.get(start.package.ecosystem, start.package.ecosystem)
        place = ecosystem, name_in(ecosystem, start.package.name)
        reached, frontier = {id(start)}, [start]
        while frontier:
            here = frontier.pop()
            for other in advisories:
                its = {"pip": "PyPI"}.get(other.package.ecosystem, other.package.ecosystem)
                if (id(other) not in reached and (its, name_in(its, other.package.name)) == place
                        and set(ids_of(here)) & set(ids_of(other))):
                    reached.add(id(other))
                    frontier.append(other)
        component = [one for one in advisories if id(one) in reached]
        versions = {version_in(ecosystem, one.package.version) for one in component}
        for version in versions - {None} or {None}:
            about = [one for one in component if version_in(ecosystem, one.package.version) in (version, None)]
            if any(one.kind != "withdrawn" for one in about):
                expected.add((place, version, frozenset(key for one in component for key in ids_of(one)), len(about)))
    assert {(one.key, one.version, one.id_keys, len(one.advisories)) for one in merge(advisories)} == expected


@given(ADVISORIES)
def test_nothing_that_is_not_withdrawn_is_lost(advisories: list[Advisory]) -> None:
    entries = merge(advisories)
    kept = {id(one) for entry in entries for one in entry.advisories}
    assert all(id(one) in kept for one in advisories if one.kind != "withdrawn")
    assert len({entry.subject for entry in entries}) == len(entries)
