"""For how long a host wants to be left alone, as it says itself."""
from __future__ import annotations

import pytest

from repo_vitals.sources.host_rest import LONGEST, rest_of
from repo_vitals.sources.probe import Prober
from repo_vitals.sources.web_url import parse_url
from support.scripted_server import ScriptedServer, answer

PROBER = Prober(allowed={"pages.dev", "elsewhere.dev"}, resolve=lambda host, port: ["127.0.0.1"])


def rest(status: int, said: str | None) -> float | None:
    headers = {"date": "Fri, 27 Nov 2026 10:00:00 GMT", **({} if said is None else {"retry-after": said})}
    with ScriptedServer(lambda asked: answer(status, headers=headers)) as server:
        found = rest_of(parse_url(server.url.replace("127.0.0.1", "pages.dev") + "/a"), PROBER)
    assert found is None or found[0] == "pages.dev"
    return found[1] if found else None


@pytest.mark.parametrize(("said", "seconds"), [
    ("120", 120.0), ("Fri, 27 Nov 2026 10:10:00 GMT", 600.0), ("31536000", LONGEST), ("999999999999", LONGEST),
    ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST), ("Fri, 31 Dec 9999 23:59:59 -1200", None),
    ("0", None), ("-5", None), ("soon", None), ("9" * 5000, None), ("nan", None),
    ("Fri, 27 Nov 2026 09:00:00 GMT", None), (None, None)])
def test_a_number_or_a_date_counts_for_a_day_at_most_and_nonsense_for_nothing(
        said: str | None, seconds: float | None) -> None:
    assert rest(429, said) == seconds


def test_only_a_host_that_can_not_answer_asks_for_rest_and_after_a_redirect_it_is_the_last_one() -> None:
    assert (rest(503, "60"), rest(200, "60"), rest(404, "60")) == (60.0, None, None)
    with ScriptedServer(lambda asked: answer(429, headers={"retry-after": "60"}) if "elsewhere" in asked.headers["host"]
                        else answer(302, headers={"location": f"http://elsewhere.dev:{server.port}/b"})) as server:
        assert rest_of(parse_url(f"http://pages.dev:{server.port}/a"), PROBER) == ("elsewhere.dev", 60.0)
