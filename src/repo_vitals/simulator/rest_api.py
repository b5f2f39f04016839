"""The REST side: what a client of community data reads, and what writing alerts needs."""
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from repo_vitals.clock import format_instant
from repo_vitals.simulator.exchange import Answer, Request
from repo_vitals.simulator.lookups import FORBIDDEN, visible
from repo_vitals.simulator.rest_actions import ROUTES as ACTIONS_ROUTES
from repo_vitals.simulator.rest_alerts import ROUTES as ALERTS_ROUTES
from repo_vitals.simulator.rest_community import ROUTES as COMMUNITY_ROUTES
from repo_vitals.simulator.rest_contents import ROUTES as CONTENTS_ROUTES
from repo_vitals.simulator.rest_git import ROUTES as GIT_ROUTES
from repo_vitals.simulator.rest_issues import ROUTES as ISSUE_ROUTES
from repo_vitals.simulator.rest_json import Forms
from repo_vitals.simulator.rest_pages import ROUTES as PAGES_ROUTES
from repo_vitals.simulator.rest_pulls import ROUTES as PULL_ROUTES
from repo_vitals.simulator.rest_routes import Call, Refusal, Route, paged
from repo_vitals.simulator.rest_traffic import ROUTES as TRAFFIC_ROUTES

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.simulator.accounts import Account, Token
    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.state import State


def answer_rest(state: State, token: Token | None, request: Request) -> Answer:
    """What GitHub says to a REST request. The caller holds the state's lock."""
    try:
        if request.path.startswith("/repos/"):
            return _with_repository(state, token, request)
        if request.path.startswith("/repositories/"):
            number, _, rest = request.path[len("/repositories/"):].partition("/")
            found = state.repository_by_id(int(number)) if number.isascii() and number.isdigit() else None
            return _dispatch(state, token, request, found, rest)
        return _about_people(state, token, request)
    except Refusal as refusal:
        return refusal.answer


def _about_people(state: State, token: Token | None, request: Request) -> Answer:
    forms = Forms(request.base, state.server_url)
    if request.method == "GET" and request.path == "/user":
        if token is None:
            return Answer.error(401, "Requires authentication")
        if token.account.kind != "User":
            return Answer.error(403, FORBIDDEN)
        return Answer.of(forms.profile(token.account, state.now))
    if request.method == "GET" and request.path.startswith("/users/"):
        found = state.find_account(request.path[len("/users/"):].replace("%5B", "[").replace("%5D", "]"))
        if found is not None:
            return Answer.of(forms.profile(found, state.now))
    return Answer.error(404, "Not Found")


def _with_repository(state: State, token: Token | None, request: Request) -> Answer:
    parts = request.path.split("/", 4)
    if len(parts) < 4:
        return Answer.error(404, "Not Found")
    name, rest = f"{parts[2]}/{parts[3]}", parts[4] if len(parts) > 4 else ""
    found = state.repository(name)
    if found is not None and found.full_name.lower() != name.lower() and _sees(token, found):
        # Renamed: GET is moved for good; what writes must not become a GET on its way.
        target = f"{request.base}/repositories/{found.id}{'/' + rest if rest else ''}"
        target += f"?{urlencode(request.query)}" if request.query else ""
        status, words = (301, "Moved Permanently") if request.method == "GET" else (307, "Temporary Redirect")
        return Answer.error(status, words, url=target, headers={"location": target})
    return _dispatch(state, token, request, found, rest)


def _sees(token: Token | None, repository: Repository) -> bool:
    return visible(token, repository) if token is not None else not repository.private


def _dispatch(state: State, token: Token | None, request: Request, repository: Repository | None, rest: str) -> Answer:
    if repository is None or not _sees(token, repository):
        return Answer.error(404, "Not Found")
    path = f"/repos/{{owner}}/{{repo}}{'/' + rest if rest else ''}"
    for route in ROUTES:
        names = route.match(request.method, path)
        if names is None:
            continue
        headers = {"x-accepted-github-permissions": route.accepted}
        if token is None and request.method != "GET":
            return Answer.error(401, "Requires authentication", headers=headers)
        if not _allowed(state, token, repository, route):
            return Answer.error(403, FORBIDDEN, headers=headers)
        if request.method != "GET" and repository.archived:
            return Answer.error(403, "Repository was archived so is read-only.", headers=headers)
        call = Call(state=state, token=token, request=request, repository=repository,
                    forms=Forms(request.base, state.server_url), names=names)
        try:
            answer = route.handle(call)
        except Refusal as refusal:
            answer = refusal.answer
        answer.headers = {**answer.headers, **headers}
        return answer
    return Answer.error(404, "Not Found")


def _allowed(state: State, token: Token | None, repository: Repository, route: Route) -> bool:
    public_read = route.method == "GET" and not repository.private
    if token is None:
        return public_read
    if public_read and not state.strict_permissions:
        return True
    return any(token.may(permission, access) for permission, access in route.permissions)


# -- the repository itself ---------------------------------------------------------------------------------------

def _repository(call: Call) -> Answer:
    return Answer.of(call.forms.repository(call.repository))


def _commits(call: Call) -> Answer:
    commits = call.repository.commits
    if not commits:
        return Answer.error(409, "Git Repository is empty.")
    start = call.query.get("sha", "")
    if start not in ("", "main", "HEAD"):
        place = next((i for i, commit in enumerate(commits) if commit.oid == start), None)
        if place is None:
            return Answer.error(404, "Not Found")
        commits = commits[place:]
    since, until, author = call.since(), call.since("until"), call.query.get("author", "").lower()
    found = [commit for commit in commits
             if (since is None or commit.committed_at >= since) and (until is None or commit.committed_at <= until)
             and (not author or commit.email.lower() == author
                  or (commit.user is not None and commit.user.rest_login.lower() == author))]
    return paged(call, found, call.forms.commit)


def _contributors(call: Call) -> Answer:
    counts: Counter[str] = Counter()
    people: dict[str, tuple[Account | None, str, str]] = {}
    for commit in call.repository.commits:
        account = None if commit.user is None or commit.user.deleted else commit.user
        key = commit.email.lower() if account is None else account.node_id
        people.setdefault(key, (account, commit.name, commit.email))
        counts[key] += 1
    if not counts:
        return Answer(status=204)
    shown = [(people[key], count) for key, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
             if people[key][0] is not None or call.query.get("anon") in ("1", "true")]
    return paged(call, shown, lambda entry: call.forms.contributor(
        entry[0][0], entry[1], name=entry[0][1], email=entry[0][2]))


def _stargazers(call: Call) -> Answer:
    dated = "application/vnd.github.star+json" in call.request.headers.get("accept", "") or \
        "application/vnd.github.v3.star+json" in call.request.headers.get("accept", "")
    stars = [(account, at) for account, at in call.repository.stargazers if not account.deleted]

    def show(entry: tuple[Account, datetime]) -> dict[str, object]:
        user = call.forms.account(entry[0])
        return {"starred_at": format_instant(entry[1]), "user": user} if dated else user
    return paged(call, stars, show)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/repos/{owner}/{repo}", (("metadata", "read"),), _repository),
    Route("GET", "/repos/{owner}/{repo}/commits", (("contents", "read"),), _commits),
    Route("GET", "/repos/{owner}/{repo}/contributors", (("metadata", "read"),), _contributors),
    Route("GET", "/repos/{owner}/{repo}/stargazers", (("metadata", "read"),), _stargazers),
    *TRAFFIC_ROUTES,
    *ISSUE_ROUTES,
    *GIT_ROUTES,
    *ACTIONS_ROUTES,
    *CONTENTS_ROUTES,
    *PULL_ROUTES,
    *ALERTS_ROUTES,
    *COMMUNITY_ROUTES,
    *PAGES_ROUTES,
)
