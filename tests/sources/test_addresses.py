"""Which addresses a probe may connect to."""
from __future__ import annotations

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from repo_vitals.sources.addresses import refusal


@pytest.mark.parametrize("address", [
    "8.8.8.8", "1.1.1.1", "140.82.112.3", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
    "192.167.255.255", "192.169.0.0",
    "223.255.255.255", "168.63.129.15", "2606:4700:4700::1111", "2a00:1450:4001::1", "64:ff9b::8.8.8.8",
    "::ffff:8.8.8.8", "2002:808:808::1",
])
def test_public_addresses_may_be_asked(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize(("address", "what"), [
    ("0.0.0.0", "unspecified"), ("10.0.0.1", "private"), ("10.255.255.255", "private"), ("100.64.0.0", "CGNAT"),
    ("100.127.255.255", "CGNAT"), ("127.0.0.1", "loopback"), ("127.255.255.255", "loopback"),
    ("169.254.169.254", "link-local"), ("168.63.129.16", "cloud"), ("172.16.0.0", "private"),
    ("172.31.255.255", "private"), ("192.168.0.1", "private"), ("192.0.2.1", "reserved"), ("198.18.0.1", "reserved"),
    ("224.0.0.1", "multicast"), ("239.255.255.255", "multicast"), ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"), ("::", "unspecified"), ("::1", "loopback"), ("fc00::1", "private"),
    ("fd00:ec2::254", "private"), ("fe80::1", "link-local"), ("fe80::1%eth0", "zone"), ("fec0::1", "private"),
    ("ff02::1", "multicast"), ("2001:db8::1", "reserved"), ("2001::1", "reserved"), ("100::1", "reserved"),
    ("::127.0.0.1", "reserved"), ("64:ff9b:1::1", "private"), ("4000::1", "reserved"),
])
def test_addresses_of_this_machine_and_its_network_are_refused(address: str, what: str) -> None:
    assert what in (refusal(address) or "")


@pytest.mark.parametrize("form", ["::ffff:{}", "64:ff9b::{}"])
@pytest.mark.parametrize(("inner", "what"), [("127.0.0.1", "loopback"), ("169.254.169.254", "link-local"),
                                             ("10.1.2.3", "private"), ("100.64.1.1", "CGNAT")])
def test_an_address_inside_another_is_what_counts(form: str, inner: str, what: str) -> None:
    assert what in (refusal(form.format(inner)) or "")


def test_so_it_does_in_6to4() -> None:
    assert "loopback" in (refusal("2002:7f00:1::1") or "")


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
@example(ipaddress.ip_address("192.88.99.1"))
def test_nothing_that_python_calls_local_gets_through(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    judged = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    local = (judged.is_private or judged.is_loopback or judged.is_link_local or judged.is_multicast
             or judged.is_reserved or judged.is_unspecified)
    if local and judged not in ipaddress.ip_network("64:ff9b::/96"):
        assert refusal(str(address)) is not None
    if refusal(str(address)) is None and judged.version == 4:
        assert judged.is_global


def test_text_that_is_no_address_is_an_error() -> None:
    with pytest.raises(ValueError, match="IP"):
        refusal("localhost")
