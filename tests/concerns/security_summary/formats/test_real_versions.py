"""Every reader is held to what its tool wrote in two versions at least; tests/data/security/README.md names them."""
from __future__ import annotations

import re

import pytest

from repo_vitals.concerns.security_summary.reading import READERS
from support.report_files import SECURITY

README = (SECURITY / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return README.partition(f"## {title}\n")[2].partition("\n## ")[0]


def named(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


ROWS = {reader: (versions, named(reports)) for reader, versions, reports in re.findall(
    r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", section("Real reports, by reader"), re.MULTILINE)}
OURS = {name for name in named(section("Cases of ours")) if "/" in name}


def test_every_reader_has_a_row() -> None:
    assert set(ROWS) == set(READERS)


@pytest.mark.parametrize("reader", sorted(READERS))
def test_a_reader_has_real_reports_of_at_least_two_versions(reader: str) -> None:
    versions, reports = ROWS[reader]
    assert len(re.split(r", | and ", versions)) >= 2
    assert len(reports) >= 2
    assert [name for name in reports if not (SECURITY / reader / name).is_file()] == []
    assert OURS.isdisjoint(f"{reader}/{name}" for name in reports)


def test_what_no_tool_wrote_is_named_as_ours_and_there() -> None:
    assert [name for name in sorted(OURS) if not (SECURITY / name).is_file()] == []


def test_the_readme_names_every_report() -> None:
    told = section("Where they are from")
    patterns = [re.escape(name).replace(r"\{", "(?:").replace(r"\}", ")").replace(",", "|").replace(r"\*", ".*")
                for name in named(told) if "/" in name]
    known = re.compile("|".join(patterns))
    lost = [name for path in sorted(SECURITY.glob("*/*")) if (name := path.relative_to(SECURITY).as_posix()) not in OURS
            and not known.fullmatch(name)]
    assert lost == []
