"""GitHub's own descriptions of its answers, and what holds the simulator's answers to them.

GraphQL: the official schema (npm @octokit/graphql-schema). REST: the official OpenAPI (npm @octokit/openapi), stricter
than it stands: an object may hold no field that the description does not name.
"""
from __future__ import annotations

import hashlib
import json
import re
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jsonschema
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    build_schema,
    is_abstract_type,
    parse,
    validate,
    value_from_ast_untyped,
)

from support.held_once import family
from support.node_packages import npm_package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.simulator.exchange import Answer, Request

GRAPHQL_PACKAGE = ("@octokit/graphql-schema", "15.26.1")
OPENAPI_PACKAGE = ("@octokit/openapi", "23.0.2")


class Disagreement(AssertionError):
    """An answer that GitHub would not give."""


# Each simulator has its own port. Without it, what two of them answer is the same text, and is held up once.
_PORT = re.compile(rb"127\.0\.0\.1:\d+")
_Validator = family()        # every `$ref` leads into the one OpenAPI document
_held: set[bytes] = set()       # answers of GraphQL that were right, each with what was asked: the next test asks again
_ONE_AT_A_TIME = threading.Lock()      # else each of the server's threads reads the long descriptions for itself


def check_exchange(request: Request, answer: Answer) -> None:
    """Raise Disagreement unless the answer is one that GitHub describes."""
    with _ONE_AT_A_TIME:
        _check_exchange(request, answer)


def _check_exchange(request: Request, answer: Answer) -> None:
    if answer.status in (204, 304):
        if answer.body:
            raise Disagreement(f"{answer.status} with a body")
    elif answer.status == 302:
        described = operation(request.method, request.path)
        if described is None or "302" not in described["responses"] or "location" not in answer.headers:
            raise Disagreement(f"{request.method} {request.path} never sends anyone elsewhere")
    elif request.is_graphql:
        check_graphql(request, answer)
    elif answer.headers.get("content-type", "").startswith("application/vnd.github.raw"):
        check_raw(request)
    else:
        check_rest(request.method, request.path, answer.status, json.loads(_PORT.sub(b"127.0.0.1", answer.body)))


# -- GraphQL -----------------------------------------------------------------------------------------------------

@lru_cache(maxsize=1)
def official_schema() -> GraphQLSchema:
    """GitHub's GraphQL schema. The file repeats some definitions, hence no validation of its own."""
    text = (npm_package(*GRAPHQL_PACKAGE) / "schema.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True)


@lru_cache(maxsize=512)
def _valid(query: str) -> DocumentNode:
    document = parse(query, no_location=True)
    problems = validate(official_schema(), document)
    if problems:
        raise Disagreement(f"GitHub would refuse the query: {problems[0].message}")
    return document


def check_graphql(request: Request, answer: Answer) -> None:
    """Hold `data` to the official types, and `errors` to the form that GitHub gives them."""
    document = json.loads(answer.body)
    if answer.status != 200:
        _held_to(_schema_of("basic-error"), document, f"GraphQL {answer.status}")
        return
    for error in document.get("errors", []):
        if not isinstance(error.get("message"), str) or not set(error) <= {
                "message", "type", "path", "locations", "extensions", "code"}:
            raise Disagreement(f"not an error of GitHub's: {error}")
    if document.get("data") is None:
        if not document.get("errors"):
            raise Disagreement("neither data nor errors")
        return
    key = hashlib.blake2b(b"\n".join((request.body, _PORT.sub(b"", answer.body))), digest_size=16).digest()
    if key in _held:
        return
    query = _valid(request.json()["query"])
    operations = [node for node in query.definitions if isinstance(node, OperationDefinitionNode)]
    chosen = next(node for node in operations if len(operations) == 1 or
                  (node.name is not None and node.name.value == request.operation))
    root = official_schema().get_root_type(chosen.operation)
    assert root is not None
    checker = _Checker(query, request.json().get("variables") or {}, has_errors=bool(document.get("errors")))
    checker.check_object(document["data"], root, [chosen.selection_set], "data")
    _held.add(key)


class _Checker:
    def __init__(self, document: DocumentNode, variables: dict[str, Any], *, has_errors: bool) -> None:
        self.variables = variables
        self.has_errors = has_errors        # an error puts null where else none may stand, up to the next that may
        self.fragments = {node.name.value: node for node in document.definitions
                          if isinstance(node, FragmentDefinitionNode)}

    def check_object(self, value: Any, named: Any, selections: list[Any], where: str) -> None:
        if not isinstance(value, dict):
            raise Disagreement(f"{where} is not an object")
        concrete = named
        if is_abstract_type(named) and "__typename" in value:
            concrete = official_schema().type_map[value["__typename"]]
            if not official_schema().is_sub_type(named, concrete):
                raise Disagreement(f"{where}: {concrete.name} is no {named.name}")
        expected: dict[str, tuple[Any, list[Any]]] = {}
        for key, kind, inner in self._fields(concrete, named, selections):
            expected.setdefault(key, (kind, []))[1].extend(inner)
        known_type = isinstance(concrete, GraphQLObjectType)
        if set(value) - set(expected) or (known_type and set(expected) - set(value)):
            raise Disagreement(f"{where} has fields {sorted(value)}, asked were {sorted(expected)}")
        for key, inner_value in value.items():
            kind, inner = expected[key]
            self.check(inner_value, kind, inner, f"{where}.{key}")

    def _fields(self, concrete: Any, parent: Any, selections: list[Any]) -> Iterator[tuple[str, Any, list[Any]]]:
        for selection in (node for part in selections for node in part.selections):
            if not self._is_included(selection):
                continue
            if isinstance(selection, FieldNode):
                name = selection.name.value
                key = selection.alias.value if selection.alias else name
                if name == "__typename":
                    yield key, official_schema().type_map["String"], []
                else:
                    owner = concrete if name in getattr(concrete, "fields", {}) else parent
                    yield key, owner.fields[name].type, [selection.selection_set] if selection.selection_set else []
                continue
            condition = parent
            if isinstance(selection, InlineFragmentNode):
                inner = selection.selection_set
                if selection.type_condition is not None:
                    condition = official_schema().type_map[selection.type_condition.name.value]
            else:
                assert isinstance(selection, FragmentSpreadNode)
                fragment = self.fragments[selection.name.value]
                inner = fragment.selection_set
                condition = official_schema().type_map[fragment.type_condition.name.value]
            if not isinstance(concrete, GraphQLObjectType) or condition is concrete or (
                    is_abstract_type(condition) and official_schema().is_sub_type(condition, concrete)):
                yield from self._fields(concrete, condition, [inner])

    def _is_included(self, selection: Any) -> bool:
        return all(value_from_ast_untyped(argument.value, self.variables) == (directive.name.value == "include")
                   for directive in selection.directives or () if directive.name.value in ("include", "skip")
                   for argument in directive.arguments or ())

    def check(self, value: Any, kind: Any, selections: list[Any], where: str) -> None:
        if isinstance(kind, GraphQLNonNull):
            if value is None:
                raise Disagreement(f"{where} is null and may not be")
            self.check(value, kind.of_type, selections, where)
        elif value is None:
            return
        elif isinstance(kind, GraphQLList):
            if not isinstance(value, list):
                raise Disagreement(f"{where} is not a list")
            for place, entry in enumerate(value):
                self.check(entry, kind.of_type, selections, f"{where}[{place}]")
        elif selections:
            self.check_object(value, kind, selections, where)
        elif isinstance(kind, GraphQLEnumType):
            if value not in kind.values:
                raise Disagreement(f"{where}: {value!r} is no {kind.name}")
        else:
            self._check_scalar(value, kind.name, where)

    @staticmethod
    def _check_scalar(value: Any, name: str, where: str) -> None:
        instant = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
        forms = {"DateTime": instant + "Z", "GitTimestamp": instant + r"(Z|[+-]\d\d:\d\d)",
                 "GitObjectID": "[0-9a-f]{40}", "URI": r"https?://\S+", "ID": r"\S+"}
        types = {"Int": int, "Float": (int, float), "Boolean": bool}
        right = isinstance(value, types.get(name, str)) and (name == "Boolean" or not isinstance(value, bool))
        if not right or (name in forms and re.fullmatch(forms[name], value) is None):
            raise Disagreement(f"{where}: {value!r} is no {name}")


# -- REST --------------------------------------------------------------------------------------------------------

@lru_cache(maxsize=1)
def _openapi() -> dict[str, Any]:
    path = npm_package(*OPENAPI_PACKAGE) / "generated" / "api.github.com.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """Paths as patterns, the most literal first: /issues/comments before /issues/{issue_number}."""
    paths = sorted(_openapi()["paths"], key=lambda path: (path.count("{"), path))
    def pattern(path: str) -> str:
        if path.endswith("/contents/{path}"):       # a file's path has slashes, and the topmost folder's is empty
            return pattern(path.removesuffix("/{path}")) + "(/.*)?"
        # GitHub's description says of a reference's name alone that it may hold slashes (x-multi-segment).
        return "/".join(".+" if part == "{ref}" and "/git/" in path else "[^/]+" if part.startswith("{")
                        else re.escape(part) for part in path.split("/"))
    return [(re.compile(pattern(path)), path) for path in paths]


def operation(method: str, path: str) -> dict[str, Any] | None:
    """The official description of an operation; None where there is none."""
    path = re.sub(r"^/repositories/\d+", "/repos/owner/name", path)     # where redirects and links lead
    for pattern, template in _templates():
        if pattern.fullmatch(path):
            found: dict[str, Any] | None = _openapi()["paths"][template].get(method.lower())
            if found is not None:
                return found
    return None


def check_rest(method: str, path: str, status: int, body: Any) -> None:
    """Hold a body to its description. A refusal that the operation does not list has the form that refusals have."""
    described = operation(method, path)
    if described is None:
        if status < 400:
            raise Disagreement(f"GitHub has no {method} {path}")
        schema = _schema_of("basic-error")
    else:
        response = described["responses"].get(str(status))
        if response is None and status < 300:
            raise Disagreement(f"{method} {path} never answers {status}")
        # Of some refusals only their meaning is described, and no body.
        bare = response is None or (status >= 400 and "$ref" not in response and "content" not in response)
        schema = _schema_of("basic-error") if bare else _body_schema(response)
    _held_to(schema, body, f"{method} {path} {status}")


def check_raw(request: Request) -> None:
    """Only where a file's content is asked for, and in this form, does GitHub answer with anything but JSON."""
    described = operation(request.method, request.path)
    if described is None or described.get("operationId") != "repos/get-content" or \
            "raw" not in request.headers.get("accept", ""):
        raise Disagreement(f"GitHub answers {request.method} {request.path} with JSON")


def _body_schema(response: dict[str, Any]) -> str:
    if "$ref" in response:
        response = _openapi()["components"]["responses"][response["$ref"].split("/")[-1]]
    return json.dumps(response.get("content", {}).get("application/json", {}).get("schema", False), sort_keys=True)


def _schema_of(name: str) -> str:
    return json.dumps({"$ref": f"#/components/schemas/{name}"})


@lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    """A validator of an OpenAPI schema with everything that it refers to, in the dialect of JSON Schema."""
    wanted, definitions = [json.loads(schema)], {}
    root = _converted(wanted[0])
    while wanted:
        for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(wanted.pop())):
            if name not in definitions:
                found = _openapi()["components"]["schemas"][name]
                definitions[name] = _converted(found)
                wanted.append(found)
    whole = {"components": {"schemas": definitions}, "allOf": [root]}
    return _Validator(whole, format_checker=jsonschema.FormatChecker(formats=["date-time"]))


def _converted(schema: Any, *, part: bool = False) -> Any:
    """OpenAPI 3.0 to JSON Schema: `nullable` is a type there; objects are closed, except parts of an `allOf`."""
    if not isinstance(schema, dict):
        return schema
    keep = {"type", "enum", "format", "items", "required", "additionalProperties", "minItems", "maxItems", "minimum",
            "maximum", "minLength", "maxLength", "pattern", "$ref"}
    found = {key: value for key, value in schema.items() if key in keep}
    if "items" in found:
        found["items"] = _converted(found["items"])
    if isinstance(found.get("additionalProperties"), dict):
        found["additionalProperties"] = _converted(found["additionalProperties"])
    if "properties" in schema:
        found["properties"] = {name: _converted(inner) for name, inner in schema["properties"].items()}
        if not part and not {"allOf", "anyOf", "oneOf"} & set(schema):
            found.setdefault("additionalProperties", False)
    for word in ("allOf", "anyOf", "oneOf"):
        if word in schema:
            found[word] = [_converted(inner, part=word == "allOf") for inner in schema[word]]
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") else found


def _held_to(schema: str, body: Any, where: str) -> None:
    error = jsonschema.exceptions.best_match(_validator(schema).iter_errors(body))
    if error is not None:
        raise Disagreement(f"{where}: {error.json_path}: {error.message[:300]}")
