"""Who imports whom: the direction that keeps measuring and judging free of the network, files and clock."""
from __future__ import annotations

import subprocess
import sys

import pytest

from support.architecture import HEAVY, PACKAGE, imports, project_sources, violations
from support.tools import PACKAGES, ROOT

SOURCES = project_sources(ROOT)


def test_every_module_imports_only_what_its_place_allows() -> None:
    assert violations(SOURCES) == []


@pytest.mark.parametrize(("module", "source", "complaint"), [
    ("repo_vitals.utils", "", "no place in the layout"),
    ("repo_vitals.stats.mean", "from repo_vitals.sources.http import Transport", "stats may not import sources"),
    ("repo_vitals.stats.mean", "def f():\n    import repo_vitals.runtime.world", "stats may not import runtime"),
    ("repo_vitals.config.file", "from repo_vitals.runtime import world", "config may not import runtime"),
    ("repo_vitals.simulator.serve", "from repo_vitals.runtime.world import World", "simulator may not import runtime"),
    ("repo_vitals.simulator.truth", "from repo_vitals.stats import survival", "simulator may not import stats"),
    ("repo_vitals.report.model", "from ..render import badge", "report may not import render"),
    ("repo_vitals.report.model", "if TYPE_CHECKING:\n    from repo_vitals.render import badge",
     "report may not import render"),
    ("repo_vitals.registry", "from repo_vitals.errors import InputError", "registry may not import errors"),
    ("repo_vitals.concerns.ci_health.measure", "from repo_vitals.concerns.community_metrics.facts import Item",
     "a concern may not import another"),
    ("repo_vitals.concerns.ci_health", "from repo_vitals.concerns.monitor import Monitor", None),
    ("repo_vitals.concerns.ci_health.measure", "from repo_vitals.concerns.ci_health.collect import collect",
     "measure may not import collect"),
    ("repo_vitals.concerns.ci_health.measure", "from repo_vitals.concerns.ci_health import judge",
     "measure may not import judge"),
    ("repo_vitals.concerns.ci_health.judge", "from repo_vitals.concerns.ci_health.measure import ratio", None),
    ("repo_vitals.concerns.alert.decide", "from repo_vitals.delivery.files import write_aside",
     "only apply.py writes to the world"),
    ("repo_vitals.concerns.alert.apply", "from repo_vitals.delivery.files import write_aside", None),
    ("repo_vitals.concerns.ci_health.judge", "import subprocess", "imports subprocess"),
    ("repo_vitals.stats.mean", "from os import environ", "imports os.environ"),
    ("repo_vitals.stats.mean", "def f():\n    try:\n        pass\n    except ValueError:\n        import socket",
     "imports socket"),
    ("repo_vitals.render.badge", "from pathlib import Path", "imports pathlib.Path"),
    ("repo_vitals.render.badge", "from pathlib import PurePosixPath", None),
    ("repo_vitals.render.badge", "from urllib import request", "imports urllib.request"),
    ("repo_vitals.render.badge", "from urllib.parse import quote", None),
    ("repo_vitals.render.badge", "def f():\n    with open('x') as file:\n        return file", "calls open()"),
    ("repo_vitals.report.model", "from datetime import datetime\nWHEN = datetime.now()", "calls .now()"),
    ("repo_vitals.sources.pages", "import requests", "imports requests at its top"),
    ("repo_vitals.sources.pages", "try:\n    import github.Issue\nexcept ImportError:\n    pass",
     "imports github at its top"),
    ("repo_vitals.sources.pages", "class C:\n    import jq", "imports jq at its top"),
    ("repo_vitals.sources.pages", "def f():\n    import requests", None),
    ("repo_vitals.sources.pages", "def f():\n    from requests.utils import x", "a part of requests before the"),
    ("repo_vitals.sources.pages", "def f():\n    import requests\n    from requests.utils import x", None),
    ("repo_vitals.sources.pages", "def f():\n    from github import GithubException", None),
    ("repo_vitals.sources.pages", "if TYPE_CHECKING:\n    import requests", None),
])
def test_the_checker_sees_a_planted_violation(module: str, source: str, complaint: str | None) -> None:
    modules = {**dict.fromkeys(_PLANTED_BESIDES, ""), module: source}

    found = violations(modules)

    assert [complaint in line for line in found] == ([True] if complaint else []), found


_PLANTED_BESIDES = (
    PACKAGE, "repo_vitals.errors", "repo_vitals.runtime.world", "repo_vitals.sources.http", "repo_vitals.render.badge",
    "repo_vitals.delivery.files", "repo_vitals.stats.survival", "repo_vitals.concerns.monitor",
    "repo_vitals.concerns.community_metrics.facts", "repo_vitals.concerns.ci_health",
    "repo_vitals.concerns.ci_health.collect", "repo_vitals.concerns.ci_health.measure",
    "repo_vitals.concerns.ci_health.judge",
)


def test_a_pure_stage_is_held_to_what_its_helpers_do() -> None:
    found = violations({
        "repo_vitals.concerns.faq.judge": "from repo_vitals.concerns.faq.limits import limit",
        "repo_vitals.concerns.faq.limits": "import os\nlimit = os.environ['LIMIT']",
    })

    assert found == ["repo_vitals.concerns.faq.limits:1 imports os, but repo_vitals.concerns.faq.judge is pure"]


def test_imports_are_found_wherever_they_stand() -> None:
    source = """
import a
if x:
    import b
else:
    import c
match y:
    case 1:
        import d
with z:
    import e
try:
    import f
finally:
    import g
for i in j:
    from h import k
"""

    assert [one.name for one in imports(source, "m")] == ["a", "b", "c", "d", "e", "f", "g", "h.k"]


def _loaded_by(statement: str) -> set[str]:
    """The heavy libraries that a fresh interpreter has loaded after a statement."""
    code = f"""
import sys
sys.path[:0] = {[str(ROOT / "src"), str(PACKAGES)]!r}
{statement}
print("\\nloaded", *sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    first, *loaded = done.stdout.splitlines()[-1].split()
    assert first == "loaded"
    return HEAVY & set(loaded)


@pytest.mark.parametrize("statement", [
    "import repo_vitals.__main__",
    "from repo_vitals.__main__ import main; main(['--version'])",
    "from repo_vitals.__main__ import main; main(['community-metrics', '--help'])",
    "from repo_vitals.__main__ import main; main(['community-metrics', '--window', 'nonsense'])",
    "from repo_vitals.runtime import pipeline; [pipeline.load_monitor(one.name) for one in pipeline.concerns()]",
])
def test_starting_up_loads_none_of_the_heavy_libraries(statement: str) -> None:
    assert _loaded_by(statement) == set()


def test_a_run_begins_without_what_only_alerts_need() -> None:
    code = f"""
import sys
sys.path[:0] = {[str(ROOT / "src"), str(PACKAGES)]!r}
from repo_vitals.__main__ import main
main(["run", "--help"])
print("\\n", *(name for name in sys.modules if name.startswith("repo_vitals.concerns.alert.")))
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].split() == ["repo_vitals.concerns.alert.channels_inputs"]


def test_the_start_up_check_would_see_a_heavy_library() -> None:
    assert "requests" in _loaded_by("import requests")
