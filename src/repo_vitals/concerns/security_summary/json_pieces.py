"""A long JSON document piece by piece: its fields, and of its long lists each element by itself."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.sources.json_reading import LARGEST_DOCUMENT, JsonText
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from repo_vitals.sources.report_files import ReportFile

    # The name of a list and an element of it to what of it is kept.
    Reduce = Callable[[str, Any], Any]


def pieces(
    file: ReportFile, *, lists: Collection[str], skipped: Collection[str] = (), within: Reduce | None = None,
) -> Iterator[tuple[str, Any]]:
    """The fields of the object that the file holds, each with its value; of those in `lists`, each element.

    Those in `skipped` are passed over, however long. With `within` an element may be long itself: what its own lists
    hold is read one by one, and kept as `within` makes it. Raises Unreadable, also where the file holds no object.
    """
    with opened(file) as stream:
        text = JsonText(stream)
        if text.peek() != "{":
            raise Unreadable("holds no JSON object")
        for key in text.members():
            if key in lists and text.peek() == "[":
                for _ in text.elements():
                    yield key, _element(text, within)
            elif key in skipped:
                text.skip()
            else:
                value = text.value(largest=LARGEST_DOCUMENT)
                if key in lists and value is not None:
                    raise Unreadable(f'has something else than a list as "{key}"')
                if value is not None:
                    yield key, value
        text.end()


def elements(file: ReportFile, *, within: Reduce | None = None) -> Iterator[Any]:
    """The elements of the list that the file holds, one by one. `within` as in `pieces`."""
    with opened(file) as stream:
        text = JsonText(stream)
        for _ in text.elements():
            yield _element(text, within)
        text.end()


def _element(text: JsonText, within: Reduce | None) -> Any:
    if within is None or text.peek() != "{":
        return text.value(largest=LARGEST_DOCUMENT)
    found: dict[str, Any] = {}
    for key in text.members():
        if text.peek() == "[":
            found[key] = [within(key, value) for value in text.values(largest=LARGEST_DOCUMENT)]
        else:
            found[key] = text.value(largest=LARGEST_DOCUMENT)
    return found
