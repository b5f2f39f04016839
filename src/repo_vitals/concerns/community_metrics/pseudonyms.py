"""What a history holds in place of people's names, addresses and, on request, logins. Pure."""
from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from repo_vitals.stats.turns import bare

if TYPE_CHECKING:
    from repo_vitals.stats.turns import Actor

_NOREPLY = re.compile(r"(?:\d+\+)?([a-z0-9_-]+(?:\[bot\])?)(@users\.noreply\.[a-z0-9.-]+)", re.IGNORECASE)
_PREFIX = "anon-"       # what follows fits into a login, so that it passes wherever one does


class Pseudonyms:
    """Keyed hashes (HMAC-SHA-256, 64 bits) that tell people apart without telling who they are.

    The same word gives the same hash under one salt, and unrelated ones under two. Whoever has the salt can find a
    login by trying all there are: a salt that stands beside the hashes keeps off a glance, not a search.
    """

    def __init__(self, salt: str, *, hide_logins: bool = False, hide_names: bool = True) -> None:
        self.salt = salt
        self.hide_logins = hide_logins
        self.hide_names = hide_names

    def _hash(self, kind: str, word: str) -> str:
        return hmac.new(self.salt.encode(), f"{kind}\0{word.lower()}".encode(), hashlib.sha256).hexdigest()[:16]

    @property
    def check(self) -> str:
        """What the salt is known by to whoever does not have it."""
        return self._hash("salt", "")

    def login(self, login: str) -> str:
        """A person's login, or its hash where logins are hidden. A hash stays as it is, and so does a bot's login."""
        if not self.hide_logins or login.startswith(_PREFIX) or login.lower().endswith("[bot]"):
            return login
        return _PREFIX + self._hash("login", bare(login))

    def of_actor(self, actor: Actor) -> Actor:
        """The same account under its pseudonym; bots are no persons and keep their names."""
        if actor.login is None or actor.is_bot or not self.hide_logins:
            return actor
        return type(actor)(self.login(actor.login), is_bot=False)

    def email(self, address: str) -> str:
        """An address's hash. One of GitHub's no-reply addresses says nothing but a login, and is kept as that."""
        noreply = _NOREPLY.fullmatch(address)
        if noreply is not None:
            return f"{self.login(noreply[1])}{noreply[2]}".lower()
        return f"{self._hash('email', address)}@hash" if address.strip() else address

    def account(self, node_id: str) -> str:
        """An account's global id, or its hash where logins are hidden: the id leads to the login."""
        return self._hash("account", node_id) if self.hide_logins else node_id

    def name(self, name: str) -> str:
        """A committer's name, or its hash where names are hidden; a bot's ending is kept."""
        if not self.hide_names or not name:
            return name
        return self._hash("name", name) + ("[bot]" if name.lower().endswith("[bot]") else "")
