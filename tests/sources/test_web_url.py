"""URLs, read so that no two readers see two hosts in one."""
from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.sources.web_url import WebUrl, joined, parse_url
from support import hostile


@pytest.mark.parametrize(("text", "read"), [
    ("https://example.org", "https://example.org/"), ("HTTP://EXAMPLE.org:80/a?b=c#d", "http://example.org/a?b=c"),
    ("https://example.org:8443/", "https://example.org:8443/"),
    ("http://[2606:4700::1]:81/", "http://[2606:4700::1]:81/"),
    ("http://localhost./x", "http://localhost/x"), ("http://127.0.0.1./", "http://127.0.0.1/"),
    ("http://bücher.example/ü?ö", "http://xn--bcher-kva.example/%C3%BC?%C3%B6"),
    ("http://\uff11\uff12\uff17.0.0.1/", "http://127.0.0.1/"),
    ("http://[::FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
    ("https://a_b.example/", "https://a_b.example/"),
])
def test_a_url_has_one_form(text: str, read: str) -> None:
    url = parse_url(text)
    assert str(url) == read.replace("[::ffff:7f00:1]", f"[{url.host}]")
    assert parse_url(str(url)) == url


@pytest.mark.parametrize(("text", "why"), [
    ("ftp://example.org/", "neither"), ("example.org", "neither"), ("file:///etc/passwd", "neither"),
    ("javascript:alert(1)", "neither"), ("https://ann:secret@example.org/", "credentials"),
    ("https://ann@example.org/", "credentials"), ("https:///a", "no host"), ("https://", "no host"),
    ("http://2130706433/", "several ways"), ("http://0x7f.1/", "several ways"), ("http://0x7f000001/", "several ways"),
    ("http://0177.0.0.1/", "several ways"), ("http://127.1/", "several ways"), ("http://010.0.0.1/", "several ways"),
    ("http://1.2.3.4.5/", "several ways"), ("http://256.0.0.1/", "several ways"),
    ("http://example.0x/", "several ways"),
    ("http://[fe80::1%25eth0]/", "zone"), ("http://[fe80::1%eth0]/", "zone"), ("http://exa%6dple.org/", "escape"),
    ("http://a..b/", "can't be one"), ("http://localhost../", "can't be one"), ("http://-a.example/", "can't be one"),
    ("http://exam ple.org/", "blank"), ("http://good.example\\@evil.example/", "backslash"),
    ("http://a\r\nb/", "control"),
    ("http://example.org:0/", "port"), ("http://example.org:/", "port"), ("http://example.org:99999/", "not a URL"),
    ("http://example.org:http/", "not a URL"), ("http://[::1", "not a URL"), ("http://[zz::1]/", ""),
    ("http://" + "a" * 64 + ".example/", "can't be one"), ("http://x/" + "a" * 3000, "longer"),
    ("http://\N{RIGHT-TO-LEFT OVERRIDE}.example/", "can't be one"),
])
def test_what_can_be_read_in_two_ways_is_no_url(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why or "."):
        parse_url(text)


def test_a_query_is_asked_for_but_never_shown() -> None:
    url = parse_url("https://example.org/status?token=secret")
    assert (url.target, url.shown) == ("/status?token=secret", "https://example.org/status")


@pytest.mark.parametrize(("location", "target"), [
    ("/b", "https://example.org/b"), ("b?c", "https://example.org/a/b?c"),
    ("//other.example/", "https://other.example/"),
    ("http://other.example:8080", "http://other.example:8080/"), ("", "https://example.org/a/"),
    ("/ü", "https://example.org/%C3%BC"),
])
def test_a_redirect_is_followed_from_where_it_stands(location: str, target: str) -> None:
    assert str(joined(parse_url("https://example.org/a/"), location)) == target


@given(hostile.text)
def test_hostile_text_is_a_url_that_can_be_sent_or_an_error(words: str) -> None:
    for text in (words, f"http://{words}/", f"https://example.org/{words}"):
        try:
            url = parse_url(text)
        except ValueError:
            continue
        assert isinstance(url, WebUrl)
        assert str(url).isascii()
        assert not set(str(url)) & {" ", "\r", "\n", "\\"}
        assert urlsplit(str(url)).hostname == url.host


@given(st.text(alphabet="0123456789abcdefx.", min_size=1, max_size=20))
def test_what_ends_in_a_number_is_an_address_in_its_usual_form(host: str) -> None:
    try:
        url = parse_url(f"http://{host}/")
    except ValueError:
        return
    last = url.host.split(".")[-1]
    if last.isdigit():
        assert [str(int(part)) for part in url.host.split(".")] == url.host.split(".")
        assert len(url.host.split(".")) == 4
