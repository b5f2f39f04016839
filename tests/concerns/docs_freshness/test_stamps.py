"""Dates of review that a document states itself."""
from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from repo_vitals.concerns.docs_freshness.documents import read
from repo_vitals.concerns.docs_freshness.stamps import Stamps, parse_date, read_stamps

NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def stamps(text: str) -> Stamps:
    content = text.encode()
    return read_stamps(read("a.md", content), content, now=NOW)


@pytest.mark.parametrize(("text", "expected"), [
    ("2025-01-02", date(2025, 1, 2)),
    ("2025-01-02T10:00:00Z", date(2025, 1, 2)),
    ("January 2, 2025", date(2025, 1, 2)),
    ("Jan. 2nd 2025", date(2025, 1, 2)),
    ("2 January 2025", date(2025, 1, 2)),
    ("February 2024", date(2024, 2, 29)),
    ("2025-13-02", None),
    ("2025-02-30", None),
    ("01/02/2025", None),
    ("Brumaire 2, 2025", None),
    ("20250102", None),
    ("", None),
])
def test_dates_are_read_in_forms_that_mean_one_day(text: str, expected: date | None) -> None:
    assert parse_date(text) == expected


@pytest.mark.parametrize("line", [
    "**Last Updated**: 2025-08-18", "**Last Updated:** August 18, 2025", "*Last reviewed: 18 August 2025*",
    "> Last modified on 2025-08-18", "| Last Updated | 2025-08-18 |", "- Last verified: 2025-08-18 by Ann",
    "<!-- Last Updated: 2025-08-18 -->", "_Reviewed: 2025-08-18_", "Last Update Date: 2025-08-18",
])
def test_a_line_says_when_a_document_was_last_reviewed(line: str) -> None:
    assert stamps(f"# Title\n\n{line}\n") == Stamps(reviewed=date(2025, 8, 18))


def test_a_line_says_when_the_next_review_is_due() -> None:
    assert stamps("**Next Review**: 2026-02-18\n") == Stamps(next_review=date(2026, 2, 18))


@pytest.mark.parametrize("text", [
    "```\nLast Updated: 2025-08-18\n```\n", "Last updated packages are listed first.\n",
    "When was it last updated: 2025-08-18\n", "Last Updated: see git\n", "Next Review: quarterly\n",
])
def test_examples_and_sentences_are_no_stamps(text: str) -> None:
    assert stamps(text) == Stamps()


@pytest.mark.parametrize("value", ["0x" + "f" * 5_000, "[0x" + "f" * 5_000 + "]", "2025"])
def test_a_number_in_front_matter_is_no_date_however_long_it_is(value: str) -> None:
    [note] = stamps(f"---\nreviewed: {value}\n---\n").notes

    assert note.startswith("its front matter has a reviewed that is no date")


def test_front_matter_is_read_whatever_the_spelling_of_its_keys() -> None:
    assert stamps("---\nlast-reviewed: 2025-08-18\nnextReview: \"January 2, 2027\"\ndate: 2026-01-01\n---\n") == Stamps(
        reviewed=date(2025, 8, 18), next_review=date(2027, 1, 2))


def test_of_several_reviews_the_latest_counts() -> None:
    assert stamps("Reviewed: 2025-08-18\n\nReviewed: 2025-09-18\n").reviewed == date(2025, 9, 18)


@pytest.mark.parametrize(("text", "note"), [
    ("Reviewed: 2026-02-18\n", "line 1 says that it was reviewed on 2026-02-18, which is in the future"),
    ("\nReviewed: 2025-02-30\n",
     "line 2 has a reviewed that is no date in a form that is read (2026-01-31, January 31, 2026)"),
    ("Next Review: 9999-01-01\n", "line 1 has its next review on 9999-01-01, which is more than five years ahead"),
    ("---\nreviewed: soon\n---\n",
     "its front matter has a reviewed that is no date in a form that is read (2026-01-31, January 31, 2026)"),
])
def test_what_can_not_be_is_noted_and_does_not_count(text: str, note: str) -> None:
    assert stamps(text) == Stamps(notes=(note,))


def test_today_is_tomorrow_elsewhere_and_this_month_is_not_over() -> None:
    assert stamps("Reviewed: 2026-02-01\n").reviewed == date(2026, 1, 31)
    assert stamps("Reviewed: January 2026\n").reviewed == date(2026, 1, 31)
