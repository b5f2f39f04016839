"""Who counts as what, as the inputs say it: a word that could only be meant otherwise is refused, never taken."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repo_vitals.clock import BusinessDays
from repo_vitals.concerns.community_metrics.inputs import (
    ALWAYS_ON,
    BUSINESS_HOURS,
    IGNORE_USERS,
    INPUTS,
    MEAN_RESPONSE_LIMIT,
    RESPONDERS,
    RESPONSE_TARGET,
    policy,
)
from repo_vitals.config.declare import Values

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.responses import Policy


def resolved(responders: str, ignored: str = "", always_on: str | None = None) -> Policy:
    values = {declared.name: declared.default for declared in INPUTS}
    values |= {RESPONDERS.name: RESPONDERS.kind.parse(responders), IGNORE_USERS.name: IGNORE_USERS.kind.parse(ignored)}
    if always_on is not None:
        values |= {ALWAYS_ON.name: ALWAYS_ON.kind.parse(always_on)}
    return policy(Values(values, {}))


@pytest.mark.parametrize(("text", "meant"), [
    ("", "anyone"), ("anyone", "anyone"), ("Anyone", "anyone"), ("members", "members"), ("MEMBERS\n", "members"),
    ("ann", "list"), ("ann, bob", "list"),
])
def test_responders_are_anyone_members_or_a_list(text: str, meant: str) -> None:
    assert resolved(text).responders == meant


def test_logins_are_compared_bare_however_they_were_written() -> None:
    found = resolved("@Ann, helper[bot]\nacme_corp", ignored="@Acme-Bot[bot], -old-")
    assert found.listed == {"ann", "helper", "acme_corp"}
    assert found.ignored == {"acme-bot", "-old-"}


@pytest.mark.parametrize("text", ["members, ann", "anyone,members"])
def test_anyone_and_members_stand_alone(text: str) -> None:
    # Taken for logins they would admit nobody, and every issue would seem to wait.
    with pytest.raises(ValueError, match="stand alone"):
        RESPONDERS.kind.parse(text)
    with pytest.raises(ValueError, match="stand alone"):
        RESPONDERS.kind.from_toml(text.split(","))


@pytest.mark.parametrize("text", ["@acme/support", "ann bob", "ann@example.org", "J\xf6rg"])
def test_what_can_be_no_login_is_refused(text: str) -> None:
    for declared in (RESPONDERS, IGNORE_USERS):
        with pytest.raises(ValueError, match="is not a login"):
            declared.kind.parse(text)
        with pytest.raises(ValueError, match="is not a login"):
            declared.kind.from_toml([text])


def test_the_targets_of_response_may_be_in_business_days() -> None:
    assert RESPONSE_TARGET.kind.parse("2bd") == MEAN_RESPONSE_LIMIT.kind.parse("2bd") == BusinessDays(2)


@pytest.mark.parametrize(("text", "words"), [
    (None, {"p0", "critical", "security"}),
    ("P1", {"p1", "high"}),
    ("high, bug", {"p1", "high", "bug"}),
    ("priority/urgent, type: Security", {"urgent", "security"}),
    ("none", set()),
])
def test_always_on_are_priorities_and_types_in_the_words_of_either_scheme(text: str | None, words: set[str]) -> None:
    assert resolved("anyone", always_on=text).always_on == words


def test_nobody_is_always_on_beside_somebody() -> None:
    with pytest.raises(ValueError, match="mixes none with others"):
        ALWAYS_ON.kind.parse("none, p0")
    assert (ALWAYS_ON.kind.from_toml([]), ALWAYS_ON.kind.show(())) == ((), "none")


@pytest.mark.parametrize(("place", "reason"), [
    ("XQ", r'unknown country "XQ" \(an ISO 3166 code such as DE\)'),
    ("DEX", r'unknown country "DEX" \(did you mean DE'),
    ("DE-BX", r'unknown subdivision of DE, "BX" \(known: Augsburg, BB, BE, BW'),
    ("AU-NSQ", r'unknown subdivision of AU, "NSQ" \(did you mean NSW'),
    ("SG-01", "names a subdivision, but SG has the same public holidays everywhere"),
])
def test_a_country_or_a_part_of_it_that_is_not_known_is_refused_with_the_closest(place: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        BUSINESS_HOURS.kind.parse(f"Mon-Fri 09:00-17:00 UTC {place}")


def test_a_part_of_a_country_may_be_given_by_its_name() -> None:
    asked = {"zone": "Australia/Sydney", "hours": "09:00-17:00", "country": "AU", "subdivision": "New South Wales"}
    assert str(BUSINESS_HOURS.kind.from_toml(asked)) == "Mon-Fri 09:00-17:00 Australia/Sydney AU-NSW"
    assert str(BUSINESS_HOURS.kind.parse("Mon-Fri 09:00-17:00 UTC de-be")) == "Mon-Fri 09:00-17:00 UTC DE-BE"
