"""http and https URLs, taken apart so strictly that no two readers can see two hosts in one. Pure."""
from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from repo_vitals.frozen import dataclass

_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")     # the last label of what browsers read as an IPv4 address
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_LONGEST = 2000


@dataclass(frozen=True, kw_only=True)
class WebUrl:
    """An absolute URL without credentials and fragment. `host` is in ASCII and lower case, IPv6 without brackets."""

    scheme: str
    host: str
    port: int
    path: str           # begins with a slash
    query: str = ""     # without the question mark

    @property
    def authority(self) -> str:
        """Host, and port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """What a request line names: path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def shown(self) -> str:
        """The URL as it may be shown: a query often holds secrets."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_url(text: str) -> WebUrl:
    """A URL. Raises ValueError saying what is wrong with it."""
    if len(text) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST} characters")
    if _FORBIDDEN.search(text):
        raise ValueError("holds a blank, a backslash or a control character")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise ValueError("is neither an http:// nor an https:// URL")
    if "@" in parts.netloc:
        raise ValueError("holds credentials, which are never sent")
    if port == 0 or parts.netloc.endswith(":"):
        raise ValueError("has no usable port")
    return WebUrl(scheme=scheme, host=host_of(parts.hostname or ""), port=port or _PORTS[scheme],
                  path=quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._"),
                  query=quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]|"))


def joined(base: WebUrl, location: str) -> WebUrl:
    """Where a redirect leads. Raises ValueError as `parse_url` does."""
    try:
        return parse_url(urljoin(str(base), location.strip(" \t")))
    except ValueError as error:
        raise ValueError(str(error)) from None


def host_of(text: str) -> str:
    """A host's name or address in its one form: ASCII, lower case, without a trailing dot.

    Addresses in any other form than the usual (`2130706433`, `0x7f.1`, `010.0.0.1`) are refused: programs differ in
    what they read from them. Raises ValueError.
    """
    host = text.removeprefix("[").removesuffix("]")
    if not host:
        raise ValueError("names no host")
    if "%" in host:
        raise ValueError("names a host with a zone or an escape, which can't be used")
    if ":" in host:
        try:
            return str(IPv6Address(host))
        except AddressValueError:
            raise ValueError("names a host that is no IPv6 address") from None
    name = _ascii(host).removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            if str(IPv4Address(name)) == name:
                return name
        except AddressValueError:
            pass
        raise ValueError("names an address in a form that can be read in several ways; write it as four numbers from "
                         "0 to 255")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("names a host that can't be one")
    return name


def _ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise ValueError("names a host that can't be one") from None
