"""The configuration files of update bots, as people write them, and as nobody should."""
from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from repo_vitals.concerns.dependency_health.bot_files import read_dependabot, read_renovate
from repo_vitals.concerns.dependency_health.facts import BotSetup
from repo_vitals.concerns.dependency_health.silence import silent_after
from support.hostile import text as hostile_text


def dependabot(*entries: str) -> BotSetup:
    return read_dependabot(
        ".github/dependabot.yml", "version: 2\nupdates:\n" + "".join(f"  - {entry}\n" for entry in entries)
    )


def test_dependabot_says_what_it_updates_and_how_often_by_its_most_frequent_entry() -> None:
    setup = dependabot("{package-ecosystem: cargo, schedule: {interval: monthly}}",
                       "{package-ecosystem: github-actions, schedule: {interval: weekly}}",
                       "{package-ecosystem: uv, schedule: {interval: quarterly}}")
    assert (setup.ecosystems, setup.interval_days, setup.off, setup.problem) == ({"cargo", "pypi"}, 7, False, None)


@pytest.mark.parametrize(("interval", "days"), [
    ("daily", 1), ("weekly", 7), ("monthly", 30), ("quarterly", 91), ("semiannually", 182), ("yearly", 365),
    ("cron", None), ("fortnightly", None), ("[]", None),
])
def test_every_interval_of_dependabots_is_known(interval: str, days: float | None) -> None:
    assert dependabot(f"{{package-ecosystem: npm, schedule: {{interval: {interval}}}}}").interval_days == days


def test_dependabot_is_off_where_every_entry_may_open_no_pull_request() -> None:
    closed = "{package-ecosystem: npm, open-pull-requests-limit: 0, schedule: {interval: daily}}"
    assert dependabot(closed).off
    assert dependabot().off is False or dependabot().problem is not None
    setup = dependabot(closed, "{package-ecosystem: cargo, schedule: {interval: weekly}}")
    assert (setup.off, setup.ecosystems, setup.interval_days) == (False, {"cargo"}, 7)


RENOVATE_JSON5 = """\
// the usual
{
\textends: ['config:recommended', "schedule:monthly"], /* see
   // below */
\t"$schema": "https://docs.renovatebot.com/renovate-schema.json", // not a comment inside: "//"
\tenabled: true,
}
"""


@pytest.mark.parametrize(("text", "days", "off"), [
    (RENOVATE_JSON5, 30, False), ("{}", 1, False), ('{"enabled": false}', 1, True),
    ('{"schedule": ["before 4am on monday"]}', 7, False), ('{"schedule": "on the first day of the month"}', 30, False),
    ('{"schedule": ["at any time"]}', 1, False), ('{"extends": ["schedule:weekly"]}', 7, False),
    ("{enabled:false}", 1, True), ("{a:'it\\'s',enabled:false}", 1, True),
    ("{a:'say \"no\" \\d: // x',b:[1,],schedule:['on monday: // at 4am']}", 7, False),
    ("{\"a\":\"it\\'s\",'enabled':false,b:'c:\\\\'}", 1, True), ("{a:'x\\\ny',enabled:false}", 1, True),
    ('{"extends": ["schedule:quarterly"]}', 91, False), ('\ufeff{\r\n\t"enabled": true\r\n}', 1, False),
])
def test_renovates_files_are_read_with_comments_and_trailing_commas(text: str, days: float, off: bool) -> None:
    setup = read_renovate("renovate.json5", text)
    assert (setup.interval_days, setup.off, setup.problem) == (days, off, None)
    assert setup.ecosystems == {"cargo", "npm", "pypi"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "a: [",
        "\0",
        "[\n" * 50_000,
        "&a [*a, *a]" + "*a " * 50,
        "x" * 300_000,
        "updates: {}",
        "? !!python/object:os.system x",
        "2026-13-45: 1\nupdates:\n  - 2026-99-99",
    ],
)
def test_a_file_that_cant_be_read_says_so_and_is_neither_off_nor_on_time(text: str) -> None:
    for read in (read_dependabot, read_renovate):
        setup = read("file", text)
        if setup.problem is None:       # a mapping is one to Renovate
            assert read is read_renovate
        else:
            assert (setup.off, setup.interval_days) == (False, None)
            assert "\n" not in setup.problem


@given(hostile_text)
def test_any_text_at_all_is_read_or_refused(text: str) -> None:
    for read in (read_dependabot, read_renovate):
        assert isinstance(read("file", text), BotSetup)


@pytest.mark.parametrize(("days", "given_days", "expected"), [
    (1, None, 30), (7, None, 30), (30, None, 90), (365, None, 1095), (None, None, 90), (30, 5, 5), (1, 400, 400),
])
def test_a_bot_may_be_silent_for_three_intervals_and_thirty_days_at_least(
    days: float | None, given_days: int | None, expected: int,
) -> None:
    setup = BotSetup(bot="renovate", path="renovate.json", ecosystems=frozenset(), interval_days=days)
    span = None if given_days is None else timedelta(days=given_days)
    assert silent_after(setup, span) == timedelta(days=expected)
