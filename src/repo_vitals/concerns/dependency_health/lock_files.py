"""The lock files of the default branch, read over the API: which there are, and what they hold."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_vitals.concerns.dependency_health.facts import LockFile
from repo_vitals.concerns.dependency_health.lock_reading import Malformed
from repo_vitals.concerns.dependency_health.locks import DEFAULT_NAMES, ecosystem_of, read_lock
from repo_vitals.errors import CallerError, CouldNotMeasure
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.http import Request, Transient

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.http_wire import Response

LARGEST = 20_000_000            # bytes of a lock file
MOST_FILES = 50
_LARGEST_IN_QUERY = 400_000     # GraphQL cuts the text of larger ones
_MOST_IN_QUERY = 2_000_000      # bytes of all the texts in one answer
_NOT_OURS = re.compile(r"(?:node_modules|vendor|third_party|\.[^/]*)/")     # folders that hold other people's files


@dataclass(frozen=True, kw_only=True)
class Found:
    """A file of the default branch."""

    path: str
    size: int       # bytes
    named: bool     # literally: then it has to be there and to be readable


def is_glob(entry: str) -> bool:
    """Whether an entry of `lock-files` is a pattern."""
    return re.search(r"[*?\[\]]", entry) is not None


def find(tree: Any, wanted: Sequence[str]) -> list[Found]:
    """The files that patterns match, of the topmost folder's entries as GitHub lists them; sorted.

    Without `wanted`, those of the usual names at the top and one folder below.
    """
    patterns = [entry for entry in wanted if is_glob(entry)] if wanted else \
        [pattern for name in DEFAULT_NAMES for pattern in (name, f"*/{name}")]
    matching = [_as_regex(pattern) for pattern in patterns]
    return [Found(path=path, size=size, named=False) for path, size in sorted(_files(tree))
            if any(one.fullmatch(path) for one in matching) and ecosystem_of(path) is not None
            and (wanted or not _NOT_OURS.match(path))]


def _files(tree: Any, under: str = "") -> Iterable[tuple[str, int]]:
    """Paths and sizes of the files in a folder as GraphQL lists it, and in those below that it lists too."""
    entries = tree.get("entries") if isinstance(tree, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        path = f"{under}{entry['name']}"
        if entry["type"] == "blob":
            yield path, int(entry["size"])
        elif entry["type"] == "tree" and entry.get("object"):
            yield from _files(entry["object"], f"{path}/")


def _as_regex(pattern: str) -> re.Pattern[str]:
    """`*` and `?` stop at slashes, as in a shell; a bracket is itself."""
    parts = (("[^/]*" if part == "*" else "[^/]" if part == "?" else re.escape(part))
             for part in re.split(r"([*?])", re.sub(r"\*+", "*", pattern)))
    return re.compile("".join(parts))


def read(github: GitHub, repository: str, commit: str, files: Sequence[Found]) -> list[LockFile]:
    """What lock files hold at a commit.

    One that can't be read is there with its problem; a named one raises CallerError instead. Raises what the client
    raises.
    """
    chosen, spare = list(files[:MOST_FILES]), files[MOST_FILES:]
    texts: dict[str, str | None] = {}
    small = [one for one in chosen if one.size <= _LARGEST_IN_QUERY]
    for batch in _batches(small):
        texts |= _texts(github, repository, commit, batch)
    for one in chosen:
        if texts.get(one.path) is None and one.size <= LARGEST:
            texts[one.path] = _raw(github, repository, commit, one)
    locks = [_read(one, texts.get(one.path)) for one in chosen]
    return locks + [_refused(one, f"is left out: more than {MOST_FILES} lock files match; name those that count")
                    for one in spare]


def _batches(files: Iterable[Found]) -> Iterable[list[Found]]:
    batch: list[Found] = []
    size = 0
    for one in files:
        if batch and size + one.size > _MOST_IN_QUERY:
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


def _texts(github: GitHub, repository: str, commit: str, files: Sequence[Found]) -> dict[str, str | None]:
    owner, name = repository.split("/")
    places = range(len(files))
    query = "\n".join([
        "query LockFiles($owner: String!, $name: String!, "
        + ", ".join(f"$path_{place}: String!" for place in places) + ") {",
        "  rateLimit { cost limit remaining resetAt }",
        "  repository(owner: $owner, name: $name) {",
        *(f"    object_{place}: object(expression: $path_{place}) {{ ... on Blob {{ text isTruncated isBinary }} }}"
          for place in places),
        "  }", "}"])
    variables = {"owner": owner, "name": name,
                 **{f"path_{place}": f"{commit}:{one.path}" for place, one in zip(places, files, strict=True)}}
    answer = github.graphql.run(query, variables)["repository"]
    return {one.path: _text(answer.get(f"object_{place}")) for place, one in zip(places, files, strict=True)}


def _text(blob: Mapping[str, Any] | None) -> str | None:
    if not blob or blob.get("isTruncated") or blob.get("isBinary") or not isinstance(blob.get("text"), str):
        return None
    return str(blob["text"])


def _raw(github: GitHub, repository: str, commit: str, file: Found) -> str | None:
    """A file that GraphQL does not show whole, as it is; None where it is not UTF-8."""
    path = f"{quote(file.path, safe='/')}?ref={quote(commit, safe='')}"

    def examine(response: Response) -> Transient | None:
        # Any text could be a file's, an error page too: only its length tells.
        if response.status == 200 and len(response.body) != file.size:
            return Transient(reason=f"its answer has {len(response.body)} bytes, and the file {file.size}")
        return None
    answer = github.transport.send(Request(
        method="GET", url=f"{github.endpoints.api_url}/repos/{repository}/contents/{path}",
        headers={"Accept": "application/vnd.github.raw+json"}, expects_json=False), examine)
    if answer.status != 200:
        raise CouldNotMeasure(f"GitHub answered {answer.status} when asked for {quotable(file.path, limit=100)}")
    try:
        return answer.body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _read(found: Found, text: str | None) -> LockFile:
    if found.size > LARGEST:
        return _refused(found, f"is larger than {LARGEST // 1_000_000} MB")
    if text is None:
        return _refused(found, "is not UTF-8 text")
    try:
        return read_lock(found.path, text)
    except Malformed as error:
        return _refused(found, str(error))


def _refused(found: Found, problem: str) -> LockFile:
    if found.named:
        raise CallerError(f"lock-files: {quotable(found.path, limit=200)} {problem}")
    ecosystem = ecosystem_of(found.path)
    assert ecosystem is not None  # noqa: S101 - only files that a reader knows are looked for
    return LockFile(path=found.path, ecosystem=ecosystem, problem=problem)
