"""From a run of SARIF to findings: the effective level of each result, and what kind of thing it is about. Pure."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.facts import (
    Advisory,
    CodeFinding,
    LicensedPackage,
    PolicyFinding,
)
from repo_vitals.concerns.security_summary.formats import sarif_packages, sarif_places, secret_rules, values
from repo_vitals.concerns.security_summary.formats.sarif_results import title_of

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.security_summary.formats.sarif import Run
    from repo_vitals.concerns.security_summary.formats.sarif_results import Detail, Outcome
    from repo_vitals.concerns.security_summary.formats.sarif_rules import Rule
    from repo_vitals.report.model import Severity

LEVELS: dict[str, Severity] = {"error": "high", "warning": "medium", "note": "low", "none": "info"}
# Tools whose results are about packages, and about style or correctness rather than security.
_OF_PACKAGES = frozenset({"osv-scanner", "grype", "anchore grype scan", "trivy", "govulncheck", "snyk open source"})
OF_STYLE = frozenset({"clippy", "eslint", "ruff", "rustc", "pylint", "flake8", "shellcheck", "hadolint", "clang-tidy",
                       "golangci-lint", "pmd", "checkstyle", "cppcheck", "actionlint", "markdownlint", "ktlint",
                       "detekt", "swiftlint", "rubocop", "biome", "mypy", "pyright"})


# How Trivy's messages begin, which go on with lines of "key: value".
_OF_TABLES = ("Artifact:", "Package:")
_UNCALLED = "call analysis: what is vulnerable is never called"


@dataclass(kw_only=True)
class Collected:
    """What the runs of a file say together."""

    tools: list[str] = field(default_factory=list)
    advisories: list[Advisory] = field(default_factory=list)
    code: list[CodeFinding] = field(default_factory=list)
    licenses: list[LicensedPackage] = field(default_factory=list)
    policy: list[PolicyFinding] = field(default_factory=list)
    secrets: int | None = None
    checks: set[str] = field(default_factory=set)
    made_at: datetime | None = None
    missing: list[str] = field(default_factory=list)
    in_detail: int = 0
    counted_only: int = 0
    without_problem: int = 0
    gone: int = 0
    undecided: int = 0

    def notes(self) -> tuple[str, ...]:
        """What a reader should know of how the results were taken."""
        told = [
            (self.counted_only, "results were counted without their places, since the file holds so many"),
            (self.without_problem, "results say that there is no problem, and do not count"),
            (self.gone, "results of an earlier run are gone, and do not count"),
            (self.undecided, "results want a person's decision (kind open or review)"),
        ]
        return tuple(f"{count:,} {words}" for count, words in told if count)


def findings_of(run: Run, collected: Collected) -> None:
    """Add what a run says."""
    tool = run.tool
    assert tool is not None     # noqa: S101 (the reader refuses a run without one)
    name = tool.driver.name
    collected.tools.append(f"{name} {tool.version}" if tool.version else name)
    _trust(run, collected)
    results = run.results
    collected.in_detail += len(results.details)
    collected.without_problem += results.without_problem
    collected.gone += results.gone
    seen: set[str] = set()
    for detail in results.details:
        rule = tool.rule(detail.outcome.rule)
        collected.undecided += detail.outcome.is_undecided
        seen.add(_take(detail, rule, run, collected))
    for outcome, count in results.rest.items():
        rule = tool.rule(outcome.rule)
        collected.undecided += count if outcome.is_undecided else 0
        collected.counted_only += count
        seen.add(_count(outcome, count, rule, run, collected))
    collected.checks |= seen or _checks_of(name, collected)
    if seen == {"secrets"} and _looks_at_code(name):
        collected.checks.add("code")
    if secret_rules.is_tool(name):
        collected.secrets = collected.secrets or 0


def _trust(run: Run, collected: Collected) -> None:
    """Whether the run is whole."""
    name = "a run"
    if run.is_elsewhere:
        collected.missing.append(f"{name} keeps its results in another file, which is not read")
    elif not run.has_results:
        # §3.14.23: a tool that found nothing writes an empty list.
        collected.missing.append(f"{name} has no list of results, so the tool did not look")
    if any(not one.succeeded for one in run.invocations):
        collected.missing.append(f"{name} of the tool failed")
    failures = sum(one.failures for one in run.invocations)
    if failures:
        collected.missing.append(f"the tool met {failures:,} error{'s' if failures > 1 else ''} while it ran")
    for one in run.invocations:
        if one.ended_at and (collected.made_at is None or one.ended_at > collected.made_at):
            collected.made_at = one.ended_at


def _checks_of(name: str, collected: Collected) -> set[str]:
    """What a tool that found nothing looked for."""
    lower = name.lower()
    if secret_rules.is_tool(name):
        return {"secrets"}
    # Trivy writes the same file after a search for secrets or misconfigurations alone.
    if lower in ("cargo-deny", "trivy"):
        collected.missing.append(f"without results, {'Trivy' if lower == 'trivy' else lower}'s SARIF does not tell "
                                 "which checks ran; its JSON does")
        return set()
    if lower in _OF_PACKAGES:
        return {"vulnerabilities"}
    return {"code"}


def _looks_at_code(name: str) -> bool:
    """Whether a tool that found secrets looked for more than those, whatever it was asked to do."""
    return not secret_rules.is_tool(name) and name.lower() not in {*_OF_PACKAGES, "cargo-deny"}


def level_of(outcome: Outcome, rule: Rule, run: Run) -> str:
    """The effective level: the result's; else none for what is undecided; else an override, the rule's, or warning.

    The standard wants "none" for what is undecided. Tools write how bad it would be (zizmor does), and that is kept.
    """
    if outcome.level is not None:
        return outcome.level
    if outcome.is_undecided:
        return "none"
    invocations = run.invocations
    if 0 <= outcome.invocation < len(invocations):
        invocations = [invocations[outcome.invocation]]
    # Of several invocations none is meant where the result names none; of one, that one.
    if len(invocations) == 1 and run.tool is not None:
        for wanted, level in invocations[0].levels:
            if run.tool.rule(wanted) == rule:
                return level
    return rule.level or "warning"


def _graded(outcome: Outcome, rule: Rule, run: Run) -> tuple[Severity, bool, float | None]:
    """(severity, whether a score or a word of the rule's gives it, the score)"""
    score = outcome.score if outcome.score is not None else rule.score
    level = level_of(outcome, rule, run)
    if outcome.is_undecided and level == "none":
        return LEVELS[level], False, None
    if score is not None:
        return values.severity_of_score(score), True, score
    word = rule.severity or _trivys_word(rule, run)
    return (word, True, None) if word is not None else (LEVELS[level], False, None)


def _trivys_word(rule: Rule, run: Run) -> Severity | None:
    """Trivy's severity, which stands among a rule's tags: its levels do not tell what is critical from what is high."""
    if run.tool is None or run.tool.driver.name.lower() != "trivy":
        return None
    found = [word for tag in rule.tags if (word := values.severity(tag)) is not None]
    return found[0] if len(found) == 1 else None


def _is_secret(name: str, rule_id: str, rule: Rule) -> bool:
    """Also by the id that the result itself gives: that of a rule may be a part of it."""
    return rule.finds_secrets(name) or secret_rules.finds_secrets(name, rule_id)


def _is_trivys_license(name: str, rule: Rule) -> bool:
    return rule.name == "License" and name.lower() == "trivy"


def _is_security(name: str, rule: Rule, *, has_score: bool) -> bool:
    """A rule's tag or score says that it is; other tags, or a tool that is about style, that it is not."""
    if has_score or "security" in rule.tags:
        return True
    return not (name.lower() in OF_STYLE or (name == "CodeQL" and rule.tags))


def _take(detail: Detail, rule: Rule, run: Run, collected: Collected) -> str:
    """Add what a result says; the check that it belongs to."""
    outcome = detail.outcome
    name = run.tool.driver.name if run.tool else ""
    rule_id = outcome.rule[0] or outcome.rule[1] or rule.id
    if _is_secret(name, rule_id, rule):
        if outcome.suppressed is None:
            collected.secrets = (collected.secrets or 0) + 1
        return "secrets"
    file, base = detail.place
    if file is None and 0 <= detail.artifact < len(run.artifacts):
        file, base = run.artifacts[detail.artifact]
    severity, given, score = _graded(outcome, rule, run)
    if "cargo-deny/id" in detail.prints:
        check = _cargo_denys(detail, rule_id, severity, name, collected)
        if check:
            return check
    if _is_trivys_license(name, rule):
        collected.licenses.append(sarif_places.license_of(rule_id, detail.message, file=file, source=name))
        return "licenses"
    told = sarif_packages.about(rule_id, detail.message, file=file, line=detail.line, fixes=rule.fixes,
                                other_ids=rule.other_ids)
    abouts = [told] if told is not None else list(sarif_places.named_elsewhere(
        rule_id, detail.message, logical=detail.logical, modules=detail.modules, other_ids=rule.other_ids, file=file,
        line=detail.line))
    ignored = outcome.suppressed or (_UNCALLED if sarif_places.uncalled(detail.message) else None)
    for about in abouts:
        collected.advisories.append(Advisory(
            ids=about.ids, package=about.package, source=name, kind=about.kind, fixed=about.fixed,
            title=rule.title or title_of(detail, rule), scores=(("", score),) if score is not None else (),
            level=None if score is not None else severity, url=values.advisory_url(about.ids) or rule.url,
            ignored=ignored))
    if abouts:
        return "vulnerabilities"
    prints = detail.prints
    fingerprint = prints.get("primaryLocationLineHash") or next(iter(prints.values()), None)
    collected.code.append(CodeFinding(
        rule=rule_id, source=name, title=_title(detail, rule, rule_id), level=severity, level_given=given,
        score=score, file=file, base=run.bases.folder(file, base), line=detail.line,
        fingerprint=str(fingerprint) if fingerprint else None, url=detail.url or rule.url,
        security=_is_security(name, rule, has_score=given), suppressed=outcome.suppressed))
    return "code"


def _title(detail: Detail, rule: Rule, rule_id: str) -> str:
    """A result's message; what the rule is about where that begins with a table, or may hold a secret."""
    if secret_rules.mentions_secrets(rule_id):
        return rule.title or rule_id
    if rule.title and detail.message.lstrip().startswith(_OF_TABLES):
        return rule.title
    return title_of(detail, rule) or rule_id


def _count(outcome: Outcome, count: int, rule: Rule, run: Run, collected: Collected) -> str:
    """Add results of which only the count is kept."""
    name = run.tool.driver.name if run.tool else ""
    rule_id = outcome.rule[0] or outcome.rule[1] or rule.id
    if _is_secret(name, rule_id, rule):
        if outcome.suppressed is None:
            collected.secrets = (collected.secrets or 0) + count
        return "secrets"
    if _is_trivys_license(name, rule):
        collected.licenses += [sarif_places.license_of(rule_id, "", file=None, source=name)]
        return "licenses"
    severity, given, score = _graded(outcome, rule, run)
    collected.code.append(CodeFinding(
        rule=rule_id, source=name, title=rule.title or rule.name or rule_id, level=severity, level_given=given,
        score=score, url=rule.url, security=_is_security(name, rule, has_score=given), suppressed=outcome.suppressed,
        count=count))
    return "code"


def _cargo_denys(detail: Detail, rule_id: str, severity: Severity, name: str, collected: Collected) -> str | None:
    """What cargo-deny says about a package, by the check that its rule begins with: a, b, l or s."""
    package = sarif_packages.cargo_denys_package(detail.prints)
    check, _, code = rule_id.partition(":")
    title = values.optional_text(detail.message.partition("\n")[0]) or code
    if check == "a":
        about = sarif_packages.cargo_denys(rule_id, detail.prints, detail.markdown)
        if about is not None:
            collected.advisories.append(Advisory(
                ids=about.ids, package=about.package, source=name, kind=about.kind, title=title, fixed=about.fixed,
                url=values.advisory_url(about.ids), ignored=detail.outcome.suppressed))
        return "vulnerabilities" if about is not None else None
    if check == "l" and package is not None:
        if code == "rejected" or (code == "unlicensed" and severity == "high"):
            collected.licenses.append(LicensedPackage(
                package=package, license=detail.snippet if code == "rejected" else None, source=name, rejected=title))
        return "licenses"
    if check in ("b", "s"):
        collected.policy.append(PolicyFinding(
            check="bans" if check == "b" else "sources", code=code, level=severity, title=title, source=name,
            package=package))
        return "bans" if check == "b" else "sources"
    return None
