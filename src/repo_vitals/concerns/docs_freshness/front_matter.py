"""What stands above a document's text between two lines of `---` (YAML) or `+++` (TOML). Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 20_000        # characters; PyYAML takes a second for each 100,000 of some
_DEEPEST = 20           # lists in lists; libyaml builds them by recursion, and Python cannot catch its overflow
_YAML = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
# Of what is broken, the beginning of an entry says that it was meant to be front matter.
_ENTRY = re.compile(r"^[A-Za-z_][\w .-]*:(?:[ \t]|$)", re.MULTILINE)


class Split(NamedTuple):
    """A document's two parts."""

    values: Mapping[str, object] | None     # None: there is no front matter, or a broken one
    start: int                              # where the text begins; 0 without front matter
    note: str                               # what is wrong with it; empty if nothing


def split(text: str) -> Split:
    """The front matter and where the text begins. A rule at the top of a text is not taken for front matter."""
    if match := _YAML.match(text):
        return _split(match, _yaml(match[1]), looks_so=_ENTRY.search(match[1]) is not None)
    if match := _TOML.match(text):
        return _split(match, _toml(match[1]), looks_so=True)
    return Split(None, 0, "")


def _split(match: re.Match[str], read: Any, *, looks_so: bool) -> Split:
    if isinstance(read, dict):
        return Split({str(name): value for name, value in read.items()}, match.end(), "")
    if isinstance(read, str) and looks_so:
        return Split(None, match.end(), read)
    return Split(None, 0, "")


def _yaml(text: str) -> Any:
    """The values, or in words what is wrong. Nothing in them is referred to twice, so that no nest of aliases grows."""
    import yaml

    if len(text) > LARGEST:
        return f"the front matter is longer than {LARGEST:,} characters"
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)     # ten times as fast, where it was built
    try:
        if wrong := _refused(text, loader):
            return wrong
        found = yaml.load(text, Loader=loader)  # noqa: S506 - a safe one
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError, AttributeError, KeyError) as error:
        mark = getattr(error, "problem_mark", None)
        return f"the front matter is no YAML{'' if mark is None else f' (its line {mark.line + 1:,})'}"
    if found is None:
        return {}
    return found if isinstance(found, dict) else "the front matter has no entries"


def _refused(text: str, loader: Any) -> str:
    """Why values would not be read that could grow without bound; empty for others. Raises what PyYAML raises.

    Events come one by one, without recursion, of whatever text.
    """
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            return "the front matter refers to itself (*), which is not read"
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return "the front matter is nested too deeply"
    return ""


def _toml(text: str) -> Any:
    import tomli

    if len(text) > LARGEST:
        return f"the front matter is longer than {LARGEST:,} characters"
    try:
        return tomli.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError, OverflowError):
        return "the front matter is no TOML"
