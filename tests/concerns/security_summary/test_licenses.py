"""The licence of every package: merged over all sources, judged by the policy, with exceptions."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary.allowing import Uses
from repo_vitals.concerns.security_summary.facts import LicensedPackage, Package
from repo_vitals.concerns.security_summary.license_policy import LICENSES
from repo_vitals.concerns.security_summary.licenses import Judged, Licensing, judge_licenses
from repo_vitals.config.allowlist import read as allow
from support.security import NOW, report

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.facts import Report

PRESET = "bsd-3-clause-compatible"


def licensed(given: str | None, name: str = "left-pad", version: str | None = "1.0.0", ecosystem: str = "npm",
             source: str = "cyclonedx", **more: Any) -> LicensedPackage:
    file, line = more.pop("file", None), more.pop("line", None)
    package = Package(name=name, version=version, ecosystem=ecosystem, file=file, line=line)
    return LicensedPackage(package=package, license=given, source=source, **more)


def told(*packages: LicensedPackage) -> Report:
    return report(checks="licenses", licenses=packages)


def licensing(*packages: LicensedPackage, policy: str | None = PRESET, allowed: Any = (), uses: Uses | None = None,
              ) -> Licensing:
    read = None if policy is None else LICENSES.kind.parse(policy)
    return judge_licenses([told(*packages)], read, allow(list(allowed)), now=NOW, uses=uses or Uses())


def only(*packages: LicensedPackage, **how: Any) -> Judged:
    (found,) = licensing(*packages, **how).packages
    return found


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ("MIT", "allowed"),
        ("MIT OR GPL-3.0-only", "allowed"),
        ("MIT/GPL-3.0", "allowed"),
        ("MIT AND GPL-3.0-only", "denied"),
        ("GPL-3.0+", "denied"),
        ("(MIT OR GPL-3.0) AND (ISC OR AGPL-3.0)", "allowed"),
        ("Apache License 2.0", "allowed"),
        ("Apache-2.0 WITH LLVM-exception", "allowed"),
        ("LicenseRef-corporate", "denied"),
        ("BSD", "unknown"),
        ("MIT AND BSD", "unknown"),
        ("GPL-3.0-only AND BSD", "denied"),
        ("MIT OR BSD", "allowed"),
        ("GPL-3.0-only OR BSD", "unknown"),
        ("see LICENSE.txt, please", "unknown"),
        ("NOASSERTION", "unknown"),
        ("NONE", "unknown"),
        ("UNLICENSED", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_package_is_judged_by_what_is_known_of_its_licence(given: str | None, state: str) -> None:
    found = only(licensed(given))
    assert found.state == state
    assert found.why


def test_without_a_policy_nothing_is_judged_but_what_a_tool_rejects() -> None:
    assert only(licensed("GPL-3.0-only"), policy=None).state == "listed"
    assert only(licensed(None), policy=None).state == "unknown"
    found = only(licensed("GPL-3.0-only", source="cargo-deny", rejected="not in its list"), policy=None)
    assert (found.state, found.by, found.why) == ("denied", "cargo-deny", "not in its list")


def test_what_a_tool_rejects_stays_rejected_although_the_policy_takes_it() -> None:
    assert only(licensed("MIT", source="cargo-deny", rejected="")).state == "denied"
    assert only(licensed("MIT"), licensed("MIT", source="cargo-deny", rejected="no")).state == "denied"


@pytest.mark.parametrize(
    ("first", "second", "state", "disagree"),
    [
        ("MIT", "MIT", "allowed", False),
        ("MIT OR Apache-2.0", "Apache-2.0/MIT", "allowed", False),
        ("MIT", "ISC", "allowed", True),
        ("MIT", "GPL-3.0-only", "denied", True),
        ("MIT", "NOASSERTION", "allowed", False),
        ("MIT", None, "allowed", False),
        ("MIT", "BSD", "unknown", True),
        ("GPL-3.0-only", "BSD", "denied", True),
    ],
)
def test_of_several_sources_the_worst_counts_and_one_that_says_nothing_says_nothing(
    first: str, second: str | None, state: str, disagree: bool,
) -> None:
    for pair in ((first, second), (second, first)):
        found = only(licensed(pair[0], source="cyclonedx"), licensed(pair[1], source="spdx"))
        assert (found.state, found.disagree) == (state, disagree)
        assert found.sources == ("cyclonedx", "spdx")


def test_a_package_is_the_same_however_its_name_its_ecosystem_and_its_version_are_written() -> None:
    found = only(licensed("MIT", name="Zope.Interface", ecosystem="pypi"),
                 licensed("MIT", name="zope-interface", ecosystem="PyPI"),
                 licensed("MIT", name="zope-interface", ecosystem=""))
    assert (found.ecosystem, found.subject) == ("PyPI", "PyPI zope-interface 1.0.0")
    assert len(licensing(licensed("MIT"), licensed("MIT", version="2.0.0")).packages) == 2
    three = licensed("MIT"), licensed("MIT", ecosystem="PyPI"), licensed("MIT", ecosystem="")
    assert len(licensing(*three).packages) == 3


def test_what_names_no_version_is_said_of_every_version_there_is() -> None:
    found = licensing(licensed("MIT"), licensed("MIT", version="2.0.0"), licensed("GPL-3.0-only", version=None))
    assert [(one.version, one.state) for one in found.packages] == [("1.0.0", "denied"), ("2.0.0", "denied")]
    assert only(licensed("MIT", version=None)).version is None


@pytest.mark.parametrize(
    ("exception", "given", "state"),
    [
        ("exceptions.left-pad = GPL-3.0", "GPL-3.0-only", "excepted"),
        ("exceptions.Left-Pad = GPL-3.0", "GPL-3.0-only AND MIT", "excepted"),
        ("exceptions.left-pad 1.0.0 = GPL-3.0", "GPL-3.0-only", "excepted"),
        ("exceptions.left-pad 1.0.1 = GPL-3.0", "GPL-3.0-only", "denied"),
        ("exceptions.right-pad = GPL-3.0", "GPL-3.0-only", "denied"),
        ("exceptions.left-pad = AGPL-3.0", "GPL-3.0-only", "denied"),
        ("exceptions.left-pad = GPL-3.0", "GPL-3.0-only AND AGPL-3.0-only", "denied"),
        ("exceptions.left-pad = GPL-3.0", "GPL-3.0-only AND BSD", "denied"),
        ("exceptions.left-pad = GPL-3.0, unknown", "GPL-3.0-only AND BSD", "excepted"),
        ("exceptions.left-pad = unknown", "BSD", "excepted"),
        ("exceptions.left-pad = unknown", None, "excepted"),
        ("exceptions.left-pad = unknown", "GPL-3.0-only", "denied"),
        ("exceptions.left-pad = LicenseRef-corporate", "LicenseRef-corporate", "excepted"),
    ],
)
def test_an_exception_covers_its_package_and_its_licences_alone(exception: str, given: str, state: str) -> None:
    assert only(licensed(given), policy=f"preset = {PRESET}\n{exception}").state == state


def test_an_exception_that_covers_nothing_is_named() -> None:
    found = licensing(licensed("MIT"), policy=f"preset = {PRESET}\nexceptions.left-pad = GPL-3.0\nexceptions.b 1 = ISC")
    assert found.unused == ("left-pad", "b 1")
    assert licensing(licensed("GPL-3.0-only"), policy=f"preset = {PRESET}\nexceptions.left-pad = GPL-3.0").unused == ()


@pytest.mark.parametrize(
    ("table", "given", "state"),
    [
        ({"license": "GPL-3.0", "package": "left-pad"}, "GPL-3.0-only", "excepted"),
        ({"license": "MIT", "package": "left-pad"}, "MIT WITH Commons-Clause", "unknown"),
        ({"license": "MIT WITH Commons-Clause", "package": "left-pad"}, "MIT WITH Commons-Clause", "excepted"),
        ({"license": "GPL-3.0-only", "package": "left-pad", "version": "1.0.0"}, "GPL-3.0-only", "excepted"),
        ({"license": "GPL-3.0-only", "package": "left-pad", "version": "9"}, "GPL-3.0-only", "denied"),
        ({"license": "GPL-3.0-only", "package": "left-pad", "expires": "2026-01-01"}, "GPL-3.0-only", "denied"),
        ({"license": "unknown", "package": "left-pad"}, None, "excepted"),
        ({"license": "Corporate License, v2", "package": "left-pad"}, "Corporate License, v2", "excepted"),
        ({"license": "MIT", "package": "left-pad"}, "GPL-3.0-only", "denied"),
    ],
)
def test_the_allowlist_excepts_with_its_reason_while_its_time_is_not_over(
    table: dict[str, Any], given: str | None, state: str,
) -> None:
    uses = Uses()
    found = only(licensed(given), allowed=[{**table, "reason": "asked their lawyers"}], uses=uses)
    assert found.state == state
    assert (found.reason, found.by) == (("asked their lawyers", "allowlist") if state == "excepted" else ("", "policy"))
    assert bool(uses.hits) is (state == "excepted")


def test_the_allowlist_covers_what_a_tool_rejects() -> None:
    table = {"license": "GPL-3.0-only", "package": "left-pad", "reason": "asked"}
    found = only(licensed("GPL-3.0-only", rejected="no", source="cargo-deny"), allowed=[table], policy=None)
    assert found.state == "excepted"


def test_a_table_that_is_not_needed_is_not_used() -> None:
    uses = Uses()
    only(licensed("MIT"), allowed=[{"license": "MIT", "package": "left-pad", "reason": "why not"}], uses=uses)
    assert not uses.hits


SAID = st.lists(st.builds(
    licensed,
    st.sampled_from(["MIT", "ISC", "GPL-3.0-only", "BSD", "MIT OR GPL-3.0-only", None, "NOASSERTION", "x, y"]),
    name=st.sampled_from(["a", "A", "b"]), version=st.sampled_from(["1", "2", None]),
    ecosystem=st.sampled_from(["npm", ""]), source=st.sampled_from(["spdx", "trivy"]),
    rejected=st.sampled_from([None, None, None, "no"])), max_size=8)


@given(SAID, st.randoms(use_true_random=False))
def test_the_order_of_reports_makes_no_difference(said: list[LicensedPackage], random: Any) -> None:
    policy = LICENSES.kind.parse(PRESET)
    reports = [told(one) for one in said]
    found = judge_licenses(reports, policy, now=NOW, uses=Uses())
    random.shuffle(reports)
    assert judge_licenses(reports, policy, now=NOW, uses=Uses()) == found


@given(SAID)
def test_what_one_more_source_says_never_makes_a_denied_package_compliant(said: list[LicensedPackage]) -> None:
    policy = LICENSES.kind.parse(PRESET)
    before = judge_licenses([told(*said)], policy, now=NOW, uses=Uses())
    for one in before.packages:
        more = licensed("MIT", name=one.name, version=one.version, ecosystem=one.ecosystem, source="more")
        after = judge_licenses([told(*said), told(more)], policy, now=NOW, uses=Uses())
        if one.state == "denied":
            assert any(other.subject == one.subject and other.state == "denied" for other in after.packages)


@given(SAID)
def test_no_package_is_lost_and_none_that_nobody_can_judge_is_compliant(said: list[LicensedPackage]) -> None:
    found = judge_licenses([told(*said)], LICENSES.kind.parse(PRESET), now=NOW, uses=Uses())
    assert {one.package.name.lower() for one in said} == {one.name.lower() for one in found.packages}
    for one in found.packages:
        if not one.licenses or {"BSD", "x, y"} & set(one.licenses):
            assert one.state != "allowed"
        assert one.state != "listed"


def test_a_place_with_a_line_goes_before_one_without() -> None:
    one, other = licensed("MIT", file="b.lock", line=9), licensed("MIT", file="a.lock", source="spdx")
    found = only(one, other)
    assert (found.file, found.line) == ("b.lock", 9)
    assert only(replace(one, package=replace(one.package, line=None)), other).file == "a.lock"
