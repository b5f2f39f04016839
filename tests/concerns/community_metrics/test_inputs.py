"""Who counts as what, as the inputs say it: a word that could only be meant otherwise is refused, never taken."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.community_metrics.inputs import IGNORE_USERS, INPUTS, RESPONDERS, policy
from repo_vitals.config.declare import Values

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.responses import Policy


def resolved(responders: str, ignored: str = "") -> Policy:
    values = {declared.name: declared.default for declared in INPUTS}
    values |= {RESPONDERS.name: RESPONDERS.kind.parse(responders), IGNORE_USERS.name: IGNORE_USERS.kind.parse(ignored)}
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
