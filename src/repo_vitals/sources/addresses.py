"""Which internet addresses a stranger's name may lead to, and which are this machine's own or its network's. Pure.

The lists are IANA's special-purpose registries (RFC 6890), written out because what Python's `ipaddress` calls private
differs from version to version.
"""
from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_V4 = tuple((IPv4Network(network), what) for network, what in (
    ("0.0.0.0/8", "an unspecified address"),
    ("10.0.0.0/8", "a private address"),
    ("100.64.0.0/10", "an address shared behind a provider (CGNAT)"),
    ("127.0.0.0/8", "a loopback address"),
    ("168.63.129.16/32", "the address of a cloud's host"),     # Azure, on which GitHub's runners are
    ("169.254.0.0/16", "a link-local address"),                # the clouds' metadata services among them
    ("172.16.0.0/12", "a private address"),
    ("192.0.0.0/24", "a reserved address"),
    ("192.0.2.0/24", "a reserved address"),
    ("192.88.99.0/24", "a reserved address"),
    ("192.168.0.0/16", "a private address"),
    ("198.18.0.0/15", "a reserved address"),
    ("198.51.100.0/24", "a reserved address"),
    ("203.0.113.0/24", "a reserved address"),
    ("224.0.0.0/4", "a multicast address"),
    ("240.0.0.0/4", "a reserved address"),
))
_V6 = tuple((IPv6Network(network), what) for network, what in (
    ("::/128", "an unspecified address"),
    ("::1/128", "a loopback address"),
    ("64:ff9b:1::/48", "a private address"),                    # NAT64 of a network's own choice
    ("fc00::/7", "a private address"),
    ("fe80::/10", "a link-local address"),
    ("fec0::/10", "a private address"),
    ("ff00::/8", "a multicast address"),
    ("2001::/23", "a reserved address"),                        # Teredo, benchmarking, ORCHID
    ("2001:db8::/32", "a reserved address"),
    ("3fff::/20", "a reserved address"),
))
_MAPPED, _NAT64 = IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR, _GLOBAL = IPv6Network("2002::/16"), IPv6Network("2000::/3")


def refusal(text: str) -> str | None:
    """What is wrong with connecting to an address, as `a loopback address`; None where it is a public one.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, NAT64) is judged by that. Raises ValueError for text that is
    no address.
    """
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return next((what for network, what in _V4 if address in network), None)
    if address.scope_id is not None:
        return "an address with a zone"
    carried = _carried(address)
    if carried is not None:
        return refusal(str(carried))
    listed = next((what for network, what in _V6 if address in network), None)
    return listed or (None if address in _GLOBAL else "a reserved address")


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return None
