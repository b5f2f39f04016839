"""The ground that a simulated GitHub's state stands on: accounts, tokens, repositories, ids, and the lock."""
from __future__ import annotations

import hashlib
import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeVar, cast

from repo_vitals.simulator.accounts import (
    NEVER_A_WORKFLOWS,
    PERMISSIONS,
    Access,
    Account,
    AccountKind,
    Node,
    Token,
    decode_id,
)
from repo_vitals.simulator.git_store import GitStore
from repo_vitals.simulator.model import Category, Comment, Label, Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

_N = TypeVar("_N", bound=Node)
T = TypeVar("T")


class Ground:
    """Accounts, tokens and repositories. `now` is the clock of whatever is written through the API."""

    def __init__(self, *, now: datetime | None = None, server_url: str = "https://github.com") -> None:
        self.now = now or datetime.now(timezone.utc).replace(microsecond=0)
        self.server_url = server_url
        self.lock = threading.RLock()
        self.version = 0                # grows with every change; readers cache by it
        # Stricter than GitHub, where anyone may read what is public: a permission that was forgotten must show.
        self.strict_permissions = True
        self.git = GitStore()
        self._next_id = 1000
        self._nodes: dict[int, Node] = {}
        self._accounts: dict[str, Account] = {}
        self._repositories: dict[str, Repository] = {}
        self._tokens: dict[str, Token] = {}
        self._cache: dict[Hashable, tuple[int, Any]] = {}

    def cached(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gave since the last change, for readers that would else sort the whole repository per page."""
        version, found = self._cache.get(key, (-1, None))
        if version != self.version:
            if len(self._cache) > 500:
                self._cache.clear()
            found = make()
            self._cache[key] = (self.version, found)
        return cast("T", found)

    # -- finding -------------------------------------------------------------------------------------------------

    def node(self, node_id: str) -> Node | None:
        """What a global id stands for; None when there is no such thing, or no longer."""
        decoded = decode_id(node_id)
        found = None if decoded is None else self._nodes.get(decoded[1])
        return found if found is not None and found.node_id == node_id else None

    def repository(self, full_name: str) -> Repository | None:
        """A repository by its name, in any case, or by a name it had before."""
        key = full_name.lower()
        found = self._repositories.get(key)
        return found or next((r for r in self._repositories.values() if key in r.former_names), None)

    def repository_by_id(self, number: int) -> Repository | None:
        """A repository by its number."""
        found = self._nodes.get(number)
        return found if isinstance(found, Repository) else None

    def repositories(self) -> list[Repository]:
        """Every repository."""
        return list(self._repositories.values())

    def token(self, text: str) -> Token | None:
        """The token of that text."""
        return self._tokens.get(text)

    def find_account(self, login: str) -> Account | None:
        """An account by login, in any case; bots with or without `[bot]`."""
        return self._accounts.get(login.lower().removesuffix("[bot]"))

    def comment_by_id(self, number: int) -> Comment | None:
        """A comment by its number."""
        found = self._nodes.get(number)
        return found if isinstance(found, Comment) else None

    def node_by_number(self, number: int) -> Node | None:
        """Anything by its number."""
        return self._nodes.get(number)

    # -- accounts and tokens -------------------------------------------------------------------------------------

    def account(self, login: str, *, kind: AccountKind | None = None, name: str | None = None,
                emails: Iterable[str] = ()) -> Account:
        """The account of that login, made where there is none. `login[bot]` is a bot."""
        with self.lock:
            found = self.find_account(login)
            if found is None:
                guessed: AccountKind = "Bot" if login.endswith("[bot]") else "User"
                found = Account(id=self._new_id(), login=login.removesuffix("[bot]"), kind=kind or guessed, name=name,
                                emails=tuple(emails))
                self._accounts[found.login.lower()] = self._keep(found)
            return found

    def delete_account(self, account: Account) -> None:
        """The account is gone: its issues and comments stay, without an author."""
        self._changed()
        account.deleted = True
        self._accounts.pop(account.login.lower(), None)
        self._nodes.pop(account.id, None)

    def rename_account(self, account: Account, login: str) -> None:
        """A new login for the same account; its repositories move with it and no thread is touched.

        Raises ValueError for a login in use.
        """
        with self.lock:
            if self.find_account(login) not in (None, account):
                raise ValueError(f"the login {login} is in use")
            self._changed()
            before, account.login = account.login.lower(), login.removesuffix("[bot]")
            self._accounts[account.login.lower()] = self._accounts.pop(before)
            for old, repository in self._repositories.items():
                if before in repository.roles:
                    repository.roles[account.login.lower()] = repository.roles.pop(before)
                if repository.owner is account:
                    repository.former_names.append(old)
            self._repositories = {found.full_name.lower(): found for found in self._repositories.values()}

    def add_token(self, login: str = "github-actions[bot]", *, permissions: Mapping[str, Access] | None = None,
                  repositories: Iterable[str] | None = None, masks_members: bool = False) -> Token:
        """A token of an account; without `permissions` it may write everything that one of its kind can.

        The token of a workflow (github-actions[bot]) can't read secret scanning alerts or traffic, whatever it is
        granted.
        """
        granted: dict[str, Access] = dict.fromkeys(PERMISSIONS, "write")
        if permissions is not None:
            unknown = set(permissions) - set(PERMISSIONS)
            if unknown:
                raise ValueError(f"no such permission: {', '.join(sorted(unknown))}")
            granted = {"metadata": "read", **permissions}
        if login == "github-actions[bot]":
            granted = {name: access for name, access in granted.items() if name not in NEVER_A_WORKFLOWS}
        text = "ghs_" + hashlib.sha256(f"{login} {len(self._tokens)}".encode()).hexdigest()[:36]
        token = Token(text=text, account=self.account(login), permissions=granted, masks_members=masks_members,
                      repositories=None if repositories is None else frozenset(r.lower() for r in repositories))
        self._tokens[text] = token
        return token

    def revoke(self, token: Token) -> None:
        """The token is refused from now on."""
        self._tokens.pop(token.text, None)

    # -- repositories --------------------------------------------------------------------------------------------

    def add_repository(self, full_name: str, *, created_at: datetime | None = None, private: bool = False,
                       archived: bool = False, fork: bool = False) -> Repository:
        """A new, empty repository. An owner who is not there yet becomes an organisation."""
        owner, _, name = full_name.partition("/")
        with self.lock:
            made = Repository(id=self._new_id(), owner=self.account(owner, kind="Organization"), name=name,
                              created_at=created_at or self.now - timedelta(days=1500), server_url=self.server_url,
                              private=private, archived=archived, fork=fork)
            self._keep(made)
            self._repositories[full_name.lower()] = made
            for title, answerable in (("General", False), ("Q&A", True)):
                made.categories[title] = self._keep(
                    Category(id=self._new_id(), name=title, answerable=answerable, created_at=made.created_at))
            return made

    def rename_repository(self, repository: Repository, full_name: str) -> None:
        """A new name; the old one redirects."""
        with self.lock:
            self._changed()
            old = repository.full_name.lower()
            del self._repositories[old]
            repository.former_names.append(old)
            owner, _, repository.name = full_name.partition("/")
            repository.owner = self.account(owner, kind="Organization")
            self._repositories[full_name.lower()] = repository

    def delete_repository(self, repository: Repository) -> None:
        """Gone, with its name and its redirects."""
        with self.lock:
            self._changed()
            del self._repositories[repository.full_name.lower()]
            del self._nodes[repository.id]

    def label(self, repository: Repository, name: str, *, color: str = "ededed",
              description: str | None = None) -> Label:
        """The repository's label of that name, made where there is none."""
        with self.lock:
            found = repository.labels.get(name.lower())
            if found is None:
                found = self._keep(Label(id=self._new_id(), name=name, color=color, description=description))
                repository.labels[name.lower()] = found
            return found

    def change_label(self, repository: Repository, label: Label, *, name: str, color: str,
                     description: str | None) -> None:
        """A new name, colour or description; threads that carry it are not touched, as at GitHub."""
        with self.lock:
            self._changed()
            del repository.labels[label.name.lower()]
            label.name, label.color, label.description = name, color, description
            repository.labels[name.lower()] = label

    def rename_label(self, repository: Repository, old: str, new: str) -> None:
        """A new name, on threads and in their events too; no thread is touched. Raises ValueError for a name in use."""
        with self.lock:
            label = repository.labels[old.lower()]
            if repository.labels.get(new.lower(), label) is not label:
                raise ValueError(f"{repository.full_name} has a label {new} already")
            self.change_label(repository, label, name=new, color=label.color, description=label.description)

    def delete_label(self, repository: Repository, label: Label | str) -> None:
        """Gone, from every thread too; events keep telling of it. No thread is touched."""
        with self.lock:
            label = repository.labels[label.lower()] if isinstance(label, str) else label
            self._changed()
            del repository.labels[label.name.lower()]
            for thread in repository.threads.values():
                if label in thread.labels:
                    thread.labels.remove(label)

    def star(self, repository: Repository, account: Account, at: datetime) -> None:
        """Someone stars the repository."""
        with self.lock:
            self._changed()
            repository.stargazers.append((account, at))
            repository.stars += 1

    # -- the ground ----------------------------------------------------------------------------------------------

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def _keep(self, node: _N) -> _N:
        self._nodes[node.id] = node
        self.version += 1
        return node

    def _changed(self) -> None:
        self.version += 1

    def _number(self, repository: Repository, wanted: int | None) -> int:
        number = repository.last_number + 1 if wanted is None else wanted
        if number in repository.threads:
            raise ValueError(f"{repository.full_name}#{number} exists")
        repository.last_number = max(repository.last_number, number)
        return number
