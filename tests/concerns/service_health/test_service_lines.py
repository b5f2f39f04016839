"""What a user writes about services, and what is said of what can't be meant."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.service_health.facts import Service
from repo_vitals.concerns.service_health.inputs import ALLOW_PRIVATE, SERVICES
from repo_vitals.concerns.service_health.service_lines import MOST_SERVICES, OPTIONS
from support import hostile


def one(line: str) -> Service:
    (service,) = SERVICES.kind.parse(line)
    return service


def refused(text: str) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        SERVICES.kind.parse(text)
    return str(caught.value)


def made_or_refused(make: Any) -> None:
    """Either services that can be asked, or one line that says why not."""
    try:
        services = make()
    except ValueError as error:
        assert str(error).isprintable()
        assert len(str(error)) < 600
    else:
        assert all(service.name.isprintable() and service.url.isascii() for service in services)


def test_a_name_and_a_url_are_enough() -> None:
    assert one("website = https://example.org/a?b=c") == Service(name="website", url="https://example.org/a?b=c")


def test_a_url_alone_is_named_by_its_host_and_path() -> None:
    assert one("https://example.org/health/?token=secret").name == "example.org/health"


def test_lines_are_services_and_empty_ones_are_none() -> None:
    assert [service.name for service in SERVICES.kind.parse("\n github\n\n  a = https://a.example\n")] == [
        "github", "a"]


@pytest.mark.parametrize(("line", "changes"), [
    ("expect=200", {"expect": ((200, 200),)}),
    ("expect=200,204,300-302", {"expect": ((200, 200), (204, 204), (300, 302))}),
    ('text="all is well"', {"text": "all is well"}), ("text='a=b'", {"text": "a=b"}),
    ("absent=error", {"absent": "error"}),
    ("on-text=degraded", {"on_text": "degraded"}), ("method=HEAD", {"method": "HEAD"}),
    ("certificate=30d", {"certificate": timedelta(days=30)}), ("latency=1.5s", {"latency": timedelta(seconds=1.5)}),
    ("tries=5 failures=3", {"tries": 5, "failures": 3}), ("tries=1", {"tries": 1, "failures": 1}),
    ("wait=0s", {"wait": timedelta(0)}), ("kind=statuspage down-at=minor", {"kind": "statuspage", "down_at": "minor"}),
    ('kind=statuspage components="API Requests, Actions"', {"kind": "statuspage",
                                                            "components": ("API Requests", "Actions")}),
    ("kind=docs.rs build-delay=2d", {"kind": "docs.rs", "build_delay": timedelta(days=2)}),
])
def test_options_follow_the_url(line: str, changes: dict[str, Any]) -> None:
    assert one(f"x = https://x.example/ {line}") == Service(**{"name": "x", "url": "https://x.example/", **changes})


@pytest.mark.parametrize(("line", "kind", "url", "registry"), [
    ("docs.rs:serde", "docs.rs", "https://docs.rs/crate/serde", "https://crates.io/api/v1/crates/serde"),
    ("docs.rs:serde@1.0.0-rc.1+x", "docs.rs", "https://docs.rs/crate/serde/1.0.0-rc.1+x/status.json", None),
    ("docs = docs.rs:a_b base=https://docs.example registry=https://crates.example/", "docs.rs",
     "https://docs.example/crate/a_b", "https://crates.example/api/v1/crates/a_b"),
    ("crates.io:serde", "crates.io", "https://crates.io/api/v1/crates/serde", None),
    ("crates.io:serde base=https://crates.example", "crates.io", "https://crates.example/api/v1/crates/serde", None),
    ("github", "statuspage", "https://www.githubstatus.com/api/v2/summary.json", None),
    ("GitHub", "statuspage", "https://www.githubstatus.com/api/v2/summary.json", None),
    ("hub = github components=Actions", "statuspage", "https://www.githubstatus.com/api/v2/summary.json", None),
    ("crates.io", "http", "https://crates.io/api/v1/summary", None), ("docs.rs", "http", "https://docs.rs/", None),
])
def test_known_sites_have_short_names(line: str, kind: str, url: str, registry: str | None) -> None:
    service = one(line)
    assert (service.kind, service.url, service.registry) == (kind, url, registry)


@pytest.mark.parametrize(("line", "name"), [
    ("github pages = https://pages.github.com", "github pages"), ("docs.rs:a base=https://x.example", "docs.rs:a"),
    ("crates.io = https://crates.io/", "crates.io"), ("https://a.example/?u=https://b.example expect=200", "a.example"),
    ("crates.io text=https://x", "crates.io"), ("x=https://a.example", "x"), ("docs.rs text=docs.rs", "docs.rs"),
])
def test_what_stands_before_the_first_equals_sign_is_a_name_unless_it_is_a_target(line: str, name: str) -> None:
    assert one(line).name == name


def test_without_any_the_sites_of_rust_and_github_as_a_whole_are_checked() -> None:
    assert [(service.name, service.url) for service in SERVICES.default] == [
        ("crates.io", "https://crates.io/api/v1/summary"), ("docs.rs", "https://docs.rs/"),
        ("github", "https://www.githubstatus.com/api/v2/summary.json")]
    assert SERVICES.shown_default == "crates.io, docs.rs, github"


@pytest.mark.parametrize(("text", "said"), [
    ("website", 'holds "website", which is neither NAME = URL nor one of crates.io, docs.rs, github'),
    ("= https://a.example", "no name before the ="), ("x = ftp://a.example", "neither an http:// or https:// address"),
    ("x = githubb", "neither an http:// or https:// address nor one of"), ("x = https://", "names no host"),
    ("x = https://a.example expct=200", '"expct" is unknown (did you mean expect'),
    ("x = https://a.example kind=docsrs", '"docsrs" is unknown (did you mean docs.rs?)'),
    ("x = https://a.example method=GETT", "is not one of GET, HEAD (did you mean GET?)"),
    ("x = https://a.example component=Actions", '"component" is unknown'),
    ("x = https://a.example components=Actions", '"components" is not for kind http'),
    ("github text=x", '"text" is not for kind statuspage'), ("docs.rs:a kind=http", 'kind: "docs.rs:a" has its own'),
    ("x = https://a.example text=all is well", '"is" of "x", which is no option=value; text with blanks'),
    ('x = https://a.example text="all', 'has in "x" a quotation mark'), ("x =", "no address after the ="),
    ("github tries=1 tries=2", 'gives "tries" of "github" twice'),
    ("x = https://a.example expect=20", "no list of statuses"), ("x = https://a.example expect=300-200", "no list of"),
    ("x = https://a.example expect=", "no list of"), ("x = https://a.example expect=200-600", "no list of"),
    ("x = https://a.example tries=0", "not a whole number from 1 to 10"), ("x = https://a.example tries=1e1", "whole"),
    ("x = https://a.example failures=4", "failures: 4 is more than tries, 3"),
    ("x = https://a.example latency=0s", "is not between"), ("x = https://a.example latency=5M", "minutes or months"),
    ("x = https://a.example latency=1h", "is not between"), ("x = https://a.example wait=2m", "is not between"),
    ("x = http://a.example certificate=3d", "an http:// address has none"),
    ("x = https://a.example method=HEAD text=a", "HEAD brings no text"), ("x = https://a.example text=", "is empty"),
    ("x = https://a.example kind=statuspage components=,", "names no component"),
    ("docs.rs:serde@1", "needs a full version, such as docs.rs:serde@1.0.0"),
    ("docs.rs:serde@1.0", "needs a full version"), ("docs.rs:serde@latest", "needs a full version"),
    ("docs.rs:serde@1.0.0.0", "needs a full version"), ("d = docs.rs:serde@1.0.0-", "needs a full version"),
    ("crates.io:serde@1.0", "takes no version"), ("docs.rs:a/b", "neither an http"),
    ("docs.rs:../x", "neither an http"),
    ("docs.rs:a base=ftp://x", "neither an http"), ("docs.rs:a registry=https://ann:b@x.example", "holds credentials"),
    ("a = https://a.example\nA = https://b.example", '"a" twice'), ("a = https://a.example\n" * 2, "twice"),
    ("a\x1b[31mb = https://a.example", "names a service"), ("x" * 61 + " = https://a.example", "up to 60"),
    ("\n".join(f"a{n} = https://a.example" for n in range(MOST_SERVICES + 1)), "100 are the most"),
    ("x = https://a.example\0", "NUL"), ("x = http://0x7f.1/", "several ways"),
])
def test_what_can_t_be_meant_is_named(text: str, said: str) -> None:
    found = refused(text)
    assert said in found
    assert found.isprintable()


@pytest.mark.parametrize("text", [
    "x = https://ann:hunter2@a.example/", "https://ann:hunter2@a.example/", "x = ftp://ann:hunter2@a.example/",
    "x = https://a..example/?key=hunter2", "docs.rs:a registry=https://ann:hunter2@x.example",
    "x = https://a.example/?key=hunter2 expct=1",
])
def test_no_message_repeats_a_password(text: str) -> None:
    assert "hunter2" not in refused(text)


def test_toml_takes_lines_and_tables() -> None:
    assert SERVICES.kind.from_toml([
        "github", "a = https://a.example expect=200",
        {"name": "b", "url": "https://b.example", "expect": [200, "300-302"], "text": "all is well", "tries": 2},
        {"url": "docs.rs:serde", "build-delay": "2d"},
        {"url": "github", "name": "hub", "components": ["Actions", "Pages"]},
    ]) == (
        one("github"), one("a = https://a.example expect=200"),
        one('b = https://b.example expect=200,300-302 text="all is well" tries=2'),
        one("docs.rs:serde build-delay=2d"), one("hub = github components=Actions,Pages"))


@pytest.mark.parametrize(("value", "said"), [
    ([], "names no service"), ("github", "needs an array"), ({"a": 1}, "needs an array"), ([1], "neither a line"),
    ([""], "neither a line"),
    ([{"name": "x"}], 'a table without url ("x")'), ([{}], "without url"),
    ([{"url": "https://a", "text": True}], '"text"'),
    ([{"url": "https://a", "expect": []}], '"expect"'), ([{"url": "https://a", "expect": [[200]]}], '"expect"'),
    ([{"url": "https://a", "expct": 200}], "did you mean expect"), ([{"url": 5}], "neither an http"),
    ([{"url": "https://a", "expect": 200.5}], '"expect"'),
])
def test_what_toml_can_t_mean_is_named(value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        SERVICES.kind.from_toml(value)
    assert said in str(caught.value)


@given(hostile.text)
def test_hostile_text_is_refused_in_one_printable_line_or_makes_a_service(words: str) -> None:
    for text in (words, f"x = {words}", f"{words} = https://a.example", f"x = https://a.example {words}",
                 f"x = https://a.example text={words}"):
        made_or_refused(lambda text=text: SERVICES.kind.parse(text))


@given(st.sampled_from(sorted(OPTIONS)), st.text(max_size=10))
def test_no_value_of_any_option_ends_in_another_error(kind: str, value: str) -> None:
    for option in OPTIONS[kind]:
        table = {"url": "https://a.example", "kind": kind, option: value}
        made_or_refused(lambda table=table: SERVICES.kind.from_toml([table]))


@pytest.mark.parametrize(("entry", "host"), [
    ("Localhost", "localhost"), ("localhost:8080", "localhost:8080"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1"),
    ("[::1]", "::1"), ("[::1]:80", "[::1]:80"), ("intranet.example.:08", "intranet.example:8"),
])
def test_hosts_are_allowed_in_the_form_that_a_probe_compares(entry: str, host: str) -> None:
    assert ALLOW_PRIVATE.kind.parse(entry) == (host,)


@pytest.mark.parametrize("entry",
                         ["http://localhost", "10.0.0.0/8", "*", "0x7f.1", "a:0", "a:99999", "fe80::1%eth0", "a b"])
def test_what_is_no_host_can_t_be_allowed(entry: str) -> None:
    with pytest.raises(ValueError, match="which"):
        ALLOW_PRIVATE.kind.parse(entry)
