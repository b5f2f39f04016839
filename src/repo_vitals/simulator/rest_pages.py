"""GitHub Pages over REST: whether a repository has them, and how the last build ended."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.rest_routes import Route, not_found

if TYPE_CHECKING:
    from repo_vitals.simulator.rest_routes import Call


def _pages(call: Call) -> Answer:
    pages = call.repository.pages
    if pages is None:
        raise not_found()
    return Answer.of({
        "url": f"{call.request.base}{call.request.path}", "status": pages.status, "cname": None, "custom_404": False,
        "html_url": pages.html_url, "build_type": "workflow" if pages.status is None else "legacy",
        "source": {"branch": "main", "path": "/docs"}, "public": pages.public, "protected_domain_state": None,
        "pending_domain_unverified_at": None, "https_enforced": True})


ROUTES: tuple[Route, ...] = (Route("GET", "/repos/{owner}/{repo}/pages", (("pages", "read"),), _pages),)
