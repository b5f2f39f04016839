"""The simulated web services: what the tests of service-health and the demo stand on."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import requests

from repo_vitals.simulator.services import Page, Services, Version

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


def get(services: Services, path: str, method: str = "GET") -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, services.url + path, timeout=5, allow_redirects=False)


def test_a_page_is_served_as_it_was_set(services: Services) -> None:
    services.pages["/a"] = Page(status=301, body="moved", headers={"location": "/b"}, failing=1)
    assert get(services, "/a").status_code == 503
    found = get(services, "/a?b=c")
    assert (found.status_code, found.text, found.headers["location"]) == (301, "moved", "/b")
    assert get(services, "/a", "HEAD").text == ""
    assert get(services, "/nothing").status_code == 404
    assert [asked[:2] for asked in services.asked][:2] == [("GET", "/a"), ("GET", "/a?b=c")]


def test_the_status_page_has_the_form_of_statuspage(services: Services) -> None:
    services.indicator, services.components["Actions"] = "minor", "degraded_performance"
    found = get(services, "/api/v2/summary.json").json()
    assert found["status"] == {"indicator": "minor", "description": "Minor Service Outage"}
    assert {"name": "Actions", "status": "degraded_performance"}.items() <= found["components"][4].items()


def test_a_crate_has_the_form_of_crates_io_where_yanked_versions_are_no_maximum(services: Services) -> None:
    services.crate("a", Version(number="1.0.0", published=NOW), Version(number="2.0.0-rc.1", published=NOW),
                   Version(number="1.1.0", published=NOW + timedelta(days=1), yanked=True))
    found = get(services, "/api/v1/crates/a").json()
    assert (found["crate"]["max_stable_version"], found["crate"]["max_version"]) == ("1.0.0", "2.0.0-rc.1")
    assert [(one["num"], one["yanked"]) for one in found["versions"]] == [
        ("1.1.0", True), ("2.0.0-rc.1", False), ("1.0.0", False)]
    assert get(services, "/api/v1/crates/b").status_code == 404


def test_documentation_has_the_form_of_docs_rs(services: Services) -> None:
    services.crate("a", Version(number="1.0.0", published=NOW), Version(number="1.1.0", published=NOW, built=None),
                   Version(number="1.2.0", published=NOW, known=False))
    assert get(services, "/crate/a/1.0.0/status.json").json() == {"version": "1.0.0", "doc_status": True}
    assert get(services, "/crate/a/1.1.0/status.json").json()["doc_status"] is None
    assert get(services, "/crate/a/1.2.0/status.json").status_code == 404
