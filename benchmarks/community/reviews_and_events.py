"""Reviews and events by REST, which the one-by-one way asks for and the simulator does not serve by itself."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.simulator import rest_api
from repo_vitals.simulator.model import PullRequest
from repo_vitals.simulator.rest_routes import Call, Route, not_found, paged

if TYPE_CHECKING:
    from repo_vitals.simulator.exchange import Answer
    from repo_vitals.simulator.model import Event, Review, Thread


def serve_reviews_and_events() -> None:
    """Have every simulator of this process serve them."""
    rest_api.ROUTES += (
        Route("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews", (("pull_requests", "read"),), _reviews),
        Route("GET", "/repos/{owner}/{repo}/issues/{number}/events", (("issues", "read"),), _events),
    )


def _thread(call: Call) -> Thread:
    text = call.names["number"]
    found = call.repository.threads.get(int(text)) if text.isdigit() else None
    if found is None:
        raise not_found()
    return found


def _reviews(call: Call) -> Answer:
    """What was submitted: others never see what is pending."""
    pull = _thread(call)
    if not isinstance(pull, PullRequest):
        raise not_found()
    api = f"{call.forms.of_repository(call.repository)}/pulls/{pull.number}"

    def show(review: Review) -> dict[str, Any]:
        page = f"{pull.url}#pullrequestreview-{review.id}"
        return {"id": review.id, "node_id": review.node_id, "user": call.forms.account(review.author),
                "body": review.body, "state": review.state, "html_url": page, "pull_request_url": api,
                "_links": {"html": {"href": page}, "pull_request": {"href": api}}, "commit_id": "0" * 40,
                "submitted_at": format_instant(review.submitted_at or review.created_at),
                "author_association": call.repository.association(review.author)}
    return paged(call, [review for review in pull.reviews if review.submitted_at is not None], show)


def _events(call: Call) -> Answer:
    base = f"{call.forms.of_repository(call.repository)}/issues/events"

    def show(event: Event) -> dict[str, Any]:
        label = {} if event.label is None else {"label": {"name": event.label.name, "color": event.label.color}}
        return {"id": event.id, "node_id": event.node_id, "url": f"{base}/{event.id}", "event": event.kind,
                "actor": call.forms.account(event.actor), "commit_id": None, "commit_url": None,
                "created_at": format_instant(event.at), "performed_via_github_app": None, **label}
    return paged(call, _thread(call).events, show)
