"""Changes to accounts and to what is committed. Each makes one and says which, or None: there is none."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.change_means import Change


def delete_account(c: Change) -> str:
    account = c.person()
    c.state.delete_account(account)
    return f"delete-account {account.login}"


def rename_account(c: Change) -> str:
    """The login is free afterwards, and someone new may take it."""
    account = c.person()
    word = f"rename-account {account.login}"
    c.state.rename_account(account, f"{account.login}-{account.id}")
    return word


def commit(c: Change) -> str:
    account = c.who()
    linked = c.random.random() < 0.7
    c.state.commit(c.repository, c.at, name=account.rest_login, user=account if linked else None,
                   email=account.emails[0] if linked else f"{account.login}@home.example")
    return f"commit {account.login}"


def merge_branch(c: Change) -> str:
    """Work that is older than the tip, some of it older than any window."""
    days = [c.random.choice((0, 1, 12, 40, 90)) for _ in range(c.random.choice((1, 3)))]
    c.state.merge_branch(c.repository, c.at, [(c.at - timedelta(days=d), c.person()) for d in days], by=c.person())
    return f"merge-branch of {max(days)} days"


def rewrite(c: Change) -> str | None:
    old = c.one(c.repository.commits[:6])
    if old is None:
        return None
    if c.random.random() < 0.5:
        c.state.rewrite(c.repository, drop=[old])
        return "rewrite without one"
    account = c.person()
    c.state.rewrite(c.repository, replace_with={old: {
        "email": account.emails[0], "name": account.login, "user": account}})
    return f"rewrite to {account.login}"


def set_mailmap(c: Change) -> str:
    one, other = c.person(), c.person()
    text = c.random.choice((None, "", f"{one.login} <{one.emails[0]}> <{other.login}@home.example>\n"))
    c.state.set_mailmap(c.repository, text)
    return "set-mailmap"
