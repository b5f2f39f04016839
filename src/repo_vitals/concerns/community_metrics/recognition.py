"""People whom a report names on request: who answered first, and who contributed. Pure."""
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.community_metrics.contributors import Mailmap, people

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repo_vitals.concerns.community_metrics.facts import Facts
    from repo_vitals.concerns.community_metrics.measure import Case
    from repo_vitals.concerns.community_metrics.responses import Policy
    from repo_vitals.report.model import Window

Row = dict[str, Any]


def mentors(cohort: Iterable[Case]) -> list[Row]:
    """Who gave the first responses to the window's items, most first.

    Deleted accounts can't be named; a response older than its item was given elsewhere.
    """
    counts: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for case in cohort:
        if case.response is not None and case.response.by.login is not None and not case.response_predates_item:
            login = spelled.setdefault(case.response.by.login.lower(), case.response.by.login)
            counts[login] += 1
    return [{"login": login, "first_responses": number}
            for login, number in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0].lower()))]


def acknowledgements(facts: Facts, window: Window, policy: Policy) -> list[Row]:
    """The window's contributors by alphabet: login, or the name of who has none. Nobody's address is given.

    Who has neither can't be named and is left out. `first_time`: without a commit before the window.
    """
    commits = (commit for commit in facts.commits if commit.at in window)
    persons = people(commits, Mailmap(facts.mailmap), policy.ignored, known=facts.commits)
    rows = [{"login": person.login, "name": person.name.strip() if person.login is None else None,
             "commits": person.commits, "first_time": person.identity not in facts.seen_before}
            for person in persons]
    return sorted((row for row in rows if row["login"] or row["name"]), key=lambda row: _called(row).casefold())


def named(mentors: Sequence[Row] | None, acknowledgements: Sequence[Row] | None) -> dict[str, Any]:
    """The lists asked for as the report's data has them, and all of them as `sections` for whoever shows a report.

    A section is plain values, not Markdown: title, headers, rows.
    """
    data: dict[str, Any] = {}
    sections: list[Row] = []
    if mentors is not None:
        data["mentors"] = list(mentors)
        sections.append({"title": "First responses by", "headers": ["Person", "First responses"],
                         "rows": [[row["login"], row["first_responses"]] for row in mentors]})
    if acknowledgements is not None:
        data["acknowledgements"] = list(acknowledgements)
        sections.append({"title": "Thanks to", "headers": ["Contributor", "Commits", "First time"],
                         "rows": [[_called(row), row["commits"], "yes" if row["first_time"] else ""]
                                  for row in acknowledgements]})
    return {**data, "sections": sections} if sections else {}


def _called(row: Row) -> str:
    return str(row["login"] or row["name"])
