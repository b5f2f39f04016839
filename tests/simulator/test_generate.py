"""Generated repositories: the same for the same seed, heavy-tailed, and with every hard case in them."""
from __future__ import annotations

import statistics
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.simulator.generate import generate
from repo_vitals.simulator.generate_details import Details
from repo_vitals.simulator.model import Issue, PullRequest, Repository
from repo_vitals.simulator.truth import truth
from support.simulated import NOW

if TYPE_CHECKING:
    from repo_vitals.simulator.state import State


@pytest.fixture(scope="module")
def state() -> State:
    return generate(issues=1000, pull_requests=600, discussions=100, seed=7, now=NOW)


@pytest.fixture(scope="module")
def home(state: State) -> Repository:
    return state.repositories()[0]


def told(state: State) -> list[Any]:
    """A whole history as plain values."""
    return [
        (thread.number, thread.title, thread.body, thread.author and thread.author.login, thread.created_at,
         thread.updated_at, thread.closed_at, [label.name for label in thread.labels],
         [(c.created_at, c.body, c.author and c.author.login, c.minimised, len(c.replies)) for c in thread.comments],
         [(event.at, event.kind) for event in thread.events], [(r.at, r.content) for r in thread.reactions])
        for repository in state.repositories() for thread in repository.threads.values()
    ] + [(commit.oid, commit.email, commit.committed_at) for commit in state.repositories()[0].commits]


def test_the_same_seed_tells_the_same_history_and_another_seed_another() -> None:
    def make(seed: int) -> list[Any]:
        return told(generate(issues=60, pull_requests=50, discussions=10, seed=seed, now=NOW))
    assert make(3) == make(3)
    assert make(3) != make(4)


@pytest.mark.parametrize(("issues", "pull_requests", "discussions"), [
    (1000, 600, 100), (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (39, 39, 5), (40, 40, 0), (2500, 0, 0)])
def test_it_holds_as_many_of_each_as_were_asked_for(issues: int, pull_requests: int, discussions: int) -> None:
    home = generate(issues=issues, pull_requests=pull_requests, discussions=discussions, now=NOW).repositories()[0]
    assert (len(home.issues), len(home.pull_requests), len(home.discussions)) == (issues, pull_requests, discussions)
    assert bool(home.commits) == bool(issues + pull_requests + discussions)


def test_nothing_happens_after_now_and_everything_to_the_second(state: State) -> None:
    moments = []
    for repository in state.repositories():
        moments += [commit.committed_at for commit in repository.commits] + [at for _, at in repository.stargazers]
        for thread in repository.threads.values():
            moments += [thread.created_at, thread.updated_at, *(event.at for event in thread.events)]
            said = [*thread.comments, *(reply for comment in thread.comments for reply in comment.replies),
                    *getattr(thread, "reviews", [])]
            moments += [each.created_at for each in said]
            moments += [each.submitted_at for each in getattr(thread, "reviews", []) if each.submitted_at]
            moments += [reaction.at for each in (thread, *said) for reaction in each.reactions]
    assert max(moments) <= NOW
    assert {moment.microsecond for moment in moments} == {0}


def test_numbers_follow_time_but_for_the_hard_cases(home: Repository) -> None:
    created = [thread.created_at for thread in home.threads.values()]
    assert sum(1 for one, two in pairwise(created) if one > two) <= 4


def test_first_answers_have_a_heavy_tail(home: Repository) -> None:
    times = [(comment.created_at - issue.created_at).total_seconds() for issue in home.issues
             for comment in issue.comments[:1] if comment.created_at > issue.created_at]
    assert statistics.mean(times) > 2 * statistics.median(times)


def test_few_people_do_most(home: Repository) -> None:
    counts: dict[str, int] = {}
    for commit in home.commits:
        counts[commit.email] = counts.get(commit.email, 0) + 1
    ordered = sorted(counts.values(), reverse=True)
    assert sum(ordered[: len(ordered) // 10]) > sum(ordered) / 2
    assert ordered.count(1) > len(ordered) / 4


def test_threads_have_a_heavy_tail(home: Repository) -> None:
    lengths = sorted(len(thread.comments) for thread in home.threads.values())
    assert lengths[len(lengths) // 2] <= 3
    assert sum(1 for length in lengths if length > 10) > 20
    assert sum(1 for length in lengths if length > 100) >= 2


def _only(issue: Issue) -> set[str | None]:
    return {comment.author and comment.author.login for comment in issue.comments}


def _is_bot(comment: Any) -> bool:
    return comment.author is not None and comment.author.kind == "Bot"


CASES: dict[str, Any] = {
    "125 bot comments before the first answer": lambda r: any(
        len(i.comments) > 125 and all(_is_bot(c) for c in i.comments[:125]) and not _is_bot(i.comments[125])
        for i in r.issues),
    "an author alone for more than 100 comments": lambda r: any(
        len(i.comments) > 100 and _only(i) == {i.author and i.author.login} for i in r.issues),
    "an answer in the same second": lambda r: any(
        c.created_at == i.created_at and c.author is not i.author for i in r.issues for c in i.comments),
    "minimised spam as the only answer": lambda r: any(
        len(i.comments) == 1 and i.comments[0].minimised for i in r.issues),
    "reopened twice": lambda r: any([e.kind for e in i.events].count("reopened") >= 2 for i in r.issues),
    "closed without a word": lambda r: any(i.closed_at and not i.comments for i in r.issues),
    "comments older than the issue": lambda r: any(c.created_at < i.created_at for i in r.issues for c in i.comments),
    "an issue of ours": lambda r: any("<!-- repo-vitals:" in i.body for i in r.issues),
    "deleted author and commenter": lambda r: any(
        i.author is None and any(c.author is None for c in i.comments) for i in r.issues),
    "deleted commenter": lambda r: any(i.author is not None and any(c.author is None for c in i.comments)
                                       for i in r.issues),
    "accounts deleted later": lambda r: any(t.author is not None and t.author.deleted for t in r.threads.values()),
    "issues by bots": lambda r: any(i.author is not None and i.author.kind == "Bot" for i in r.issues),
    "a machine that calls itself a person": lambda r: any(
        t.author is not None and t.author.login == "acme-ci" and t.author.kind == "User" for t in r.threads.values()),
    "every reason of closing": lambda r: {i.state_reason for i in r.issues} >= {
        None, "COMPLETED", "NOT_PLANNED", "DUPLICATE", "REOPENED"},
    "two priority labels at once": lambda r: any(
        sum(label.name.lower().startswith(("p", "severity")) for label in i.labels) > 1 for i in r.issues),
    "titles beyond ASCII": lambda r: any(not i.title.isascii() for i in r.issues),
    "a draft to this day": lambda r: any(p.is_draft and p.state == "OPEN" for p in r.pull_requests),
    "ready, draft, ready": lambda r: any(_turns(p)[:2] == ["convert_to_draft", "ready_for_review"]
                                         for p in r.pull_requests),
    "draft, ready, draft": lambda r: any(_turns(p)[:2] == ["ready_for_review", "convert_to_draft"]
                                         for p in r.pull_requests),
    "closed unmerged": lambda r: any(p.state == "CLOSED" for p in r.pull_requests),
    "only a pending review": lambda r: any(
        [w.state for w in p.reviews] == ["PENDING"] and not p.comments for p in r.pull_requests),
    "reviews begun before they were sent": lambda r: any(
        w.submitted_at and w.submitted_at > w.created_at for p in r.pull_requests for w in p.reviews),
    "pull requests by dependabot": lambda r: any(
        p.author is not None and p.author.login == "dependabot" for p in r.pull_requests),
    "nested replies": lambda r: any(c.replies for d in r.discussions for c in d.comments),
    "a nested reply as the first answer by someone else": lambda r: any(
        d.comments and d.comments[0].author is d.author and d.comments[0].replies
        and d.comments[0].replies[0].author is not d.author for d in r.discussions),
    "answered and unanswerable discussions": lambda r: {
        (d.category.answerable, d.answer is not None) for d in r.discussions} == {
            (True, True), (True, False), (False, False)},
    "commits under an e-mail that only .mailmap knows": lambda r: any(
        c.user is None and r.mailmap and c.email in r.mailmap.text for c in r.commits),
    "commits by a bot": lambda r: any(c.name == "dependabot[bot]" for c in r.commits),
    "waiting for the author, twice": lambda r: any(_spans(i, "status/needs-info") >= 2 for i in r.issues),
    "waiting for the author to this day": lambda r: any("status/needs-info" in _labels(i) for i in r.issues
                                                        if i.state == "OPEN"),
    "blocked for a while": lambda r: any(_spans(i, "status/blocked") and "status/blocked" not in _labels(i)
                                         for i in r.issues),
    "security found late": lambda r: any("type/security" in _labels(i) for i in r.issues),
    "a type that was wrong": lambda r: any(
        e.kind == "unlabeled" and e.label and e.label.name == "bug" for i in r.issues for e in i.events),
    "assigned by another": lambda r: any(
        e.kind == "assigned" and e.actor is not i.assignees[0] for i in r.issues for e in i.events),
    "a second review": lambda r: any(
        len({w.author for w in p.reviews if w.submitted_at}) > 1 for p in r.pull_requests),
    "answers that were liked, disliked and both": lambda r: _tastes(r) >= {(True, False), (False, True)},
    "reviews and replies with reactions": lambda r: any(
        w.reactions for p in r.pull_requests for w in p.reviews) and any(
        reply.reactions for d in r.discussions for c in d.comments for reply in c.replies),
    "an issue that many want": lambda r: any(len(i.reactions) > 20 for i in r.issues),
}


def _labels(issue: Issue) -> set[str]:
    return {label.name for label in issue.labels}


def _spans(issue: Issue, name: str) -> int:
    """How often a label was put on."""
    return sum(e.kind == "labeled" and e.label is not None and e.label.name == name for e in issue.events)


def _tastes(home: Repository) -> set[tuple[bool, bool]]:
    """Whether comments on issues drew a thumb up, a thumb down."""
    drawn = [{reaction.content for reaction in c.reactions} for i in home.issues for c in i.comments if c.reactions]
    return {("THUMBS_UP" in each, "THUMBS_DOWN" in each) for each in drawn}


def _turns(pull: PullRequest) -> list[str]:
    return [event.kind for event in pull.events if event.kind in ("convert_to_draft", "ready_for_review")]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", [7, 8])
def test_every_hard_case_is_there(case: str, seed: int, state: State) -> None:
    found = state if seed == 7 else _other()
    assert CASES[case](found.repositories()[0]), case


_MADE: list[State] = []


def _other() -> State:
    if not _MADE:
        _MADE.append(generate(issues=1000, pull_requests=600, discussions=100, seed=8, now=NOW))
    return _MADE[0]


def test_labels_come_off_only_where_they_were_and_what_is_left_is_on(home: Repository) -> None:
    for issue in home.issues:
        standing: list[str] = []
        for event in issue.events:
            if event.kind in ("labeled", "unlabeled") and event.label is not None:
                assert (event.label.name in standing) == (event.kind == "unlabeled"), issue.number
                (standing.append if event.kind == "labeled" else standing.remove)(event.label.name)
        assert sorted(standing) == sorted(_labels(issue))


def test_nobody_reviews_their_own_or_what_is_over(home: Repository) -> None:
    reviews = [(pull, review) for pull in home.pull_requests for review in pull.reviews if review.submitted_at]
    assert [pull.number for pull, review in reviews if review.author is pull.author and review.author] == []
    assert [pull.number for pull, review in reviews if pull.closed_at and review.submitted_at > pull.closed_at] == []


def test_what_goes_on_around_threads_leaves_the_threads_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def make() -> dict[Any, Any]:
        state = generate(issues=200, pull_requests=120, discussions=30, seed=5, now=NOW)
        return truth(state, now=NOW)
    with_details = make()
    monkeypatch.setattr(Details, "tell", lambda _: None)
    assert make() == with_details


def test_the_last_month_holds_enough_to_measure(home: Repository) -> None:
    recent = [thread for thread in home.threads.values() if thread.created_at >= NOW - timedelta(days=30)]
    assert sum(isinstance(thread, Issue) for thread in recent) > 50
    assert sum(isinstance(thread, PullRequest) for thread in recent) > 25


def test_hostile_text_comes_only_when_asked_for() -> None:
    plain = generate(issues=200, pull_requests=50, discussions=20, now=NOW).repositories()[0]
    hostile = generate(issues=200, pull_requests=50, discussions=20, now=NOW, hostile=True).repositories()[0]

    def text(home: Repository) -> str:
        return "".join(thread.title + thread.body for thread in home.threads.values())
    for sign in ("::error::", "<script>", "\u0000", "\u202e", "@acme", "javascript:", "\x1b["):
        assert sign not in text(plain)
        assert sign in text(hostile)
    assert any(len(thread.body) > 60_000 for thread in hostile.threads.values())
