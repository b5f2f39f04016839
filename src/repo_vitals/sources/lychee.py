"""lychee (https://github.com/lycheeverse/lychee): whether links to other hosts answer.

It gets the links in a file of our own, in which nothing of theirs can be an option, a path or a pattern; no settings of
the checkout's, none of its own cache, and no way to the network but through a proxy that refuses this machine's and its
network's addresses (guarded_proxy.py). What it says is read as JSON, by the line that a link stands on.
"""
from __future__ import annotations

import html
import json
import os
import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import one_line
from repo_vitals.sources import extras
from repo_vitals.sources.guarded_proxy import NAMELESS, REFUSED, UNREACHED, GuardedProxy
from repo_vitals.sources.host_rest import OF_THE_HOST, rest_of
from repo_vitals.sources.link_turns import OutOfTime, Turns
from repo_vitals.sources.probe import AGENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repo_vitals.sources.web_url import WebUrl

PROGRAM = "lychee"
EXTRA = "links"
_FILE = f"{PROGRAM}.exe" if os.name == "nt" else PROGRAM
_LARGEST_OUTPUT = 64 * 1024 * 1024
_URL = re.compile(r"https?://[^\s()]+", re.IGNORECASE)
_SLACK = 10.0           # seconds, for the program itself


class NoLychee(Exception):
    """lychee is nowhere, and can't be installed; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How links are asked for. Seconds, but for numbers of requests."""

    timeout: int = 20               # for one request
    retries: int = 0                # none: what came to nothing is asked again in the next run
    interval: float = 0.5           # between requests to one host
    at_once: int = 16               # hosts
    at_once_per_host: int = 2       # requests
    total: float = 600.0            # for all links; what was not asked by then stays unasked

    def seconds(self, links: int) -> float:
        """How long so many links of one host may take, each as slow as one may be."""
        turns = -(-links // self.at_once_per_host)
        return turns * self.timeout * (self.retries + 1) + links * self.interval + _SLACK


@dataclass(frozen=True, kw_only=True)
class LinkAnswer:
    """What came of asking for one link. Strangers' text in `said` and `moved_to`."""

    status: int | None = None       # of the last answer; None: none came
    is_nameless: bool = False       # the host does not exist
    refused: str = ""               # what its address is, as "a loopback address"; it was not asked
    is_passed_over: bool = False    # lychee asks nothing of its host
    moved_to: str = ""              # where permanent redirects (301, 308) lead
    said: str = ""                  # what lychee says, one line
    rest: tuple[str, float] | None = None   # a host, and for how many seconds it wants to be left alone


def find(environ: Mapping[str, str], *, outside: Sequence[Path] = ()) -> Path:
    """The program: of PATH, of this environment, or of an environment that is made for it now. Raises NoLychee.

    Of PATH only absolute folders count, and none within `outside`, which holds strangers' files.
    """
    return _on_path(environ, outside) or _beside_us() or _installed()


def _on_path(environ: Mapping[str, str], outside: Sequence[Path]) -> Path | None:
    # Not shutil.which: on Windows it looks in the working folder first, whatever PATH says.
    strange = [folder.resolve() for folder in outside]
    for part in environ.get("PATH", "").split(os.pathsep):
        program = Path(part) / _FILE
        if part and program.is_absolute() and program.is_file() and os.access(program, os.X_OK) and not any(
                place.resolve().is_relative_to(one) for one in strange for place in (program.parent, program)):
            return program
    return None


def _beside_us() -> Path | None:
    """In an environment that has the extra, as that of the tests: beside the packages."""
    import requests

    return _in(Path(requests.__file__).resolve().parents[1])


def _installed() -> Path:
    try:
        folder = extras.folder_of(EXTRA)
    except extras.NotInstalled as error:
        why = str(error)
        raise NoLychee("lychee is not on PATH" + (f", and could not be installed ({why})" if why else "")) from None
    found = _in(folder)
    if found is None:
        raise NoLychee("lychee is not on PATH, and could not be installed (it has no program for this machine)")
    return found


def _in(folder: Path) -> Path | None:
    names = (f"bin/{PROGRAM}", f"Scripts/{PROGRAM}.exe", f"bin/{PROGRAM}.exe")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def ask(urls: Sequence[WebUrl], program: Path, *, environ: Mapping[str, str], pace: Pace | None = None,
        most: int = 1000, guard: Callable[[], GuardedProxy] = GuardedProxy,
        rest: Callable[[WebUrl], tuple[str, float] | None] = rest_of) -> dict[WebUrl, LinkAnswer]:
    """What came of each URL, of at most `most`; the first ones of each host go first.

    One that is missing was not asked: there were too many, `pace.total` was over, or its host was left alone. `rest`
    asks a host once for how long it wants to be left alone, when it says that it gets too many requests.
    Raises CouldNotMeasure where lychee does not do its work, and where this machine knows no names.
    """
    pace = pace or Pace()
    with tempfile.TemporaryDirectory(prefix="repo-vitals-links-") as scratch, guard() as proxy:
        def part(some: Sequence[WebUrl], seconds: float) -> dict[WebUrl, LinkAnswer]:
            folder = Path(tempfile.mkdtemp(dir=scratch))
            told = _asked(some, program, folder, _environment(environ, folder, proxy), pace, seconds)
            return _with_rest({url: _with_guard(answer, url, proxy) for url, answer in told.items()}, asked, rest)

        asked: set[str] = set()         # hosts that were asked for how long
        found = Turns(ask=part, in_vain=_in_vain, is_last=_is_last, silence=lambda why: LinkAnswer(said=why),
                      seconds=pace.seconds, total=pace.total, interval=pace.interval, at_once=pace.at_once,
                      most=most).all(urls)
        if found and all(answer.is_nameless for answer in found.values()) and not proxy.knows_names():
            raise CouldNotMeasure("none of the hosts has a name here, as without a network")
    return found


def _in_vain(answer: LinkAnswer) -> bool:
    silent = answer.status is None and not (answer.is_nameless or answer.refused or answer.is_passed_over)
    return silent or answer.status in OF_THE_HOST


def _is_last(answer: LinkAnswer, url: WebUrl) -> bool:
    return answer.rest is not None and answer.rest[0] == url.host


def _with_rest(answers: dict[WebUrl, LinkAnswer], asked: set[str],
               rest: Callable[[WebUrl], tuple[str, float] | None]) -> dict[WebUrl, LinkAnswer]:
    """The answers, the first of a host that gets too many requests with what it says of that. All are of one host."""
    for url, answer in answers.items():
        if answer.status in OF_THE_HOST and url.host not in asked:
            asked.add(url.host)
            return {**answers, url: replace(answer, rest=rest(url))}
    return answers


def _asked(urls: Sequence[WebUrl], program: Path, folder: Path, environ: Mapping[str, str], pace: Pace, seconds: float,
           ) -> dict[WebUrl, LinkAnswer]:
    """Raises OutOfTime and CouldNotMeasure."""
    lines = [f'<a href="{html.escape(str(url))}">.</a>\n' for url in urls]
    (folder / "links.html").write_text("".join(lines), encoding="utf-8")
    (folder / "settings.toml").touch()
    _run(program, folder, environ, pace, seconds)
    told = _told(folder / "answers.json")
    if not told.keys() >= set(range(1, len(urls) + 1)):
        raise CouldNotMeasure("lychee left out links that it was given")
    return {url: told[number] for number, url in enumerate(urls, 1)}


def _run(program: Path, folder: Path, environ: Mapping[str, str], pace: Pace, seconds: float) -> None:
    """Raises OutOfTime and CouldNotMeasure."""
    command = [
        str(program), "--config", "settings.toml", "--cache=false", "--no-progress", "--no-ignore", "--hidden",
        "--format", "json", "--output", "answers.json", "--verbose", "--scheme", "http", "--scheme", "https",
        "--include", ".", "--include-fragments=none", "--user-agent", AGENT, "--timeout", str(pace.timeout),
        "--max-retries", str(pace.retries), "--max-redirects", "10",
        "--max-concurrency", str(pace.at_once_per_host), "--host-concurrency", str(pace.at_once_per_host),
        "--host-request-interval", f"{round(pace.interval * 1000)}ms", "--", "./links.html"]
    try:
        done = subprocess.run(command, cwd=folder, env=dict(environ), stdin=subprocess.DEVNULL,     # noqa: S603
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise OutOfTime(f"within {seconds:.0f} s") from None
    except OSError as error:
        raise CouldNotMeasure(f"lychee can't be started ({error.strerror or type(error).__name__})") from None
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == 2 and not (folder / "answers.json").exists():     # clap's status for what it does not know
        first = one_line(said.partition("\n")[0], limit=150) or "without a word"
        raise CouldNotMeasure(f"the lychee on PATH does not understand what it is asked ({first}); "
                              "0.24 or newer is needed, or none on PATH")
    if done.returncode not in (0, 2):       # 2: some links failed
        last = one_line(said.rpartition("\n")[2], limit=200) or "without a word"
        raise CouldNotMeasure(f"lychee ended with status {done.returncode} ({last})")


def _environment(environ: Mapping[str, str], folder: Path, proxy: GuardedProxy) -> dict[str, str]:
    # A few of the caller's, so that certificates of a company's own are known; no HOME with settings, and no token:
    # with one lychee asks GitHub's API by a way of its own, around the proxy and without a time limit.
    kept = {name: environ[name] for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
            if environ.get(name)}
    return {**kept, **proxy.environment(), "HTTP_PROXY": proxy.url, "HOME": str(folder), "NO_COLOR": "1"}


def _told(path: Path) -> dict[int, LinkAnswer]:
    """By the line that a link stands on."""
    try:
        if path.stat().st_size > _LARGEST_OUTPUT:
            raise CouldNotMeasure("lychee wrote more than can be read")
        answers = json.loads(path.read_bytes())
        entries = [entry for kind in ("success_map", "error_map", "timeout_map")
                   for of_file in answers[kind].values() for entry in of_file]
        passed = [entry for of_file in answers["excluded_map"].values() for entry in of_file]
        return {**{int(entry["span"]["line"]): LinkAnswer(is_passed_over=True) for entry in passed},
                **{int(entry["span"]["line"]): _answer(entry) for entry in entries if "span" in entry}}
    except (OSError, ValueError, RecursionError, AttributeError, KeyError, TypeError):
        raise CouldNotMeasure("lychee wrote no answers that can be read") from None


def _answer(entry: Mapping[str, Any]) -> LinkAnswer:
    status = entry.get("status", {})
    code = status.get("code")
    said = one_line(str(status.get("details") or status.get("text") or ""), limit=200)
    # Not the URL, which what it says repeats at times: it may hold a secret, and this is kept.
    return LinkAnswer(status=code if isinstance(code, int) else None, said=_URL.sub("…", said), moved_to=_moved(entry))


def _moved(entry: Mapping[str, Any]) -> str:
    """Where permanent redirects lead, as far as they are permanent."""
    target = ""
    for hop in (entry.get("redirects") or {}).get("redirects", []):
        if hop.get("code") not in (301, 308):
            break
        target = str(hop.get("url", ""))
    return target


def _with_guard(answer: LinkAnswer, url: WebUrl, proxy: GuardedProxy) -> LinkAnswer:
    """What the proxy itself answered, which no site said."""
    if (url.host, url.port) in proxy.refused:
        return LinkAnswer(refused=proxy.refused[url.host, url.port])
    if url.host in proxy.nameless and answer.status in (None, NAMELESS):
        return LinkAnswer(is_nameless=True, said=answer.said)
    if answer.status == REFUSED:
        return LinkAnswer(said="it redirects to an address that is not visited")
    if answer.status == NAMELESS:
        return LinkAnswer(said="it redirects to a host that does not exist")
    return LinkAnswer(said="no connection could be made") if answer.status == UNREACHED else answer
