"""What people may ask of an alert, and what is no command."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.alert.commands import in_comment, in_label

AT = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)


def said(text: str) -> list[tuple[Any, ...]]:
    """Kind, span, text and level of each command."""
    return [(one.kind, one.span, one.text, one.level) for one in in_comment(text, id="7", who="ann", at=AT)]


@pytest.mark.parametrize(("text", "meant"), [
    ("/vitals snooze 7d", ("snooze", timedelta(days=7), "", None)),
    ("/vitals snooze 36h", ("snooze", timedelta(hours=36), "", None)),
    ("/vitals wake", ("wake", None, "", None)),
    ("/vitals ack", ("acknowledge", None, "", None)),
    ("/vitals acknowledge I look at it ", ("acknowledge", None, "I look at it", None)),
    ("/vitals status The mirror is  slow", ("status", None, "The mirror is slow", None)),
    ("/vitals resolve", ("resolve", None, "", None)),
    ("/vitals resolve Rolled back", ("resolve", None, "Rolled back", None)),
    ("/vitals sev 2", ("severity", None, "", 2)),
    ("/vitals reviewed", ("reviewed", None, "", None)),
    ("/vitals reviewed https://example.org/7", ("reviewed", None, "https://example.org/7", None)),
    ("Thanks!\r\n\r\n/vitals ack\r\n", ("acknowledge", None, "", None)),
])
def test_a_command_stands_on_a_line_of_its_own(text: str, meant: tuple[Any, ...]) -> None:
    assert said(text) == [meant]


@pytest.mark.parametrize("text", [
    "Please /vitals ack", "> /vitals ack", "- /vitals ack", "`/vitals ack`", "    /vitals ack", "/vitalsack", "/vitals",
    "/vitals snooze", "/vitals snooze for ever", "/vitals snooze -1d", "/vitals snooze 0d", "/vitals snooze 400d",
    "/vitals sev 4", "/vitals sev two", "/vitals status", "/vitals wake up", "/vitals delete everything",
    "/vitals snooze 7d please", "```\n/vitals ack\n```", "~~~~\n/vitals ack", "```\n~~~\n/vitals ack",
])
def test_what_is_no_command_asks_nothing(text: str) -> None:
    assert said(text) == []


def test_several_commands_of_a_comment_have_ids_of_their_own_and_there_is_an_end_to_them() -> None:
    found = in_comment("/vitals ack\n```\nx\n```\n/vitals sev 1\n" + "/vitals wake\n" * 9, id="7", who="ann", at=AT)

    assert [one.id for one in found] == ["7", "7.2", "7.3", "7.4", "7.5"]
    assert {(one.who, one.at) for one in found} == {("ann", AT)}


def test_a_label_snoozes_once_each_time_that_it_is_put_there() -> None:
    first, again = (in_label("Vitals:Snooze-7d", who="ann", at=at) for at in (AT, AT + timedelta(days=1)))

    assert first is not None
    assert again is not None
    assert (first.kind, first.span, first.who) == ("snooze", timedelta(days=7), "ann")
    assert first.id != again.id
    assert [in_label(name, who="ann", at=AT) for name in ("vitals:snooze", "vitals:snooze-0d", "x:snooze-7d")] == [
        None] * 3


@given(st.text(alphabet=st.sampled_from("/vitals snooze7dackstu\n`~>\t\r\u2028\x1b\N{PILE OF POO}"), max_size=80))
def test_any_text_is_read_without_a_mishap_and_what_is_kept_of_it_is_one_short_line(text: str) -> None:
    for one in in_comment(text, id="7", who="ann", at=AT):
        assert len(one.text) <= 300
        assert one.text.isprintable()
