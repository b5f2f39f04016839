"""What starts a workflow, read from its file: the `on:` of hostile YAML. Pure.

The file is composed into nodes and never constructed: an alias stays a reference, so that no nest of aliases grows, and
only what stands below `on` is walked, with a limit.
"""
from __future__ import annotations

import re
from typing import Any

from repo_vitals.frozen import dataclass

LARGEST = 1_000_000         # characters of a file
_MOST_NODES = 5_000         # visited below `on`
_CRON = re.compile(r"[0-9A-Za-z*,/-]+(?: +[0-9A-Za-z*,/-]+){4}")


class Unreadable(Exception):
    """A file that says nothing about what starts the workflow; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Triggers:
    """What a workflow's `on:` names."""

    events: frozenset[str]
    crons: tuple[str, ...] = ()
    bad_crons: tuple[str, ...] = ()             # in another time zone, or no cron expressions of five fields
    push_branches: tuple[str, ...] | None = None    # patterns; None: a push to any branch
    push_branches_ignore: tuple[str, ...] = ()
    push_tags_only: bool = False                # `push` has a filter for tags and none for branches

    def may_run_on(self, branch: str, events: frozenset[str]) -> bool:
        """Whether one of some events could start it on a branch."""
        found = self.events & events
        if found != {"push"}:
            return bool(found)
        if self.push_tags_only:
            return False
        if self.push_branches is not None:
            return _matches(branch, self.push_branches)
        return not _matches(branch, self.push_branches_ignore)


def read_triggers(text: str) -> Triggers:
    """The triggers of a workflow's text. Raises Unreadable."""
    import yaml

    root = _composed(text)
    # YAML 1.1 reads a bare `on` as true; as a node it is still what was written.
    on = _entries(root).get("on") if isinstance(root, yaml.MappingNode) else None
    if on is None:
        raise Unreadable("it does not say what starts it (no `on`)")
    return _triggers(_plain(on, [_MOST_NODES], 0))


def read_uses(text: str) -> frozenset[str]:
    """The actions that the steps of a workflow's text use, as they are written; none of a text that can't be read."""
    import yaml

    if "uses" not in text:
        return frozenset()
    try:
        root = _composed(text)
    except Unreadable:
        return frozenset()

    def below(nodes: list[Any], name: str) -> list[Any]:
        found = [_entries(node).get(name) for node in nodes if isinstance(node, yaml.MappingNode)]
        # An alias stands for the same node again: each once, however often it is named.
        return list({id(node): node for node in found if node is not None}.values())
    jobs = [value for node in below([root], "jobs") if isinstance(node, yaml.MappingNode) for _, value in node.value]
    lists = below(list({id(job): job for job in jobs}.values()), "steps")
    steps = [step for node in lists if isinstance(node, yaml.SequenceNode) for step in node.value]
    used = below(list({id(step): step for step in steps}.values()), "uses")
    return frozenset(node.value for node in used if isinstance(node, yaml.ScalarNode))


def _composed(text: str) -> Any:
    """The node of a text. Raises Unreadable."""
    import yaml

    if len(text) > LARGEST:
        raise Unreadable("it is too long to be read")
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError, AttributeError, KeyError, IndexError):
        raise Unreadable("it is not valid YAML") from None


def _entries(node: Any) -> dict[str, Any]:
    return {key.value: value for key, value in node.value if isinstance(key.value, str)}


def _plain(node: Any, left: list[int], depth: int) -> Any:
    """A node as text, lists and dictionaries."""
    import yaml

    left[0] -= 1
    if left[0] < 0 or depth > 10:
        raise Unreadable("its `on` is too large")
    if isinstance(node, yaml.SequenceNode):
        return [_plain(entry, left, depth + 1) for entry in node.value]
    if isinstance(node, yaml.MappingNode):
        return {name: _plain(value, left, depth + 1) for name, value in _entries(node).items()}
    return node.value


def _triggers(on: Any) -> Triggers:
    if isinstance(on, str):
        return Triggers(events=frozenset({on}))
    if isinstance(on, list):
        return Triggers(events=frozenset(_texts(on)))
    push = on.get("push")
    push = push if isinstance(push, dict) else {}
    crons, bad = _crons(on.get("schedule"))
    return Triggers(
        events=frozenset(on), crons=crons, bad_crons=bad,
        push_branches=_texts(push["branches"]) if "branches" in push else None,
        push_branches_ignore=_texts(push.get("branches-ignore")),
        push_tags_only=not push.keys().isdisjoint({"tags", "tags-ignore"})
        and push.keys().isdisjoint({"branches", "branches-ignore"}))


def _crons(schedule: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    good: list[str] = []
    bad: list[str] = []
    for entry in schedule if isinstance(schedule, list) else []:
        cron = entry.get("cron") if isinstance(entry, dict) else None
        if isinstance(cron, str):
            zone = entry.get("timezone", "UTC")
            cron = " ".join(cron.split())
            (good if is_cron(cron) and zone in ("UTC", "Etc/UTC") else bad).append(cron)
    return tuple(good), tuple(bad)


def is_cron(expression: str) -> bool:
    """Whether GitHub would take an expression: five fields of POSIX cron."""
    from datetime import datetime, timezone

    from cronsim import CronSim, CronSimError

    if len(expression) > 200 or _CRON.fullmatch(expression) is None:
        return False
    try:
        CronSim(expression, datetime(2026, 1, 1, tzinfo=timezone.utc))
    except (CronSimError, ValueError, IndexError, OverflowError):
        return False
    return True


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()


def _matches(branch: str, patterns: tuple[str, ...]) -> bool:
    """GitHub's filter patterns: `*` within a part, `**` anything, `!` takes back; the last that matches decides."""
    found = False
    for pattern in patterns[:100]:
        if _pattern(pattern.removeprefix("!")).fullmatch(branch):
            found = not pattern.startswith("!")
    return found


def _pattern(pattern: str) -> re.Pattern[str]:
    # `?`, `+` and classes are rare in branch names: what holds them may match, so that no workflow is left out wrongly.
    pieces = [".*" if piece == "**" else "[^/]*" if piece == "*" else ".*" if piece in "?+[]" else re.escape(piece)
              for piece in re.findall(r"\*{2,}|[*?+\[\]]|[^*?+\[\]]+", pattern[:200])]
    pieces = [".*" if piece.startswith(r"\*\*") else piece for piece in pieces]
    # Two in a row would only make matching slow.
    collapsed = [piece for place, piece in enumerate(pieces)
                 if place == 0 or (piece, pieces[place - 1]) != (".*", ".*")]
    return re.compile("".join(collapsed), re.DOTALL)
