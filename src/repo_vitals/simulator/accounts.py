"""Who acts at the simulated GitHub, by which ids things are known, and what a token may do."""
from __future__ import annotations

import base64
import binascii
from dataclasses import field
from typing import Literal

from repo_vitals.frozen import dataclass

AccountKind = Literal["User", "Bot", "Organization", "Mannequin"]
Access = Literal["none", "read", "write"]


def encode_id(prefix: str, number: int) -> str:
    """A global node id in the form that GitHub uses: a type prefix and opaque text."""
    return f"{prefix}_{base64.urlsafe_b64encode(b'kgDO' + number.to_bytes(6, 'big')).decode().rstrip('=')}"


def decode_id(node_id: str) -> tuple[str, int] | None:
    """The prefix and number behind a node id; None where it is none of ours."""
    prefix, _, text = node_id.partition("_")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return (prefix, int.from_bytes(raw[4:], "big")) if raw.startswith(b"kgDO") else None


@dataclass(eq=False, kw_only=True)
class Node:
    """Anything with an id of its own."""

    id: int

    PREFIX = "N"

    @property
    def node_id(self) -> str:
        """The global id that GraphQL knows it by."""
        return encode_id(self.PREFIX, self.id)


@dataclass(eq=False, kw_only=True)
class Account(Node):
    """Someone who acts. A deleted one stays here, so that what it did keeps its history, and reads as null outside."""

    login: str                      # without "[bot]": REST adds it, GraphQL doesn't
    kind: AccountKind = "User"
    name: str | None = None
    emails: tuple[str, ...] = ()
    deleted: bool = False

    @property
    def node_id(self) -> str:
        """The global id that GraphQL knows it by."""
        prefix = {"User": "U", "Bot": "BOT", "Organization": "O", "Mannequin": "M"}[self.kind]
        return encode_id(prefix, self.id)

    @property
    def rest_login(self) -> str:
        """The login as REST spells it."""
        return f"{self.login}[bot]" if self.kind == "Bot" else self.login


PERMISSIONS = ("actions", "administration", "checks", "contents", "discussions", "issues", "metadata", "pages",
               "pull_requests", "secret_scanning_alerts", "security_events", "statuses", "vulnerability_alerts")
NEVER_A_WORKFLOWS = frozenset({"administration", "secret_scanning_alerts"})   # what no workflow can grant its own token


@dataclass(frozen=True, kw_only=True)
class Token:
    """Who asks, and what it may do. The text is never logged."""

    text: str = field(repr=False)
    account: Account
    permissions: dict[str, Access]
    repositories: frozenset[str] | None = None      # lower-case full names it sees although private; None: all
    masks_members: bool = False                     # private membership reads as CONTRIBUTOR or NONE

    def may(self, permission: str, access: Access = "read") -> bool:
        """Whether the token was granted that access."""
        rank = ("none", "read", "write")
        return rank.index(self.permissions.get(permission, "none")) >= rank.index(access)
