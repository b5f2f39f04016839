"""cargo-deny's diagnostics and lists of licences."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.allowing import Uses
from repo_vitals.concerns.security_summary.facts import Advisory, LicensedPackage, Package, PolicyFinding
from repo_vitals.concerns.security_summary.formats.cargo_deny_codes import check_of
from repo_vitals.concerns.security_summary.formats.cargo_deny_graph import MOST_PATHS, located
from repo_vitals.concerns.security_summary.license_policy import read_policy
from repo_vitals.concerns.security_summary.licenses import judge_licenses
from repo_vitals.concerns.security_summary.reading import read
from repo_vitals.sources.report_files import Unreadable
from support.report_files import SECURITY, kept, written
from support.security import NOW

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SECURITY / "cargo-deny"


def crate(name: str, version: str = "1.0.0") -> Package:
    return Package(name=name, version=version, ecosystem="crates.io")


def node(name: str, *parents: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Krate": {"name": name, "version": "1.0.0"}, **({"parents": list(parents)} if parents else {}), **more}


def diagnostics(*fields: dict[str, Any], summary: dict[str, Any] | None = None) -> str:
    records: list[dict[str, Any]] = [{"type": "diagnostic", "fields": one} for one in fields]
    if summary is not None:
        records.append({"type": "summary", "fields": summary})
    return "".join(json.dumps(record) + "\n" for record in records)


def stats(errors: int) -> dict[str, int]:
    return {"errors": errors, "warnings": 0, "notes": 0, "helps": 0}


def test_errors_of_a_check_that_is_not_known_leave_a_report_unfinished(tmp_path: Path) -> None:
    report = read(written(tmp_path, diagnostics(summary={"advisories": stats(0), "new": stats(2)})))
    assert report.missing == ("its summary counts errors of a check that is not known",)
    assert report.checks == {"vulnerabilities"}
    assert read(written(tmp_path, diagnostics(summary={"advisories": stats(0), "new": stats(0)}))).missing == ()


def test_an_advisory_without_a_graph_is_about_the_package_that_the_database_names(tmp_path: Path) -> None:
    feature = {"severity": "error", "code": "vulnerability", "message": "m", "labels": [],
               "graphs": [{"Feature": {"crate_name": "a", "name": "f"}}],
               "advisory": {"id": "RUSTSEC-2020-0001", "package": "a", "aliases": []}}
    report = read(written(tmp_path, diagnostics(feature, summary={"advisories": stats(1)})))
    assert [one.package for one in report.advisories] == [Package(name="a", ecosystem="crates.io")]
    assert report.missing == ()
    del feature["advisory"]["package"]      # type: ignore[attr-defined]
    with pytest.raises(Unreadable, match="names no package"):
        read(written(tmp_path, diagnostics(feature, summary={"advisories": stats(1)})))


def test_an_advisory_is_told_with_the_ways_to_its_package() -> None:
    report = read(kept(FOLDER / "all_checks.ndjson"))
    idna = report.advisories[1]
    assert idna.ids == ("RUSTSEC-2024-0421", "CVE-2024-12224", "GHSA-h97m-ww89-6jmq")
    assert idna.package == crate("idna", "0.4.0")
    assert idna.fixed == (">=1.0.0, <2.0.0", ">=2.1.0")
    assert idna.direct is False
    assert set(idna.paths) == {
        ("reqwest", "url", "idna"), ("shadow", "git2", "url", "idna"), ("git2", "url", "idna"),
        ("reqwest", "url", "cookie", "idna"), ("shadow", "git2", "url", "cookie", "idna"),
        ("git2", "url", "cookie", "idna")}


def test_what_deny_toml_ignores_is_told_with_its_reason() -> None:
    report = read(kept(FOLDER / "all_checks.ndjson"))
    assert (report.advisories[0].ids[0], report.advisories[0].ignored) == (
        "RUSTSEC-2020-0071", "we never set the environment")
    assert report.ignored_ids == ("RUSTSEC-2020-0071",)
    assert [one.ignored for one in report.advisories[1:]] == [None, None]


def test_each_check_has_its_own_kind_of_finding() -> None:
    report = read(kept(FOLDER / "all_checks.ndjson"))
    assert report.checks == {"vulnerabilities", "bans", "licenses", "sources"}
    assert report.policy == (
        PolicyFinding(check="bans", code="duplicate", level="medium", source="cargo-deny", package=crate("syn"),
                      title="found 2 duplicate entries for crate 'syn'"),
        PolicyFinding(check="sources", code="source-not-allowed", level="high", source="cargo-deny",
                      package=crate("fork", "0.1.0"), title="detected 'git' source not explicitly allowed"))
    assert report.licenses == (
        LicensedPackage(package=crate("url", "2.4.0"), license="MIT OR Apache-2.0", source="cargo-deny"),)
    assert [one.kind for one in report.advisories] == ["vulnerability", "vulnerability", "unmaintained"]
    assert report.missing == ()


def test_a_real_diagnostic_of_a_vulnerability_is_read_whole() -> None:
    assert read(kept(FOLDER / "vulnerability.ndjson")).advisories == (Advisory(
        ids=("RUSTSEC-2019-0001", "CVE-2019-15542", "GHSA-5hp8-35wj-m525"), package=crate("ammonia", "0.7.0"),
        source="cargo-deny", title="Uncontrolled recursion leads to abort in HTML serialization", fixed=(">=2.1.0",),
        vectors=("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",), paths=(("ammonia",),), direct=True,
        url="https://rustsec.org/advisories/RUSTSEC-2019-0001",
        published=read(kept(FOLDER / "vulnerability.ndjson")).advisories[0].published),)


def test_yanked_packages_are_told_by_one_id() -> None:
    found = read(kept(FOLDER / "yanked.ndjson")).advisories
    assert [(one.ids, one.kind, one.package.name) for one in found] == [
        (("yanked",), "yanked", "crate-two"), (("yanked",), "yanked", "spdx")]


def test_rejected_licences_are_told_with_the_expression_and_the_reason() -> None:
    report = read(kept(FOLDER / "licenses.ndjson"))
    assert len(report.licenses) == 37
    assert report.licenses[0] == LicensedPackage(
        package=crate("bitflags", "1.3.2"), license="MIT/Apache-2.0", source="cargo-deny",
        rejected="MIT: rejected: license is not explicitly allowed; "
                 "Apache-2.0: rejected: license is not explicitly allowed")
    unlicensed = [one for one in report.licenses if one.license is None]
    assert [(one.package.name, one.rejected) for one in unlicensed] == [
        ("features-galore", "features-galore = 0.1.0 is unlicensed")]


@pytest.mark.parametrize(("name", "missing"), [
    ("0.14.2_config_error.ndjson", ("the tool failed, perhaps for its configuration, and wrote no summary",)),
    ("vulnerability.ndjson", ("has no summary: the tool did not end its work",)),
    ("0.20.2_bans.ndjson", ()),
    ("0.11_codes.ndjson", ("the index of the registry could not be read, so yanked packages were not looked for",)),
])
def test_without_a_summary_a_report_is_unfinished(name: str, missing: tuple[str, ...]) -> None:
    assert read(kept(FOLDER / name)).missing == missing


def test_a_summary_that_counts_more_errors_than_are_listed_is_not_believed(tmp_path: Path) -> None:
    text = diagnostics(summary={"advisories": stats(2), "bans": stats(0)})
    report = read(written(tmp_path, text))
    assert report.missing == ("its summary counts 2 errors of advisories, and 0 are listed",)
    assert report.checks == {"vulnerabilities", "bans"}


def test_an_error_in_the_log_leaves_a_report_unfinished(tmp_path: Path) -> None:
    log = json.dumps({"type": "log", "fields": {"level": "ERROR", "message": "failed to fetch"}})
    assert read(written(tmp_path, log + "\n" + diagnostics(summary={"bans": stats(0)}))).missing == (
        "the tool logged an error",)
    assert read(written(tmp_path, diagnostics(summary={}))).missing == ("its summary names no check",)


def test_lines_of_a_log_between_the_records_are_passed_over(tmp_path: Path) -> None:
    text = "    Updating crates.io index\n" + diagnostics(summary={"bans": stats(0)}) + "done\n"
    report = read(written(tmp_path, text))
    assert (report.format, report.missing, report.checks) == ("cargo-deny", (), {"bans"})


def test_codes_of_old_versions_mean_the_same() -> None:
    report = read(kept(FOLDER / "0.11_codes.ndjson"))
    assert [(one.ids[0], one.kind, one.package.name, one.fixed) for one in report.advisories] == [
        ("RUSTSEC-2019-0001", "vulnerability", "ammonia", (">=2.1.0",)), ("yanked", "yanked", "spdx", ())]
    assert [(one.license, one.rejected) for one in report.licenses] == [
        ("GPL-3.0", "GPL-3.0: rejected: not explicitly allowed")]
    assert [(one.check, one.code, one.package) for one in report.policy] == [
        ("sources", "source-not-allowed", crate("fork", "0.1.0"))]


def test_an_error_of_a_code_that_is_not_known_is_not_lost(tmp_path: Path) -> None:
    unknown = {"code": "brand-new", "severity": "error", "message": "no", "graphs": [node("a")], "labels": []}
    about_itself = {"code": "license-exception-not-encountered", "severity": "error", "message": "unused", "labels": []}
    report = read(written(tmp_path, diagnostics(unknown, about_itself, summary={
        "bans": stats(1), "licenses": stats(1)})))
    assert [(one.check, one.code, one.level) for one in report.policy] == [
        ("bans", "brand-new", "high"), ("licenses", "license-exception-not-encountered", "high")]
    assert report.missing == ()
    assert check_of("", has_advisory=True) == "advisories"


@pytest.mark.parametrize(("text", "message"), [
    (diagnostics({"code": "vulnerability", "severity": "error"}), "has an advisory that names no package"),
    (diagnostics({"code": "rejected", "severity": "error"}), "has a licence that belongs to no package"),
    (diagnostics({"code": "banned", "severity": "odd"}), "has a diagnostic of a severity that is not known"),
    (diagnostics(summary={"bans": {"errors": -1}}), "gives the errors of its summary as something that is no count"),
    (diagnostics(summary={"bans": stats(0)}) + '{"reason": "x"}\n', "has a record that is not cargo-deny's"),
    (diagnostics(summary={"bans": stats(0)})[:-8], "is cut off"),
])
def test_what_lacks_its_parts_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read(written(tmp_path, text))


def test_a_crate_of_the_project_itself_has_no_way_to_it() -> None:
    assert located({"graphs": [node("app")]}) == ((), None)
    assert located({"graphs": []}) == ((), None)
    assert located({}) == ((), None)


def test_circles_and_endless_numbers_of_ways_end() -> None:
    circle = node("a", node("b", node("a", node("b", repeat=True))), node("app"))
    assert located({"graphs": [circle]}) == ((("a",),), True)
    wide: dict[str, Any] = node("app")
    for level in range(20):
        wide = node(f"level{level}", *[node(f"n{level}-{place}", wide) for place in range(2)]) if level < 12 \
            else node(f"level{level}", wide)
    paths, direct = located({"graphs": [wide]})
    assert len(paths) <= MOST_PATHS
    assert direct is False


def test_a_list_by_licence_gives_each_package_its_licences() -> None:
    report = read(kept(FOLDER / "list_by_license.json"))
    found = {one.package.name: one.license for one in report.licenses}
    assert found["simple_ecs"] == "GPL-3.0"
    assert found["bitflags"] == "(Apache-2.0 AND MIT) OR (choice-not-told AND (Apache-2.0 OR MIT))"
    assert found["features-galore"] is None
    assert report.checked == len(report.licenses) == 41
    assert "a choice" in report.notes[0]
    assert report.checks == {"licenses"}


@pytest.mark.parametrize(("names", "states"), [
    (["MIT"], {"allowed"}), (["GPL-3.0"], {"denied"}), (["MIT", "Apache-2.0"], {"allowed"}),
    (["MIT", "GPL-3.0"], {"unknown"}), (["AGPL-3.0", "GPL-3.0"], {"denied"}),
    (["MIT", "Apache-2.0", "GPL-3.0"], {"unknown"}), (["MIT OR GPL-3.0", "Apache-2.0"], {"allowed"}), ([], {"unknown"}),
])
@pytest.mark.parametrize("table", [
    {"allow": ["MIT", "Apache-2.0"]}, {"deny": ["GPL-3.0", "AGPL-3.0"]},
])
def test_whether_several_licences_are_a_choice_the_list_does_not_tell_and_no_verdict_rests_on_it(
    tmp_path: Path, names: list[str], states: set[str], table: dict[str, Any],
) -> None:
    report = read(written(tmp_path, {"a 1.0.0 registry+https://example.org": {"licenses": names}}))
    found = judge_licenses([report], read_policy(table), now=NOW, uses=Uses())
    assert {one.state for one in found.packages} == states


def test_a_list_without_packages_is_not_clean(tmp_path: Path) -> None:
    assert read(written(tmp_path, {"licenses": [], "unlicensed": []})).missing == ("no package was looked at",)
    with pytest.raises(Unreadable, match="has a package that is not written as name, version and source"):
        read(written(tmp_path, {"licenses": [["MIT", ["one"]]], "unlicensed": []}))
