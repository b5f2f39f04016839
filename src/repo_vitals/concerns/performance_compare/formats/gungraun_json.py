"""The JSON summaries of Iai-Callgrind and Gungraun, in all forms that their schema had.

A file holds one, a list of them (`jq -s`), or what the tool printed: a summary a line, or over several lines, between
other lines. What a metric was in the run itself stands under `new` or on the left: `{"Left": 5}`, `{"Both": [5, 4]}`,
`{"new": 5, "old": 4}`, since version 6 inside `{"Int": 5}`.
"""
from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.formats.pieces import loose_number, objects, part, text_of
from repo_vitals.sources.json_outline import outline
from repo_vitals.sources.json_reading import LARGEST_VALUE, JsonText, whole
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from repo_vitals.sources.report_files import ReportFile

_KEYS = frozenset({"module_path", "benchmark_exe", "function_name"})


def is_summary(value: object) -> bool:
    """Whether a value is a benchmark's summary."""
    return isinstance(value, dict) and set(value) >= _KEYS


def each_summary(file: ReportFile) -> Iterator[Mapping[str, Any]]:
    """The summaries of a file; none of one that is a text."""
    kind = outline(file).kind
    if kind == "list":
        with opened(file) as stream:
            text = JsonText(stream)
            for one in objects(text):
                if not is_summary(one):
                    raise Unreadable("has an entry that is no summary of a benchmark")
                yield one
            text.end()
    else:
        yield from _printed(file)


def _printed(file: ReportFile) -> Iterator[Mapping[str, Any]]:
    """Summaries between lines of a log, each on one line or laid out over several."""
    held: list[str] = []
    size, end = 0, ""
    for bare in _lines(file):
        if held:
            held.append(bare)
            size += len(bare)
            if size > LARGEST_VALUE:
                raise Unreadable(f"holds a summary of more than {LARGEST_VALUE:,} characters")
            if bare == end:
                yield from _decoded("\n".join(held))
                held = []
        elif bare.lstrip() == "{":
            held, size, end = [bare], 0, bare[:-1] + "}"
        elif bare.lstrip().startswith("{"):
            yield from _decoded(bare)
    if held and any('"module_path"' in line for line in held):
        raise Unreadable("ends within a summary")


def _lines(file: ReportFile) -> Iterator[str]:
    """The lines of a log, whose JSON can be long."""
    with opened(file) as stream:
        while raw := stream.readline(LARGEST_VALUE + 1):
            if len(raw) > LARGEST_VALUE:
                raise Unreadable(f"holds a line of more than {LARGEST_VALUE:,} bytes")
            yield raw.decode("utf-8").rstrip()


def _decoded(text: str) -> Iterator[Mapping[str, Any]]:
    """The summary that a text is; nothing of another tool's object. Raises Unreadable for a damaged summary."""
    try:
        found = whole(BytesIO(text.encode("utf-8", "replace")), largest=LARGEST_VALUE)
    except Unreadable:
        if '"module_path"' in text:
            raise
        return
    if is_summary(found):
        yield found  # type: ignore[misc]  # an object, as `is_summary` found


def metrics_of(summary: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    """(tool, name, value of the new run) of every metric; those of the total where a tool's run has several parts."""
    for profile in _list(summary, "profiles") + _list(summary, "tool_summaries"):
        run = profile.get("data", profile.get("summaries"))
        if not isinstance(run, dict):       # of the tools besides callgrind the first two versions have no metrics
            continue
        total, tool = part(run, "total"), text_of(profile, "tool")
        if "metrics" in total:                      # version 7
            yield from ((tool, *one) for one in _values(part(total, "metrics")))
        elif isinstance(total.get("summary"), dict):
            for by_kind in total["summary"].values():
                yield from ((tool, *one) for one in _values(part({"metrics": by_kind}, "metrics")))
    # Versions 1 and 2 keep callgrind's run apart; one of several processes has a summary for each.
    sums: dict[str, float] = {}
    for one in _list(part(summary, "callgrind_summary"), "summaries"):
        for word, value in _values(part(one, "events")):
            sums[word] = sums.get(word, 0.0) + value
    yield from (("Callgrind", *one) for one in sums.items())


def _list(node: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = node.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unreadable(f'has something else than a list of objects for "{key}"')
    return found


def _values(metrics: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for word, entry in metrics.items():
        if not isinstance(entry, dict):
            raise Unreadable("has a metric that is no object")
        value = _new(entry.get("metrics", entry.get("values", entry)))
        if value is not None:
            yield word, value


def _new(sides: object) -> float | None:
    """The new run's side; None where there is the old one's only."""
    if not isinstance(sides, dict):
        raise Unreadable("has a metric without values")
    if isinstance(sides.get("Both"), list) and sides["Both"]:
        found: object = sides["Both"][0]
    else:
        found = sides.get("Left", sides.get("new"))
    if isinstance(found, dict):
        found = next((found[key] for key in ("Int", "Float", "value") if key in found), None)
    return None if found is None else loose_number(found, "a metric")
