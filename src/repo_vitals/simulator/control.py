"""The simulator's own endpoint, `/_simulator/…`, for tests that drive it from another process.

`POST faults` (a JSON array of rules; replaces what is in force), `DELETE faults`, `GET faults`, `GET log`,
`DELETE log`, `GET truth?repository=…&window=…&response-target=…&now=…`,
`GET truth-ci?repository=…&window=…&branch=…&last=…&now=…`.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.clock import parse_instant
from repo_vitals.config.declare import parse_duration
from repo_vitals.errors import InputError
from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.faults import as_json, read_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.simulator.server import Simulator


def answer_control(simulator: Simulator, method: str, path: str, query: Mapping[str, str], body: bytes) -> Answer:
    """Do what is asked; errors as JSON with status 400 or 404."""
    what = (method, path.removeprefix("/_simulator/"))
    if what == ("POST", "faults"):
        try:
            rules = read_rules(body.decode("utf-8", "replace"))
        except InputError as error:
            return Answer.of({"message": str(error)}, 400)
        simulator.faults.clear()
        simulator.faults.rules.extend(rules)
    elif what == ("DELETE", "faults"):
        simulator.faults.clear()
    elif what == ("DELETE", "log"):
        simulator.log.clear()
    elif what == ("GET", "log"):
        return Answer.of([entry.as_json() for entry in list(simulator.log)])
    elif what in (("GET", "truth"), ("GET", "truth-ci")):
        return _truth(simulator, query, ci=what[1] == "truth-ci")
    elif what != ("GET", "faults"):
        return Answer.of({"message": "Not Found"}, 404)
    return Answer.of([as_json(rule) for rule in list(simulator.faults.rules)])


def _truth(simulator: Simulator, query: Mapping[str, str], *, ci: bool) -> Answer:
    from repo_vitals.simulator.truth import truth  # here, since only tests ask for it
    from repo_vitals.simulator.truth_ci import CiRules, ci_truth

    state = simulator.state
    try:
        now = parse_instant(query["now"]) if "now" in query else state.now
        window = parse_duration(query.get("window", "30d"))
        target = parse_duration(query.get("response-target", "24h"))
        last = int(query.get("last", "20"))
    except ValueError as error:
        return Answer.of({"message": str(error)}, 400)
    names = [repository.full_name for repository in state.repositories()]
    repository = state.repository(query.get("repository", names[0] if names else ""))
    if repository is None:
        return Answer.of({"message": "no such repository"}, 404)
    with state.lock:
        if ci:
            rules = CiRules(now=now, window=window, branch=query.get("branch", "main"), last=last)
            figures = ci_truth(state, rules, repository=repository)
        else:
            figures = truth(state, repository=repository, now=now, window=window, response_target=target)
    return Answer.of([{"name": name, "labels": dict(labels), "value": value}
                      for (name, labels), value in sorted(figures.items())])
