"""npm, pnpm and Yarn."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary.reading import read
from repo_vitals.concerns.security_summary.ways import MOST_WAYS, ways
from repo_vitals.sources.report_files import Unreadable
from support.report_files import SECURITY, kept, written

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.security_summary.facts import Advisory, Report

FOLDER = SECURITY / "npm-audit"
HIDDEN = "; pnpm hides what auditConfig.ignoreCves, auditConfig.ignoreGhsas or --audit-level name"
NO_SUGGESTIONS = {"type": "info", "name": 1, "displayName": "YN0001", "indent": "", "data": "No audit suggestions"}


def of(name: str) -> Report:
    return read(kept(FOLDER / name))


def short(advisories: tuple[Advisory, ...]) -> list[tuple[str, str, str | None, str | None]]:
    return [(one.ids[0], one.package.name, one.package.version, one.level) for one in advisories]


def test_npm_6_gives_an_advisory_for_each_version_with_its_paths() -> None:
    report = of("6_many.json")
    assert short(report.advisories) == [
        ("CVE-2016-10539", "negotiator", "0.5.3", "high"), ("CVE-2017-16082", "pg", "5.1.0", "high"),
        ("CVE-2017-16119", "fresh", "0.3.0", "high"), ("CVE-2017-16137", "debug", "2.2.0", "low"),
        ("CVE-2017-16138", "mime", "1.3.4", "medium")]
    assert [len(one.paths) for one in report.advisories] == [1, 1, 4, 7, 2]
    assert report.advisories[3].fixed == ("2.6.9", "3.1.0")
    assert (report.checked, report.missing) == (159, ())


def test_npm_7_gives_each_advisory_once_with_the_ways_down_to_its_package() -> None:
    found = {one.ids: one for one in of("npm_11.21.2.json").advisories}
    assert len(found) == 4
    first = found["GHSA-2222-3333-4444", "npm:990001"]
    assert (first.level, first.fixed, first.direct, first.package.version) == ("high", ("1.2.0",), False, None)
    assert first.paths == (("@acme/tool", "acme-lib"), ("@acme/tool", "acme-async", "acme-lib"))
    without_score = found["GHSA-2222-3333-6666", "npm:990003"]
    assert (without_score.level, without_score.scores, without_score.direct) == ("low", (), True)


@pytest.mark.parametrize(("document", "code"), [
    ({"error": {"code": "EAUDITNOLOCK", "summary": "no lock", "detail": "x"}}, r" \(EAUDITNOLOCK\)"),
    ({"error": {"code": "ERR_PNPM_AUDIT_BAD_RESPONSE", "message": "x"}}, r" \(ERR_PNPM_AUDIT_BAD_RESPONSE\)"),
    ({"message": "Method Not Allowed", "method": "POST", "uri": "https://r.example/-/npm/v1/security/audits/quick",
      "headers": {}, "statusCode": 405, "body": {}, "error": {"summary": "", "detail": ""}}, r" \(405\)"),
    ({"error": {"code": "::error::\n", "summary": "x"}}, ""),
    ({"type": "error", "data": "Received invalid response from npm audit."}, ""),
])
def test_an_audit_that_failed_is_no_clean_report(tmp_path: Path, document: Any, code: str) -> None:
    with pytest.raises(Unreadable, match=f"^says that the audit itself failed{code}; nothing was checked$"):
        read(written(tmp_path, document))


def changed(name: str, change: Any, folder: Path) -> Report:
    document = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    change(document)
    return read(written(folder, document))


def answer(*severities: str, **more: Any) -> dict[str, Any]:
    """What pnpm makes of the registry's bulk answer since 2026: no actions, nothing muted, no CVEs."""
    return {"advisories": {str(number): {
        "findings": [{"version": "1.0.0", "paths": [".>a"]}], "id": number, "title": "x" * 1000, "module_name": "a",
        "vulnerable_versions": "<2", "severity": severity, "cwe": "CWE-1",
        "github_advisory_id": f"GHSA-aaaa-bbbb-{number:04}"} for number, severity in enumerate(severities)},
        "metadata": {"vulnerabilities": {severity: severities.count(severity) for severity in
                                         ("info", "low", "moderate", "high", "critical")},
                     "dependencies": 3, "devDependencies": 0, "optionalDependencies": 0, "totalDependencies": 3},
        **more}


@pytest.mark.parametrize("severities", [(), ("high",), ("high",) * 200])
def test_pnpm_tells_neither_actions_nor_what_is_muted_any_more(tmp_path: Path, severities: tuple[str, ...]) -> None:
    report = read(written(tmp_path, answer(*severities)))
    assert [one.ids[0] for one in report.advisories] == [f"GHSA-aaaa-bbbb-{n:04}" for n in range(len(severities))]
    assert (report.checked, report.missing, report.checks) == (3, (), {"vulnerabilities"})


@pytest.mark.parametrize(("paths", "found"), [
    (["web>a", "packages__x>b>a"], (("a",), ("b", "a"))),           # pnpm's, for the second of them
    (["some__package>a", "a"], (("some__package", "a"), ("a",))),   # npm's, for the second of them
    (["@types/x__y>a", "b>a"], (("@types/x__y", "a"), ("b", "a"))), (["@acme/b>a"], (("@acme/b", "a"),)),
])
def test_whether_paths_begin_with_a_folder_is_told_by_all_of_them(
    tmp_path: Path, paths: list[str], found: tuple[tuple[str, ...], ...],
) -> None:
    document = answer("high", actions=[], muted=[])
    document["advisories"]["0"]["findings"] = [{"version": "1.0.0", "paths": paths}]
    assert read(written(tmp_path, document)).advisories[0].paths == found


def test_advisories_and_metadata_of_another_kind_are_no_audit(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is of no format that is known"):
        read(written(tmp_path, {"advisories": {}, "metadata": {"made": "2026"}}))


@pytest.mark.parametrize(("records", "checked"), [
    ([{"actions": [], "muted": [], **answer()}, NO_SUGGESTIONS], 3), ([NO_SUGGESTIONS], None),
    ([{**NO_SUGGESTIONS, "name": None}], None),
    ([{"type": "warning", "name": 0, "data": "x"}, NO_SUGGESTIONS], None),
])
def test_yarn_2_and_later_say_on_a_last_line_that_they_found_nothing(
    tmp_path: Path, records: list[dict[str, Any]], checked: int | None,
) -> None:
    report = read(written(tmp_path, "".join(f"{json.dumps(one)}\n" for one in records)))
    assert (report.tool, report.advisories, report.missing, report.checked) == ("yarn npm audit", (), (), checked)
    assert report.checks == {"vulnerabilities"}


def test_yarn_3_with_advisories_among_other_lines_gives_them(tmp_path: Path) -> None:
    lines = [{"type": "info", "name": 0, "data": "x"}, answer("high"), {"type": "error", "name": 1, "data": "x"}]
    report = read(written(tmp_path, "".join(f"{json.dumps(one)}\n" for one in lines)))
    assert [one.level for one in report.advisories] == ["high"]
    assert report.missing == ("it holds 1 errors of Yarn's",)


def test_an_answer_whose_counts_do_not_fit_is_not_clean_for_the_line_that_says_so(tmp_path: Path) -> None:
    record = answer("high")
    record["advisories"].clear()
    report = read(written(tmp_path, f"{json.dumps(record)}\n{json.dumps(NO_SUGGESTIONS)}\n"))
    assert report.missing == (f"its summary counts 1 of severity high, its list holds none{HIDDEN}",)


def test_counts_that_do_not_fit_the_list_tell_that_it_is_not_whole(tmp_path: Path) -> None:
    assert changed("npm_11.21.2.json", lambda d: d["vulnerabilities"].pop("acme-async"), tmp_path).missing == (
        "its summary counts 2 packages of severity critical, its list holds 1",)
    assert changed("6_many.json", lambda d: d["advisories"].clear(), tmp_path).missing == (
        f"its summary counts 7 of severity low, its list holds none{HIDDEN}",)
    assert changed("6_none.json", lambda d: d["metadata"]["vulnerabilities"].update(high=1), tmp_path).missing == (
        f"its summary counts 1 of severity high, its list holds none{HIDDEN}",)
    assert changed("npm_11.21.2.json", lambda d: [one["via"].clear() for one in d["vulnerabilities"].values()],
                   tmp_path).missing == ("it names vulnerable packages and no advisory",)


def test_yarn_1_without_its_summary_was_cut_off(tmp_path: Path) -> None:
    text = (FOLDER / "yarn_1.22.22.ndjson").read_text(encoding="utf-8").splitlines(keepends=True)
    assert read(written(tmp_path, "".join(text[:-1]))).missing == ("it has no summary, so it was cut off",)
    spoiled = [*text, '{"type": "error", "data": "x"}\n']
    assert read(written(tmp_path, "".join(spoiled))).missing == ("it holds 1 errors of Yarn's",)


@pytest.mark.parametrize("change", [
    lambda d: d["metadata"]["vulnerabilities"].update(high=-1),
    lambda d: d["metadata"]["vulnerabilities"].update(high=0.5),
    lambda d: d["vulnerabilities"].update(x=7),
    lambda d: d["vulnerabilities"]["acme-lib"].update(via=[7]),
    lambda d: d["vulnerabilities"]["acme-lib"]["via"][0].update(dependency=7),
    lambda d: d["vulnerabilities"]["acme-lib"].update(effects=7),
    lambda d: d.update(auditReportVersion=3),
    lambda d: d["vulnerabilities"]["acme-lib"]["via"][0].update(source=None, url=None),
])
def test_values_that_can_not_be_are_refused(tmp_path: Path, change: Any) -> None:
    with pytest.raises(Unreadable):
        changed("npm_11.21.2.json", change, tmp_path)


GRAPHS = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4), max_size=6)


def every_way(package: str, parents: dict[str, list[str]], direct: set[str]) -> set[tuple[str, ...]]:
    """By walking down from every direct dependency, where the code walks up."""
    children: dict[str, set[str]] = {}
    for child, above in parents.items():
        for one in above:
            children.setdefault(one, set()).add(child)
    found = set()

    def down(way: tuple[str, ...]) -> None:
        if way[-1] == package:
            found.add(way)
            return
        for child in children.get(way[-1], ()):
            if child not in way and child not in direct:
                down((*way, child))
    for one in direct:
        if one != package:
            down((one,))
    return {(package,)} if package in direct else found


@given(GRAPHS, st.sets(st.sampled_from("abcdef")), st.sampled_from("abcdef"))
def test_ways_are_the_shortest_of_all_ways_and_never_go_in_circles(
        parents: dict[str, list[str]], direct: set[str], package: str) -> None:
    found = ways(package, lambda one: parents.get(one, ()), direct.__contains__)
    every = every_way(package, parents, direct)
    assert set(found) <= every
    assert len(set(found)) == len(found) == min(MOST_WAYS, len(every))
    assert [len(one) for one in found] == sorted(len(one) for one in every)[:MOST_WAYS]


def test_a_graph_with_more_ways_than_atoms_is_left_early() -> None:
    layers = 60
    parents = {f"{layer}-{place}": [f"{layer - 1}-{up}" for up in range(5)] for layer in range(1, layers)
               for place in range(5)}
    assert ways(f"{layers - 1}-0", lambda one: parents.get(one, ()), lambda one: one.startswith("0-")) == ()


@pytest.mark.parametrize(("vulnerable", "way_out", "fixed"), [
    ("<1.9.5 || >=2.0.0", False, ()), ("<1.9.5 || >=2.0.0", True, ("1.9.5",)), ("<1.9.5", False, ("1.9.5",)),
    ("<1.9.5 || >=2.0.0 <2.3.1", False, ("1.9.5", "2.3.1")),
])
def test_the_fix_of_one_line_is_none_where_another_is_open_and_npm_knows_no_way_out(
    tmp_path: Path, vulnerable: str, way_out: bool, fixed: tuple[str, ...],
) -> None:
    via = {"source": 1, "name": "a", "dependency": "a", "title": "t", "severity": "high", "range": vulnerable,
           "url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc"}
    entry = {"name": "a", "severity": "high", "isDirect": True, "via": [via], "effects": [], "range": vulnerable,
             "nodes": ["node_modules/a"], "fixAvailable": way_out}
    (found,) = read(written(tmp_path, {"auditReportVersion": 2, "vulnerabilities": {"a": entry}})).advisories
    assert found.fixed == fixed
