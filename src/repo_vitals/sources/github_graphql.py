"""GitHub's GraphQL API: whole answers or an error, never a part; pages that shrink when GitHub can't carry them."""
from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.graphql_answers import charged, verdict_on
from repo_vitals.sources.graphql_documents import document, operation_name, with_fragments
from repo_vitals.sources.http import Request, TooHeavy, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from repo_vitals.sources.http import Transport
    from repo_vitals.sources.http_wire import Response
    from repo_vitals.sources.limits import Limit

Data = dict[str, Any]


class PageOfNodes(list[dict[str, Any]]):
    """The nodes of one page of a connection, and the cursor behind the last of them."""

    end_cursor: str | None = None


class PageSize:
    """How much to ask for at once: halved when GitHub can't carry it, doubled again after pages that went well.

    Each time that growing back fails, twice as many good pages are waited for before the next attempt: a stretch of
    heavy threads then costs a few refused pages and not every other one.
    """

    def __init__(self, first: int) -> None:
        self._steps = [first]           # 100, 50, 25, 12, 6, 3, 1
        while self._steps[-1] > 1:
            self._steps.append(self._steps[-1] // 2)
        self._step = 0
        self._patience = 1
        self._good = 0
        self._grown = False

    @property
    def size(self) -> int:
        """How much to ask for now."""
        return self._steps[self._step]

    def shrink(self) -> bool:
        """Halve; False when it is one already."""
        if self._step == len(self._steps) - 1:
            return False
        if self._grown:
            self._patience = min(self._patience * 2, 64)
        self._step += 1
        self._good = 0
        self._grown = False
        return True

    def went_well(self) -> None:
        """A page came back whole."""
        self._good += 1
        self._grown = False
        if self._step > 0 and self._good >= self._patience:
            self._step -= 1
            self._good = 0
            self._grown = True


class GraphQL:
    """Queries. Answers are plain JSON values, as strangers wrote them.

    Raises CallerError's kinds (token, permission, repository), BudgetSpent, and CouldNotMeasure for the rest.
    """

    def __init__(self, *, transport: Transport, url: str) -> None:
        self._transport = transport
        self._url = url

    def query(
        self, name: str, variables: Mapping[str, Any], *, absent_nodes: bool = False, may_shrink: bool = False
    ) -> Data:
        """The data of the query in queries/`name`.graphql. `absent_nodes`, `may_shrink`: see `run`."""
        return self._ask(document(name), variables, absent_nodes=absent_nodes, may_shrink=may_shrink)

    def run(
        self, text: str, variables: Mapping[str, Any], *, absent_nodes: bool = False, may_shrink: bool = False
    ) -> Data:
        """The data of a document made in code; fragments that it names are added.

        `absent_nodes`: nodes asked for by id that are gone come back as None, instead of an error.
        `may_shrink`: raise TooHeavy at the first sign that GitHub can't carry the query, for a caller that can ask for
        less; without it the same query is tried again first.
        """
        return self._ask(with_fragments(text), variables, absent_nodes=absent_nodes, may_shrink=may_shrink)

    def mutate(self, name: str, variables: Mapping[str, Any]) -> Data:
        """The data of the mutation in queries/`name`.graphql, sent once.

        Raises OutcomeUnknown where it is not known whether it took effect.
        """
        return self._ask(document(name), variables, replayable=False)

    def pages(
        self, name: str, variables: Mapping[str, Any], *, connection: tuple[str, ...], first: int = 100,
        absent_owner: bool = False,
    ) -> Iterator[PageOfNodes]:
        """The nodes of a connection, page by page; the caller may stop early.

        `connection` is the path to it in the data: ("repository", "issues"). `variables` may hold `after` to begin
        behind a cursor. A page that GitHub can't carry is thrown away whole and asked for again at half the size.
        `absent_owner`: where GitHub knows nobody of the name at the connection's start, there is no page at all.
        """
        text = document(name)
        size = PageSize(first)
        cursor = variables.get("after")
        seen = {cursor}
        nullable = connection[0] if absent_owner else None
        refused = 0
        while True:
            asked = {**variables, "first": size.size, "after": cursor}
            try:
                data = self._ask(text, asked, may_shrink=size.size > 1, nullable=nullable,
                                 check=partial(_page_fault, connection, nullable))
            except TooHeavy:
                if not size.shrink():
                    raise
                refused += 1
                # A pause in case GitHub is overloaded as a whole; without one left, a smaller page is tried at once.
                self._transport.patience.back_off(refused)
                self._transport.cost.retries += 1
                continue
            refused = 0
            size.went_well()
            if nullable is not None and data[nullable] is None:
                return
            page = _at(data, connection)
            nodes = PageOfNodes(page["nodes"])
            nodes.end_cursor = page["pageInfo"]["endCursor"]
            yield nodes
            if not page["pageInfo"]["hasNextPage"]:
                return
            cursor = page["pageInfo"]["endCursor"]
            if cursor in seen:
                raise CouldNotMeasure(f"{operation_name(text)}: GitHub's pages go round in a circle")
            seen.add(cursor)

    def _ask(
        self, text: str, variables: Mapping[str, Any], *, absent_nodes: bool = False, may_shrink: bool = False,
        nullable: str | None = None, check: Callable[[Data], str | None] | None = None, replayable: bool = True,
    ) -> Data:
        transport = self._transport
        name = operation_name(text) or "query"

        def examine(response: Response) -> Transient | Limit | None:
            cost, remaining, resets_at = charged(response)
            transport.cost.graphql_points += cost or 0
            if remaining is not None:
                # An answer that does not say what it cost was charged at least a point.
                points = 1 if cost is None else cost
                transport.budget.observe("graphql", remaining=remaining, resets_at=resets_at, cost=points)
            verdict = verdict_on(response, variables=variables, absent_nodes=absent_nodes, nullable=nullable,
                                 secret=transport.token, now=transport.now(), name=name)
            if verdict is None and check is not None:
                fault = check(response.json()["data"])
                return None if fault is None else Transient(reason=fault)
            return verdict

        body = json.dumps({"query": text, "variables": dict(variables), "operationName": operation_name(text) or None})
        request = Request(
            method="POST", url=self._url, body=body.encode(), name=name, pool="graphql", may_shrink=may_shrink,
            replayable=replayable,
            headers={"Content-Type": "application/json", "Accept": "application/vnd.github+json"},
        )
        data: Data = transport.send(request, examine).json()["data"]
        return data


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _page_fault(connection: tuple[str, ...], nullable: str | None, data: Data) -> str | None:
    """Why a page can't be trusted; None when it can."""
    if nullable is not None and nullable in data and data[nullable] is None:
        return None
    page = _at(data, connection)
    if not isinstance(page, dict):
        return f"{'.'.join(connection)} is missing"
    if not isinstance(page.get("nodes"), list) or not isinstance(page.get("pageInfo"), dict):
        return f"{'.'.join(connection)} lacks its nodes or its pageInfo"
    if not all(isinstance(node, dict) for node in page["nodes"]):
        return f"{'.'.join(connection)} holds entries that are no objects"
    return None
