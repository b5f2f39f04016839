"""How REST shows what the state holds. Every form is held to GitHub's OpenAPI description by the tests."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.simulator.accounts import Account
from repo_vitals.simulator.model import Issue, PullRequest
from repo_vitals.simulator.reactions import IN_REST, groups

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.simulator.model import Comment, Commit, Label, Repository, Thread
    from repo_vitals.simulator.reactions import Reactable

_PARTS = {
    "archive_url": "/{archive_format}{/ref}", "assignees_url": "/assignees{/user}", "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}", "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}", "commits_url": "/commits{/sha}", "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}", "contributors_url": "/contributors", "deployments_url": "/deployments",
    "downloads_url": "/downloads", "events_url": "/events", "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}", "git_refs_url": "/git/refs{/sha}", "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks", "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}", "keys_url": "/keys{/key_id}", "labels_url": "/labels{/name}",
    "languages_url": "/languages", "merges_url": "/merges", "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}", "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}", "stargazers_url": "/stargazers", "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers", "subscription_url": "/subscription", "tags_url": "/tags", "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


class Forms:
    """The forms of one answer, with links that begin with the base that the client asked."""

    def __init__(self, base: str, server_url: str) -> None:
        self.base = base
        self.server_url = server_url

    def of_repository(self, repository: Repository) -> str:
        """The API address of a repository."""
        return f"{self.base}/repos/{repository.full_name}"

    def account(self, account: Account | None) -> dict[str, Any]:
        """A user as part of something else; what a deleted one wrote belongs to `ghost`."""
        if account is None or account.deleted:
            account = Account(id=10137, login="ghost")
        login, url = account.rest_login, f"{self.base}/users/{account.rest_login.replace('[bot]', '%5Bbot%5D')}"
        page = f"{self.server_url}/apps/{account.login}" if account.kind == "Bot" else f"{self.server_url}/{login}"
        return {
            "login": login, "id": account.id, "node_id": account.node_id,
            "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}?v=4", "gravatar_id": "", "url": url,
            "html_url": page, "followers_url": f"{url}/followers", "following_url": f"{url}/following{{/other_user}}",
            "gists_url": f"{url}/gists{{/gist_id}}", "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
            "subscriptions_url": f"{url}/subscriptions", "organizations_url": f"{url}/orgs",
            "repos_url": f"{url}/repos", "events_url": f"{url}/events{{/privacy}}",
            "received_events_url": f"{url}/received_events", "type": account.kind, "user_view_type": "public",
            "site_admin": False,
        }

    def profile(self, account: Account, since: datetime) -> dict[str, Any]:
        """A user as the answer itself."""
        return {**self.account(account), "name": account.name, "company": None, "blog": "", "location": None,
                "email": None, "hireable": None, "bio": None, "twitter_username": None, "public_repos": 0,
                "public_gists": 0, "followers": 0, "following": 0, "created_at": format_instant(since),
                "updated_at": format_instant(since)}

    def label(self, label: Label, repository: Repository) -> dict[str, Any]:
        """A label."""
        return {"id": label.id, "node_id": label.node_id, "url": f"{self.of_repository(repository)}/labels/{label.name}"
                .replace(" ", "%20"), "name": label.name, "color": label.color, "default": label.default,
                "description": label.description}

    def _reactions(self, subject: Reactable, url: str) -> dict[str, Any]:
        return {"url": f"{url}/reactions", "total_count": len(subject.reactions),
                **{IN_REST[group.content]: len(group.reactions) for group in groups(subject)}}

    def issue(self, thread: Thread, *, masked: bool = False) -> dict[str, Any]:
        """An issue, or a pull request as REST shows it among issues."""
        repository = thread.repository
        url = f"{self.of_repository(repository)}/issues/{thread.number}"
        reason = thread.state_reason if isinstance(thread, Issue) else None
        assignees = [self.account(account) for account in thread.assignees]
        found = {
            "url": url, "repository_url": self.of_repository(repository), "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments", "events_url": f"{url}/events", "html_url": thread.url, "id": thread.id,
            "node_id": thread.node_id, "number": thread.number, "title": thread.title,
            "user": self.account(thread.author),
            "labels": [self.label(label, repository) for label in thread.labels],
            "state": "open" if thread.closed_at is None else "closed", "locked": thread.locked,
            "assignee": assignees[0] if assignees else None, "assignees": assignees, "milestone": None,
            "comments": len(thread.comments), "created_at": format_instant(thread.created_at),
            "updated_at": format_instant(thread.updated_at),
            "closed_at": None if thread.closed_at is None else format_instant(thread.closed_at),
            "author_association": _association(thread.repository, thread.author, masked=masked),
            "active_lock_reason": thread.lock_reason, "body": thread.body or None, "closed_by": None,
            "reactions": self._reactions(thread, url), "timeline_url": f"{url}/timeline",
            "performed_via_github_app": None, "state_reason": None if reason is None else reason.lower(),
        }
        if isinstance(thread, PullRequest):
            pull = f"{self.of_repository(repository)}/pulls/{thread.number}"
            found["draft"] = thread.is_draft
            found["pull_request"] = {
                "url": pull, "html_url": thread.url, "diff_url": f"{thread.url}.diff",
                "patch_url": f"{thread.url}.patch",
                "merged_at": None if thread.merged_at is None else format_instant(thread.merged_at)}
        return found

    def comment(self, comment: Comment, *, masked: bool = False) -> dict[str, Any]:
        """A comment on an issue or a pull request."""
        thread = comment.thread
        repository = thread.repository
        url = f"{self.of_repository(repository)}/issues/comments/{comment.id}"
        return {"url": url, "html_url": f"{thread.url}#issuecomment-{comment.id}",
                "issue_url": f"{self.of_repository(repository)}/issues/{thread.number}", "id": comment.id,
                "node_id": comment.node_id, "user": self.account(comment.author),
                "created_at": format_instant(comment.created_at), "updated_at": format_instant(comment.updated_at),
                "author_association": _association(repository, comment.author, masked=masked), "body": comment.body,
                "reactions": self._reactions(comment, url), "performed_via_github_app": None}

    def commit(self, commit: Commit) -> dict[str, Any]:
        """A commit of a list."""
        repository, sha = commit.repository, commit.oid
        url, git = f"{self.of_repository(repository)}/commits/{sha}", f"{self.of_repository(repository)}/git"
        person = {"name": commit.name, "email": commit.email, "date": format_instant(commit.committed_at)}
        account = None if commit.user is None or commit.user.deleted else self.account(commit.user)
        return {"sha": sha, "node_id": commit.node_id, "url": url, "html_url": f"{repository.url}/commit/{sha}",
                "comments_url": f"{url}/comments", "author": account, "committer": account, "parents": [],
                "commit": {"author": person, "committer": person, "message": commit.message, "comment_count": 0,
                           "tree": {"sha": sha, "url": f"{git}/trees/{sha}"}, "url": f"{git}/commits/{sha}"}}

    def repository(self, repository: Repository) -> dict[str, Any]:
        """A whole repository. `open_issues_count` counts pull requests too, as GitHub does."""
        api, page = self.of_repository(repository), repository.url
        host = repository.server_url.split("://", 1)[-1]
        open_threads = sum(1 for thread in repository.threads.values()
                           if thread.closed_at is None and thread.kind != "discussion")
        pushed = repository.pushed_at
        return {
            "id": repository.id, "node_id": repository.node_id, "name": repository.name,
            "full_name": repository.full_name, "private": repository.private,
            "owner": self.account(repository.owner), "html_url": page, "description": repository.description,
            "fork": repository.fork, "url": api, **{name: api + part for name, part in _PARTS.items()},
            "created_at": format_instant(repository.created_at), "updated_at": format_instant(pushed),
            "pushed_at": format_instant(pushed), "git_url": f"git://{host}/{repository.full_name}.git",
            "ssh_url": f"git@{host}:{repository.full_name}.git", "clone_url": f"{page}.git", "svn_url": page,
            "homepage": None, "size": 108, "stargazers_count": repository.stars,
            # GitHub calls the stars watchers here, and the watchers subscribers.
            "watchers_count": repository.stars, "watchers": repository.stars, "subscribers_count": repository.watchers,
            "language": None, "has_issues": repository.issues_enabled, "has_projects": True, "has_downloads": True,
            "has_wiki": True, "has_pages": False, "has_discussions": repository.discussions_enabled,
            "forks_count": repository.forks, "forks": repository.forks, "network_count": repository.forks,
            "mirror_url": None, "archived": repository.archived, "disabled": False,
            "open_issues_count": open_threads, "open_issues": open_threads, "license": None, "allow_forking": True,
            "is_template": False, "topics": [], "visibility": "private" if repository.private else "public",
            "default_branch": "main",
        }

    def contributor(self, account: Account | None, contributions: int, *, name: str, email: str) -> dict[str, Any]:
        """Someone with commits; without an account only name and e-mail are known."""
        if account is None:
            return {"type": "Anonymous", "name": name, "email": email, "contributions": contributions}
        return {**self.account(account), "contributions": contributions}


def _association(repository: Repository, account: Account | None, *, masked: bool) -> str:
    found = repository.association(account)
    if masked and found == "MEMBER" and account is not None:
        return "CONTRIBUTOR" if account.id in repository.contributors else "NONE"
    return found


