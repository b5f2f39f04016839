"""The text of a first configuration: what was detected as active lines, all else as comments. Pure."""
from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from repo_vitals.config.resolve import in_files
from repo_vitals.config.toml_text import toml_value
from repo_vitals.runtime.config_schema import ADDRESS, default_form
from repo_vitals.runtime.run_all import HANDED_ON, INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.concerns.monitor import Monitor
    from repo_vitals.config.declare import Input
    from repo_vitals.runtime.detecting import Detected

_WIDTH = 110
_HEAD = f"""\
#:schema {ADDRESS}
# What repo-vitals does in this repository. A line that begins with # is off: take the mark away to use it.
# `repo-vitals config check` tells what every value is and where it comes from.

# Another repository's file that stands in for what this one lacks.
# extends = "acme/.github"
"""
_ALLOW = """
# ---- What is known and accepted, for all monitors

# [[allow]]
# vulnerability = "RUSTSEC-2024-0001"   # or license, code, link, benchmark, document
# package = "example"
# reason = "only reached by tests"
# owner = "@acme/security"
# expires = 2030-01-31
"""


def first_configuration(found: Detected, monitors: Sequence[tuple[Monitor[Any], str]]) -> str:
    """A commented file for the repository. `monitors` come with the line that says what each does.

    Monitors are on where something was found for them, and where they suit any repository.
    """
    settings, hints = _settings(found), _hints(found)
    texts = [_HEAD, _section("run", "Every monitor that has a table below; its keys go for all of them", INPUTS, {}, {},
                             is_on=True)]
    common = {declared.name for declared in HANDED_ON}
    for monitor, summary in monitors:
        own = [declared for declared in monitor.inputs if declared.name not in common]
        texts.append(_section(monitor.name, summary, own, settings.get(monitor.name, {}), hints.get(monitor.name, {}),
                              is_on=monitor.name in settings, note=_NOTES.get(monitor.name, "")))
    return "".join([*texts, _ALLOW])


_NOTES = {
    "coverage": "Turn it on, with its reports, where the job that runs it makes them first",
    "performance-compare": "Turn it on, with its reports, where the job that runs it makes them first",
    "security-summary": "Turn it on where scanners run, or where GitHub's alerts are on and the token may read them",
}


def _settings(found: Detected) -> dict[str, dict[str, Any]]:
    """The tables that are on, with the keys that are."""
    on: dict[str, dict[str, Any]] = {"community-metrics": {}}
    if found.workflows:
        on["ci-health"] = {}
    if found.crates:        # what it asks of itself is what a crate depends on
        on["service-health"] = {}
    if found.has_dependencies:
        on["dependency-health"] = {}
    if found.documents:
        on["docs-freshness"] = {} if not found.documentation else {
            "paths": ["/README*", "/docs/**", *(f"/{name}/**" for name in found.documentation)]}
    if found.packages:
        on["package-adoption"] = {"packages": list(found.packages)}
    return on


def _hints(found: Detected) -> dict[str, dict[str, Any]]:
    """What keys that are off say in place of their defaults."""
    return {
        "ci-health": {"workflows": list(found.workflows)} if found.workflows else {},
        "service-health": {"services": [f"{site}:{name}" for name in found.crates[:1]
                                        for site in ("crates.io", "docs.rs")] + ["github"]},
        "coverage": {"reports": list(found.coverage)} if found.coverage else {},
        "performance-compare": {"current": list(found.benchmarks)} if found.benchmarks else {},
    }


def _section(name: str, summary: str, inputs: Sequence[Input[Any]], settings: Mapping[str, Any],
             hints: Mapping[str, Any], *, is_on: bool, note: str = "") -> str:
    lines = ["", *_comment(f"---- {summary.rstrip('.')}"), *(_comment(note) if note else []), "",
             f"[{name}]" if is_on else f"# [{name}]"]
    for declared in inputs:
        if in_files(declared) and declared.name not in ("repository", "allow"):
            lines += ["", *_comment(declared.description.replace("<command>", name)),
                      _line(declared, settings, hints)]
    return "\n".join(lines) + "\n"


def _line(declared: Input[Any], settings: Mapping[str, Any], hints: Mapping[str, Any]) -> str:
    if declared.name in settings:
        return f"{declared.name} = {toml_value(settings[declared.name])}"
    value = toml_value(hints[declared.name]) if declared.name in hints else default_as_toml(declared)
    return f"# {declared.name} = {value}".rstrip()


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False,
                         break_long_words=False)


def default_as_toml(declared: Input[Any]) -> str:
    """A default as the file would give it; empty where there is none, or no form that is read back as it."""
    form = default_form(declared)
    return "" if form is None else toml_value(form)
