"""Random git histories: edits, moves, changes of form and mode, bots, merges of two and more, several first commits,
and clocks that go wrong; and what last changed a file, found slowly.

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
FOLDERS = ("", "docs/", "docs/é/", "text/", ":(glob)*/", "-x/", "a\nb/", "\udcff/")


@dataclass
class Made:
    """A commit as it was made: its files (path to lines), parents by number, and whether a bot made it."""

    number: int
    files: dict[str, tuple[str, ...]]
    parents: tuple[int, ...]
    is_bot: bool = False
    at: int = 0             # seconds since the start, as its committer's clock says; no two are alike
    modes: dict[str, str] = field(default_factory=dict)     # of files that are not plain


@dataclass
class RandomHistory:
    """Commits in the order in which they were made; the last is the head."""

    commits: list[Made] = field(default_factory=list)
    ids: dict[int, str] = field(default_factory=dict)

    def write(self, folder: Path) -> str:
        """Make the repository; the head's id."""
        subprocess.run(["git", "init", "--quiet", "--template=", str(folder)], check=True)
        marks = folder / ".git" / "marks"
        subprocess.run(["git", "fast-import", "--quiet", f"--export-marks={marks}"], cwd=folder, check=True,
                       input="".join(map(_stream, self.commits)).encode("utf-8", "surrogateescape"))
        subprocess.run(["git", "symbolic-ref", "HEAD", "refs/heads/main"], cwd=folder, check=True)
        for line in marks.read_text().splitlines():
            mark, oid = line.split()
            self.ids[int(mark[1:])] = oid
        return self.ids[self.commits[-1].number]

    def last_change(self, path: str) -> int:
        """The number of the commit that last changed a file of the head in its words."""
        return max(self._of(self.commits[-1], path), key=lambda number: self.commits[number - 1].at)

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
            f"committer GitHub <noreply@example.org> {START + commit.at} +0000\ndata 1\nx\n")
    if commit.parents:
        text += f"from :{commit.parents[0]}\n" + "".join(f"merge :{number}\n" for number in commit.parents[1:])
    text += "deleteall\n"
    for number in range(30):        # beside which the documents are few, so that the log is not asked for all there is
        text += f"M 100644 inline text/{number}.py\ndata 1\n{number % 7}\n"
    for path, lines in commit.files.items():
        content = "\n".join(lines)
        quoted = path.replace("\n", "\\n")
        text += f'M {commit.modes.get(path, "100644")} inline "{quoted}"\ndata {len(content.encode())}\n{content}\n'
    return text + "\n"


def random_history(random: Random, *, length: int) -> RandomHistory:
    """A history of so many commits, on a few branches that come and go."""
    history = RandomHistory()
    fresh = iter(range(1_000_000))
    folders = iter(lambda: random.choice(FOLDERS), None)
    names = (f"{folder}d{next(fresh)}.md" for folder in folders)
    history.commits.append(Made(1, {next(names): _text(random, fresh) for _ in range(random.randint(2, 5))}, ()))
    tips = [history.commits[0]]
    while len(history.commits) < length or len(tips) > 1:
        number = len(history.commits) + 1
        at = random.randrange(len(tips))
        tip = tips[at]
        if len(tips) > 1 and (random.random() < 0.25 or len(history.commits) >= length):
            others = [tips.pop((at + 1) % len(tips)) for _ in range(1)]
            while len(tips) > 1 and random.random() < 0.3:      # an octopus
                others.append(tips.pop(0 if tips[0] is not tip else 1))
            made = Made(number, _merged(random, [tip, *others], fresh, names),
                        tuple(one.number for one in (tip, *others)))
            made.modes = {path: mode for one in reversed((tip, *others)) for path, mode in one.modes.items()
                          if path in one.files}
            for one in reversed((tip, *others)):
                made.modes.update({path: one.modes.get(path, "100644") for path in one.files})
            at = tips.index(tip)
            if random.random() < 0.3:       # so that the next may cross it
                tips.append(others[0])
        elif len(tips) < 4 and random.random() < 0.05:
            made, at = Made(number, {next(names): _text(random, fresh)}, ()), len(tips)
            tips.append(made)
        else:
            made = Made(number, _edited(random, tip, fresh, names), (tip.number,), is_bot=random.random() < 0.15)
            made.modes = {path: random.choice(("100644", "100755")) if random.random() < 0.1 else
                          tip.modes.get(path, "100644") for path in made.files}
            if len(tips) < 4 and random.random() < 0.3:
                tips.append(tip)
        made.at = 60 * number + random.choice((0, 0, 0, 0, 301, -299))
        history.commits.append(made)
        tips[at] = made
    return history


def _text(random: Random, fresh: Iterator[int]) -> tuple[str, ...]:
    return tuple(f"w{next(fresh)} v" for _ in range(random.randint(2, 4)))


def _edited(random: Random, tip: Made, fresh: Iterator[int], names: Iterator[str]) -> dict[str, tuple[str, ...]]:
    files = dict(tip.files)
    for path in random.sample(sorted(files), k=min(len(files), random.randint(0, 2))):
        kind = random.choice(("words", "form", "move", "remove", "add", "folder"))
        if kind == "words":
            at = random.randrange(len(files[path]))
            files[path] = (*files[path][:at], *_text(random, fresh)[:1], *files[path][at + random.randint(0, 1):])
        elif kind == "form":
            files[path] = tuple(line.replace(" ", random.choice(("  ", "\n"))) + " " for line in files[path])
            files[path] = tuple("\n".join(files[path]).split("\n"))
        elif kind == "move":
            files[next(names)] = files.pop(path)
        elif kind == "folder":
            files[f"{path}/in.md"] = files.pop(path)
        elif kind == "remove" and len(files) > 1:
            del files[path]
        else:
            files[next(names)] = _text(random, fresh)
    return files


def _merged(random: Random, parents: list[Made], fresh: Iterator[int], names: Iterator[str],
            ) -> dict[str, tuple[str, ...]]:
    """Files as a merge may leave them: of one side, all together, as nobody wrote them before, or somewhere else."""
    files = {}
    for path in sorted({path for parent in parents for path in parent.files}):
        having = [parent.files[path] for parent in parents if path in parent.files]
        if len(having) < len(parents) and random.random() < 0.3:
            continue
        all_of_them = tuple(dict.fromkeys(line for lines in having for line in lines))
        kind = random.choice(("one", "one", "all", "own"))
        files[path] = (having[0] if len(set(having)) == 1 else
                       {"one": random.choice(having), "all": all_of_them,
                        "own": (*all_of_them, *_text(random, fresh))}[kind])
        alike = {other for one in parents for other, lines in one.files.items() if lines == files[path]}
        if files[path] == parents[0].files.get(path) and len(alike) == 1 and random.random() < 0.1:
            files[next(names)] = files.pop(path)
    files = {path: lines for path, lines in files.items() if not any(other.startswith(f"{path}/") for other in files)}
    return files or dict(parents[0].files)
