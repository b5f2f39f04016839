"""Reports of tools for tests: written for one, or kept in tests/data."""
from __future__ import annotations

import json
from pathlib import Path

from repo_vitals.sources.report_files import ReportFile

SECURITY = Path(__file__).parents[1] / "data" / "security"


def written(folder: Path, content: bytes | str | object, *, name: str = "report.json",
            reader: str | None = None) -> ReportFile:
    """A report in a folder: bytes and text as they are, anything else as JSON."""
    if not isinstance(content, (bytes, str)):
        content = json.dumps(content)
    path = folder / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return kept(path, reader=reader)


def kept(path: Path, *, reader: str | None = None) -> ReportFile:
    """A report that is there."""
    return ReportFile(shown=path.name, path=path.resolve(), size=path.stat().st_size, reader=reader, literal=True)


def samples(folder: Path = SECURITY) -> list[tuple[str, Path]]:
    """(format, path) of every report below a folder that has one folder for each format."""
    return [(path.parent.name, path) for path in sorted(folder.glob("*/*")) if path.suffix != ".md"]
