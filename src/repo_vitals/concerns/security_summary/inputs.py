"""The inputs of security-summary."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary.license_policy import LICENSES
from repo_vitals.concerns.security_summary.license_report import LICENSE_REPORT
from repo_vitals.concerns.security_summary.severity import GRADES
from repo_vitals.concerns.security_summary.windows import FIX, RESPONSE, show, windows
from repo_vitals.concerns.security_summary.written import SARIF
from repo_vitals.config.allowlist import ALLOW
from repo_vitals.config.common import monitor_inputs
from repo_vitals.config.declare import (
    BOOLEAN,
    FILES,
    LINES,
    LIST,
    FilePatterns,
    Input,
    Kind,
    choice,
    positive_duration,
    show_duration,
)
from repo_vitals.config.file import near, quoted
from repo_vitals.config.history_place import size
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.license_policy import LicensePolicy
    from repo_vitals.concerns.security_summary.severity import Grade
    from repo_vitals.concerns.security_summary.windows import Windows
    from repo_vitals.config.allowlist import Allowlist
    from repo_vitals.config.declare import Values

DEPENDABOT, CODE_SCANNING, SECRET_SCANNING = "dependabot", "code-scanning", "secret-scanning"
LISTS = (DEPENDABOT, CODE_SCANNING, SECRET_SCANNING)
_NONE = "none"
_SCORED = tuple(grade for grade in GRADES if grade != "none")


def _lists(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in (*LISTS, _NONE):
            raise ValueError(f"holds {quoted(name)}, which is none of GitHub's lists"
                             f"{near(name, LISTS) or ' (known: ' + ', '.join(LISTS) + ', none)'}")
    if _NONE in names:
        if len(set(names)) > 1:
            raise ValueError("holds none beside others; it stands alone")
        return ()
    return tuple(dict.fromkeys(names))


def _age(text: str) -> timedelta | None:
    return None if text.strip() == "never" else positive_duration().parse(text)


_ALERTS: Kind[tuple[str, ...]] = Kind("list", lambda text: _lists(LIST.parse(text)),
                                      lambda value: _lists(LIST.from_toml(value)), lambda value: ", ".join(value))
_AGE: Kind[timedelta | None] = Kind(
    "duration or never", _age, lambda value: None if value == "never" else positive_duration().from_toml(value),
    lambda span: "never" if span is None else show_duration(span))

REPORTS: Input[FilePatterns] = Input(
    name="reports", kind=FILES, default=FilePatterns(), default_text="none",
    help="Reports of scanners, as paths or patterns in the working folder, whatever the tool; the content tells the "
         "format, and `format=path` forces one",
)
ALERTS: Input[tuple[str, ...]] = Input(
    name="alerts", kind=_ALERTS, default=(DEPENDABOT, CODE_SCANNING),
    default_text="dependabot and code-scanning, as far as the token may read them",
    help="GitHub's own lists of alerts to read: dependabot, code-scanning, secret-scanning (not with a workflow's own "
         "token), or none; one that is named has to be readable",
)
GITHUB_SBOM = Input(
    name="github-sbom", kind=BOOLEAN, default=False,
    help="Whether to read the licences of dependencies from GitHub's dependency graph; needs `contents: read`",
)
ADAPTER: Input[tuple[str, ...]] = Input(
    name="adapter", kind=LINES, default=(), default_text="none",
    help="How to read any other tool's JSON, one `name: jq program` a line, used as `name=path` in `reports`; the "
         "program gives an object with `ids`, `package` and more for each finding",
)
FAIL_SEVERITY = Input(
    name="fail-severity", kind=choice(*_SCORED), default="low",
    help="Mildest severity of a vulnerability that fails: low, medium, high or critical; milder ones warn",
)
UNSCORED = Input(
    name="unscored-severity", kind=choice(*_SCORED), default="high",
    help="What a vulnerability without a score or a rating counts as",
)
FAIL_CODE_SEVERITY = Input(
    name="fail-code-severity", kind=choice(*_SCORED), default="high",
    help="Mildest level of a finding in code, workflows or infrastructure that fails; milder ones warn",
)
RESPOND_WITHIN: Input[Windows] = Input(
    name="respond-within", kind=windows(RESPONSE), default=RESPONSE, default_text=show(RESPONSE),
    help="Time within which somebody has to respond to a vulnerability: to mend it, or to say in `[[allow]]` who does "
         "what until when; one `severity = duration` a line, `never` for no limit",
)
FIX_WITHIN: Input[Windows] = Input(
    name="fix-within", kind=windows(FIX), default=FIX, default_text=show(FIX),
    help="Time within which a vulnerability has to be mended, in the same form",
)
MAXIMUM_AGE: Input[timedelta | None] = Input(
    name="maximum-age", kind=_AGE, default=timedelta(days=7),
    help="Greatest age of a report, and of the advisories that it rests on, where it says so; an older one does not "
         "show that something is not there; `never` for no limit",
)
MAX_INPUT = Input(
    name="max-input", kind=size(), default=1_000_000_000,
    help="Largest report that is read; a larger one is refused before it is opened",
)
TOOL_IGNORES = Input(
    name="tool-ignores", kind=BOOLEAN, default=True,
    help="Whether to count as allowed what deny.toml, .cargo/audit.toml and osv-scanner.toml in the working folder "
         "tell their tools to overlook",
)

INPUTS = monitor_inputs(
    REPORTS, ADAPTER, ALERTS, GITHUB_SBOM, FAIL_SEVERITY, UNSCORED, FAIL_CODE_SEVERITY, RESPOND_WITHIN, FIX_WITHIN,
    MAXIMUM_AGE,
    LICENSES, ALLOW, TOOL_IGNORES, MAX_INPUT, SARIF, LICENSE_REPORT,
    unknown_is_default="fail",
)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What counts and where the limits are."""

    fail_from: Grade = "low"
    unscored: Grade = "high"
    fail_code_from: Grade = "high"
    respond_within: Windows
    fix_within: Windows
    maximum_age: timedelta | None = timedelta(days=7)
    allowlist: Allowlist = ()
    licenses: LicensePolicy | None = None


def policy(values: Values) -> Policy:
    """The limits that the inputs give."""
    def grade(declared: Input[Any]) -> Grade:
        return next(grade for grade in GRADES if grade == values[declared])
    return Policy(
        fail_from=grade(FAIL_SEVERITY), unscored=grade(UNSCORED), fail_code_from=grade(FAIL_CODE_SEVERITY),
        respond_within=values[RESPOND_WITHIN], fix_within=values[FIX_WITHIN], maximum_age=values[MAXIMUM_AGE],
        allowlist=values[ALLOW], licenses=values[LICENSES],
    )
