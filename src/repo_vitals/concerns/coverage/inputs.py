"""The inputs of coverage."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage.component_lines import components
from repo_vitals.concerns.coverage.policy import Policy
from repo_vitals.config import globs
from repo_vitals.config.common import monitor_inputs
from repo_vitals.config.declare import FILES, LIST, OPTIONAL_TEXT, FilePatterns, Input, Kind, ratio
from repo_vitals.config.history_place import size
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.policy import Component
    from repo_vitals.config.declare import Values

_DEFAULT = Policy()


def _optional_ratio() -> Kind[float | None]:
    plain = ratio()
    return Kind(plain.name, plain.parse, plain.from_toml, lambda value: "" if value is None else plain.show(value))


def _patterns() -> Kind[tuple[str, ...]]:
    return Kind("list", lambda text: globs.check(LIST.parse(text)), lambda value: globs.check(LIST.from_toml(value)),
                LIST.show)


def _rules(entries: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    found = []
    for entry in entries:
        before, equals, after = entry.partition("=")
        if not equals or not before.strip():
            raise ValueError(f'holds "{quotable(entry, limit=60)}", which is not like /build/app=src/app')
        if ".." in after.split("/"):
            raise ValueError(f'holds "{quotable(entry, limit=60)}", which leads out of the repository')
        found.append((before.strip(), after.strip()))
    return tuple(found)


def _path_map() -> Kind[tuple[tuple[str, str], ...]]:
    return Kind("list", lambda text: _rules(LIST.parse(text)), lambda value: _rules(LIST.from_toml(value)),
                lambda rules: ", ".join(f"{before}={after}" for before, after in rules))


REPORTS: Input[FilePatterns] = Input(
    name="reports", kind=FILES, default=FilePatterns(), default_text="none; it has to be given",
    help="Coverage reports, as paths or patterns in the working folder, of any formats that are read; `format=path` "
         "forces a reader",
)
MINIMUM_RATIO = Input(
    name="minimum-ratio", kind=ratio(), default=_DEFAULT.minimum,
    help="Smallest line ratio, from 0 to 1; nothing is rounded before it is judged",
)
MAXIMUM_DROP = Input(
    name="maximum-drop", kind=ratio(), default=_DEFAULT.maximum_drop,
    help="How much lower than at the base the line ratio may be, from 0 to 1 (0.01 is a percentage point); it takes a "
         "history that knows the base or a commit before it",
)
MINIMUM_PATCH_RATIO = Input(
    name="minimum-patch-ratio", kind=_optional_ratio(), default=None, default_text="not judged",
    help="Smallest line ratio of what the change adds, from 0 to 1; a change that adds no coverable line passes",
)
MINIMUM_BRANCH_RATIO = Input(
    name="minimum-branch-ratio", kind=_optional_ratio(), default=None, default_text="not judged",
    help="Smallest branch ratio, from 0 to 1",
)
COMPONENTS: Input[tuple[Component, ...]] = Input(
    name="components", kind=components(), default=(), default_text="none",
    help="Parts of the repository with figures of their own, one a line: `name: patterns >= 0.95`, or without a limit; "
         "in the configuration file also tables by name with `paths` and `minimum-ratio`",
)
EXCLUDE: Input[tuple[str, ...]] = Input(
    name="exclude", kind=_patterns(), default=(), default_text="nothing",
    help="Patterns of files that do not count, as in .gitignore, from the top of the repository; the last that fits "
         "counts, and `!` brings files back",
)
PATH_MAP: Input[tuple[tuple[str, str], ...]] = Input(
    name="path-map", kind=_path_map(), default=(), default_text="none",
    help="Beginnings of paths in reports and what they are in the repository, as `/build/app=src/app`; folders of the "
         "checkout, a report's own source folders and modules of Go are known without",
)
BASE = Input(
    name="base", kind=OPTIONAL_TEXT, default=None,
    default_text="what the pull request or push starts from, else the default branch or the commit before",
    help="Branch, tag or commit to compare with, by its merge base with the measured commit",
)
MAX_INPUT = Input(
    name="max-input", kind=size(), default=1_000_000_000,
    help="Largest size of a single report; a larger one is refused before it is read",
)

INPUTS = monitor_inputs(
    REPORTS, MINIMUM_RATIO, MAXIMUM_DROP, MINIMUM_PATCH_RATIO, MINIMUM_BRANCH_RATIO, COMPONENTS, EXCLUDE, PATH_MAP,
    BASE, MAX_INPUT, unknown_is_default="fail",
)


def policy(values: Values) -> Policy:
    """Where the limits are."""
    return Policy(minimum=values[MINIMUM_RATIO], maximum_drop=values[MAXIMUM_DROP],
                  minimum_patch=values[MINIMUM_PATCH_RATIO], minimum_branch=values[MINIMUM_BRANCH_RATIO],
                  components=values[COMPONENTS])
