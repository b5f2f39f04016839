"""A long JSON document piece by piece: its fields, and of its long lists each element by itself."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.sources.json_reading import LARGEST_DOCUMENT, JsonText
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from repo_vitals.sources.report_files import ReportFile


def pieces(file: ReportFile, *, lists: Collection[str], skipped: Collection[str] = ()) -> Iterator[tuple[str, Any]]:
    """The fields of the object that the file holds, each with its value; of those in `lists`, each element.

    Those in `skipped` are passed over, however long. Raises Unreadable, also where the file holds no object.
    """
    with opened(file) as stream:
        text = JsonText(stream)
        if text.peek() != "{":
            raise Unreadable("holds no JSON object")
        for key in text.members():
            if key in lists and text.peek() == "[":
                for value in text.values(largest=LARGEST_DOCUMENT):
                    yield key, value
            elif key in skipped:
                text.skip()
            else:
                value = text.value(largest=LARGEST_DOCUMENT)
                if key in lists and value is not None:
                    raise Unreadable(f'has something else than a list as "{key}"')
                if value is not None:
                    yield key, value
        text.end()


def elements(file: ReportFile) -> Iterator[Any]:
    """The elements of the list that the file holds, one by one."""
    with opened(file) as stream:
        text = JsonText(stream)
        yield from text.values(largest=LARGEST_DOCUMENT)
        text.end()
