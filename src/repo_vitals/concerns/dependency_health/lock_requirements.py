"""pip's requirements files. Pure."""
from __future__ import annotations

import re

from repo_vitals.concerns.dependency_health.lock_reading import Contents, Malformed

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_OPTION_BEHIND = re.compile(r"\s--?[A-Za-z][A-Za-z-]*(?:[= ].*)?$")     # `--hash=…`, `--config-settings …`
_OPTION = re.compile(r"--?[A-Za-z]")
_REFERENCE = re.compile(r"(?:[a-z][a-z0-9+.-]*:|\.{0,2}/|[A-Za-z]:[\\/])|.*\.(?:whl|zip|tar\.gz)$", re.IGNORECASE)
_LONGEST_LINE = 20_000


def read_requirements(text: str) -> Contents:
    """What is pinned with `==` or `===`; every requirement counts as direct.

    Options (`-r`, `-c`, `-e`, `--hash`, `--index-url`, …) are left alone: files that are included are read where they
    are lock files themselves. `unpinned` and `url` or `path` requirements are counted apart. Markers are not
    evaluated: a requirement for another platform is one all the same.
    """
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    contents = Contents()
    for number, line in _logical_lines(text):
        if len(line) > _LONGEST_LINE:
            raise Malformed(f"is no requirements file: line {number} is too long to be a requirement")
        if _OPTION.match(line):
            contents.apart["path"] += line.startswith(("-e", "--editable"))
            continue
        wanted = _OPTION_BEHIND.sub("", line)
        while wanted != (shorter := _OPTION_BEHIND.sub("", wanted)):
            wanted = shorter
        try:
            requirement = Requirement(wanted)
        except InvalidRequirement:
            if _REFERENCE.match(wanted):
                contents.apart["url" if "://" in wanted else "path"] += 1
                continue
            raise Malformed(f"is no requirements file: line {number} is neither a requirement nor an option") from None
        pins = [one for one in requirement.specifier if one.operator in ("==", "===") and "*" not in one.version]
        if requirement.url is not None:
            contents.apart["url"] += 1
        elif len(pins) == 1:
            contents.add(canonicalize_name(requirement.name), pins[0].version, direct=True)
        else:
            contents.apart["unpinned"] += 1
    contents.apart = +contents.apart
    return contents


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Lines that hold something, with the number of their first; a backslash joins a line with the next."""
    found: list[tuple[int, str]] = []
    begun, number = "", 0
    for place, physical in enumerate([*text.splitlines(), ""], 1):
        number = number or place
        if physical.endswith("\\") and not physical.lstrip().startswith("#"):
            begun += physical[:-1] + " "
            continue
        line = _COMMENT.sub("", begun + physical).strip()
        if line:
            found.append((number, line))
        begun, number = "", 0
    return found
