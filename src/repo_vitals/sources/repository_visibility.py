"""Whether repositories are there for a token, and for everybody: one question for many."""
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from repo_vitals.errors import CouldNotMeasure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.sources.github_graphql import GraphQL

MOST = 100      # repositories
Visibility = Literal["public", "private"]


def visibility(graphql: GraphQL, names: Sequence[str]) -> dict[str, Visibility | None]:
    """Of each `owner/name`, at most MOST of them; None: there is none, or it is hidden from this token.

    A repository that was renamed is found by its old name. One that is internal to an enterprise counts as private.
    Raises what the client raises, and CouldNotMeasure for an answer that lacks what was asked for.
    """
    if not names:
        return {}
    asked = list(names)[:MOST]
    declared = ", ".join(f"$o{number}: String!, $n{number}: String!" for number in range(len(asked)))
    fields = "\n".join(f"  r{number}: repository(owner: $o{number}, name: $n{number}) {{ isPrivate }}"
                       for number in range(len(asked)))
    variables = {f"{letter}{number}": part for number, name in enumerate(asked)
                 for letter, part in zip("on", name.split("/"), strict=True)}
    answer = graphql.run(f"query RepositoryVisibility({declared}) {{\n  rateLimit {{ cost limit remaining resetAt }}\n"
                         f"{fields}\n}}", variables, absent_nodes=True)
    try:
        return {name: _visibility(answer[f"r{number}"]) for number, name in enumerate(asked)}
    except (KeyError, TypeError) as error:
        raise CouldNotMeasure("GitHub does not say which repositories there are "
                              f"({type(error).__name__}); try again later") from error


def _visibility(node: dict[str, bool] | None) -> Visibility | None:
    if node is None:
        return None
    return "private" if node["isPrivate"] is not False else "public"
