from __future__ import annotations

from importlib.resources import files

import pytest

from repo_vitals.sources.graphql_documents import document, operation_name, with_fragments

NAMES = sorted(entry.name.removesuffix(".graphql") for entry in (files("repo_vitals.sources") / "queries").iterdir()
               if entry.name.endswith(".graphql") and entry.name != "fragments.graphql")


@pytest.mark.parametrize("name", NAMES)
def test_a_query_is_sent_with_just_the_fragments_that_it_names_directly_or_through_others(name):
    graphql = pytest.importorskip("graphql")
    parsed = graphql.parse(document(name))
    defined = [node.name.value for node in parsed.definitions if isinstance(node, graphql.FragmentDefinitionNode)]
    spread = set()

    class Spreads(graphql.Visitor):
        def enter_fragment_spread(self, node, *_):
            spread.add(node.name.value)

    graphql.visit(parsed, Spreads())
    assert set(defined) == spread
    assert len(defined) == len(set(defined))
    assert len([node for node in parsed.definitions if isinstance(node, graphql.OperationDefinitionNode)]) == 1


@pytest.mark.parametrize("name", [name for name in NAMES if not document(name).startswith("mutation")])
def test_every_query_asks_what_it_cost(name):
    # A mutation can't: GitHub has no rateLimit there.
    assert "rateLimit { cost limit remaining resetAt }" in document(name)


def test_comments_are_not_sent():
    assert all("#" not in document(name) for name in NAMES)


def test_a_document_made_in_code_gets_the_fragments_that_it_names():
    text = with_fragments("query T { t0: node(id: 1) { ... on Issue { comments { nodes { ...CommentFields } } } } }")
    assert text.count("fragment CommentFields on IssueComment") == 1
    assert text.count("fragment ActorFields on Actor") == 1
    assert "ReviewFields" not in text


def test_a_fragment_that_a_document_defines_itself_is_not_added_again():
    own = "query Q { a { ...ActorFields } }\nfragment ActorFields on Actor { login }"
    assert with_fragments(own).count("fragment") == 1


def test_a_fragment_that_nobody_defines_is_our_mistake():
    with pytest.raises(ValueError, match="no fragment is called Unknown"):
        with_fragments("query Q { a { ...Unknown } }")


def test_the_operation_is_named():
    assert operation_name(document("pull_requests")) == "PullRequests"
    assert operation_name("{ viewer { login } }") == ""


def test_a_fragment_that_names_another_twice_brings_it_once() -> None:
    text = with_fragments("query Q { repository { ...IssueEventFields } }")
    assert text.count("...ActorFields") > 1
    assert text.count("fragment ActorFields on Actor") == 1
