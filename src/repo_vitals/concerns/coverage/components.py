"""Files by component. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage.totals import Count, lines_of
from repo_vitals.config.globs import matches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.concerns.coverage.facts import FileCoverage
    from repo_vitals.concerns.coverage.policy import Component


def lines_by_component(files: Mapping[str, FileCoverage], components: Sequence[Component]) -> dict[str, Count]:
    """Each component's lines, in the order of the components; a file may belong to several, or to none."""
    found = {component.name: Count() for component in components}
    for path, file in files.items():
        for component in components:
            if matches(file.named or path, component.paths):
                found[component.name] += lines_of(file)
    return found
