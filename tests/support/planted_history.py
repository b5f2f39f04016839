"""Repositories with histories of which everything is known, made in one go by `git fast-import`."""
from __future__ import annotations

import subprocess
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_branches(folder: Path, *, commits: int) -> None:
    """A repository of at least so many commits, on branches that part and come together again; none is left over."""
    random = Random(2)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    said: list[str] = []

    def commit(*parents: int) -> int:
        mark = len(said) + 1
        first, *others = [f":{parent}" for parent in parents] or [""]
        text = f"{mark} of {random.random()}\n"
        said.append("".join([
            f"commit refs/heads/x\nmark :{mark}\ncommitter A <a@example.org> {1_500_000_000 + mark} +0000\ndata 1\nx\n",
            f"from {first}\n" if first else "", *(f"merge {other}\n" for other in others),
            f"M 100644 inline {random.choice('ab')}/{random.randrange(4)}\ndata {len(text)}\n{text}\n"]))
        return mark

    tips = [commit()]
    while len(said) < commits:
        tips.append(commit(random.choice(tips)))
        if len(tips) == 4:
            tips = [commit(tips[0], tips[2]), tips[1], tips[3]]
    while len(tips) > 1:
        tips = [commit(*tips[:2]), *tips[2:]]
    subprocess.run(["git", "-c", "fastimport.unpackLimit=10000", "fast-import", "--quiet"], cwd=folder, check=True,
                   input="".join(said).encode())
    subprocess.run(["git", "symbolic-ref", "HEAD", "refs/heads/x"], cwd=folder, check=True)


def make_documents(folder: Path, *, documents: int, commits: int) -> dict[str, float]:
    """A repository of so many documents and commits; when each was last changed."""
    random = Random(1)
    paths = [f"docs/{number % 20}/{number // 20 % 20}/{number}.md" for number in range(documents)]
    at = dict.fromkeys(paths, 1_500_000_000.0)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=folder, stdin=subprocess.PIPE) as git:
        assert git.stdin is not None

        def commit(second: int, files: list[str], text: str) -> None:
            assert git.stdin is not None
            changes = "".join(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path in files)
            git.stdin.write(f"commit refs/heads/x\ncommitter A <a@example.org> {second} +0000\ndata 1\nx\n{changes}\n"
                            .encode())
        commit(1_500_000_000, paths, "one two three")
        for number in range(1, commits):
            second = 1_500_000_000 + number * 60
            path = random.choice(paths)
            commit(second, [path, f"src/{random.randrange(50)}/{random.randrange(20)}.py"], f"{number} " * 40)
            at[path] = second
    subprocess.run(["git", "symbolic-ref", "HEAD", "refs/heads/x"], cwd=folder, check=True)
    return at
