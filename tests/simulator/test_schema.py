"""Our part of the GraphQL schema, and the product's queries, against GitHub's official schema."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    parse,
    validate,
)

from repo_vitals.simulator.graphql_api import schema as simulated_schema
from support.github_schema import official_schema

ROOT = Path(__file__).resolve().parents[2]
QUERIES = ROOT / "src" / "repo_vitals" / "sources" / "queries"


def disagreements(ours: GraphQLSchema, official: GraphQLSchema) -> list[str]:
    """What our schema says and the official one does not."""
    found = []
    for name, mine in ours.type_map.items():
        theirs = official.type_map.get(name)
        if name.startswith("__"):
            continue
        if type(theirs).__name__ != type(mine).__name__:
            found.append(f"{name} is {type(theirs).__name__}")
            continue
        found += _of_members(name, mine, theirs)
        for field_name, field in getattr(mine, "fields", {}).items():
            other = theirs.fields.get(field_name)
            if other is None or str(other.type) != str(field.type):
                found.append(f"{name}.{field_name}: {field.type} against {other and other.type}")
                continue
            for argument_name, argument in getattr(field, "args", {}).items():
                against = other.args.get(argument_name)
                if against is None or str(against.type) != str(argument.type):
                    found.append(f"{name}.{field_name}({argument_name})")
            required = [key for key, value in getattr(other, "args", {}).items()
                        if str(value.type).endswith("!") and key not in field.args]
            found += [f"{name}.{field_name} lacks the required ({key})" for key in required]
    return found


def _of_members(name: str, mine: Any, theirs: Any) -> list[str]:
    if isinstance(mine, GraphQLEnumType):
        return [f"{name}.{value}" for value in mine.values if value not in theirs.values]
    if isinstance(mine, GraphQLUnionType):
        known = {member.name for member in theirs.types}
        return [f"{name} = {member.name}" for member in mine.types if member.name not in known]
    known = {interface.name for interface in getattr(theirs, "interfaces", ())}
    return [f"{name} implements {each.name}" for each in getattr(mine, "interfaces", ()) if each.name not in known]


def test_our_schema_says_nothing_that_githubs_does_not() -> None:
    assert disagreements(simulated_schema(), official_schema()) == []


@pytest.mark.parametrize(("planted", "complaint"), [
    ("type Query { repository(owner: String!, name: String!): Repository! } type Repository { id: ID! }",
     "Query.repository: Repository! against"),
    ("type Query { viewer: User! } type User implements Node { id: ID! karma: Int } interface Node { id: ID! }",
     "User.karma: Int against None"),
    ("type Query { a: Int } enum IssueState { OPEN HALF_OPEN }", "IssueState.HALF_OPEN"),
    ("type Query { node(id: ID!): Int }", "Query.node: Int against Node"),
    ("type Query { viewer: User! } type User implements Comment { id: ID! } interface Comment { id: ID! }",
     "User implements Comment"),
    ("type Query { nodes(ids: [ID!]!): [Node]! } type Node { id: ID! }", "Node is GraphQLInterfaceType"),
    ("type Query { repository(owner: String!): Repository } type Repository { id: ID! }",
     "Query.repository lacks the required (name)"),
])
def test_the_comparison_sees_a_planted_difference(planted: str, complaint: str) -> None:
    found = disagreements(build_schema(planted, assume_valid=True), official_schema())
    assert any(complaint in entry for entry in found), found


def _fragments() -> str:
    return (QUERIES / "fragments.graphql").read_text(encoding="utf-8")


def _with_fragments(query: str) -> str:
    """The query and the fragments it names, as the client sends it."""
    documents = parse(_fragments()).definitions
    texts = {node.name.value: _fragments()[node.loc.start: node.loc.end]    # type: ignore[attr-defined, union-attr]
             for node in documents}
    wanted: list[str] = []
    waiting = re.findall(r"\.\.\.\s*(\w+)", query)
    while waiting:
        name = waiting.pop()
        if name in texts and name not in wanted:
            wanted.append(name)
            waiting += re.findall(r"\.\.\.\s*(\w+)", texts[name])
    return query + "\n".join(texts[name] for name in wanted)


NAMES = sorted(path.name for path in QUERIES.glob("*.graphql") if path.name != "fragments.graphql")


@pytest.mark.parametrize("name", NAMES)
def test_every_query_of_the_product_is_valid_at_github(name: str) -> None:
    query = _with_fragments((QUERIES / name).read_text(encoding="utf-8"))
    assert [error.message for error in validate(official_schema(), parse(query))] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_query_of_the_product_is_answered_by_the_simulator(name: str) -> None:
    query = _with_fragments((QUERIES / name).read_text(encoding="utf-8"))
    assert [error.message for error in validate(simulated_schema(), parse(query))] == []


def test_every_interface_and_union_knows_the_type_of_its_values() -> None:
    abstract = [named for named in simulated_schema().type_map.values()
                if isinstance(named, (GraphQLInterfaceType, GraphQLUnionType))]
    assert len(abstract) >= 8
    assert [named.name for named in abstract if named.resolve_type is None] == []
