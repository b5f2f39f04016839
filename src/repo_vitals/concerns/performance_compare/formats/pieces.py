"""What readers of benchmarks in JSON share: long lists within objects, names with parameters, and numbers as texts."""
from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.formats.found import MOST_SAMPLES, check_total
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.json_scanner import NoNumber
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import batches, number, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from repo_vitals.sources.report_files import ReportFile

Node = dict[str, Any]
_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?")
_PLAIN = re.compile(r"[^\s,=()\"\[\]]+")
# As JMH writes them, which JSON has no numbers for.
_NO_NUMBERS = {"nan": math.nan, "inf": math.inf, "+inf": math.inf, "-inf": -math.inf, "infinity": math.inf,
               "-infinity": -math.inf}


def members(
    file: ReportFile, long: str, *path: str, keeps_constants: bool = False,
) -> tuple[Node, list[Node]]:
    """The members of a report's object, and the objects in its list `long`, each with the list at `path` of any length.

    `keeps_constants` as in JsonText. Raises Unreadable, also where the list is missing or holds something else.
    """
    with opened(file) as stream:
        text = JsonText(stream, keeps_constants=keeps_constants)
        if text.peek() != "{":
            raise Unreadable("is no object")
        top: Node = {}
        found: list[Node] | None = None
        for key in text.members():
            if key == long:
                found = []
                for one in objects(text, *path):    # a repetition may be an object of its own
                    found.append(one)
                    check_total(len(found))
            else:
                top[key] = text.value()
        text.end()
    if found is None:
        raise Unreadable(f'has no list "{long}"')
    return top, found


def objects(text: JsonText, *path: str) -> Iterator[Node]:
    """The objects of the list that begins here, each with the list of numbers at `path` of any length."""
    if text.peek() not in ("[", ""):
        raise Unreadable("has something else where a list of benchmarks should be")
    if not path:
        for one in text.values():
            yield _node(one)
        return
    for _ in text.elements():
        yield _node(_at_hand(text) or _object(text, path))


def _at_hand(text: JsonText) -> object:
    """The value that begins here if it lies whole in what is at hand; else None, and nothing is read."""
    try:
        return text.value(largest=1)
    except Unreadable:      # Where it is damaged and not only long, the long way says so again.
        return None


def _node(value: object) -> Node:
    if not isinstance(value, dict):
        raise Unreadable("has a benchmark that is no object")
    return value


def _object(text: JsonText, path: Sequence[str]) -> Node:
    if text.peek() not in ("{", ""):
        raise Unreadable("has a benchmark that is no object")
    node: Node = {}
    for key in text.members():
        begin = text.peek()
        if path and key == path[0] and len(path) > 1 and begin == "{":
            node[key] = _object(text, path[1:])
        elif path and key == path[0] and len(path) == 1 and begin == "[":
            node[key] = _long_list(text)
        else:
            node[key] = text.value()
    return node


def _long_list(text: JsonText) -> list[Any]:
    found: list[Any] = []
    for batch in batches(text, "samples"):
        found += batch
        if len(found) > MOST_SAMPLES:
            raise Unreadable(f"has more than {MOST_SAMPLES:,} samples")
    return found


def text_of(node: Mapping[str, Any], key: str) -> str:
    """A text; "" where there is none. Raises Unreadable for something else."""
    found = node.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Unreadable(f"has {shown(found)} for {shown(key)}, which is no text")
    return found


def named(node: Mapping[str, Any], key: str) -> str:
    """A benchmark's name, which must be there."""
    found = text_of(node, key)
    if not found.strip():
        raise Unreadable(f"has a benchmark without {shown(key)}")
    return found


def part(node: Mapping[str, Any], key: str) -> Node:
    """An object in a field; {} where there is none. Raises Unreadable for something else."""
    found = node.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Unreadable(f"has something else than an object for {shown(key)}")
    return found


def loose_number(value: object, what: str) -> float:
    """A number, also one that is written as a text, and NaN and infinity as texts, which no measurement is."""
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in _NO_NUMBERS:
            return _NO_NUMBERS[text.lower()]
        try:
            if not text.isascii() or "_" in text:
                raise ValueError
            return float(text)
        except ValueError:
            raise Unreadable(f"has {shown(value)} for {what}, which is no number") from None
    return number(value, what)


def numbers(found: object) -> list[float] | None:
    """Samples, if a list holds nothing but numbers; None for anything else, an empty list included.

    Raises Unreadable for NaN and its kind, which no list that was cut short holds.
    """
    if not isinstance(found, list) or not found:
        return None
    kinds = set(map(type, found))
    if NoNumber in kinds:
        raise Unreadable(f"has {shown(next(one for one in found if isinstance(one, NoNumber)))} for a sample, which is "
                         "no number")
    if kinds == {float}:
        return found
    return [number(one, "a sample") for one in found] if kinds <= {float, int} else None


def mean_of(node: Mapping[str, Any], key: str) -> float | None:
    """The figure that a tool itself makes of the samples; None where it states none."""
    found = node.get(key)
    return None if found is None else loose_number(found, shown(key))


def about(value: float, share: object) -> tuple[float, float] | None:
    """The interval of a value and a relative margin in per cent; None where there is no such margin."""
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share < math.inf:
        return None
    return value * (1 - share / 100), value * (1 + share / 100)


# -- names -----------------------------------------------------------------------------------------------------------

def with_parameters(name: str, parameters: Mapping[str, object]) -> str:
    """The name with its parameters behind it: `name(a=1, b="x, y")`; different parameters never look the same."""
    if not parameters:
        return name
    return f"{name}({', '.join(f'{_word(key)}={_word(value)}' for key, value in parameters.items())})"


def _word(value: object) -> str:
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def size_in(parameters: Mapping[str, object]) -> float | None:
    """The input's size: the one parameter that is a number above 0 or a text of one; None where several are."""
    found = [size for value in parameters.values() if (size := _size(value)) is not None]
    return found[0] if len(found) == 1 else None


def _size(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if 0 < found < math.inf else None


def told_apart(entries: Iterable[tuple[str, str, Sequence[tuple[str, object]]]]) -> list[str]:
    """Names, each with those of its qualities behind it by which entries of the same name and unit differ.

    An entry is a name, its unit where that matters, and what else tells of it, as (word, value); with a word it stands
    as `[word=value]`, else as the value is. So runs of one benchmark under two set-ups are two benchmarks and never
    each other's samples.
    """
    given = [(name, unit, tuple(f" [{word}={_word(value)}]" if word else str(value) for word, value in qualities))
             for name, unit, qualities in entries]
    values: dict[tuple[str, str], list[set[str]]] = defaultdict(list)
    for name, unit, qualities in given:
        known = values[name, unit]
        known += [set() for _ in range(len(qualities) - len(known))]
        for place, quality in enumerate(qualities):
            known[place].add(quality)
    return [name + "".join(quality for place, quality in enumerate(qualities) if len(values[name, unit][place]) > 1)
            for name, unit, qualities in given]
