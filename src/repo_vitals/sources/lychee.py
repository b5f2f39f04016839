"""lychee (https://github.com/lycheeverse/lychee): whether links to other hosts answer.

It gets the links in a file of our own, in which nothing of theirs can be an option, a path or a pattern; no settings of
the checkout's, none of its own cache, and no way to the network but through a proxy that refuses this machine's and its
network's addresses (guarded_proxy.py). What it says is read as JSON, by the line that a link stands on.
"""
from __future__ import annotations

import html
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.plain_text import one_line
from repo_vitals.sources.guarded_proxy import GuardedProxy
from repo_vitals.sources.probe import AGENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repo_vitals.sources.web_url import WebUrl

PROGRAM = "lychee"
EXTRA = "links"
_BOOTSTRAP = Path(__file__).resolve().parents[3] / "bin" / "bootstrap.py"
_LARGEST_OUTPUT = 64 * 1024 * 1024
_PART = 500             # links


class NoLychee(Exception):
    """lychee is nowhere, and can't be installed; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How links are asked for. Seconds, but for numbers of requests."""

    timeout: int = 20               # for one request
    retries: int = 2                # after a failure of the network, a 429 or a 5xx; a Retry-After is heeded
    interval: float = 0.5           # between requests to one host
    at_once: int = 16               # requests to all hosts
    at_once_per_host: int = 2
    total: float = 600.0            # for all links; what was not asked by then stays unasked


@dataclass(frozen=True, kw_only=True)
class LinkAnswer:
    """What came of asking for one link. Strangers' text in `said` and `moved_to`."""

    status: int | None = None       # of the last answer; None: none came
    is_nameless: bool = False       # the host does not exist
    refused: str = ""               # what its address is, as "a loopback address"; it was not asked
    moved_to: str = ""              # where permanent redirects (301, 308) lead
    said: str = ""                  # what lychee says, one line


def find(environ: Mapping[str, str], *, outside: Sequence[Path] = ()) -> Path:
    """The program: of PATH, of this environment, or of an environment that is made for it now. Raises NoLychee.

    Of PATH only absolute folders count, and none within `outside`, which holds strangers' files.
    """
    return _on_path(environ, outside) or _beside_us() or _installed()


def _on_path(environ: Mapping[str, str], outside: Sequence[Path]) -> Path | None:
    folders = [Path(part) for part in environ.get("PATH", "").split(os.pathsep) if part and Path(part).is_absolute()]
    strange = [folder.resolve() for folder in outside]
    trusted = [str(folder) for folder in folders
               if not any(folder.resolve().is_relative_to(one) for one in strange)]
    found = shutil.which(PROGRAM, path=os.pathsep.join(trusted)) if trusted else None
    return Path(found) if found else None


def _beside_us() -> Path | None:
    """In an environment that has the extra, as that of the tests: beside the packages."""
    import requests

    return _in(Path(requests.__file__).resolve().parents[1])


def _installed() -> Path:
    if not _BOOTSTRAP.is_file():
        raise NoLychee("lychee is not on PATH")
    command = [sys.executable, "-I", "-S", "-X", "utf8", str(_BOOTSTRAP), "extra", EXTRA]
    # Without GITHUB_ACTIONS its failure would be an annotation of its own.
    environ = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
    done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True,     # noqa: S603
                          encoding="utf-8", errors="replace", check=False)
    found = _in(Path(done.stdout.strip())) if done.returncode == 0 and done.stdout.strip() else None
    if found is None:
        why = one_line(done.stderr.strip().removeprefix("repo-vitals: "), limit=200)
        why = why or "it has no program for this machine"
        raise NoLychee(f"lychee is not on PATH, and could not be installed ({why})")
    return found


def _in(folder: Path) -> Path | None:
    names = (f"bin/{PROGRAM}", f"Scripts/{PROGRAM}.exe", f"bin/{PROGRAM}.exe")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def ask(urls: Sequence[WebUrl], program: Path, *, environ: Mapping[str, str], pace: Pace | None = None,
        token: str | None = None, guard: Callable[[], GuardedProxy] = GuardedProxy) -> dict[WebUrl, LinkAnswer]:
    """What came of each URL; one that is missing was not asked, or not answered within `pace.total`.

    `token` is for links to github.com, which GitHub answers seldom without one; it goes to api.github.com only. Raises
    CouldNotMeasure where lychee does not do its work.
    """
    pace = pace or Pace()
    ends = time.monotonic() + pace.total
    found: dict[WebUrl, LinkAnswer] = {}
    with tempfile.TemporaryDirectory(prefix="repo-vitals-links-") as scratch:
        folder = Path(scratch)
        (folder / "settings.toml").touch()
        # In parts, because lychee says nothing of what it has asked when it is stopped.
        for start in range(0, len(urls), _PART):
            left, part = ends - time.monotonic(), urls[start:start + _PART]
            if left <= 0:
                break
            with guard() as proxy:
                answers = _asked(part, program, folder, _environment(environ, folder, proxy, token), pace, left)
                found |= {url: _with_guard(answer, url, proxy) for url, answer in answers.items()}
    return found


def _asked(urls: Sequence[WebUrl], program: Path, folder: Path, environ: Mapping[str, str], pace: Pace, left: float,
           ) -> dict[WebUrl, LinkAnswer]:
    lines = [f'<a href="{html.escape(str(url))}">.</a>\n' for url in urls]
    (folder / "links.html").write_text("".join(lines), encoding="utf-8")
    answers = folder / "answers.json"
    answers.unlink(missing_ok=True)
    if not _run(program, folder, environ, pace, left):
        return {}
    told = _told(answers)
    return {url: told[number] for number, url in enumerate(urls, 1) if number in told}


def _run(program: Path, folder: Path, environ: Mapping[str, str], pace: Pace, left: float) -> bool:
    """Whether it came to its end in time. Raises CouldNotMeasure."""
    command = [
        str(program), "--config", "settings.toml", "--cache=false", "--no-progress", "--no-ignore", "--hidden",
        "--format", "json", "--output", "answers.json", "--verbose", "--scheme", "http", "--scheme", "https",
        "--include", ".", "--include-fragments=none", "--user-agent", AGENT, "--timeout", str(pace.timeout),
        "--max-retries", str(pace.retries), "--max-redirects", "10", "--max-concurrency", str(pace.at_once),
        "--host-concurrency", str(pace.at_once_per_host),
        "--host-request-interval", f"{round(pace.interval * 1000)}ms", "--", "./links.html"]
    try:
        done = subprocess.run(command, cwd=folder, env=dict(environ), stdin=subprocess.DEVNULL,     # noqa: S603
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=left, check=False)
    except subprocess.TimeoutExpired:
        return False
    except OSError as error:
        raise CouldNotMeasure(f"lychee can't be started ({error.strerror or type(error).__name__})") from None
    if done.returncode not in (0, 2):       # 2: some links failed
        said = one_line(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2], limit=200)
        raise CouldNotMeasure(f"lychee ended with status {done.returncode} ({said or 'without a word'})")
    return True


def _environment(environ: Mapping[str, str], folder: Path, proxy: GuardedProxy, token: str | None) -> dict[str, str]:
    # A few of the caller's, so that certificates of a company's own are known; no token, no HOME with settings.
    kept = {name: environ[name] for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
            if environ.get(name)}
    return {**kept, **proxy.environment(), "HTTP_PROXY": proxy.url, "HOME": str(folder), "NO_COLOR": "1",
            **({"GITHUB_TOKEN": token} if token else {})}


def _told(path: Path) -> dict[int, LinkAnswer]:
    """By the line that a link stands on."""
    try:
        if path.stat().st_size > _LARGEST_OUTPUT:
            raise CouldNotMeasure("lychee wrote more than can be read")
        answers = json.loads(path.read_bytes())
        entries = [entry for kind in ("success_map", "error_map", "timeout_map")
                   for of_file in answers[kind].values() for entry in of_file]
        return {int(entry["span"]["line"]): _answer(entry) for entry in entries if "span" in entry}
    except (OSError, ValueError, RecursionError, AttributeError, KeyError, TypeError):
        raise CouldNotMeasure("lychee wrote no answers that can be read") from None


def _answer(entry: Mapping[str, Any]) -> LinkAnswer:
    status = entry.get("status", {})
    code = status.get("code")
    said = one_line(str(status.get("details") or status.get("text") or ""), limit=200)
    return LinkAnswer(status=code if isinstance(code, int) else None, said=said, moved_to=_moved(entry))


def _moved(entry: Mapping[str, Any]) -> str:
    """Where permanent redirects lead, as far as they are permanent."""
    target = ""
    for hop in (entry.get("redirects") or {}).get("redirects", []):
        if hop.get("code") not in (301, 308):
            break
        target = str(hop.get("url", ""))
    return target


def _with_guard(answer: LinkAnswer, url: WebUrl, proxy: GuardedProxy) -> LinkAnswer:
    if (url.host, url.port) in proxy.refused:
        return LinkAnswer(refused=proxy.refused[url.host, url.port])
    if url.host in proxy.nameless and answer.status in (None, 502):
        return LinkAnswer(is_nameless=True, said=answer.said)
    return answer
