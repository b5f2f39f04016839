"""Identities of findings outlive everything but what they are about."""
from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from repo_vitals.report.fingerprint import fingerprint
from support.reports import NOW, finding

PART = st.text(alphabet='ab",[]\\\u2028é', max_size=6)


def test_a_fingerprint_never_changes_between_versions():
    assert fingerprint("community-metrics", "awaiting-response", "issue 7") == "bd4a75a772d19974"


def test_title_severity_detail_link_date_and_labels_are_no_part_of_it():
    changed = finding(title="Retitled", severity="info", detail="d", url="https://example.org/7", since=NOW,
                      labels={"a": "b"})
    assert changed.as_json(monitor="m")["id"] == finding().as_json(monitor="m")["id"]


@settings(deadline=None)
@given(st.tuples(PART, PART, PART), st.tuples(PART, PART, PART))
def test_no_two_troubles_run_together(one, other):
    assume(one != other)
    assert fingerprint(*one) != fingerprint(*other)
