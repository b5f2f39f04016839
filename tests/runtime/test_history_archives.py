"""A history's branch read as an archive, which is believed only where it is all that the commit holds."""
from __future__ import annotations

import contextlib
import gzip
import tarfile
from typing import TYPE_CHECKING

import pytest

from repo_vitals.errors import CallerError, CouldNotMeasure
from support.history_branches import NAME
from support.history_on_github import WITH_GIT, WITHOUT_GIT, place, record, seen
from support.simulated import Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.simulator.server import Simulator

LEDGER = "ci-health/acme/widget/runs.jsonl"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with serving(Scene()) as running:
        yield running


def put(simulator: Simulator, files: dict[str, str]) -> None:
    """A commit of somebody else on the history's branch."""
    stream = f"commit refs/heads/{NAME}\ncommitter a <a@example.org> 0 +0000\ndata 1\nx\nfrom refs/heads/{NAME}^0\n"
    for path, text in files.items():
        stream += f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n"
    simulator.state.git.git(simulator.state.repositories()[0], "fast-import", "--quiet", feed=stream.encode())


@pytest.mark.parametrize(("where", "attributes"), [
    (".gitattributes", "*.jsonl export-ignore"), (".gitattributes", "* export-ignore"),
    (".gitattributes", "ci-health export-ignore\n.gitattributes export-ignore"),
    (".gitattributes", "points export-ignore"), (".gitattributes", "*.json export-ignore"),
    (".gitattributes", "*.jsonl export-subst"), (".gitattributes", "* text eol=crlf"),
    ("ci-health/acme/.gitattributes", "widget/* export-ignore\n.gitattributes export-ignore")])
def test_attributes_that_hide_or_alter_files_of_an_archive_are_to_be_removed(simulator: Simulator, where: str,
                                                                             attributes: str) -> None:
    record(place(simulator, WITHOUT_GIT), 1)
    put(simulator, {LEDGER: '"$Format:%H$"\n', where: attributes})
    assert place(simulator).history().read(LEDGER) == '"$Format:%H$"\n'
    with pytest.raises(CallerError, match="leaves out or alters") as caught:
        place(simulator, WITHOUT_GIT).history()
    assert f"remove {where} from the branch {NAME}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_attributes_that_change_nothing_in_an_archive_are_nobodys_business(simulator: Simulator) -> None:
    record(place(simulator, WITHOUT_GIT), 1)
    put(simulator, {".gitattributes": "*.jsonl linguist-generated\nnotes export-ignore", "notes/a~b": "x"})
    assert seen(simulator, WITHOUT_GIT) == {"commits": 1}


def test_an_archive_that_lacks_a_file_for_no_known_reason_could_not_be_measured(
        simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    from repo_vitals.sources import history_api

    record(place(simulator, WITHOUT_GIT), 1)
    unpacked = history_api._unpacked
    monkeypatch.setattr(history_api, "_unpacked", lambda archive: {
        path: content for path, content in unpacked(archive).items() if not path.startswith("points/")})
    with pytest.raises(CouldNotMeasure, match=f"is not what the branch {NAME} holds"):
        place(simulator, WITHOUT_GIT).history()


def test_a_branch_of_more_files_than_github_lists_is_read_with_git_alone(simulator: Simulator) -> None:
    record(place(simulator, WITHOUT_GIT), 1)
    simulator.state.git.tree_limit = 2
    assert seen(simulator, WITH_GIT) == {"commits": 1}
    with pytest.raises(CallerError, match="more files than GitHub lists"):
        place(simulator, WITHOUT_GIT).history()


def test_a_listing_that_is_none_could_not_be_measured(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    from repo_vitals.sources.http_wire import Response

    record(place(simulator, WITHOUT_GIT), 1)
    whole = Response.json
    for answer in ([], {"tree": 3}, {"tree": [3], "truncated": False}, {"tree": [{"path": 1}], "truncated": False},
                   {"tree": []}):
        with monkeypatch.context() as patched:
            patched.setattr(Response, "json", lambda self, answer=answer: (
                answer if b'"tree"' in self.body else whole(self)))
            with pytest.raises(CouldNotMeasure, match="listing of the branch"):
                place(simulator, WITHOUT_GIT).history()


@pytest.mark.parametrize("kind", [tarfile.XGLTYPE, tarfile.XHDTYPE, tarfile.REGTYPE])
def test_an_archive_with_a_size_that_no_machine_counts_could_not_be_measured(kind: bytes) -> None:
    from repo_vitals.sources.history_api import _unpacked

    header = tarfile.TarInfo("x/y")
    header.type, header.size = kind, 1 << 80
    with pytest.raises(CouldNotMeasure):
        _unpacked(gzip.compress(header.tobuf(tarfile.GNU_FORMAT)))


def test_an_archive_that_is_damaged_anywhere_could_not_be_measured(simulator: Simulator) -> None:
    from repo_vitals.sources.history_api import _unpacked

    record(place(simulator, WITHOUT_GIT), 1)
    git, repository = simulator.state.git, simulator.state.repositories()[0]
    archive = git.git(repository, "archive", "--format=tar.gz", "--prefix=x/", NAME)
    assert _unpacked(archive)
    for position in range(len(archive)):
        spoilt = archive[:position] + bytes([archive[position] ^ 0x55]) + archive[position + 1:]
        with contextlib.suppress(CouldNotMeasure):
            _unpacked(spoilt)
        with contextlib.suppress(CouldNotMeasure):
            _unpacked(archive[:position])
