"""What the history keeps of commits."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.coverage import ledger
from repo_vitals.concerns.coverage.ledger import Entry
from repo_vitals.concerns.coverage.memory import Memory
from repo_vitals.concerns.coverage.totals import Count
from repo_vitals.sources.history import History
from repo_vitals.sources.ledger_lines import FromTheFuture

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)
NINE_OF_TEN = Count(9, 10)

counts = st.integers(0, 10**6).flatmap(lambda valid: st.integers(0, valid).map(lambda covered: Count(covered, valid)))
entries = st.builds(
    Entry, commit=st.integers(0, 16**40 - 1).map(lambda number: f"{number:040x}"), lines=counts, branches=counts,
    functions=counts, at=st.integers(0, 10**6).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    scope=st.text("0123456789abcdef", min_size=12, max_size=12))


def entry(number: int = 1, *, lines: Count = NINE_OF_TEN, at: datetime = NOW, scope: str = "s") -> Entry:
    return Entry(commit=f"{number:040x}", at=at, lines=lines, branches=Count(), functions=Count(), scope=scope)


class Files:
    """A history's content, in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def sizes(self) -> dict[str, int]:
        return {path: len(content) for path, content in self.files.items()}

    def below(self, folder: str) -> list[str]:
        return sorted(path for path in self.files if path.startswith(f"{folder}/"))

    def next_run(self) -> History:
        return History(self)

    def written(self, history: History) -> None:
        for path, text in history.kept.items():
            self.files[path] = text.encode()
            if not text:
                del self.files[path]


@given(st.lists(entries, unique_by=lambda one: one.commit))
def test_what_is_written_is_read_again(some: list[Entry]) -> None:
    found, damaged = ledger.read(ledger.write(some))
    assert (sorted(found, key=lambda one: one.commit), damaged) == (sorted(some, key=lambda one: one.commit), 0)


def test_a_month_holds_each_commit_once_and_the_newest_of_very_many() -> None:
    later = entry(at=NOW + timedelta(hours=1), lines=Count(1, 2))
    assert ledger.read(ledger.write([later, entry()]))[0] == [later]
    assert ledger.read(ledger.write([later, entry(scope="t")]))[0] == [entry(scope="t"), later]
    many = [entry(number, at=NOW + timedelta(seconds=number)) for number in range(ledger.MOST_LINES + 5)]
    assert ledger.read(ledger.write(many))[0] == many[5:]


@pytest.mark.parametrize("line", [
    "{", "null", "[]", "7", '"x"', "{}", '{"v":1}', "[" * 50_000,
    '{"v":1,"commit":"x","at":"2026-01-31T06:00:00Z","lines":[1,2],"branches":[0,0],"functions":[0,0],"scope":"s"}',
    *(ledger.write([entry()]).replace("[9,10]", wrong).strip() for wrong in (
        "[11,10]", "[-1,10]", "[true,true]", "[9.5,10]", "[1]", "null", "[9,1e999]", '["9","10"]',
        "[9,1000000000001]")),
    ledger.write([entry()]).replace("2026-01-31", "2026-13-31").strip(),
    ledger.write([entry()]).replace('"v":1', '"v":0').strip(),
])
def test_a_damaged_line_is_counted_and_the_others_are_read(line: str) -> None:
    good = ledger.write([entry(2)])
    assert ledger.read(f"{line}\n{good}") == ([entry(2)], 1)


def test_a_line_of_a_later_version_is_none_of_ours() -> None:
    with pytest.raises(FromTheFuture):
        ledger.read(ledger.write([entry()]).replace('"v":1', '"v":2'))


def test_commits_are_known_from_any_month_as_they_were_measured_last() -> None:
    files = Files()
    for at, lines in ((NOW, Count(9, 10)), (NOW + timedelta(days=1), Count(8, 10))):
        history = files.next_run()
        Memory(history, "Acme/Widget").keep(entry(at=at, lines=lines))
        files.written(history)
    assert sorted(files.files) == [f"coverage/acme/widget/commits/2026-0{month}.jsonl" for month in (1, 2)]
    found = Memory(files.next_run(), "acme/widget").of(entry().commit, scope="s")
    assert found is not None
    assert found.lines == Count(8, 10)
    assert Memory(files.next_run(), "acme/widget").of(entry().commit, scope="another") is None


def test_the_history_does_not_grow_beyond_two_years() -> None:
    files = Files()
    for month in range(30):
        history = files.next_run()
        Memory(history, "acme/widget").keep(entry(month, at=datetime(2026 + month // 12, month % 12 + 1, 1,
                                                                    tzinfo=timezone.utc)))
        files.written(history)
    assert len(files.files) == 24
    assert min(files.files).endswith("2026-07.jsonl")


def test_other_files_in_the_folder_are_left_alone() -> None:
    files = Files()
    files.files["coverage/acme/widget/commits/notes.txt"] = b"x"
    memory = Memory(files.next_run(), "acme/widget")
    assert memory.notes == []


def test_scopes_differ_where_any_input_does() -> None:
    scopes = [ledger.scope_of(*given) for given in (((), ()), (("a",), ()), ((), (("a", ""),)), (("a", "b"), ()))]
    assert len(set(scopes)) == 4
