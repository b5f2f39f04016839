"""A request and its answer, apart from any socket."""
from __future__ import annotations

import hashlib
import json
from dataclasses import field
from typing import TYPE_CHECKING, Any

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request, its path without the base that GitHub Enterprise Server puts before it."""

    method: str
    path: str                               # decoded only where it is split into its parts
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)        # names in lower case
    body: bytes = b""
    base: str = ""                          # what links in answers begin with: scheme, host, port, /api/v3
    token: str | None = field(default=None, repr=False)
    operation: str = ""                     # the name of the GraphQL operation
    heaviest: int = 0                       # the largest page that a GraphQL query asks for

    @property
    def is_graphql(self) -> bool:
        """Whether it goes to the GraphQL endpoint."""
        return self.path == "/graphql"

    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return json.loads(self.body)


@dataclass(kw_only=True)
class Answer:
    """An answer before it is written to a socket."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    genuine: bool = True                    # what GitHub would say; False for what a fault made of it

    @classmethod
    def of(cls, document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
        """An answer of JSON."""
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
        return cls(status=status, headers={"content-type": "application/json; charset=utf-8", **(headers or {})},
                   body=body)

    @classmethod
    def error(cls, status: int, message: str, *, documentation: str = "", headers: Mapping[str, str] | None = None,
              **more: Any) -> Answer:
        """A refusal in the form of GitHub's; only what failed validation is described without its status."""
        document = {"message": message, **more, "documentation_url": f"https://docs.github.com/rest{documentation}"}
        return cls.of(document if status == 422 else {**document, "status": str(status)}, status, headers)


def token_hash(token: str | None) -> str | None:
    """Enough of a hash to tell tokens apart in a log, and too little to find one."""
    return None if token is None else hashlib.sha256(token.encode()).hexdigest()[:12]
