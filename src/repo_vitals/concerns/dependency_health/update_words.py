"""What update bots write into titles, commit messages and bodies, as changes from one version to another. Pure.

Dependabot ends its commit messages with a YAML block, `updated-dependencies:`, of a name, a version and
`update-type: version-update:semver-patch` for each package (dependabot/fetch-metadata reads the same). Renovate puts a
table into the body: Package, Type, Update, Change. Everything here is strangers' text, and read as text alone.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.dependency_health.facts import Change
from repo_vitals.concerns.dependency_health.versions import first_difference
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.dependency_health.facts import Kind

LONGEST_BODY = 20_000       # tables and lists stand at the top; release notes follow
_LONGEST_MESSAGE = 50_000
_MOST_CHANGES = 500
_TRAILER = re.compile(r"^---\n(?P<block>updated-dependencies:\n.*?)^\.\.\.$", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^[ \t]*(?:-[ \t]+)?(dependency-name|dependency-version|update-type):[ \t]*(.*)$")
_UPDATE_TYPE = re.compile(r"version-update:semver-(major|minor|patch)")
_BUMPS = re.compile(r"^Bumps \[?(?P<name>[^\s\]]{1,214})\]?(?:\([^)\s]{0,500}\))? from (?P<before>\S{1,100}) to "
                    r"(?P<after>\S{1,100}?)\.?$", re.MULTILINE)
_UPDATES = re.compile(r"^Updates `(?P<name>[^`\n]{1,214})`(?: from (?P<before>\S{1,100}))? to (?P<after>\S{1,100})$",
                      re.MULTILINE)
_TITLE_BUMP = re.compile(r"\b[Bb]ump (?P<name>\S{1,214}) from (?P<before>\S{1,100}) to (?P<after>\S{1,100})")
_TITLE_REQUIREMENT = re.compile(r"\b[Uu]pdate (?P<name>\S{1,214}) requirement from (?P<before>.{1,100}?) to "
                                r"(?P<after>.{1,100}?)(?: in /\S*)?$")
_TITLE_TO = re.compile(r"\b[Uu]pdate (?:dependency |module |Rust crate |Node\.js |plugin )?(?P<name>\S{1,214})"
                       r"(?: \S{1,60}){0,4}? to v?(?P<after>\d\S{0,100})")
_TITLE_STEP = re.compile(r"\((major|minor|patch)\)")
_TITLE_OTHER = re.compile(r"lock file maintenance|\bpin (?:dependenc|rust|node|docker)|\bdigest\b|"
                          r"\breplace dependency\b|\bmigrate\b.*\bconfig\b|\bconfigure renovate\b", re.IGNORECASE)
_ARROW = re.compile(r"`([^`]{0,100})`\s*(?:->|→)\s*`([^`]{0,100})`")
_LINKED = re.compile(r"\[([^\]]{1,214})\]")
_DIGEST = re.compile(r"(?:sha256:)?(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}", re.IGNORECASE)
_NUMBERS = re.compile(r"[\s^~<>=!v]*(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?")
_KIND_OF_UPDATE: dict[str, Kind] = {
    "major": "major", "minor": "minor", "patch": "patch", "bump": "patch", "pin": "other", "pindigest": "other",
    "digest": "other", "lockfilemaintenance": "other", "lockfileupdate": "other", "replacement": "other",
    "rollback": "other",
}


@dataclass(frozen=True)
class Reading:
    """A change and the kind that it is."""

    change: Change
    kind: Kind


def step(before: str, after: str) -> Kind:
    """The kind of a change between two versions as a bot writes them: `^16.2.1`, `v4`, `3.8-alpine`, a digest."""
    left, right = _NUMBERS.match(before), _NUMBERS.match(after)
    if _DIGEST.fullmatch(before) or _DIGEST.fullmatch(after):
        return "other"
    if left is None or right is None:
        return "unknown"
    return first_difference(tuple(int(part or 0) for part in left.groups()),
                            tuple(int(part or 0) for part in right.groups()))


def readings(title: str, message: str, body: str) -> tuple[str, list[Reading]]:
    """Where the changes of an update were read, and those changes; the first place that names any is taken."""
    message, body = message[:_LONGEST_MESSAGE].replace("\r\n", "\n"), body[:LONGEST_BODY].replace("\r\n", "\n")
    for place, found in (
        ("commit message", _of_trailer(message)),
        ("table in the body", list(_of_table(body))),
        ("list in the body", list(_of_list(body)) or list(_of_list(message))),
        ("title", _of_title(title)),
    ):
        if found:
            return place, found[:_MOST_CHANGES]
    return "title", []


def _of_trailer(message: str) -> list[Reading]:
    block = _TRAILER.search(message)
    if block is None:
        return []
    listed = {reading.change.name: reading.change for reading in _of_list(message)}
    found: list[Reading] = []
    for fields in _entries(block["block"]):
        name = fields.get("dependency-name", "")
        known = listed.get(name, Change(name=name))
        after = fields.get("dependency-version", "") or known.after
        said = _UPDATE_TYPE.search(fields.get("update-type", ""))
        kind = _KIND_OF_UPDATE[said[1]] if said else step(known.before, after)
        found.append(Reading(Change(name=name, before=known.before, after=after), kind))
    # The parents of a package that nobody asked for have no version of their own to move.
    return [reading for reading in found if reading.change.name]


def _entries(block: str) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    for line in block.split("\n"):
        match = _FIELD.match(line)
        if match is None:
            continue
        if match[1] == "dependency-name" and fields:
            yield fields
            fields = {}
        fields[match[1]] = match[2].strip().strip("\"'")
    if fields:
        yield fields


def _of_table(body: str) -> Iterator[Reading]:
    columns: list[str] | None = None
    for line in body.split("\n"):
        stripped = line.strip()
        if stripped.startswith("#"):
            return                      # release notes hold tables of their own
        if not stripped.startswith("|"):
            columns = None
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", stripped.strip("|"))]
        if columns is None:
            names = [cell.casefold() for cell in cells]
            columns = names if "package" in names and ("change" in names or "update" in names) else []
        elif columns and not set(stripped) <= set("|-: "):
            yield from _of_row(dict(zip(columns, cells, strict=False)))


def _of_row(row: dict[str, str]) -> Iterator[Reading]:
    link = _LINKED.match(row.get("package", ""))
    name = link[1] if link else row.get("package", "").partition(" ")[0]
    arrow = _ARROW.search(row.get("change", ""))
    change = Change(name=name, before=arrow[1] if arrow else "", after=arrow[2] if arrow else "")
    said = _KIND_OF_UPDATE.get(re.sub(r"[^a-z]", "", row.get("update", "").casefold()))
    yield Reading(change, said if said is not None else step(change.before, change.after))


def _of_list(text: str) -> Iterator[Reading]:
    for pattern in (_BUMPS, _UPDATES):
        for match in pattern.finditer(text):
            change = Change(name=match["name"], before=match["before"] or "", after=match["after"])
            yield Reading(change, step(change.before, change.after))


def _of_title(title: str) -> list[Reading]:
    for pattern in (_TITLE_BUMP, _TITLE_REQUIREMENT):
        match = pattern.search(title)
        if match is not None:
            change = Change(name=match["name"], before=match["before"], after=match["after"])
            return [Reading(change, step(change.before, change.after))]
    stated = _TITLE_STEP.search(title)
    if stated is not None:
        return [Reading(Change(name=""), _KIND_OF_UPDATE[stated[1]])]
    if _TITLE_OTHER.search(title):
        return [Reading(Change(name=""), "other")]
    target = _TITLE_TO.search(title)
    if target is not None:
        # Renovate names a new major by its first number alone; of a full version it can't be told what changed.
        return [Reading(Change(name=target["name"], after=target["after"]),
                        "major" if "." not in target["after"] else "unknown")]
    return []
