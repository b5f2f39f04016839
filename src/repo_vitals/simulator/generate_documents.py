"""A project's documents with their history, as the demo's checkout holds them: most kept up, some not."""
from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.errors import CouldNotMeasure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_MANIFEST = '[package]\nname = "widget"\nversion = "{}"\nedition = "2021"\n\n[dependencies]\nserde = "1.0"\n'
_README = """# Widget

Widgets for every day.

## Installation

```sh
cargo install widget --version {}
```

## Usage

Read [the guide](docs/guide.md) and [how it is configured](docs/configuration.md#options).
"""
# Days before now, and what was committed then; None removes a file.
_STORY: tuple[tuple[int, Mapping[str, str | None]], ...] = (
    (400, {"LICENSE": "Free as in freedom.\n", "CODE_OF_CONDUCT.md": "# Code of conduct\n\nBe kind.\n",
           "CONTRIBUTING.md": "# Contributing\n\nSend a change.\n", "src/engine.rs": "pub fn start() {}\n" * 20,
           "docs/architecture.md": "# Architecture\n\nThe engine is in `src/engine.rs`, its state in `src/state.rs`.\n",
           "src/state.rs": "pub struct State;\n" * 20}),
    (150, {"docs/configuration.md": "# Configuration\n\n## Options\n\nSee [limits](limits.md).\n",
           "docs/limits.md": "# Limits\n\nTen of each.\n", "Cargo.toml": _MANIFEST.format("1.4.0"),
           "README.md": _README.format("1.4.0")}),
    (60, {"src/state.rs": None, "src/machine.rs": "pub struct Machine;\n" * 20}),
    (20, {"docs/guide.md": "# Guide\n\n## First steps\n\nStart the engine.\n\n## More\n\nSee "
                           "[options](configuration.md#options) and [the faq](faq.md).\n",
          "Cargo.toml": _MANIFEST.format("1.5.0"),
          "CHANGELOG.md": "# Changelog\n\n## [1.5.0]\n\n- Machines.\n\n## [1.4.0]\n\n- Limits.\n"}),
)
_TAG = "v1.5.0"


def make_checkout(folder: Path, *, now: datetime, git: str | None, environ: Mapping[str, str]) -> None:
    """A checkout in a folder, without a working tree: documents are read from the commit.

    `git` is the program, which sees `environ`; without one the newest files are written alone. Raises CouldNotMeasure
    where git fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if git is None:
        _write(folder)
        return
    try:
        for arguments, feed in ((("init", "--quiet", "--template=", "--initial-branch=main"), b""),
                                (("fast-import", "--quiet", "--force"), _stream(now))):
            subprocess.run([git, *arguments], cwd=folder, env=dict(environ), input=feed,  # noqa: S603
                           capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise CouldNotMeasure(f"the documents of the demo could not be made ({type(error).__name__})") from None


def _write(folder: Path) -> None:
    files: dict[str, str | None] = {}
    for _, changes in _STORY:
        files.update(changes)
    for name, text in files.items():
        if text is not None:
            path = folder / Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _stream(now: datetime) -> bytes:
    """The story as `git fast-import` reads it."""
    parts = []
    for days, changes in _STORY:
        at = int((now - timedelta(days=days)).timestamp())
        message = f"Change {', '.join(changes)}\n"
        parts.append(f"commit refs/heads/main\ncommitter Ann <ann@example.org> {at} +0000\n"
                     f"data {len(message)}\n{message}")
        parts += [f"D {name}\n" if text is None else f"M 100644 inline {name}\ndata {len(text.encode())}\n{text}\n"
                  for name, text in changes.items()]
    parts.append(f"reset refs/tags/{_TAG}\nfrom refs/heads/main\n\n")
    return "".join(parts).encode()
