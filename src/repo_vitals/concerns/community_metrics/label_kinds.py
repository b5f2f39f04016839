"""How inputs that name labels are read. Pure; errors are ValueError."""
from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.community_metrics.labels import Aliases, folded
from repo_vitals.config.declare import LINES, Kind
from repo_vitals.config.file import closest, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

PHASE_LABELS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "evaluation": ("status/evaluated", "status/accepted", "status/planned", "status/in-progress"),
    "investigate": ("status/confirmed", "status/investigated"),
    "fix": ("status/fixed",),
    "disclose": ("status/disclosed",),
})
"""Labels that end a phase, where the project names no others."""


def _aliases(pairs: list[tuple[str, str]]) -> Aliases:
    ours: dict[str, str] = {}
    for their, our in pairs:
        if not folded(their) or not folded(our):
            raise ValueError(f"has an alias without a label in {quoted(f'{their} = {our}')}; "
                             "an alias reads their label = our label")
        known = ours.setdefault(folded(their), our.strip())
        if known != our.strip():
            raise ValueError(f"gives {quoted(their.strip())} two meanings: {quoted(known)} and {quoted(our.strip())}")
    return Aliases(MappingProxyType(ours))


def _alias_lines(lines: tuple[str, ...]) -> Aliases:
    pairs = []
    for number, line in enumerate(lines, 1):
        # The last one parts: a label of theirs may hold an equals sign, none of ours does.
        their, equals, our = line.rpartition("=")
        if not equals:
            raise ValueError(f"has no equals sign in line {number}, {quoted(line)}; "
                             "an alias reads their label = our label")
        pairs.append((their, our))
    return _aliases(pairs)


def _aliases_from_toml(value: Any) -> Aliases:
    if isinstance(value, dict):
        for their, our in value.items():
            if not isinstance(our, str):
                raise ValueError(f"needs a string for {quoted(str(their))}")
        return _aliases(list(value.items()))
    if not isinstance(value, list):
        raise ValueError("needs a table or an array of strings")
    return _alias_lines(LINES.from_toml(value))


ALIASES: Kind[Aliases] = Kind(
    "lines", lambda text: _alias_lines(LINES.parse(text)), _aliases_from_toml,
    lambda value: "\n".join(f"{their} = {our}" for their, our in value.ours.items()))


def _phases(pairs: list[tuple[str, tuple[str, ...]]]) -> Mapping[str, tuple[str, ...]]:
    given: dict[str, tuple[str, ...]] = {}
    for phase, names in pairs:
        word = phase.strip().lower()
        if word not in PHASE_LABELS:
            raise ValueError(f"names {quoted(phase.strip())}, which is no phase that labels end"
                             f"{closest(word, PHASE_LABELS)}")
        if not names:
            raise ValueError(f"names no label for {quoted(word)}")
        given[word] = (*given.get(word, ()), *names)
    return MappingProxyType({**PHASE_LABELS, **given})


def _phase_lines(lines: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    pairs = []
    for number, line in enumerate(lines, 1):
        phase, colon, names = line.partition(":")
        if not colon:
            raise ValueError(f"has no colon in line {number}, {quoted(line)}; write investigate: status/confirmed")
        pairs.append((phase, tuple(name.strip() for name in names.split(",") if name.strip())))
    return _phases(pairs)


def _phases_from_toml(value: Any) -> Mapping[str, tuple[str, ...]]:
    if isinstance(value, dict):
        return _phases([(str(phase), LINES.from_toml(names)) for phase, names in value.items()])
    if not isinstance(value, list):
        raise ValueError("needs a table of arrays, or an array of strings")
    return _phase_lines(LINES.from_toml(value))


LABELS_OF_PHASES: Kind[Mapping[str, tuple[str, ...]]] = Kind(
    "lines", lambda text: _phase_lines(LINES.parse(text)), _phases_from_toml,
    lambda value: "\n".join(f"{phase}: {', '.join(names)}" for phase, names in value.items()))
