"""The real launcher with the real locks, from a package index."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from support.fake_project import FakeProject, Outcome, make_project
from support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# Imports what the product imports, and says from where.
MAIN = """\
import json, os, sys
def main(argv):
    import actions_toolkit, github, holidays, jq, requests, tomli, tzdata
    modules = [actions_toolkit, github, holidays, requests, tomli, tzdata]
    if argv == ["demo"]:
        import graphql, rich
        modules += [graphql, rich]
    github.Github(auth=github.Auth.Token("x"), retry=None, lazy=True)
    assert jq.compile(".a").input_value({"a": 1}).first() == 1
    folders = {os.path.dirname(os.path.dirname(module.__file__)) for module in modules}
    print(json.dumps({"folders": sorted(folders), "cryptography": "cryptography" in sys.modules}))
    return 0
"""


@pytest.fixture
def real(tmp_path: Path) -> FakeProject:
    """Our locks and list of commands under the real launcher, asking the index that this machine asks."""
    project = make_project(tmp_path)
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_CONFIG_FILE"):
        del project.environ[name]
    shutil.rmtree(project.root / "requirements")
    shutil.copytree(ROOT / "requirements", project.root / "requirements")
    package = project.root / "src" / "repo_vitals"
    for name in ("frozen.py", "registry.py"):
        shutil.copy(ROOT / "src" / "repo_vitals" / name, package / name)
    (package / "__main__.py").write_text(MAIN, encoding="utf-8")
    return project


def skip_without_an_index(outcome: Outcome) -> None:
    """Only for that reason: any other failure to build is what these tests are for."""
    if outcome.code == 3 and "the package index can't be reached" in outcome.err:
        pytest.skip(outcome.err)


# pip takes a minute for what uv does in seconds. What the demo needs is all that community-metrics does and more; that
# each command has an environment of its own is shown with smaller packages, and its real one by a run in act.
@pytest.mark.parametrize(("installer", "commands"), [
    ("uv", ["demo"]),
    pytest.param("uv", ["community-metrics", "demo"], marks=pytest.mark.slow),
    pytest.param("pip", ["community-metrics", "demo"], marks=pytest.mark.slow),
], indirect=["installer"], ids=["uv", "uv-both", "pip-both"])
def test_a_fresh_machine_gets_every_library_from_its_environment(
    real: FakeProject, installer: str, commands: list[str]
):
    if installer == "uv":
        real.use_uv()
    for command in commands:
        outcome = real.run(command)
        skip_without_an_index(outcome)
        assert (outcome.code, outcome.err) == (0, "")
        assert len(outcome.seen["folders"]) == 1
        assert outcome.seen["folders"][0] in {str(path) for path in real.environments()}
        assert outcome.seen["cryptography"] is False
    assert len(real.environments()) == len(commands)


def test_a_changed_digit_in_the_real_lock_is_noticed(real: FakeProject):
    lock = real.root / "requirements" / "base.lock"
    head, separator, entry = lock.read_text(encoding="utf-8").partition("\nurllib3==")
    changed = re.sub(r"sha256:(.)", lambda found: f"sha256:{(int(found[1], 16) + 1) % 16:x}", entry)
    lock.write_text(head + separator + changed, encoding="utf-8")
    outcome = real.run("community-metrics")
    skip_without_an_index(outcome)
    assert outcome.code == 2
    assert outcome.err.startswith("repo-vitals: urllib3==")
    assert real.environments() == []
