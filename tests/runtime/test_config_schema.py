"""The JSON Schema of the configuration: what is shown anywhere is valid, what is wrong in kind is not."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jsonschema
import pytest
import tomli

from repo_vitals.registry import concerns
from repo_vitals.runtime import config_schema, run_all
from repo_vitals.runtime.pipeline import load_monitor
from support.commands import run
from support.configurations import CONFIGURATION, as_json
from support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = [(path.relative_to(ROOT).as_posix(), text)
            for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("actions/*/*.md")])
            for text in re.findall(r"^```toml\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)]


def test_it_is_a_schema_of_its_draft_and_the_command_prints_what_the_documents_hold(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(config_schema.schema())
    kept = (ROOT / "docs" / "repo-vitals.schema.json").read_text(encoding="utf-8")
    assert run("config", "schema", folder=tmp_path).stdout == kept
    assert run("config", "schema", "--x", folder=tmp_path).code == 2
    assert config_schema.ADDRESS.endswith("/docs/repo-vitals.schema.json")


def test_every_configuration_in_the_documents_is_valid() -> None:
    assert len(EXAMPLES) > 10
    for place, text in EXAMPLES:
        tables = tomli.loads(text)
        if set(tables) <= set(config_schema.schema()["properties"]):     # and no part of some other tool's file
            assert [error.message for error in CONFIGURATION.iter_errors(as_json(tables))] == [], place


def test_every_input_that_a_file_may_give_is_there_with_its_help_and_a_type() -> None:
    tables = config_schema.schema()["properties"]
    for name, inputs in [("run", run_all.INPUTS),
                         *((one.name, load_monitor(one.name).inputs) for one in concerns())]:
        wanted = {declared.name: declared for declared in inputs
                  if not declared.secret and declared.name not in ("config", "allow")}
        assert tables[name]["properties"].keys() == wanted.keys()
        for key, declared in wanted.items():
            told = tables[name]["properties"][key]
            assert declared.help in told["description"]
            # What is of a kind that the schema does not know may be anything, until it does.
            assert {"type", "enum", "anyOf"} & told.keys() or not config_schema.schema_of(name, declared), (name, key)
            if "default" in told:
                assert declared.kind.from_toml(told["default"]) == declared.default
                assert CONFIGURATION.is_valid({name: {key: told["default"]}}), (name, key)


@pytest.mark.parametrize("text", [
    "extra = 1", "[coverge]", "coverage = 1", "[coverage]\nminimum-ration = 1", "[coverage]\nminimum-ratio = 1.1",
    "[coverage]\nminimum-ratio = '0.9'", "[coverage]\nreports = 'a.xml'", "[run]\ntoken = 'x'", "[run]\nconfig = 'x'",
    "[run]\nwindow = 30", "[run]\nwindow = '30 x'", "[run]\nwindow = '3M'", "[run]\nsummary = 'true'",
    "[run]\nfail-on = 'allways'", "[run]\nrepository = 'acme'", "[run]\nhistory-limit = '5'",
    "[ci-health]\nlast = 0", "[ci-health]\nlast = 1.5", "[community-metrics]\nresponse-target = '2 b'",
    "[community-metrics]\nsla = [{ phase = 'fix' }]", "[community-metrics]\nsla = [{ phase = 'x', within = '4h' }]",
    "[community-metrics.business-hours]\nzone = 'UTC'",
    "[community-metrics.business-hours]\nzone = 'UTC'\nhours = '1'\nday = 'x'", "[[allow]]\ncode = 'a'",
    "[[allow]]\ncode = 'a'\nlink = 'b'\nreason = 'c'", "[allow]\ncode = 'a'", "[ci-health]\nallow = []",
    "[service-health]\nservices = [{ name = 'x' }]", "[service-health]\nservices = [{ url = 'https://x', txt = 'x' }]",
    "[coverage.components.core]\npath = ['a']", "[[alert.silence]]\nreason = 'a'",
    "[[alert.route]]\nseverity = 'grave'", "[[alert.inhibit]]\nwhen = { rule = 'x' }", "[alert]\nfire-after = true",
    "[[alert.escalate]]\nafter = '1d'\nlabel = 'x'"])
def test_what_is_unknown_or_of_the_wrong_kind_is_not_valid(text: str) -> None:
    assert not CONFIGURATION.is_valid(as_json(tomli.loads(text)))


@pytest.mark.parametrize("text", ["90s", "5m", " 5 min ", "1.5H", "24h", "30d", "2w", "P30D", "pt4h", "P1W"])
def test_a_duration_in_any_form_that_is_read_is_valid(text: str) -> None:
    assert CONFIGURATION.is_valid({"run": {"window": text}, "community-metrics": {"response-target": text}})
