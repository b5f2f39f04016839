"""Random git histories: edits, moves, changes of form, bots and merges; and what last changed a file, found slowly.

The slow answer looks at commits one by one and never at a log.
"""
from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

START = 1_700_000_000


@dataclass
class Made:
    """A commit as it was made: its files (path to lines), parents by number, and whether a bot made it."""

    number: int
    files: dict[str, tuple[str, ...]]
    parents: tuple[int, ...]
    is_bot: bool = False


@dataclass
class RandomHistory:
    """Commits in the order in which they were made; the last is the head. Their times are in that order too."""

    commits: list[Made] = field(default_factory=list)
    ids: dict[int, str] = field(default_factory=dict)

    def write(self, folder: Path) -> str:
        """Make the repository; the head's id."""
        subprocess.run(["git", "init", "--quiet", "--template=", str(folder)], check=True)
        marks = folder / ".git" / "marks"
        subprocess.run(["git", "fast-import", "--quiet", f"--export-marks={marks}"], cwd=folder, check=True,
                       input="".join(map(_stream, self.commits)).encode())
        subprocess.run(["git", "symbolic-ref", "HEAD", "refs/heads/main"], cwd=folder, check=True)
        for line in marks.read_text().splitlines():
            mark, oid = line.split()
            self.ids[int(mark[1:])] = oid
        return self.ids[self.commits[-1].number]

    def last_change(self, path: str) -> int:
        """The number of the commit that last changed a file of the head in its words."""
        return max(self._of(self.commits[-1], path))

    def _of(self, commit: Made, path: str) -> set[int]:
        text = commit.files[path]
        parents = [self.commits[number - 1] for number in commit.parents]
        if not parents:
            return {commit.number}
        same = next((parent for parent in parents if parent.files.get(path) == text), None)
        if same is not None:
            return self._of(same, path)
        having = [parent for parent in parents if path in parent.files]
        if not having:
            gone = [(parent, name) for parent in parents[:1] for name, lines in parent.files.items()
                    if name not in commit.files and lines == text]
            return self._of(*gone[0]) if gone else {commit.number}
        if len(parents) > 1:
            lines = set().union(*(parent.files[path] for parent in having))
            kept = set(having[0].files[path]).intersection(*(parent.files[path] for parent in having))
            if kept <= set(text) <= lines:
                return set().union(*(self._of(parent, path) for parent in having))
        alike = next((parent for parent in having if _words(parent.files[path]) == _words(text)), None)
        if alike is not None or commit.is_bot:
            return self._of(alike or having[0], path)
        return {commit.number}


def _words(lines: tuple[str, ...]) -> list[str]:
    return "\n".join(lines).split()


def _stream(commit: Made) -> str:
    name = "renovate[bot]" if commit.is_bot else "Ann"
    text = (f"commit refs/heads/main\nmark :{commit.number}\nauthor {name} <a@example.org> {START} +0000\n"
            f"committer GitHub <noreply@example.org> {START + 60 * commit.number} +0000\ndata 1\nx\n")
    if commit.parents:
        text += f"from :{commit.parents[0]}\n" + "".join(f"merge :{number}\n" for number in commit.parents[1:])
    text += "deleteall\n"
    for number in range(30):        # beside which the documents are few, so that the log is not asked for all there is
        text += f"M 100644 inline text/{number}.py\ndata 1\n{number % 7}\n"
    for path, lines in commit.files.items():
        content = "\n".join(lines)
        text += f'M 100644 inline "{path}"\ndata {len(content.encode())}\n{content}\n'
    return text + "\n"


def random_history(random: Random, *, length: int) -> RandomHistory:
    """A history of so many commits, on a few branches that come and go."""
    history = RandomHistory()
    fresh = iter(range(1_000_000))
    folders = iter(lambda: random.choice(("", "docs/", "docs/é/", "text/")), None)
    names = (f"{folder}d{next(fresh)}.md" for folder in folders)
    history.commits.append(Made(1, {next(names): _text(random, fresh) for _ in range(random.randint(2, 5))}, ()))
    tips = [history.commits[0]]
    while len(history.commits) < length or len(tips) > 1:
        number = len(history.commits) + 1
        at = random.randrange(len(tips))
        tip = tips[at]
        if len(tips) > 1 and (random.random() < 0.25 or len(history.commits) >= length):
            other = tips.pop((at + 1) % len(tips))
            made = Made(number, _merged(random, tip, other, fresh), (tip.number, other.number))
            at = tips.index(tip)
        else:
            made = Made(number, _edited(random, tip, fresh, names), (tip.number,), is_bot=random.random() < 0.15)
            if len(tips) < 3 and random.random() < 0.3:
                tips.append(tip)
        history.commits.append(made)
        tips[at] = made
    return history


def _text(random: Random, fresh: Iterator[int]) -> tuple[str, ...]:
    return tuple(f"w{next(fresh)} v" for _ in range(random.randint(2, 4)))


def _edited(random: Random, tip: Made, fresh: Iterator[int], names: Iterator[str]) -> dict[str, tuple[str, ...]]:
    files = dict(tip.files)
    for path in random.sample(sorted(files), k=min(len(files), random.randint(0, 2))):
        kind = random.choice(("words", "form", "move", "remove", "add"))
        if kind == "words":
            at = random.randrange(len(files[path]))
            files[path] = (*files[path][:at], *_text(random, fresh)[:1], *files[path][at + random.randint(0, 1):])
        elif kind == "form":
            files[path] = tuple(line.replace(" ", random.choice(("  ", "\n"))) + " " for line in files[path])
            files[path] = tuple("\n".join(files[path]).split("\n"))
        elif kind == "move":
            files[next(names)] = files.pop(path)
        elif kind == "remove" and len(files) > 1:
            del files[path]
        else:
            files[next(names)] = _text(random, fresh)
    return files


def _merged(random: Random, one: Made, other: Made, fresh: Iterator[int]) -> dict[str, tuple[str, ...]]:
    """Files as a merge may leave them: of either side, both together, or as nobody wrote them before."""
    files = {}
    for path in sorted({*one.files, *other.files}):
        having = [commit.files[path] for commit in (one, other) if path in commit.files]
        if len(having) == 1 and random.random() < 0.3:
            continue
        if len(set(having)) == 1:
            files[path] = having[0]
            continue
        kind = random.choice(("one", "other", "both", "own"))
        both = tuple(dict.fromkeys((*having[0], *having[1])))
        files[path] = {"one": having[0], "other": having[1], "both": both, "own": (*both, *_text(random, fresh))}[kind]
    return files or dict(one.files)
