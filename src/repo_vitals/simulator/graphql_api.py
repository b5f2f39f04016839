"""The GraphQL side: a query in, GitHub's kind of answer out. Executed by graphql-core on `schema.graphql`."""
from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.cost import NODE_LIMIT, Cost, cost_of
from repo_vitals.simulator.lookups import Context
from repo_vitals.simulator.resolvers import attach

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.simulator.accounts import Token
    from repo_vitals.simulator.state import State


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    """Our subset of GitHub's schema, with resolvers."""
    text = resources.files("repo_vitals.simulator").joinpath("schema.graphql").read_text("utf-8")
    built = build_schema(text)
    attach(built)
    return built


@dataclass(frozen=True)
class Prepared:
    """A query that was read, before its limits are charged."""

    document: DocumentNode | None
    operation: OperationDefinitionNode | None
    cost: Cost
    errors: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """The operation's name, or nothing."""
        return self.operation.name.value if self.operation is not None and self.operation.name is not None else ""


@lru_cache(maxsize=256)
def _read(query: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    try:
        document = parse(query)
    except GraphQLError as error:
        return None, (error,)
    return document, tuple(validate(schema(), document))


def prepare(query: str, variables: Mapping[str, Any], operation_name: str | None = None) -> Prepared:
    """Read and price a query. What GitHub refuses before it runs anything is in `errors`."""
    document, problems = _read(query)
    if document is None or problems:
        return Prepared(None, None, Cost(), [_described(problem) for problem in problems])
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    chosen = next((node for node in operations
                   if operation_name is None or (node.name is not None and node.name.value == operation_name)), None)
    if chosen is None or (operation_name is None and len(operations) > 1):
        return Prepared(None, None, Cost(), [{"message": "An operation name is required"}])
    cost = cost_of(schema(), document, chosen, variables)
    errors = []
    if cost.nodes > NODE_LIMIT:
        errors.append({"type": "MAX_NODE_LIMIT_EXCEEDED",
                       "message": f"This query requests up to {cost.nodes:,} possible nodes which exceeds the maximum "
                                  f"limit of {NODE_LIMIT:,}."})
    return Prepared(document, chosen, cost, errors)


def execute(prepared: Prepared, state: State, token: Token, variables: Mapping[str, Any],
            rate_limit: dict[str, Any] | None) -> dict[str, Any]:
    """The answer's body: `data`, and `errors` where there are any. One whole state is read, under its lock."""
    if prepared.errors or prepared.document is None or prepared.operation is None:
        return {"errors": prepared.errors}
    name = prepared.name or None
    with state.lock:
        result = execute_sync(schema(), prepared.document, context_value=Context(state, token, rate_limit),
                              variable_values=dict(variables), operation_name=name)
    for error in result.errors or ():
        if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
            raise error.original_error      # a mistake of ours, not an answer of GitHub's
    errors = [_described(error) for error in result.errors or ()]
    if result.data is None and all("path" not in error for error in errors):
        return {"errors": errors}           # refused before it ran: a variable of the wrong type
    return {"data": result.data, "errors": errors} if errors else {"data": result.data}


def _described(error: GraphQLError) -> dict[str, Any]:
    """An error with the fields that GitHub gives it."""
    found: dict[str, Any] = {}
    extensions = error.extensions or {}
    if "type" in extensions:
        found["type"] = extensions["type"]
    if error.path is not None:
        found["path"] = list(error.path)
    if "extensions" in extensions:
        found["extensions"] = extensions["extensions"]
    if error.message.startswith("Cannot query field") and error.nodes and isinstance(error.nodes[0], FieldNode):
        name, owner = error.nodes[0].name.value, error.message.split("type '")[1].split("'")[0]
        found["extensions"] = {"code": "undefinedField", "typeName": owner, "fieldName": name}
        message = f"Field '{name}' doesn't exist on type '{owner}'"
    else:
        message = error.message
    found["locations"] = [{"line": place.line, "column": place.column} for place in error.locations or ()]
    found["message"] = message
    return found
