"""What a query costs before it runs, by the formula that GitHub documents.

Requests: one for each connection, times the entries of the connections around it. Points: requests / 100, rounded, at
least 1. Nodes: the entries that the query can ask for at most; more than 500,000 are refused.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    value_from_ast_untyped,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

NODE_LIMIT = 500_000


@dataclass
class Cost:
    """What a query asks for at most."""

    requests: int = 0
    nodes: int = 0
    heaviest: int = 0       # the largest `first` or `last` of an outermost connection

    @property
    def points(self) -> int:
        """What the rate limit is charged."""
        return max(1, (self.requests + 50) // 100)


def cost_of(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode,
            variables: Mapping[str, Any]) -> Cost:
    """The cost of one operation of a valid document."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    cost = Cost()
    root = schema.get_root_type(operation.operation)
    if root is not None:
        defaults = {declared.variable.name.value: value_from_ast_untyped(declared.default_value)
                    for declared in operation.variable_definitions or () if declared.default_value is not None}
        _walk(schema, fragments, operation.selection_set, root, {**defaults, **variables}, cost,
              times=1, depth=0)
    return cost


def _walk(schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], selection: SelectionSetNode,
          parent: GraphQLCompositeType, variables: Mapping[str, Any], cost: Cost, *, times: int, depth: int) -> None:
    for node in selection.selections:
        inner = parent
        if isinstance(node, FragmentSpreadNode):
            fragment = fragments[node.name.value]
            inner = _composite(schema, fragment.type_condition.name.value)
            _walk(schema, fragments, fragment.selection_set, inner, variables, cost, times=times, depth=depth)
        elif isinstance(node, InlineFragmentNode):
            if node.type_condition is not None:
                inner = _composite(schema, node.type_condition.name.value)
            _walk(schema, fragments, node.selection_set, inner, variables, cost, times=times, depth=depth)
        elif isinstance(node, FieldNode) and node.selection_set is not None:
            _field(schema, fragments, node, node.selection_set, parent, variables, cost, times=times, depth=depth)


def _field(schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], node: FieldNode,
           selection: SelectionSetNode, parent: GraphQLCompositeType, variables: Mapping[str, Any], cost: Cost, *,
           times: int, depth: int) -> None:
    if not isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType)) or node.name.value.startswith("__"):
        return
    named = get_named_type(parent.fields[node.name.value].type)
    if not is_composite_type(named):
        return
    arguments = {argument.name.value: value_from_ast_untyped(argument.value, dict(variables))
                 for argument in node.arguments or ()}
    if named.name.endswith("Connection"):
        bound = arguments.get("first") or arguments.get("last") or 0
        entries = max(0, bound) if isinstance(bound, int) else 0
        cost.requests += times
        cost.nodes += times * entries
        if depth == 0:
            cost.heaviest = max(cost.heaviest, entries)
        times, depth = times * entries, depth + 1
    elif node.name.value == "nodes" and "ids" in arguments:
        times *= len(arguments["ids"] or ())
        cost.nodes += times
    _walk(schema, fragments, selection, named, variables, cost, times=times, depth=depth)


def _composite(schema: GraphQLSchema, name: str) -> GraphQLCompositeType:
    found = schema.type_map[name]
    if not is_composite_type(found):
        raise TypeError(name)
    return found
