"""Runs a workflow with `act`, as GitHub would for someone who uses the published actions, and reads what came of it.

The actions come from an export of the tracked files, never from the checkout itself: what was not added to the
repository is missing here as it would be for a user. Nothing of the caller's environment reaches a step.
"""
from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from repo_vitals import registry
from support import environments, runner
from support.tools import ROOT, tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PUBLISHED = "nushell-works/repo-vitals"
DOUBLES = ROOT / "tests" / "actions" / "doubles"
# act copies the consumer's files itself; only what checks out another repository takes a double.
EMULATED = frozenset({"actions/checkout"})
_INDEX_SETTINGS = re.compile(r"((PIP|UV)_\w+|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_(FILE|DIR))", re.IGNORECASE)
_LONGEST = 180      # seconds for a whole run
# What GitHub knows and act's own schema does not. act grants nothing by it either way: the token is the caller's.
_NEWER_THAN_ACT = re.compile(r"^ *vulnerability-alerts: \w+.*\n", re.MULTILINE)
# Once a step's shell has ended, act throws away what it has not yet read of the step's words: on a busy machine the
# last ones, or all. So every step's shell waits a moment before it goes, its exit code unchanged. The shells that it
# starts do not: a shim of pyenv alone is a dozen.
_LINGER = "unset BASH_ENV\ntrap 'sleep 0.3' EXIT\n"


@dataclass
class Step:
    """A step of the consumer's workflow, with all that steps inside an action did. `result` None: it did not run."""

    name: str
    id: str
    result: str | None = None
    exit_code: int = 0
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    commands: list[runner.Command] = field(default_factory=list)
    log: str = ""

    def annotations(self, level: str) -> list[runner.Command]:
        """Those of one level: error, warning or notice."""
        return [command for command in self.commands if command.name == level]


@dataclass
class Run:
    """What came of a workflow run. `steps` by job id and step id (a step without an id has its index)."""

    exit_code: int
    jobs: dict[str, str]
    steps: dict[tuple[str, str], Step]
    kept: Path                      # what the doubles, and `cp … $ACT_KEPT`, put aside
    text: str                       # everything that act wrote

    def step(self, step: str, job: str | None = None) -> Step:
        """The step of that id, in the only job or the one named."""
        found = [value for (job_id, step_id), value in self.steps.items() if step_id == step and job in (None, job_id)]
        assert len(found) == 1, f"{len(found)} steps {step!r} among {list(self.steps)}\n{self.text[-3000:]}"
        return found[0]

    def artifact(self, name: str) -> dict[str, Any]:
        """The JSON files of an artifact, by name."""
        folder = self.kept / "artifacts" / name
        return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.json"))}


@dataclass(frozen=True)
class Ground:
    """What all runs of a test session share: the tracked files, the same to be copied quickly, and environments."""

    export: Path
    light: Path
    environments: Path


def make_ground(folder: Path) -> Ground:
    """Export the tracked files into `folder`, and link together an environment for each command beside them."""
    ground = Ground(export=folder / "export", light=folder / "light", environments=folder / "environments")
    export_tracked(ground.export)
    link_where_not_read(ground.export, ground.light)
    for command in registry.COMMANDS:
        environments.link(ground.environments, command.extras)
    return ground


def link_where_not_read(export: Path, light: Path) -> None:
    """The same folder by links, but for what act itself reads.

    act copies an action's whole repository for every step that uses it, and the copy has no bytecode: together that
    takes longer than all else in a run. What is behind a link is neither copied nor compiled again.
    """
    light.mkdir()
    for path in export.iterdir():
        if path.name == "actions":
            shutil.copytree(path, light / path.name)
        elif path.name == "action.yml":
            shutil.copy2(path, light / path.name)
        else:
            (light / path.name).symlink_to(path)


def export_tracked(target: Path) -> None:
    """Copy the repository's tracked files as they are in the working tree, and what was compiled of them.

    Bytecode holds for the copy, too, which has its source's time and size: nothing is compiled again.
    """
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z", "--cached"], capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode("utf-8").split("\0")):
        source, copy = ROOT / name, target / name
        if source.is_file():        # a file that is being deleted is tracked until the commit
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
            for compiled in source.parent.glob(f"__pycache__/{source.stem}.*.pyc") if source.suffix == ".py" else ():
                (copy.parent / "__pycache__").mkdir(exist_ok=True)
                shutil.copy2(compiled, copy.parent / "__pycache__")


class Consumer:
    """A repository that uses the actions, at GitHub known as acme/widget."""

    def __init__(self, folder: Path, ground: Ground) -> None:
        self.folder = folder / "consumer"
        self.ground = ground
        self._scratch = folder
        self._runs = 0
        self.folder.mkdir(parents=True)
        (folder / "home").mkdir()
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("remote", "add", "origin", "https://github.com/acme/widget.git")

    def add(self, name: str, text: str) -> None:
        """Add a file and commit it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self._git("add", "--", name)
        self._git("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "--quiet", "--allow-empty",
                  "-m", f"Add {name}")

    def run(self, workflow: str, event: str = "workflow_dispatch", *, environ: Mapping[str, str] | None = None,
            inputs: Mapping[str, str] | None = None, variables: Mapping[str, str] | None = None, token: str = "none",
            secrets: Mapping[str, str] | None = None, cold: bool = False, job: str | None = None,
            payload: Mapping[str, Any] | None = None) -> Run:
        """Run a workflow of the repository.

        `environ` is what every step sees besides what act sets; `token` becomes `github.token`, `payload` the event's.
        With `cold` the actions are whole copies, and each job makes its Python environment, as on a fresh runner, with
        the package index that this machine uses.
        """
        self._runs += 1
        place = self.folder / workflow
        place.write_text(_NEWER_THAN_ACT.sub("", place.read_text(encoding="utf-8")), encoding="utf-8")
        scratch, kept = self._scratch / f"run-{self._runs}", self._scratch / f"kept-{self._runs}"
        kept.mkdir()
        linger = self._scratch / "linger.sh"
        linger.write_text(_LINGER, encoding="utf-8")
        given = {"ACT_KEPT": str(kept), "ACT_PUBLISHED": str(self.ground.export), "BASH_ENV": str(linger),
                 **(environ or {})}
        if cold:
            given |= {name: value for name, value in os.environ.items() if _INDEX_SETTINGS.fullmatch(name)}
        else:
            given["REPO_VITALS_CACHE"] = str(self.ground.environments)
        told = self._scratch / f"event-{self._runs}.json"
        told.write_text(json.dumps(payload or {}), encoding="utf-8")
        command = [
            *tool("act"), event, *(["--eventpath", str(told)] if payload is not None else []),
            "--json", "-W", workflow, "-P", "ubuntu-latest=-self-hosted", "--no-cache-server",
            "--action-cache-path", str(scratch), *(["--job", job] if job else []), "-s", f"GITHUB_TOKEN={token}",
            *_flags("-s", secrets or {}), *_flags("--local-repository", _local_repositories(
                self.folder / workflow, self.ground.export if cold else self.ground.light)),
            *_flags("--env", given), *_flags("--input", inputs or {}), *_flags("--var", variables or {}),
        ]
        try:
            return _read(*_call(command, self.folder, self._bare()), kept)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)      # of a failed job act leaves everything

    def _bare(self) -> dict[str, str]:
        # The Python of the tests comes first, as with actions/setup-python.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {"HOME": str(self._scratch / "home"), "PATH": path, "LANG": "C.UTF-8", "TMPDIR": str(self._scratch)}

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.folder, env=self._bare(), check=True, capture_output=True)


def _flags(flag: str, values: Mapping[str, str]) -> Iterator[str]:
    for name, value in values.items():
        yield from (flag, f"{name}={value}")


def uses(workflow: Mapping[str, Any]) -> Iterator[str]:
    """Every `uses:` of a workflow's steps."""
    for job in workflow["jobs"].values():
        yield from (step["uses"] for step in job.get("steps", []) if "uses" in step)


def _is_of_another(workflow: Path, used: str) -> bool:
    """Whether a step checks out another repository than its own."""
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    return any(step.get("uses") == used and "repository" in step.get("with", {})
               for job in jobs.values() for step in job.get("steps", []))


def _local_repositories(workflow: Path, published: Path) -> dict[str, str]:
    """Where act finds each action that a workflow names, by `owner/name@ref`."""
    found = {}
    for used in uses(yaml.safe_load(workflow.read_text(encoding="utf-8"))):
        name, _, ref = used.partition("@")
        repository = "/".join(name.split("/")[:2])
        if repository == PUBLISHED:
            found[f"{repository}@{ref}"] = str(published)
        elif repository not in EMULATED or _is_of_another(workflow, used):
            double = DOUBLES / repository.partition("/")[2]
            assert double.is_dir(), f"{workflow.name} uses {used}, which has no double in tests/actions/doubles"
            found[f"{repository}@{ref}"] = str(double)
    return found


def _call(command: list[str], folder: Path, environ: dict[str, str]) -> tuple[int, str]:
    process = subprocess.Popen(command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, encoding="utf-8", start_new_session=True)
    try:
        text, _ = process.communicate(timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        text, _ = process.communicate()
        raise AssertionError(f"the run took longer than {_LONGEST} s\n{text[-3000:]}") from None
    return process.returncode, text


def _read(exit_code: int, text: str, kept: Path) -> Run:
    run = Run(exit_code=exit_code, jobs={}, steps={}, kept=kept, text=text)
    for line in text.splitlines():
        if line.startswith("{"):
            _take(json.loads(line), run)
    return run


def _take(entry: dict[str, Any], run: Run) -> None:
    """One line of act's, put where it belongs."""
    job = entry.get("jobID", "")
    if "jobResult" in entry:
        run.jobs[job] = entry["jobResult"]
    path = entry.get("stepID")
    if not path or entry.get("stage", "Main") != "Main":
        return
    step = run.steps.setdefault((job, path[0]), Step(name=entry["step"], id=path[0]))
    message = entry.get("msg", "")
    failed = re.fullmatch(r"exit status (\d+)", message.strip())
    if entry.get("raw_output"):
        step.log += message
    elif "raw" in entry:            # a command in the log; act parts it at the last `::`, GitHub at the first
        step.commands += runner.commands(entry["raw"])
    elif entry.get("command") == "set-output":
        # What a step inside an action puts out is not the action's own. The first word counts: act sets an action's
        # outputs as action.yml says, and then, unlike GitHub, once more whatever its last step put out.
        if len(path) == 1:
            step.outputs.setdefault(entry["name"], entry["arg"])
    elif entry.get("command") == "summary":
        step.summary += entry["content"]
    elif failed is not None and entry.get("level") == "error":
        step.exit_code = int(failed[1])
    elif "stepResult" in entry and len(path) == 1:
        step.result = entry["stepResult"]
