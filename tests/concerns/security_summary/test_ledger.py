"""What the history remembers of vulnerabilities: a ledger in files, which tells what it lost."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary import ledger
from repo_vitals.concerns.security_summary.clocks import seen_by_entry
from repo_vitals.concerns.security_summary.facts import Seen, Span
from repo_vitals.concerns.security_summary.memory import Memory
from repo_vitals.concerns.security_summary.merge import merge
from repo_vitals.sources.history import History
from repo_vitals.sources.ledger_lines import FromTheFuture
from support.clocks import after, run
from support.security import advisory, report

FOUND = report(advisory("CVE-1"))


def seen(name: str = "left-pad", **more: Any) -> Seen:
    return Seen(**{"key": ("npm", name), "ids": frozenset({"CVE-1"}), "spans": (Span(start=after(0)),),
                   "severity": "high", "origins": {"osv-scanner": 1}, **more})


TEXTS = st.text(max_size=20)
SEEN = st.builds(
    lambda ecosystem, name, ids, starts, is_open, severity, origins, is_sure: Seen(
        key=(ecosystem, name), ids=frozenset(ids), severity=severity, origins=origins, is_sure=is_sure,
        spans=tuple(Span(start=after(2 * place + gap), end=None if is_open and place == len(starts) - 1
                         else after(2 * place + gap + 1)) for place, gap in enumerate(starts))),
    TEXTS, TEXTS, st.lists(TEXTS, min_size=1, max_size=3),
    st.lists(st.sampled_from([0, 0.5, 1]), min_size=1, max_size=3),
    st.booleans(), st.sampled_from(["none", "low", "critical"]), st.dictionaries(TEXTS, st.integers(0, 9), max_size=2),
    st.booleans())


@given(st.lists(SEEN, min_size=1, max_size=4))
def test_the_ledger_gives_back_what_was_written(ones: list[Seen]) -> None:
    read = ledger.read(ledger.write(ones))
    assert (len(read.seen), read.damaged) == (len(ones), 0)
    assert all(read.seen.count(one) == ones.count(one) for one in ones)


@given(st.lists(SEEN, min_size=1, max_size=4), st.data())
def test_a_cut_or_changed_ledger_never_gives_another_time(ones: list[Seen], data: Any) -> None:
    text = ledger.write(ones)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = data.draw(st.sampled_from([text[:at], text[:at] + data.draw(st.characters()) + text[at + 1:]]))
    try:
        read = ledger.read(changed)
    except FromTheFuture:
        return
    assert all(one in ones for one in read.seen)
    assert read.damaged or len(read.seen) == len(ones)


HEAD = "security-summary/acme/widget/head.json"


class Files:
    """A history's content in a dictionary."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def read(self, path: str) -> bytes | None:
        return None if path not in self.files else self.files[path].encode()

    def sizes(self) -> dict[str, int]:
        return {path: len(text) for path, text in self.files.items()}

    def below(self, folder: str) -> list[str]:
        return [path for path in self.files if path.startswith(folder)]


def remembered(files: dict[str, str]) -> Memory:
    return Memory(History(Files(files)), repository="Acme/Widget")


def test_what_is_saved_is_there_in_the_next_run_spread_over_files() -> None:
    history = History(Files({}))
    ones = [seen(f"package-{number}") for number in range(100)]
    Memory(history, repository="Acme/Widget").save(ones)
    assert len(history.kept) == 16 + 1      # and a head
    assert all(path.startswith("security-summary/acme/widget/") for path in history.kept)
    assert sorted(one.key for one in remembered(dict(history.kept)).seen) == sorted(one.key for one in ones)


def test_a_file_that_nothing_is_left_in_is_removed() -> None:
    one = seen()
    place = f"security-summary/acme/widget/{ledger.shard_of(one)}.jsonl"
    history = History(Files({place: ledger.write([one])}))
    Memory(history, repository="Acme/Widget").save([])
    assert history.kept == {place: ""}


def test_after_damage_the_age_of_what_seems_new_is_unknown() -> None:
    one = seen()
    place = f"security-summary/acme/widget/{ledger.shard_of(one)}.jsonl"
    memory = remembered({place: ledger.write([one])[:-30], HEAD: ledger.write_head(ledger.shard_of(one))})
    assert (memory.usable, memory.is_sure, memory.seen) == (True, False, ())
    assert "1 damaged line(s)" in memory.notes[0]
    (anew,) = run(memory.seen, FOUND, day=4, is_sure=memory.is_sure)
    assert not anew.is_sure
    assert not run((anew,), FOUND, day=5)[0].is_sure       # nor does it become known by waiting


def test_a_file_of_the_ledger_that_is_lost_is_missed_and_no_clock_begins_anew_for_sure() -> None:
    history = History(Files({}))
    ones = [seen(f"package-{number}") for number in range(100)]
    Memory(history, repository="Acme/Widget").save(ones)
    files = dict(history.kept)
    assert remembered(files).notes == []
    lost = f"security-summary/acme/widget/{ledger.shard_of(ones[0])}.jsonl"
    memory = remembered({place: text for place, text in files.items() if place != lost})
    assert (memory.usable, memory.is_sure) == (True, False)
    assert "1 file(s) of security-summary/acme/widget are missing" in memory.notes[0]
    (anew,) = run((), report(advisory("CVE-1", name="package-0")), day=4, is_sure=memory.is_sure)
    assert not anew.is_sure


@pytest.mark.parametrize(("head", "words"), [(None, "head.json is missing"), ("{}", "head.json is damaged"),
                                             (ledger.write_head("0123")[:-5], "head.json was changed or cut")])
def test_a_ledger_without_a_sound_head_may_lack_anything(head: str | None, words: str) -> None:
    files = {f"security-summary/acme/widget/{ledger.shard_of(seen())}.jsonl": ledger.write([seen()])}
    memory = remembered(files if head is None else {**files, HEAD: head})
    assert (memory.usable, memory.is_sure, memory.seen) == (True, False, (seen(),))
    assert words in memory.notes[0]


def test_a_history_in_which_all_was_mended_is_whole() -> None:
    one = seen()
    place = f"security-summary/acme/widget/{ledger.shard_of(one)}.jsonl"
    history = History(Files({place: ledger.write([one]), HEAD: ledger.write_head(ledger.shard_of(one))}))
    Memory(history, repository="Acme/Widget").save([])
    left = {path: text for path, text in history.kept.items() if text}
    assert list(left) == [HEAD]
    assert remembered(left).is_sure
    assert remembered({}).is_sure


def test_a_head_of_a_later_version_leaves_all_as_it_is() -> None:
    memory = remembered({HEAD: '{"schema_version":2,"shards":"0"}\n' + "0" * 32 + "\n"})
    assert not memory.usable


def test_a_ledger_of_a_later_version_is_left_as_it_is() -> None:
    place = "security-summary/acme/widget/0.jsonl"
    history = History(Files({place: '{"schema": 2}\nsomething new\n'}))
    memory = Memory(history, repository="acme/widget")
    memory.save([seen()])
    assert (memory.usable, history.kept) == (False, {})
    assert "later version" in memory.notes[0]


def test_entries_are_found_again_by_any_of_their_ids() -> None:
    entries = merge([advisory("GHSA-1", "CVE-1"), advisory("CVE-9")])
    assert [entry.label for entry in seen_by_entry([seen()], entries)] == ["CVE-1"]
