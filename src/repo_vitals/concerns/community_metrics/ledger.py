"""The ledger: what earlier runs learned of a repository's items, a compact line each, and how far they read. Pure.

Items are filed by number, 250 to a file. The head names every file with its digest, so that one which was cut, changed
by hand or left by a run that died is known by it and nothing wrong is read. Times are seconds since 1970.
"""
from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.community_metrics.facts import (
    Act,
    DraftChange,
    Item,
    LabelChange,
    StateChange,
)
from repo_vitals.report.incidents import as_json, from_json
from repo_vitals.sources.ledger_lines import DAMAGE, Unusable, digest, read_lines, seal, unseal, write_lines
from repo_vitals.stats.turns import Actor, Remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA_VERSION = 1
SHARD = 250
HEAD = "head.json"
COMMITS = "commits.jsonl"

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass
class Entry:
    """An item as it was last read, with what is known about the unread."""

    item: Item
    node_id: str
    updated_at: datetime
    by_viewer: bool = False                 # the token's own account wrote it
    unread_from: datetime | None = None     # remarks from this moment on may be unread; None: all of them are here
    reviews_unread_from: datetime | None = None     # the same of reviews
    tail_from: datetime | None = None       # remarks from this moment on are here again; None: no later ones than that
    stale: bool = False                         # to be read again before anything is measured by it
    label_ids: tuple[str, ...] = ()         # global ids of its labels, and of those of its label changes: a label that
    changed_label_ids: tuple[str, ...] = ()     # is renamed or deleted touches no item

    @property
    def fits_a_page(self) -> bool:
        """Whether it is so short that its page or its like brings all of it at once."""
        return self.unread_from is None and len(self.item.remarks) < 5 and len(self.item.acts) < 10

    def is_relevant(self, mark: datetime) -> bool:
        """Whether figures of windows that begin at `mark` can depend on it: it is open, or changed since."""
        return self.item.closed_at is None or self.updated_at >= mark


@dataclass
class Descent:
    """A walk from newest to oldest that was broken off: `cursor` is where to go on, `floor` where it ends."""

    floor: int
    cursor: str | None


@dataclass
class Progress:
    """How far the items of one kind are known."""

    reach: int | None = None                # all that was updated since then or is open is here; None: not yet
    through: int | None = None              # the newest update that was seen
    target: int | None = None               # the reach that a first reading is after
    open_done: bool = False                 # of a first reading: all open ones were listed
    open_cursor: str | None = None          # where to go on listing them
    rising: int | None = None               # of a first reading, oldest update first: how far it came
    descents: list[Descent] = field(default_factory=list)


@dataclass
class Head:
    """What the ledger as a whole says of itself."""

    repository: str = ""                    # global id
    viewer: str = ""                        # login that `by_viewer` is about, hidden where logins are
    salt: str = ""                          # of the hashes; empty where it is given with each run, and stands nowhere
    salt_check: str = ""                    # a hash under the salt, to know it by
    hides_logins: bool = False
    hides_names: bool = True
    progress: dict[str, Progress] = field(default_factory=dict)     # by kind
    labels: dict[str, list[Any]] = field(default_factory=dict)      # id to short number, name, whether it is there
    last_number: int | None = None          # numbers up to this one are accounted for
    look_again_after: int = 0               # number of the item that the last look ended at
    read_again_after: int = 0
    tip: str | None = None                  # object id of the default branch's head
    commits_since: int | None = None        # every commit since then is here
    commits_total: int = 0                  # of the whole branch
    seen: dict[str, bool] = field(default_factory=dict)     # by author: whether there are commits before commits_since
    shards: dict[str, dict[str, Any]] = field(default_factory=dict)  # number of the shard to digest, newest, open
    commits_digest: str = ""


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return int((moment - _EPOCH).total_seconds())


def moment(stamp: int) -> datetime:
    """The other way round."""
    return _EPOCH + timedelta(seconds=stamp)


def _maybe(stamp: int | None) -> datetime | None:
    return None if stamp is None else moment(stamp)


def shard_of(number: int) -> str:
    """The file that an item is in: `00003` for 750 to 999."""
    return f"{number // SHARD:05}"


def write_head(head: Head) -> str:
    """The head as text, sealed with a digest of its own."""
    return seal(asdict(head), schema_version=SCHEMA_VERSION)


def read_head(text: str) -> Head:
    """The head. Raises Unusable, or FromTheFuture."""
    found = unseal(text, name=HEAD, schema_version=SCHEMA_VERSION)
    try:
        progress = {kind: Progress(**{**known, "descents": [Descent(**one) for one in known["descents"]]})
                    for kind, known in found.pop("progress").items()}
        head = Head(progress=progress, **found)
        Labels(head.labels)
        fields = [(known["digest"], known["newest"], known["open"]) for known in head.shards.values()]
        if not all(isinstance(value, kind)
                   for known in fields for value, kind in zip(known, (str, int, int), strict=True)):
            raise ValueError
    except DAMAGE:
        raise Unusable(f"{HEAD} lacks what it should hold") from None
    return head


@dataclass
class Labels:
    """A repository's labels. Items refer to them by short numbers, so that a name stands in one place."""

    known: dict[str, list[Any]]             # id to [short number, name, whether it is there]

    def __post_init__(self) -> None:
        self._by_number = {number: (key, name, there) for key, (number, name, there) in self.known.items()}

    def learn(self, names: Mapping[str, str], *, there: bool | None = True) -> None:
        """Take in names by id. `there` None: known from history only, which does not tell whether they are there."""
        for key, name in names.items():
            number, _, before = self.known.get(key, [len(self.known), name, False])
            self._set(key, number, name, there=before if there is None else there)

    def learn_all(self, names: Mapping[str, str]) -> None:
        """Take in the whole list; what is missing from it is there no more."""
        for key in self.known.keys() - names.keys():
            self._set(key, *self.known[key][:2], there=False)
        self.learn(names)

    def _set(self, key: str, number: int, name: str, *, there: bool) -> None:
        self.known[key] = [number, name, there]
        self._by_number[number] = (key, name, there)

    def number(self, key: str) -> int:
        """A label's short number."""
        number: int = self.known[key][0]
        return number

    def at(self, number: int) -> tuple[str, str, bool]:
        """A label's id and name, and whether it is there still; what it was called if not."""
        return self._by_number[number]


def write_entries(entries: Iterable[Entry], labels: Labels) -> str:
    """A line for each, by number."""
    in_order = sorted(entries, key=lambda entry: entry.item.number)
    return write_lines(_line(entry, labels) for entry in in_order)


def read_entries(text: str, *, url: str, labels: Labels) -> list[Entry]:
    """The entries of a file. `url` is the repository's. Raises Unusable."""
    return read_lines(text, lambda line: _entry(line, url, labels))


def summary_of(entries: Iterable[Entry], text: str) -> dict[str, Any]:
    """What the head says of a shard: enough to know whether it must be read."""
    some = list(entries)
    return {"digest": digest(text), "newest": max((seconds(entry.updated_at) for entry in some), default=0),
            "open": sum(entry.item.closed_at is None for entry in some)}


_KINDS = {"i": "issue", "p": "pull_request", "d": "discussion"}
_FOLDERS = {"issue": "issues", "pull_request": "pull", "discussion": "discussions"}
_ASSOCIATIONS = {"O": "OWNER", "M": "MEMBER", "C": "COLLABORATOR", "c": "CONTRIBUTOR", "N": "NONE",
                 "F": "FIRST_TIME_CONTRIBUTOR", "f": "FIRST_TIMER", "m": "MANNEQUIN"}
_FLAGS = frozenset("DoqvzS")        # left out where they are 0
_SHORT_ASSOCIATIONS = {name: short for short, name in _ASSOCIATIONS.items()}


def _actor(actor: Actor) -> str | None:
    return None if actor.login is None else ("!" if actor.is_bot else "") + actor.login


def _to_actor(word: str | None) -> Actor:
    # No login begins with an exclamation mark.
    return Actor(None) if word is None else Actor(word.removeprefix("!"), is_bot=word.startswith("!"))


def _line(entry: Entry, labels: Labels) -> dict[str, Any]:
    item = entry.item
    line: dict[str, Any] = {
        "n": item.number, "k": item.kind[0], "id": entry.node_id, "t": item.title, "a": _actor(item.author),
        "c": seconds(item.created_at), "u": seconds(entry.updated_at),
        "x": None if item.closed_at is None else seconds(item.closed_at),
        "m": None if item.merged_at is None else seconds(item.merged_at),
        "r": item.state_reason, "l": [labels.number(key) for key in entry.label_ids],
        "s": [[seconds(change.at), int(change.closed)] for change in item.state_changes],
        "d": [[seconds(change.at), int(change.draft)] for change in item.draft_changes],
        "b": [[seconds(change.at), labels.number(key), int(change.added)]
              for change, key in zip(item.label_changes, entry.changed_label_ids, strict=True)],
        "w": [[seconds(act.at), _actor(act.by)] for act in item.acts],
        "f": [[seconds(remark.at), _actor(remark.by), _SHORT_ASSOCIATIONS.get(remark.association, remark.association),
               int(remark.minimised) + 2 * int(remark.is_review), remark.node_id] for remark in item.remarks],
        "D": int(item.is_draft), "o": int(item.is_ours), "q": int(item.is_answerable),
        "g": None if item.answered_at is None else seconds(item.answered_at),
        "v": int(entry.by_viewer), "y": None if entry.unread_from is None else seconds(entry.unread_from),
        "Y": None if entry.reviews_unread_from is None else seconds(entry.reviews_unread_from),
        "Z": None if entry.tail_from is None else seconds(entry.tail_from), "S": int(entry.stale),
    }
    if _is_looked_into(entry.by_viewer, item.kind):
        line["i"] = 0 if item.incident is None else as_json(item.incident)
    return {key: value for key, value in line.items()
            if value is not None and value != [] and (value or key not in _FLAGS)}


def _is_looked_into(by_viewer: bool, kind: str) -> bool:  # noqa: FBT001
    """Whether an item may be an incident of ours. A line that does not say so was written before that was asked."""
    return by_viewer and kind == "issue"


def _entry(line: Mapping[str, Any], url: str, labels: Labels) -> Entry:
    kind: Any = _KINDS[line["k"]]
    number = line["n"]
    its_labels = [labels.at(short) for short in line.get("l", ())]
    changed = [(at, labels.at(short), bool(added)) for at, short, added in line.get("b", ())]
    item = Item(
        kind=kind, number=number, title=line["t"], url=f"{url}/{_FOLDERS[kind]}/{number}",
        author=_to_actor(line.get("a")), created_at=moment(line["c"]), closed_at=_maybe(line.get("x")),
        merged_at=_maybe(line.get("m")), state_reason=line.get("r"),
        labels=tuple(sorted(name for _, name, there in its_labels if there)),
        remarks=tuple(Remark(at=moment(at), by=_to_actor(by), association=_ASSOCIATIONS.get(short, short),
                             minimised=bool(flags & 1), is_review=bool(flags & 2), node_id=node_id)
                      for at, by, short, flags, node_id in line.get("f", ())),
        state_changes=tuple(StateChange(moment(at), bool(closed)) for at, closed in line.get("s", ())),
        draft_changes=tuple(DraftChange(moment(at), bool(draft)) for at, draft in line.get("d", ())),
        label_changes=tuple(LabelChange(moment(at), name, added) for at, (_, name, _), added in changed),
        acts=tuple(Act(moment(at), _to_actor(by)) for at, by in line.get("w", ())),
        is_draft=bool(line.get("D")), is_ours=bool(line.get("o")), is_answerable=bool(line.get("q")),
        answered_at=_maybe(line.get("g")), incident=from_json(line["i"]) if line.get("i") else None,
    )
    is_open_question = _is_looked_into(bool(line.get("v")), kind) and "i" not in line
    return Entry(item=item, node_id=line["id"], updated_at=moment(line["u"]), by_viewer=bool(line.get("v")),
                 unread_from=_maybe(line.get("y")), reviews_unread_from=_maybe(line.get("Y")),
                 tail_from=_maybe(line.get("Z")), stale=bool(line.get("S")) or is_open_question,
                 label_ids=tuple(key for key, _, _ in its_labels),
                 changed_label_ids=tuple(key for _, (key, _, _), _ in changed))
