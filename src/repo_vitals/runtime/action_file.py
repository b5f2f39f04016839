"""The text of an action.yml, from declarations: inputs, outputs and the one step that calls the launcher."""
from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

from repo_vitals.config import common
from repo_vitals.runtime.configuration import RUN
from repo_vitals.runtime.run_all import INPUTS as RUN_INPUTS
from repo_vitals.runtime.run_all import OUTPUTS as RUN_OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.concerns.monitor import Monitor
    from repo_vitals.config.declare import Input

REPOSITORY = "nushell-works/repo-vitals"    # where the actions are published
STEP = "measure"                            # id of the one step

# The outputs that every monitor has before its headline figures.
OUTPUTS = {
    "status": "Verdict: pass, warn, fail or unknown",
    "report": "Path of the JSON report; empty when the run did not get far enough to have one",
    "findings": "Number of findings in the report",
    "summary": "The verdict in one line, or the error that ended the run",
}

_HEADER = """\
# Made by `bin/repo-vitals docs` from the declarations under src/: change those, not this file.
# Inputs have no default here but the token: an empty one falls back to .github/repo-vitals.toml, then to the default
# that its description gives.
"""


def for_monitor(monitor: Monitor[Any], summary: str) -> str:
    """The action.yml of a monitor, which lies two folders below the launcher."""
    return _action(
        command=monitor.name, name=monitor.title, description=summary, inputs=monitor.inputs,
        outputs=output_texts(monitor), step=monitor.title, launcher="$GITHUB_ACTION_PATH/../../bin/repo-vitals",
    )


def for_run() -> str:
    """The action.yml at the root: every monitor that the configuration names."""
    return _action(
        command=RUN, name="repo-vitals",
        description="Runs every monitor that the configuration names, each to its own verdict and report.",
        inputs=RUN_INPUTS, outputs={name: f"{text}." for name, text in RUN_OUTPUTS.items()}, step="Run the monitors",
        launcher="$GITHUB_ACTION_PATH/bin/repo-vitals",
    )


def output_texts(monitor: Monitor[Any]) -> dict[str, str]:
    """What each output of a monitor is, by name; the headline figures in the words of their metrics."""
    texts = {name: f"{text}." for name, text in OUTPUTS.items()}
    if any(declared.name == common.REPOSITORIES.name for declared in monitor.inputs):
        texts["report"] = texts["report"].replace("JSON report;", "JSON report, with repositories their folder;")
    definitions = {definition.name: definition for definition in monitor.metrics}
    for name, (metric, labels) in monitor.headlines.items():
        definition = definitions[metric]
        unit = [definition.unit] if definition.unit != "count" else []
        which = ", ".join([*unit, *(f"{label} {value}" for label, value in labels.items())])
        shown = f" ({which})" if which else ""
        texts[name] = f"{definition.definition}{shown}; empty when there is nothing to measure."
    return texts


def _action(
    *, command: str, name: str, description: str, inputs: Sequence[Input[Any]], outputs: Mapping[str, str], step: str,
    launcher: str,
) -> str:
    lines = [
        f"name: {name}",
        *_field("description", description, indent=0),
        "author: nushell-works",
        "branding:",
        "  icon: activity",
        "  color: green",
        "inputs:",
    ]
    for declared in inputs:
        lines.append(f"  {declared.name}:")
        lines += _field("description", declared.description.replace("<command>", command), indent=4)
        if declared.name == "token":
            lines.append("    default: ${{ github.token }}")
    lines.append("outputs:")
    for output, text in outputs.items():
        lines += [f"  {output}:", *_field("description", text, indent=4),
                  f"    value: ${{{{ steps.{STEP}.outputs.{output} }}}}"]
    lines += [
        "runs:",
        "  using: composite",
        "  steps:",
        f"    - name: {step}",
        f"      id: {STEP}",
        "      shell: bash",
        f'      run: bash "{launcher}" {command}',
        # GitHub hands a composite action's inputs to no step by itself, and never into a script's text.
        "      env:",
        *(f"        {declared.environment[0]}: ${{{{ inputs.{declared.name} }}}}" for declared in inputs),
    ]
    return _HEADER + "\n".join(lines) + "\n"


def _field(key: str, text: str, *, indent: int) -> list[str]:
    """`key: text` on one line where YAML reads it as plain text, else folded."""
    margin = " " * indent
    plain = f"{margin}{key}: {text}"
    # A word alone could be a number or a truth value to YAML, and these marks have a meaning there.
    speaking = " " in text and text[0].isalpha() and not re.search(r": |:$| #|`", text)
    if speaking and len(plain) <= 120:
        return [plain]
    folded = textwrap.wrap(text, width=118 - indent, break_long_words=False, break_on_hyphens=False)
    return [f"{margin}{key}: >-", *(f"{margin}  {line}" for line in folded)]
