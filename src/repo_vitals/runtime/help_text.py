"""`--help` of a command, from the declarations of its inputs."""
from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.config.declare import Input


def inputs_help(name: str, summary: str, inputs: Sequence[Input[Any]]) -> str:
    """Usage and one paragraph an option, 100 columns wide."""
    lines = [f"repo-vitals {name} [--option value …]", "", summary, ""]
    for declared in inputs:
        lines.append(f"  {declared.option} <{declared.kind.name}>")
        lines += textwrap.wrap(declared.description, width=100, initial_indent="      ", subsequent_indent="      ",
                               break_on_hyphens=False)
    lines += ["", f"Each may also be the environment variable INPUT_<NAME>, or a key under [{name}] in",
              ".github/repo-vitals.toml; options win over the environment, and that over the file.", ""]
    return "\n".join(lines)
