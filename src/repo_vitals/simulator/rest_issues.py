"""REST operations on issues, their comments and labels."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.lookups import FORBIDDEN
from repo_vitals.simulator.model import Comment, Discussion, Issue, Label, PullRequest, Thread
from repo_vitals.simulator.rest_routes import Call, Refusal, Route, invalid, not_found, paged

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.accounts import Account

LONGEST_BODY, LONGEST_TITLE, LONGEST_LABEL = 65536, 256, 50


def _actor(call: Call) -> Account | None:
    return None if call.token is None else call.token.account


def _thread(call: Call) -> Thread:
    text = call.names["issue_number"]
    number = int(text) if text.isascii() and text.isdigit() else -1
    found = call.repository.threads.get(number)
    moved = call.repository.moved.get(number)
    if moved is not None:
        target = f"{call.request.base}/repositories/{moved.repository.id}/issues/{moved.number}"
        raise Refusal(Answer.error(301, "Moved Permanently", url=target, headers={"location": target}))
    if number in call.repository.gone:
        raise Refusal(Answer.error(410, "This issue was deleted"))
    if found is None or isinstance(found, Discussion):
        raise not_found()
    if isinstance(found, Issue):
        _need_issues(call)
    return found


def _need_issues(call: Call) -> None:
    if not call.repository.issues_enabled:
        raise Refusal(Answer.error(410, "Issues are disabled for this repo"))


def _text(fields: dict[str, Any], name: str, resource: str, longest: int, *, needed: bool = False) -> str | None:
    value = fields.get(name)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or (needed and not value.strip()):
        raise invalid(resource, name, "missing_field" if value is None else "invalid")
    if len(value) > longest:
        raise invalid(resource, name, "custom", f"{name} is too long (maximum is {longest} characters)")
    return value


# -- issues ------------------------------------------------------------------------------------------------------

def _list_issues(call: Call) -> Answer:
    _need_issues(call)
    query = call.query
    state, since, creator = query.get("state", "open"), call.since(), query.get("creator", "").lower()
    labels = [name.lower() for name in query.get("labels", "").split(",") if name]
    if state not in ("open", "closed", "all"):
        raise invalid("Issue", "state", "invalid")
    found = [
        thread for thread in call.repository.threads.values()
        if isinstance(thread, (Issue, PullRequest))
        and (state == "all" or (thread.closed_at is None) == (state == "open"))
        and (since is None or thread.updated_at >= since)
        and (not creator or (thread.author is not None and thread.author.rest_login.lower() == creator))
        and {label.name.lower() for label in thread.labels} >= set(labels)
    ]
    keys: dict[str, Callable[[Thread], Any]] = {
        "created": lambda t: (t.created_at, t.id), "updated": lambda t: (t.updated_at, t.id),
        "comments": lambda t: (len(t.comments), t.id)}
    found.sort(key=keys.get(query.get("sort", "created"), keys["created"]), reverse=query.get("direction") != "asc")
    return paged(call, found, lambda thread: call.forms.issue(thread, masked=call.masked))


def _create_issue(call: Call) -> Answer:
    _need_issues(call)
    fields = call.fields()
    title = _text(fields, "title", "Issue", LONGEST_TITLE, needed=True) or ""
    body = _text(fields, "body", "Issue", LONGEST_BODY) or ""
    labels = _label_names(fields.get("labels") or [])
    _assignable(call, fields, refuses=True)
    made = call.state.open_issue(call.repository, by=_actor(call), at=call.state.now, title=title, body=body)
    for name in labels:
        call.state.add_label(made, name, at=call.state.now, by=_actor(call))
    _assign(call, made, fields)
    shown = call.forms.issue(made)
    return Answer.of(shown, 201, {"location": shown["url"]})


def _get_issue(call: Call) -> Answer:
    return Answer.of(call.forms.issue(_thread(call), masked=call.masked))


def _update_issue(call: Call) -> Answer:
    thread, fields, state, now = _thread(call), call.fields(), call.state, call.state.now
    title = _text(fields, "title", "Issue", LONGEST_TITLE)
    body = _text(fields, "body", "Issue", LONGEST_BODY)
    wanted, reason = fields.get("state"), fields.get("state_reason")
    if wanted not in (None, "open", "closed"):
        raise invalid("Issue", "state", "invalid")
    if reason not in (None, "completed", "not_planned", "duplicate", "reopened"):
        raise invalid("Issue", "state_reason", "invalid")
    if title is not None or body is not None:
        state.edit(thread, at=now, title=title, body=body)
    if wanted == "closed" and thread.closed_at is None:
        state.close(thread, at=now, by=_actor(call), reason=None if reason is None else reason.upper())
    elif wanted == "open" and thread.closed_at is not None:
        if isinstance(thread, PullRequest) and thread.merged_at is not None:
            raise invalid("Issue", "state", "invalid")
        state.reopen(thread, at=now, by=_actor(call))
    if "labels" in fields:
        _set_labels(call, thread, _label_names(fields["labels"] or []))
    _assign(call, thread, fields)
    return Answer.of(call.forms.issue(thread))


def _assign(call: Call, thread: Thread, fields: dict[str, Any]) -> None:
    if isinstance(fields.get("assignees"), list):
        thread.assignees = _assignable(call, fields, refuses=True)


def _assignable(call: Call, fields: dict[str, Any], *, refuses: bool) -> list[Account]:
    """Who of the named can be assigned. `refuses`: to name another is an error, as where an issue is written; where
    people are only added, GitHub leaves them out without a word.
    """
    logins = [str(login) for login in (fields.get("assignees") or [])[:10]]
    found = [account for account in map(call.state.find_account, logins)
             if account is not None and call.repository.may_be_assigned(account)]
    if refuses and len(found) < len(logins):
        raise invalid("Issue", "assignees", "invalid")
    return found


def _change_assignees(call: Call) -> Answer:
    thread = _thread(call)
    named = _assignable(call, call.fields(), refuses=False)
    for account in named:
        if call.request.method == "POST":
            call.state.assign(thread, account, at=call.state.now, by=_actor(call))
        elif account in thread.assignees:
            thread.assignees.remove(account)
    return Answer.of(call.forms.issue(thread), 201 if call.request.method == "POST" else 200)


def _lock(call: Call) -> Answer:
    reason = call.fields().get("lock_reason")
    if reason not in (None, "off-topic", "too heated", "resolved", "spam"):
        raise invalid("Issue", "lock_reason", "invalid")
    call.state.lock_thread(_thread(call), at=call.state.now, by=_actor(call), reason=reason)
    return Answer(status=204)


def _unlock(call: Call) -> Answer:
    call.state.unlock_thread(_thread(call), at=call.state.now, by=_actor(call))
    return Answer(status=204)


# -- comments ----------------------------------------------------------------------------------------------------

def _comment(call: Call) -> Comment:
    text = call.names["comment_id"]
    found = call.state.comment_by_id(int(text)) if text.isascii() and text.isdigit() else None
    if found is None or found.thread.repository is not call.repository or isinstance(found.thread, Discussion):
        raise not_found()
    return found


def _show_comment(call: Call) -> Callable[[Comment], dict[str, Any]]:
    return lambda comment: call.forms.comment(comment, masked=call.masked)


def _list_comments(call: Call) -> Answer:
    since = call.since()
    found = [comment for comment in _thread(call).comments if since is None or comment.updated_at >= since]
    return paged(call, sorted(found, key=lambda comment: comment.id), _show_comment(call))


def _list_all_comments(call: Call) -> Answer:
    since, by_update = call.since(), call.query.get("sort") == "updated"
    found = [comment for thread in call.repository.threads.values() if not isinstance(thread, Discussion)
             for comment in thread.comments if since is None or comment.updated_at >= since]
    found.sort(key=lambda comment: (comment.updated_at if by_update else comment.created_at, comment.id),
               reverse=call.query.get("direction") == "desc")
    return paged(call, found, _show_comment(call))


def _create_comment(call: Call) -> Answer:
    thread, body = _thread(call), _text(call.fields(), "body", "IssueComment", LONGEST_BODY, needed=True)
    if thread.locked and (call.token is None or not call.token.may("contents", "write")):
        raise Refusal(Answer.error(403, "Unable to create comment because issue is locked."))
    made = call.state.comment(thread, by=_actor(call), at=call.state.now, body=body or "")
    shown = call.forms.comment(made)
    return Answer.of(shown, 201, {"location": shown["url"]})


def _get_comment(call: Call) -> Answer:
    return Answer.of(_show_comment(call)(_comment(call)))


def _update_comment(call: Call) -> Answer:
    comment, body = _comment(call), _text(call.fields(), "body", "IssueComment", LONGEST_BODY, needed=True)
    call.state.edit_comment(comment, body=body or "", at=call.state.now)
    return Answer.of(call.forms.comment(comment))


def _delete_comment(call: Call) -> Answer:
    call.state.delete_comment(_comment(call))
    return Answer(status=204)


# -- labels ------------------------------------------------------------------------------------------------------

def _label_names(given: Any) -> list[str]:
    entries = given if isinstance(given, list) else [given]
    names: list[Any] = [entry.get("name") if isinstance(entry, dict) else entry for entry in entries]
    if len(names) > 100 or not all(isinstance(name, str) and 0 < len(name) <= LONGEST_LABEL for name in names):
        raise invalid("Label", "name", "invalid")
    return names


def _set_labels(call: Call, thread: Thread, names: list[str]) -> None:
    wanted = {name.lower() for name in names}
    for label in list(thread.labels):
        if label.name.lower() not in wanted:
            call.state.remove_label(thread, label.name, at=call.state.now, by=_actor(call))
    for name in names:
        call.state.add_label(thread, name, at=call.state.now, by=_actor(call))


def _show_labels(call: Call, thread: Thread) -> Answer:
    return Answer.of([call.forms.label(label, call.repository) for label in thread.labels])


def _issue_labels(call: Call) -> Answer:
    return paged(call, _thread(call).labels, lambda label: call.forms.label(label, call.repository))


def _change_labels(call: Call) -> Answer:
    thread = _thread(call)
    try:
        document = call.request.json() if call.request.body else {}
    except ValueError:
        raise Refusal(Answer.error(400, "Problems parsing JSON")) from None
    names = _label_names(document.get("labels") or [] if isinstance(document, dict) else document)
    kept = [] if call.request.method == "PUT" else [label.name for label in thread.labels]
    _set_labels(call, thread, kept + names)
    return _show_labels(call, thread)


def _remove_labels(call: Call) -> Answer:
    _set_labels(call, _thread(call), [])
    return Answer(status=204)


def _remove_label(call: Call) -> Answer:
    thread, name = _thread(call), call.names["name"]
    if name.lower() not in {label.name.lower() for label in thread.labels}:
        return Answer.error(404, "Label does not exist")
    call.state.remove_label(thread, name, at=call.state.now, by=_actor(call))
    return _show_labels(call, thread)


def _label(call: Call) -> Label:
    found = call.repository.labels.get(call.names["name"].lower())
    if found is None:
        raise not_found()
    return found


def _list_labels(call: Call) -> Answer:
    return paged(call, sorted(call.repository.labels.values(), key=lambda label: label.name.lower()),
                 lambda label: call.forms.label(label, call.repository))


def _colour(fields: dict[str, Any], default: str) -> str:
    colour = fields.get("color", default)
    if not isinstance(colour, str) or len(colour) != 6 or not set(colour.lower()) <= set("0123456789abcdef"):
        raise invalid("Label", "color", "invalid")
    return colour


def _create_label(call: Call) -> Answer:
    fields = call.fields()
    name = _text(fields, "name", "Label", LONGEST_LABEL, needed=True) or ""
    if name.lower() in call.repository.labels:
        raise invalid("Label", "name", "already_exists")
    if call.repository.refuses_labels:
        raise Refusal(Answer.error(403, FORBIDDEN))
    made = call.state.label(call.repository, name, color=_colour(fields, "ededed"),
                            description=_text(fields, "description", "Label", 100))
    shown = call.forms.label(made, call.repository)
    return Answer.of(shown, 201, {"location": shown["url"]})


def _get_label(call: Call) -> Answer:
    return Answer.of(call.forms.label(_label(call), call.repository))


def _update_label(call: Call) -> Answer:
    label, fields = _label(call), call.fields()
    name = _text(fields, "new_name", "Label", LONGEST_LABEL) or label.name
    call.state.change_label(call.repository, label, name=name, color=_colour(fields, label.color),
                            description=_text(fields, "description", "Label", 100) or label.description)
    return _get_label(Call(**{**vars(call), "names": {**call.names, "name": name}}))


def _delete_label(call: Call) -> Answer:
    call.state.delete_label(call.repository, _label(call))
    return Answer(status=204)


_READ: Any = (("issues", "read"), ("pull_requests", "read"))
_WRITE: Any = (("issues", "write"), ("pull_requests", "write"))
_REPO = "/repos/{owner}/{repo}"
_ISSUE = f"{_REPO}/issues/{{issue_number}}"
ROUTES: tuple[Route, ...] = (
    Route("GET", f"{_REPO}/issues", (("issues", "read"),), _list_issues),
    Route("POST", f"{_REPO}/issues", (("issues", "write"),), _create_issue),
    Route("GET", f"{_REPO}/issues/comments", _READ, _list_all_comments),
    Route("GET", f"{_REPO}/issues/comments/{{comment_id}}", _READ, _get_comment),
    Route("PATCH", f"{_REPO}/issues/comments/{{comment_id}}", _WRITE, _update_comment),
    Route("DELETE", f"{_REPO}/issues/comments/{{comment_id}}", _WRITE, _delete_comment),
    Route("GET", _ISSUE, _READ, _get_issue),
    Route("PATCH", _ISSUE, _WRITE, _update_issue),
    Route("PUT", f"{_ISSUE}/lock", _WRITE, _lock),
    Route("DELETE", f"{_ISSUE}/lock", _WRITE, _unlock),
    Route("GET", f"{_ISSUE}/comments", _READ, _list_comments),
    Route("POST", f"{_ISSUE}/comments", _WRITE, _create_comment),
    Route("POST", f"{_ISSUE}/assignees", _WRITE, _change_assignees),
    Route("DELETE", f"{_ISSUE}/assignees", _WRITE, _change_assignees),
    Route("GET", f"{_ISSUE}/labels", _READ, _issue_labels),
    Route("POST", f"{_ISSUE}/labels", _WRITE, _change_labels),
    Route("PUT", f"{_ISSUE}/labels", _WRITE, _change_labels),
    Route("DELETE", f"{_ISSUE}/labels", _WRITE, _remove_labels),
    Route("DELETE", f"{_ISSUE}/labels/{{name}}", _WRITE, _remove_label),
    Route("GET", f"{_REPO}/labels", _READ, _list_labels),
    Route("POST", f"{_REPO}/labels", _WRITE, _create_label),
    Route("GET", f"{_REPO}/labels/{{name}}", _READ, _get_label),
    Route("PATCH", f"{_REPO}/labels/{{name}}", _WRITE, _update_label),
    Route("DELETE", f"{_REPO}/labels/{{name}}", _WRITE, _delete_label),
)
