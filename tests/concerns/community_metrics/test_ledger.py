"""What the ledger's files hold comes back as it was, and what was cut or changed is noticed."""
from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.community_metrics.commits import read_rows, write_rows
from repo_vitals.concerns.community_metrics.facts import (
    Act,
    Commit,
    DraftChange,
    Item,
    LabelChange,
    StateChange,
)
from repo_vitals.concerns.community_metrics.ledger import (
    Descent,
    Entry,
    Head,
    Labels,
    Progress,
    moment,
    read_entries,
    read_head,
    seconds,
    summary_of,
    write_entries,
    write_head,
)
from repo_vitals.report.incidents import Incident
from repo_vitals.sources.ledger_lines import FromTheFuture, Unusable, digest
from repo_vitals.stats.turns import Actor, Remark

URL = "https://github.com/acme/widget"
FOLDERS = {"issue": "issues", "pull_request": "pull", "discussion": "discussions"}
# In this order of ids: known by name, once there, and renamed.
LABELS = {"LA_1": "bug", "LA_2": "P0 \u2028 \u0085", "LA_3": "ünï\ud800", "LA_4": "gone"}

texts = st.text(max_size=12) | st.sampled_from(["\u2028", "\u0085", "\x1c", "\r\n", "\ud800", '"\\', "!", ""])
times = st.integers(-1, 4_000_000_000).map(moment) | st.just(moment(0))
maybe_times = st.none() | times
logins = st.from_regex(r"[A-Za-z0-9_-]{1,12}(\[bot\])?", fullmatch=True)
actors = st.just(Actor(None)) | st.builds(Actor, logins, st.booleans())
associations = st.sampled_from(["OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR", "NONE", "FIRST_TIME_CONTRIBUTOR",
                                "FIRST_TIMER", "MANNEQUIN", "SOMETHING_NEW"])
remarks = st.builds(Remark, at=times, by=actors, association=associations, minimised=st.booleans(),
                    is_review=st.booleans(), node_id=texts)


incidents = st.builds(
    Incident, opened_at=times.filter(lambda at: at.year >= 1970), level=st.sampled_from([1, 2, 3]),
    within=st.sampled_from([(), (("resolve", timedelta(hours=24)),)]),
    turns=st.lists(st.tuples(times, st.booleans()), max_size=2).map(tuple))


def some(entries: Any) -> Any:
    return st.lists(entries, max_size=4).map(tuple)


@st.composite
def entries(draw: Any, known: tuple[str, ...] = tuple(LABELS), number: int | None = None) -> Entry:
    """An entry as a reader makes it: its label names are those of its label ids."""
    kind: Any = draw(st.sampled_from(sorted(FOLDERS)))
    number = draw(st.integers(1, 10**7)) if number is None else number
    ids = draw(st.lists(st.sampled_from([key for key in known if key != "LA_4"]), unique=True, max_size=3).map(tuple))
    changed = draw(some(st.sampled_from(known)))
    item = Item(
        kind=kind, number=number, title=draw(texts), url=f"{URL}/{FOLDERS[kind]}/{number}", author=draw(actors),
        created_at=draw(times), closed_at=draw(maybe_times), merged_at=draw(maybe_times),
        state_reason=draw(st.sampled_from([None, "COMPLETED", "NOT_PLANNED", ""])),
        labels=tuple(sorted(LABELS[key] for key in ids)), remarks=draw(some(remarks)),
        state_changes=draw(some(st.builds(StateChange, times, st.booleans()))),
        draft_changes=draw(some(st.builds(DraftChange, times, st.booleans()))),
        label_changes=tuple(LabelChange(draw(times), LABELS[key], draw(st.booleans())) for key in changed),
        acts=draw(some(st.builds(Act, times, actors))), is_draft=draw(st.booleans()), is_ours=draw(st.booleans()),
        is_answerable=draw(st.booleans()), answered_at=draw(maybe_times),
    )
    by_viewer = draw(st.booleans())
    if by_viewer and kind == "issue":       # of no other may one be an incident of ours
        item = replace(item, incident=draw(st.none() | incidents))
    return Entry(item=item, node_id=draw(texts), updated_at=draw(times), by_viewer=by_viewer,
                 unread_from=draw(maybe_times), reviews_unread_from=draw(maybe_times), tail_from=draw(maybe_times),
                 stale=draw(st.booleans()), label_ids=ids, changed_label_ids=changed)


def labels() -> Labels:
    """All of LABELS, of which LA_4 is there no more."""
    known = Labels({})
    known.learn(LABELS)
    known.learn_all({key: name for key, name in LABELS.items() if key != "LA_4"})
    return known


progresses = st.builds(
    Progress, reach=st.none() | st.integers(), through=st.none() | st.integers(), target=st.none() | st.integers(),
    open_done=st.booleans(), open_cursor=st.none() | texts, rising=st.none() | st.integers(),
    descents=st.lists(st.builds(Descent, st.integers(), st.none() | texts), max_size=3))
heads = st.builds(
    Head, repository=texts, viewer=texts, salt=texts, salt_check=texts, hides_logins=st.booleans(),
    hides_names=st.booleans(),
    progress=st.dictionaries(st.sampled_from(sorted(FOLDERS)), progresses),
    labels=st.dictionaries(texts, st.tuples(st.integers(), texts, st.booleans()).map(list), max_size=3),
    last_number=st.none() | st.integers(), look_again_after=st.integers(), read_again_after=st.integers(),
    tip=st.none() | texts, commits_since=st.none() | st.integers(), commits_total=st.integers(),
    seen=st.dictionaries(texts, st.booleans(), max_size=3), commits_digest=texts,
    shards=st.dictionaries(texts, st.fixed_dictionaries({
        "digest": texts, "newest": st.integers(), "open": st.integers()}),
                           max_size=3))
commits = st.builds(Commit, at=times, name=texts, email=texts, login=st.none() | logins, user_id=st.none() | texts)


def stored(text: str) -> str:
    """The text as a history gives it back: as UTF-8, in which some characters have no place."""
    return text.encode("utf-8", "replace").decode("utf-8", "replace")


@given(st.lists(entries(), max_size=4, unique_by=lambda entry: entry.item.number))
def test_every_field_of_every_item_comes_back(some_entries: list[Entry]) -> None:
    text = write_entries(some_entries, labels())
    assert stored(text) == text
    assert read_entries(text, url=URL, labels=labels()) == sorted(
        some_entries, key=lambda entry: entry.item.number)


def test_an_issue_of_this_account_that_was_kept_before_incidents_were_asked_for_is_to_be_read_again() -> None:
    item = Item(kind="issue", number=7, title="It fails", url=f"{URL}/issues/7", author=Actor("ci", is_bot=True),
                created_at=moment(0))
    for by_viewer in (True, False):
        entry = Entry(item=item, node_id="I_7", updated_at=moment(1), by_viewer=by_viewer)
        line = json.loads(write_entries([entry], labels()))
        line.pop("i", None)
        (found,) = read_entries(f"{json.dumps(line)}\n", url=URL, labels=labels())
        assert found == replace(entry, stale=by_viewer)


@given(entries())
def test_an_item_is_one_line(entry: Entry) -> None:
    text = write_entries([entry], labels())
    assert text.count("\n") == 1
    assert text.endswith("\n")


@given(heads)
def test_every_field_of_the_head_comes_back(head: Head) -> None:
    text = write_head(head)
    assert stored(text) == text
    assert read_head(text) == head


@given(st.lists(st.tuples(texts, commits), max_size=4))
def test_every_field_of_every_commit_comes_back(rows: list[tuple[str, Commit]]) -> None:
    text = write_rows(rows)
    assert stored(text) == text
    assert read_rows(text) == rows


HEAD = write_head(Head(
    repository="R_1", viewer="github-actions[bot]", labels={"LA_1": [0, "bug é", True]}, last_number=7,
    progress={"issue": Progress(reach=1, through=2, descents=[Descent(1, "cursor")])},
    shards={"00000": {"digest": "ab" * 16, "newest": 3, "open": 1}}))


@pytest.mark.parametrize("length", range(len(HEAD.encode())))
def test_a_head_that_was_cut_anywhere_is_noticed(length: int) -> None:
    with pytest.raises(Unusable):
        read_head(HEAD.encode()[:length].decode("utf-8", "replace"))


@given(place=st.integers(0, len(HEAD.encode()) - 1), byte=st.integers(0, 255))
@settings(max_examples=200)
def test_a_head_of_which_any_byte_was_changed_is_noticed(place: int, byte: int) -> None:
    content = bytearray(HEAD.encode())
    if content[place] == byte:
        byte ^= 1
    content[place] = byte
    with pytest.raises(Unusable) as caught:
        read_head(bytes(content).decode("utf-8", "replace"))
    # Its own version is what a later one may change: there the file is believed to be newer, and left alone.
    assert not isinstance(caught.value, FromTheFuture) or place < len('{"schema_version":1,')


def test_what_follows_the_seal_is_noticed() -> None:
    for added in ("\n", " ", "x\n", HEAD):
        with pytest.raises(Unusable):
            read_head(HEAD + added)


def sealed(**fields: Any) -> str:
    """A head with some fields changed and a seal that fits."""
    body = json.dumps({**json.loads(HEAD.split("\n")[0]), **fields})
    return f"{body}\n{digest(body)}\n"


@pytest.mark.parametrize("version", [2, 3, 10**9])
def test_a_later_version_is_told_from_damage(version: int) -> None:
    with pytest.raises(FromTheFuture, match=f"schema version {version}, and this version of repo-vitals knows 1$"):
        read_head(sealed(schema_version=version))
    # Its seal may be another: a later version is believed before anything else is looked at.
    with pytest.raises(FromTheFuture):
        read_head(sealed(schema_version=version).split("\n")[0] + "\nsealed in another way\n")


@pytest.mark.parametrize("fields", [
    {"schema_version": 0}, {"schema_version": None}, {"schema_version": "2"}, {"schema_version": True},
    {"schema_version": 1.5}, {"unheard_of": 1}, {"progress": None}, {"progress": []}, {"progress": {"issue": {}}},
    {"progress": {"issue": None}}, {"labels": []}, {"labels": {"a": 1}}, {"labels": {"a": [1]}}, {"shards": []},
    {"shards": {"00000": 1}}, {"shards": {"00000": {}}},
    {"shards": {"00000": {"digest": "", "newest": None, "open": 0}}},
    {"progress": {"issue": {"descents": [{"floor": 1}]}}}])
def test_a_head_that_fits_its_seal_and_holds_something_else_is_unusable(fields: dict[str, Any]) -> None:
    with pytest.raises(Unusable) as caught:
        read_head(sealed(**fields))
    assert not isinstance(caught.value, FromTheFuture)


@pytest.mark.parametrize("text", ["", "\n", "{}", "[]", "null", "1", "[" * 100_000, "\x00", "\ufffd" * 9,
                                  '{"schema_version":1}'])
def test_garbage_is_unusable(text: str) -> None:
    with pytest.raises(Unusable):
        read_head(text)


@pytest.mark.parametrize("line", [
    "", "{", "[]", "null", "{}", '{"n":1}', '{"n":1,"k":"x","id":"","t":"","c":0,"u":0}',
    '{"n":"1","k":"i","id":"","t":"","c":"0","u":0}', '{"n":1,"k":"i","id":"","t":"","c":1e400,"u":0}',
    '{"n":1,"k":"i","id":"","t":"","c":99999999999999999999,"u":0}',
    '{"n":1,"k":"i","id":"","t":"","c":0,"u":0,"l":[9]}',
    '{"n":1,"k":"i","id":"","t":"","c":0,"u":0,"w":[[1]]}', '{"n":1,"k":"i","id":"","t":"","c":0,"u":0,"a":5}'])
def test_lines_that_hold_something_else_are_unusable(line: str) -> None:
    with pytest.raises(Unusable):
        read_entries(line + "\n", url=URL, labels=labels())


@pytest.mark.parametrize("line", ["", "{}", "[]", '["oid"]', '["oid","x","","",null,null]',
                                  '["oid",99999999999999999999,"","",null,null]'])
def test_rows_that_hold_something_else_are_unusable(line: str) -> None:
    with pytest.raises(Unusable):
        read_rows(line + "\n")


def test_a_label_that_was_renamed_has_its_new_name_and_one_that_was_deleted_is_on_nothing() -> None:
    known = labels()
    entry = Entry(
        item=Item(kind="issue", number=1, title="t", url=f"{URL}/issues/1", author=Actor("ann"), created_at=moment(1),
                  labels=("P0 \u2028 \u0085", "bug"),
                  label_changes=(LabelChange(moment(2), "bug", True), LabelChange(moment(3), "gone", True))),
        node_id="I_1", updated_at=moment(3), label_ids=("LA_1", "LA_2"), changed_label_ids=("LA_1", "LA_4"))
    text = write_entries([entry], known)
    known.learn_all({"LA_1": "kind/bug"})
    [found] = read_entries(text, url=URL, labels=known)
    assert found.item.labels == ("kind/bug",)
    assert [change.name for change in found.item.label_changes] == ["kind/bug", "gone"]
    assert (found.label_ids, found.changed_label_ids) == (("LA_1", "LA_2"), ("LA_1", "LA_4"))
    assert write_entries([found], known) == text


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), texts), max_size=6))
def test_a_labels_number_never_changes_and_no_two_share_one(lists: list[dict[str, str]]) -> None:
    known, numbers = Labels({}), {}
    for names in lists:
        known.learn_all(names)
        for key in names:
            assert numbers.setdefault(key, known.number(key)) == known.number(key)
            assert known.at(known.number(key)) == (key, names[key], True)
        for key in numbers.keys() - names.keys():
            assert known.at(known.number(key))[2] is False
        assert len({*numbers.values()}) == len(numbers)
        again = Labels(json.loads(json.dumps(known.known)))
        assert [again.at(number) for number in numbers.values()] == [known.at(number) for number in numbers.values()]


def test_a_label_known_from_history_only_is_not_there() -> None:
    known = labels()
    known.learn({"LA_1": "bug", "LA_9": "once"}, there=None)
    assert [known.at(known.number(key)) for key in ("LA_1", "LA_9")] == [("LA_1", "bug", True), ("LA_9", "once", False)]


@given(st.lists(entries(), max_size=5, unique_by=lambda entry: entry.item.number))
def test_the_head_knows_of_a_file_whether_a_figure_can_depend_on_it(some_entries: list[Entry]) -> None:
    text = write_entries(some_entries, labels())
    told = summary_of(some_entries, text)
    assert told["digest"] == digest(text)
    mark = moment(1_700_000_000)
    assert any(entry.is_relevant(mark) for entry in some_entries) == bool(some_entries and (
        told["open"] or told["newest"] >= seconds(mark)))


@given(times)
def test_moments_come_back_from_their_seconds(at: datetime) -> None:
    assert moment(seconds(at)) == at
    elsewhere = at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert moment(seconds(elsewhere)) == at


def test_an_item_that_may_hide_more_does_not_fit_a_page() -> None:
    item = Item(kind="issue", number=1, title="", url="", author=Actor(None), created_at=moment(0))
    entry = Entry(item=item, node_id="I", updated_at=moment(0))
    remark = Remark(at=moment(0), by=Actor(None), association="NONE")
    assert entry.fits_a_page
    assert not replace(entry, unread_from=moment(1)).fits_a_page
    assert not replace(entry, item=replace(item, remarks=(remark,) * 5)).fits_a_page
    assert not replace(entry, item=replace(item, acts=(Act(moment(0), Actor(None)),) * 10)).fits_a_page
