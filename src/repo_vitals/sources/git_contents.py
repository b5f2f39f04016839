"""Contents of git's objects, many in few calls, by id or as `commit:path`, with bounds on what is held at once."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from repo_vitals.sources.git import Git

LARGEST = 4_000_000         # bytes of one content; a larger one is not read
_AT_ONCE = 64_000_000       # bytes of contents held
_ID = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_OBJECT = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) ([a-z]+) ([0-9]{1,18})")


class Contents:
    """Reads contents from the repository of `git`. What it does not have is None.

    `bring`, where it is given, fetches objects into it by their ids, all that a call needs at once.
    """

    def __init__(self, git: Git, bring: Callable[[Sequence[bytes]], None] | None = None) -> None:
        self._git = git
        self._bring = bring
        self._known: dict[bytes, tuple[bytes, int] | None] = {}

    def ids(self, names: Sequence[bytes]) -> list[bytes | None]:
        """The ids of what these names mean, as far as it is a file's content that is here."""
        return [None if known is None else known[0] for known in map(self._sizes(names).get, names)]

    def groups(self, questions: Sequence[tuple[bytes, ...]]) -> Iterator[list[tuple[bytes | None, ...]]]:
        """The contents that each question names, some questions at a time, in their order.

        A content that is not here or larger than `LARGEST` is None. Raises CouldNotMeasure where git can't be asked.
        """
        sizes = self._sizes([name for question in questions for name in question])
        group: list[tuple[bytes, ...]] = []
        held = 0
        for question in questions:
            weight = sum(known[1] for known in map(sizes.get, question) if known is not None and known[1] <= LARGEST)
            if group and held + weight > _AT_ONCE:
                yield self._answers(group, sizes)
                group, held = [], 0
            group.append(question)
            held += weight
        if group:
            yield self._answers(group, sizes)

    def _answers(self, group: list[tuple[bytes, ...]], sizes: dict[bytes, tuple[bytes, int] | None],
                 ) -> list[tuple[bytes | None, ...]]:
        wanted = list({known[0]: known[1] for question in group for known in map(sizes.get, question)
                       if known is not None and known[1] <= LARGEST}.items())
        said = memoryview(self._git.local("cat-file", "--batch=", feed=_lines([oid for oid, _ in wanted]))
                          if wanted else b"")
        texts: dict[bytes, bytes] = {}
        start = 0
        for oid, size in wanted:
            start += 1          # a line without words stands above each content, and one behind it
            texts[oid] = bytes(said[start: start + size])
            start += size + 1
        return [tuple(None if known is None else texts.get(known[0]) for known in map(sizes.get, question))
                for question in group]

    def _sizes(self, names: Sequence[bytes]) -> dict[bytes, tuple[bytes, int] | None]:
        """The id and size of each content that is here."""
        wanted = [name for name in dict.fromkeys(names) if name not in self._known]
        # A name is a line, of which git drops a carriage return at the end; one that begins with a dot is taken from
        # the working folder, which there is none.
        askable = [name for name in wanted if b"\n" not in name and not name.endswith(b"\r")
                   and b":./" not in name and b":../" not in name]
        self._known.update(dict.fromkeys(wanted))
        self._look(askable)
        missing = [name for name in askable if self._known[name] is None and _ID.fullmatch(name) and name.strip(b"0")]
        if missing and self._bring is not None:
            self._bring(missing)
            self._look(missing)
        return self._known

    def _look(self, names: list[bytes]) -> None:
        said = self._git.local("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)",
                               feed=_lines(names)).split(b"\n") if names else []
        for name, line in zip(names, said):     # noqa: B905 - a line end stands behind the last
            # What is missing is said with its own name, which may look like anything; of a submodule there is no size.
            said_of_it = _OBJECT.fullmatch(line) if line != name + b" missing" else None
            if said_of_it is not None and said_of_it[2] == b"blob":
                self._known[name] = (said_of_it[1], int(said_of_it[3]))


def _lines(names: Sequence[bytes]) -> bytes:
    return b"".join(name + b"\n" for name in names)
