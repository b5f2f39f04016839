"""Fuzzes every reader of security-summary, guided by coverage: `python3 tests/fuzz/security_reports.py [options]`.

The options are libFuzzer's. Needs atheris, which is in no lock: it has wheels for few Pythons. Begins with the reports
in tests/data/security. The property is that of test_hostile_reports.py: a report is facts, or words on one line.
"""
# ruff: noqa: E402 - atheris has to be there before what it instruments
from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-not-found]

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent / "src"), str(TESTS)]

with atheris.instrument_imports(include=["repo_vitals"]):
    from repo_vitals.concerns.security_summary.reading import READERS, read, reader
    from repo_vitals.sources.report_files import Unreadable

    for name in READERS:
        reader(name)

from support.report_files import samples, written

NAMES = [None, *READERS]


def one_input(data: bytes) -> None:
    """The first byte says which reader is forced; the rest is the report."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = read(written(Path(folder), data[1:], reader=NAMES[data[0] % len(NAMES)] if data else None))
        except Unreadable as refused:
            assert str(refused).isprintable()
        else:
            assert all(one.isprintable() for one in (*found.missing, *found.notes))


def main() -> None:
    """Write the reports as the first inputs, and begin."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, (folder, path) in enumerate(samples()):
            place = bytes([NAMES.index(folder)])
            (Path(corpus) / str(number)).write_bytes(place + path.read_bytes())
        atheris.Setup([*sys.argv, corpus], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
