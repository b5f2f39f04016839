"""REST operations on pull requests that issues do not have."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.rest_routes import Route, invalid, not_found, paged

if TYPE_CHECKING:
    from repo_vitals.simulator.accounts import Access
    from repo_vitals.simulator.model import PullRequest
    from repo_vitals.simulator.rest_routes import Call


def _list_pulls(call: Call) -> Answer:
    query = call.query
    state, head, base = query.get("state", "open"), query.get("head", ""), query.get("base", "")
    if state not in ("open", "closed", "all"):
        raise invalid("PullRequest", "state", "invalid")
    owner, colon, branch = head.partition(":")
    found = [pull for pull in call.repository.pull_requests
             if (state == "all" or (pull.closed_at is None) == (state == "open"))
             # A head without an owner is left out of account, as at GitHub: all are listed.
             and (not colon or (pull.head_repository.owner.login.lower(), pull.head_ref) == (owner.lower(), branch))
             and base in ("", "main")]
    found.sort(key=lambda pull: (pull.created_at, pull.id), reverse=query.get("direction", "desc") == "desc")
    return paged(call, found, lambda pull: _pull(call, pull))


def _pull(call: Call, pull: PullRequest) -> dict[str, Any]:
    """A pull request of a list, in part as REST shows it among issues."""
    as_issue = call.forms.issue(pull, masked=call.masked)
    kept = ("node_id", "id", "number", "state", "locked", "title", "user", "body", "milestone", "active_lock_reason",
            "created_at", "updated_at", "closed_at", "assignee", "assignees", "author_association", "draft")
    api = call.forms.of_repository(pull.repository)
    url, issue = f"{api}/pulls/{pull.number}", f"{api}/issues/{pull.number}"
    links = {"self": url, "html": pull.url, "issue": issue, "comments": f"{issue}/comments",
             "review_comments": f"{url}/comments", "review_comment": f"{url}/comments{{/number}}",
             "commits": f"{url}/commits", "statuses": f"{api}/statuses/{pull.head_sha}"}
    tip = pull.repository.commits[0].oid if pull.repository.commits else "0" * 40
    return {
        **{name: as_issue[name] for name in kept}, "url": url, "html_url": pull.url, "diff_url": f"{pull.url}.diff",
        "patch_url": f"{pull.url}.patch", "issue_url": issue, "commits_url": links["commits"],
        "review_comments_url": links["review_comments"], "review_comment_url": links["review_comment"],
        "comments_url": links["comments"], "statuses_url": links["statuses"],
        "labels": [{**call.forms.label(label, pull.repository), "description": label.description or ""}
                   for label in pull.labels],
        "merged_at": None if pull.merged_at is None else format_instant(pull.merged_at), "merge_commit_sha": None,
        "auto_merge": None, "requested_reviewers": [], "requested_teams": [],
        "_links": {name: {"href": target} for name, target in links.items()},
        "head": _end(call, pull.head_repository, pull.head_ref, pull.head_sha),
        "base": _end(call, pull.repository, "main", tip),
    }


def _end(call: Call, repository: Any, ref: str, sha: str) -> dict[str, Any]:
    whole = call.forms.repository(repository)
    shown = {name: value for name, value in whole.items() if name not in ("subscribers_count", "network_count")}
    return {"label": f"{repository.owner.login}:{ref}", "ref": ref, "sha": sha,
            "user": call.forms.account(repository.owner), "repo": shown}


def _permission(call: Call) -> Answer:
    """What a person may do, in the old words, in which maintain is write and triage is read."""
    account = call.state.find_account(call.names["username"])
    if account is None:
        raise not_found()
    login = account.login.lower()
    role = "admin" if account is call.repository.owner else call.repository.grants.get(
        login, "none" if call.repository.private else "read")
    old = {"maintain": "write", "triage": "read"}.get(role, role)
    may = ("pull", "triage", "push", "maintain", "admin")
    reach = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}[role]
    return Answer.of({"permission": old, "role_name": role, "user": {
        **call.forms.account(account), "role_name": role,
        "permissions": {name: place < reach for place, name in enumerate(may)}}})


_ANYBODY: tuple[tuple[str, Access], ...] = (("metadata", "read"),)
ROUTES: tuple[Route, ...] = (
    Route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", _ANYBODY, _permission),
    Route("GET", "/repos/{owner}/{repo}/pulls", (("pull_requests", "read"),), _list_pulls),
)
