from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.errors import CallerError, InputError
from repo_vitals.report.model import Cost
from repo_vitals.sources.github_connection import Endpoints, connect, endpoints


@pytest.mark.parametrize(("given_names", "api", "graphql", "server"), [
    ({}, "https://api.github.com", "https://api.github.com/graphql", "https://github.com"),
    ({"GITHUB_API_URL": "https://api.github.com/"}, "https://api.github.com", "https://api.github.com/graphql",
     "https://github.com"),
    ({"GITHUB_API_URL": "https://ghe.corp.example/api/v3"}, "https://ghe.corp.example/api/v3",
     "https://ghe.corp.example/api/graphql", "https://ghe.corp.example"),
    ({"GITHUB_GRAPHQL_URL": "https://ghe.corp.example/api/graphql"}, "https://ghe.corp.example/api/v3",
     "https://ghe.corp.example/api/graphql", "https://ghe.corp.example"),
    ({"GITHUB_SERVER_URL": "https://ghe.corp.example"}, "https://ghe.corp.example/api/v3",
     "https://ghe.corp.example/api/graphql", "https://ghe.corp.example"),
    ({"GITHUB_SERVER_URL": "https://github.com"}, "https://api.github.com", "https://api.github.com/graphql",
     "https://github.com"),
    ({"GITHUB_API_URL": "https://api.octocorp.ghe.com"}, "https://api.octocorp.ghe.com",
     "https://api.octocorp.ghe.com/graphql", "https://octocorp.ghe.com"),
    ({"GITHUB_SERVER_URL": "https://octocorp.ghe.com"}, "https://api.octocorp.ghe.com",
     "https://api.octocorp.ghe.com/graphql", "https://octocorp.ghe.com"),
    ({"GITHUB_API_URL": "http://127.0.0.1:8080/api/v3"}, "http://127.0.0.1:8080/api/v3",
     "http://127.0.0.1:8080/api/graphql", "http://127.0.0.1:8080"),
    ({"GITHUB_API_URL": "http://[::1]:8080"}, "http://[::1]:8080", "http://[::1]:8080/graphql", "http://[::1]:8080"),
    ({"GITHUB_API_URL": "  ", "GITHUB_GRAPHQL_URL": ""}, "https://api.github.com", "https://api.github.com/graphql",
     "https://github.com"),
    ({"GITHUB_API_URL": "https://a.example/api/v3", "GITHUB_GRAPHQL_URL": "https://b.example/q",
      "GITHUB_SERVER_URL": "https://c.example"}, "https://a.example/api/v3", "https://b.example/q", "https://c.example"),
])
def test_addresses_that_are_not_given_follow_from_those_that_are(given_names, api, graphql, server):
    assert endpoints(given_names) == Endpoints(api_url=api, graphql_url=graphql, server_url=server)


@pytest.mark.parametrize("name", ["GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "GITHUB_SERVER_URL"])
@pytest.mark.parametrize(("url", "why"), [
    ("github.example.com", "is not an http(s) URL"),
    ("ftp://github.example.com", "is not an http(s) URL"),
    ("https://", "is not an http(s) URL"),
    ("https://a b", "is not an http(s) URL"),
    ("https://a\nb", "is not an http(s) URL"),
    ("https://bücher.example", "is not an http(s) URL"),
    ("https://[::1", "is not a URL"),
    ("https://host:99999", "is not a URL"),
    ("https://host:port", "is not a URL"),
    ("https://user:hunter2@host/api/v3", "holds credentials"),
    ("https://host/api/v3?x=1", "has a query or a fragment"),
    ("https://host/api/v3#top", "has a query or a fragment"),
    ("http://github.example.com/api/v3", "is plain http"),
    ("http://127.0.0.1.example.com", "is plain http"),
    ("http://localhost.example.com", "is plain http"),
])
def test_an_address_that_cannot_be_used_is_named_with_its_variable(name, url, why):
    with pytest.raises(InputError) as caught:
        endpoints({name: url})
    text = str(caught.value)
    assert text.startswith(f"{name}: ")
    assert why in text
    assert "hunter2" not in text
    assert text.isprintable()


@given(text=st.text(max_size=60))
def test_any_address_is_taken_or_refused_in_one_line(text):
    try:
        told = endpoints({"GITHUB_API_URL": text}).api_url
    except InputError as error:
        told = str(error)
    assert told.startswith(("https://", "http://", "GITHUB_API_URL: "))
    assert told.isprintable()


@pytest.mark.parametrize(("token", "why"), [
    ("ghs_abc\n", "a line break at position 8 of 8"),
    ("ghs_abc\r\nX-Evil: 1", "a line break at position 8"),
    ("ghs abc", "a blank or a character outside printable ASCII at position 4"),
    ("ghs_ä€", "a blank or a character outside printable ASCII at position 5"),
    ("\0", "position 1 of 1"),
    ("", "is empty"),
])
def test_a_token_that_no_header_can_carry_is_refused_without_showing_it(token, why):
    with pytest.raises(CallerError) as caught:
        connect(token=token, environ={}, cost=Cost(), max_wait=timedelta(0))
    assert why in str(caught.value)
    assert "ghs" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_ca_bundle_that_cannot_be_used_is_named_with_its_variable(name, tmp_path):
    with pytest.raises(InputError, match=f"^{name}: .* does not exist"):
        _ = connect(token="t", environ={name: str(tmp_path / "none.pem")}, cost=Cost(), max_wait=timedelta(0)).transport
    (tmp_path / "empty.pem").write_text("no certificate")
    with pytest.raises(InputError, match=f"^{name}: .* holds no certificate that can be read"):
        _ = connect(token="t", environ={name: str(tmp_path / "empty.pem")}, cost=Cost(),
                    max_wait=timedelta(0)).transport


def test_a_ca_bundle_that_changes_is_read_again(authority, tmp_path):
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(authority()[0].read_bytes())
    for _ in range(2):
        assert connect(token="t", environ={"SSL_CERT_FILE": str(bundle)}, cost=Cost(), max_wait=timedelta(0)).transport
    bundle.write_text("no certificate")
    with pytest.raises(InputError, match="holds no certificate that can be read"):
        _ = connect(token="t", environ={"SSL_CERT_FILE": str(bundle)}, cost=Cost(), max_wait=timedelta(0)).transport
