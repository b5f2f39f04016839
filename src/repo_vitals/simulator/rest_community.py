"""REST on what a repository has for those who come to it: GitHub's community profile, and its tags.

A file that the repository lacks is the owner's `.github` repository's, where that has it, as GitHub shows it.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.rest_routes import Call, Route, not_found, paged

if TYPE_CHECKING:
    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.state import State

_FOLDERS = (".github/", "", "docs/")
_SHARED = ("SECURITY", "CONTRIBUTING", "CODE_OF_CONDUCT", "ISSUE_TEMPLATE", "PULL_REQUEST_TEMPLATE")
_COUNTED = ("README", "CODE_OF_CONDUCT", "CONTRIBUTING", "LICENSE", "ISSUE_TEMPLATE", "PULL_REQUEST_TEMPLATE")


def community_file(state: State, repository: Repository, name: str) -> tuple[Repository, str] | None:
    """The repository and path of a community file: its own, else its owner's for all, if that is public."""
    shared = state.repository(f"{repository.owner.login}/.github") if name in _SHARED else None
    if shared is not None and shared.private:
        shared = None
    for holder in (repository, shared):
        for path in sorted(holder.files) if holder is not None else ():
            folder, _, file = path.rpartition("/")
            stem = f"{folder}/{file.partition('.')[0]}".lstrip("/").lower()
            if holder is not None and stem in [f"{place}{name}".lower() for place in _FOLDERS]:
                return holder, path
    return None


def _profile(call: Call) -> Answer:
    repository = call.repository
    if repository.fork:
        raise not_found()

    def file(name: str) -> dict[str, Any] | None:
        found = community_file(call.state, repository, name)
        if found is None:
            return None
        holder, path = found
        return {"url": f"{call.forms.of_repository(holder)}/contents/{path}",
                "html_url": f"{holder.url}/blob/main/{path}"}
    files = {name: file(name) for name in _COUNTED}
    conduct, license_file = files["CODE_OF_CONDUCT"], files["LICENSE"]
    has_all = [repository.description is not None, *(found is not None for found in files.values())]
    return Answer.of({
        "health_percentage": 100 * sum(has_all) // len(has_all), "description": repository.description,
        "documentation": None,
        "files": {
            "code_of_conduct": None if conduct is None else {
                "key": "other", "name": "Other", "html_url": conduct["html_url"],
                "url": f"{call.request.base}/codes_of_conduct/other"},
            "code_of_conduct_file": conduct, "contributing": files["CONTRIBUTING"],
            "issue_template": files["ISSUE_TEMPLATE"], "pull_request_template": files["PULL_REQUEST_TEMPLATE"],
            "license": None if license_file is None else {
                "key": "other", "name": "Other", "spdx_id": "NOASSERTION", "url": None, "node_id": "L_1",
                "html_url": license_file["html_url"]},
            "readme": files["README"],
        },
        "updated_at": format_instant(call.state.now), "content_reports_enabled": False,
    })


def _tags(call: Call) -> Answer:
    api = call.forms.of_repository(call.repository)

    def show(entry: tuple[str, str]) -> dict[str, Any]:
        name, oid = entry
        return {"name": name, "commit": {"sha": oid, "url": f"{api}/commits/{oid}"}, "node_id": f"REF_{name}",
                "zipball_url": f"{api}/zipball/refs/tags/{name}", "tarball_url": f"{api}/tarball/refs/tags/{name}"}
    return paged(call, sorted(call.repository.tags.items(), reverse=True), show)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/repos/{owner}/{repo}/community/profile", (("contents", "read"),), _profile),
    Route("GET", "/repos/{owner}/{repo}/tags", (("contents", "read"),), _tags),
)
