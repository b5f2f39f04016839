"""git, run in a bare repository of its own: nobody's checkout, configuration, hooks or stored credentials take part."""
from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.plain_text import quotable
from repo_vitals.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from io import BufferedReader

    from repo_vitals.sources.credentials import Secret

LONGEST_SECONDS = 300.0
_NO_READER = -13        # SIGPIPE ended it
OLDEST = (2, 32)        # the first that reads GIT_CONFIG_GLOBAL; GIT_CONFIG_COUNT is older


class GitFailed(Exception):
    """git ended with another status than 0. Its words are without the token; whoever shows them makes them one line."""

    def __init__(self, said: str, output: str = "") -> None:
        super().__init__(said)
        self.said = said
        self.output = output

    @property
    def shown(self) -> str:
        """The last thing that git said, fit for an error."""
        lines = [line for line in self.said.splitlines() if line.strip()]
        telling = [line for line in lines if line.lower().startswith(("fatal:", "error:", "remote:"))]
        return quotable((telling or lines or ["no reason given"])[-1].strip(), limit=200)


def git_path(environ: Mapping[str, str], *, outside: Path) -> str | None:
    """Where git is; None on a machine without, or with one that is too old to be told everything by its environment.

    One in the folder `outside` and below, which may be a stranger's checkout, is not taken: Windows looks there first.
    """
    found = shutil.which("git", path=environ.get("PATH"))
    if found is None or not Path(found).is_absolute() or Path(found).resolve().is_relative_to(outside.resolve()):
        return None
    try:
        said = subprocess.run([found, "--version"], capture_output=True, timeout=30, check=True, cwd=Path(found).parent,  # noqa: S603
                              env=git_environment(environ, None, "")).stdout.decode("ascii", "replace")
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"(\d+)\.(\d+)", said)
    return found if version is not None and (int(version[1]), int(version[2])) >= OLDEST else None


class Git:
    """git in a bare repository that it makes in a folder of its own, below `parent`; the folder goes when this does."""

    def __init__(self, parent: str | None, *, program: str, environ: Mapping[str, str], secret: Secret | None,
                 server_url: str, purpose: str = "history", object_format: str = "sha1") -> None:
        """`purpose` begins errors; `object_format` is sha1 or sha256."""
        self._purpose = purpose
        try:
            self.folder = scratch_folder(self, prefix="repo-vitals-git-", parent=parent)
        except OSError as error:
            raise CouldNotMeasure(f"{purpose}: no folder can be made for git "
                                  f"({error.strerror or type(error).__name__})") from None
        self._program = program
        self._secret = secret
        self._environ = git_environment(environ, secret, server_url)
        self.local("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}", str(self.folder))

    def local(self, *arguments: str, feed: bytes = b"") -> bytes:
        """What git prints that needs no network. Raises CouldNotMeasure: a full disk, say."""
        try:
            return self.run(*arguments, feed=feed)
        except GitFailed as failure:
            raise CouldNotMeasure(f"{self._purpose}: git {_command(arguments)} failed ({failure.shown})") from None

    def run(self, *arguments: str, feed: bytes = b"", settings: Mapping[str, str] | None = None) -> bytes:
        """What git prints, with settings for this call alone.

        Raises GitFailed; CouldNotMeasure where git can't be run or does not end.
        """
        try:
            done = subprocess.run(  # noqa: S603 - no shell; what comes from outside are arguments after the options
                [self._program, *arguments], cwd=self.folder, env=_with(self._environ, settings or {}),
                input=feed, capture_output=True, timeout=LONGEST_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise self._too_late(arguments) from None
        except OSError as error:
            raise self._not_run(error) from None
        if done.returncode != 0:
            raise self._failed(done.returncode, done.stderr, done.stdout)
        return done.stdout

    @contextmanager
    def stream(self, *arguments: str, feed: bytes = b"") -> Iterator[BufferedReader]:
        """What git prints, as it prints it: for what may be too large to hold. Raises as `run` does, at its end.

        Of a git that ended too early it says why, whatever the reader made of half an answer.
        """
        is_late = threading.Event()
        with ExitStack() as stack:
            try:
                errors, source = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(2))
                source.write(feed)      # to a pipe it would have to be written while the other is read
                source.seek(0)
                process = subprocess.Popen([self._program, *arguments], cwd=self.folder, env=self._environ,  # noqa: S603
                                           stdin=source, stdout=subprocess.PIPE, stderr=errors)
            except OSError as error:
                raise self._not_run(error) from None

            def end() -> None:
                is_late.set()
                process.kill()
            late = threading.Timer(LONGEST_SECONDS, end)
            try:
                with process:
                    late.start()
                    printed = cast("BufferedReader", process.stdout)
                    yield printed
                    printed.close()
            except CouldNotMeasure:
                says_nothing = process.returncode > 0 and errors.seek(0, os.SEEK_END) == 0
                if not is_late.is_set() and (process.returncode in (0, _NO_READER) or says_nothing):
                    raise
            finally:
                process.kill()
                late.cancel()
            if is_late.is_set():
                raise self._too_late(arguments)
            if process.returncode != 0:
                errors.seek(0)
                raise self._failed(process.returncode, errors.read(100_000))

    def _too_late(self, arguments: Sequence[str]) -> CouldNotMeasure:
        return CouldNotMeasure(f"{self._purpose}: git {_command(arguments)} did not end within "
                               f"{LONGEST_SECONDS:.0f} s; try again later")

    def _failed(self, status: int, said: bytes, output: bytes = b"") -> GitFailed:
        """A git that something kills, for want of memory say, says nothing itself."""
        words = self._shown(said) if said.strip() or status > 0 else f"it was ended by signal {-status}"
        return GitFailed(words, self._shown(output))

    def _not_run(self, error: OSError) -> CouldNotMeasure:
        return CouldNotMeasure(f"{self._purpose}: git can't be run ({error.strerror or type(error).__name__})")

    def _shown(self, said: bytes) -> str:
        text = said.decode("utf-8", "replace")
        if self._secret is None:
            return text
        return self._secret.scrub(text).replace(_basic(self._secret), "***")


def _command(arguments: Sequence[str]) -> str:
    """Which of git's commands it is."""
    return next((word for word in arguments if not word.startswith("-") and "=" not in word), "")


def _basic(secret: Secret) -> str:
    return base64.b64encode(f"x-access-token:{secret.reveal()}".encode()).decode()


def git_environment(environ: Mapping[str, str], secret: Secret | None, server_url: str) -> dict[str, str]:
    """What git sees: the way to the network, and settings of ours alone. The token is in no argument and no file."""
    ours = {name: value for name, value in environ.items()
            if not name.upper().startswith("GIT_") and name.upper() not in ("SSH_ASKPASS", "GITHUB_TOKEN", "GH_TOKEN")}
    bundle = environ.get("GIT_SSL_CAINFO") or environ.get("REQUESTS_CA_BUNDLE") or environ.get("SSL_CERT_FILE")
    if bundle:
        ours["GIT_SSL_CAINFO"] = bundle
    settings = {"core.hooksPath": os.devnull, "credential.helper": "", "gc.auto": "0", "maintenance.auto": "false",
                "core.autocrlf": "false", "fetch.recurseSubmodules": "false", "http.followRedirects": "initial",
                "protocol.allow": "never", "protocol.https.allow": "always", "protocol.http.allow": "always",
                "protocol.file.allow": "always", "advice.detachedHead": "false", "commit.gpgSign": "false"}
    parts = urlsplit(server_url)
    if secret is not None and parts.netloc:
        settings[f"http.{parts.scheme}://{parts.netloc}/.extraHeader"] = f"Authorization: Basic {_basic(secret)}"
    ours.update({"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0",
                 "GIT_ATTR_NOSYSTEM": "1", "GIT_ASKPASS": "", "LC_ALL": "C", "LANGUAGE": "C",
                 "GIT_NO_LAZY_FETCH": "1", "GIT_CONFIG_COUNT": "0"})
    return _with(ours, settings)


def _with(environ: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """The environment with these settings behind those that it holds."""
    first = int(environ["GIT_CONFIG_COUNT"])
    more = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (name, value) in enumerate(settings.items(), start=first):
        more[f"GIT_CONFIG_KEY_{number}"] = name
        more[f"GIT_CONFIG_VALUE_{number}"] = value
    return {**environ, **more}
