"""The inputs of docs-freshness."""
from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from repo_vitals.concerns.docs_freshness import classes, required
from repo_vitals.concerns.docs_freshness.external_links import Rule
from repo_vitals.concerns.docs_freshness.policy import Policy
from repo_vitals.concerns.docs_freshness.site_lines import parse_site
from repo_vitals.config import allowlist, globs
from repo_vitals.config.common import monitor_inputs
from repo_vitals.config.declare import (
    LINES,
    LIST,
    Input,
    Kind,
    choice,
    needs_text,
    parse_duration,
    positive_duration,
    show_duration,
)

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.classes import ClassRule
    from repo_vitals.concerns.docs_freshness.policy import Breach, Links
    from repo_vitals.concerns.docs_freshness.required import Section
    from repo_vitals.concerns.docs_freshness.site_lines import SiteLine
    from repo_vitals.config.declare import Values

_MOST_SITES = 50


def _patterns() -> Kind[tuple[str, ...]]:
    return Kind("list", lambda text: globs.check(LIST.parse(text)), lambda value: globs.check(LIST.from_toml(value)),
                LIST.show)


def _rule() -> Kind[Rule]:
    def parse(text: str) -> Rule:
        match = re.fullmatch(r"\s*(\d{1,3})\s+(?:in|over)\s+(\S+)\s*", text)
        if match is None or int(match[1]) < 1:
            raise ValueError("is not like 3 in 3d")
        return Rule(checks=int(match[1]), over=parse_duration(match[2]))
    return Kind("checks in duration", parse, lambda value: parse(needs_text(value)),
                lambda rule: f"{rule.checks} in {show_duration(rule.over)}")


def _sites() -> Kind[tuple[SiteLine, ...]]:
    def parse(lines: tuple[str, ...]) -> tuple[SiteLine, ...]:
        if len(lines) > _MOST_SITES:
            raise ValueError(f"holds more than {_MOST_SITES} lines")
        return tuple(parse_site(line) for line in dict.fromkeys(lines))
    return Kind("lines", lambda text: parse(LINES.parse(text)), lambda value: parse(LINES.from_toml(value)),
                lambda found: "\n".join(str(line.url or line.name or "pages") for line in found), quotable=False)


PATHS: Input[tuple[str, ...]] = Input(
    name="paths", kind=_patterns(), default=("/README*", "/docs/**"),
    help="Documents, as patterns from the top of the repository as in .gitignore: Markdown, reStructuredText and HTML "
         "files that git tracks; the last pattern that fits counts, and `!` takes files out",
)
MAXIMUM_AGE = Input(
    name="maximum-age", kind=positive_duration(), default=timedelta(days=90),
    help="How long a document of no class may go without a change or review",
)
CLASSES: Input[tuple[ClassRule, ...]] = Input(
    name="classes", kind=classes.classes(), default=classes.DEFAULT,
    default_text="security 90d, process 365d, api each release, user 30d, with patterns in docs/metrics.md",
    help="Classes of documents and their review windows, one a line: `security: SECURITY.md, docs/security/** = 90d`; "
         "`= release` is each release; classes are security, process, api and user",
)
STALE = Input(
    name="stale", kind=choice("warn", "fail"), default="warn", help="What a stale document counts as: warn or fail",
)
LINKS = Input(
    name="links", kind=choice("internal", "all", "none"), default="internal",
    help="Which links are checked: internal ones (files and headings of the repository), all (external ones too, by "
         "lychee), or none",
)
EXTERNAL_LINKS = Input(
    name="external-links", kind=choice("warn", "fail"), default="warn",
    help="What a broken external link counts as: warn or fail; broken internal ones always fail",
)
BROKEN_AFTER: Input[Rule] = Input(
    name="broken-after", kind=_rule(), default=Rule(),
    help="When an external link counts as broken: after so many failed checks in a row over at least so long, which "
         "takes a history; `1 in 0d` at once",
)
VERSION_MISMATCHES = Input(
    name="version-mismatches", kind=choice("warn", "fail"), default="warn",
    help="What a stated version that is neither the newest release's nor the manifest's counts as: warn or fail",
)
SITES: Input[tuple[SiteLine, ...]] = Input(
    name="sites", kind=_sites(), default=(), default_text="none",
    help="Hosted documentation to look at, one a line: `docs.rs:crate`, `readthedocs:project`, `pages` (this "
         "repository's GitHub Pages), or an address",
)
UNREACHABLE_SITES = Input(
    name="unreachable-sites", kind=choice("warn", "fail"), default="warn",
    help="What hosted documentation that does not answer, failed to build or is outdated counts as: warn or fail",
)
REQUIRED: Input[tuple[str, ...]] = Input(
    name="required", kind=required.required(), default=required.DEFAULT,
    help=f"Files that there ought to be: {', '.join(required.KNOWN)}, where GitHub looks for them, or paths; `none` "
         "for none",
)
SECTIONS: Input[tuple[Section, ...]] = Input(
    name="sections", kind=required.sections(), default=(), default_text="none",
    help="Headings that files ought to have, a file a line: `README: Installation | Quick start, Usage`; a heading "
         "that holds the words will do",
)
BOTS: Input[tuple[str, ...]] = Input(
    name="bots", kind=LIST, default=(), default_text="none besides those that end in [bot]",
    help="Names of authors whose commits do not count as changes of a document, besides those that end in [bot]",
)

INPUTS = monitor_inputs(
    PATHS, MAXIMUM_AGE, CLASSES, STALE, LINKS, EXTERNAL_LINKS, BROKEN_AFTER, VERSION_MISMATCHES, REQUIRED, SECTIONS,
    BOTS, SITES, UNREACHABLE_SITES, allowlist.ALLOW,
)


def policy(values: Values) -> Policy:
    """Where the limits are."""
    return Policy(
        maximum_age=values[MAXIMUM_AGE], classes=values[CLASSES], stale=cast("Breach", values[STALE]),
        links=cast("Links", values[LINKS]), external_links=cast("Breach", values[EXTERNAL_LINKS]),
        version_mismatches=cast("Breach", values[VERSION_MISMATCHES]),
        sites=cast("Breach", values[UNREACHABLE_SITES]),
        allowlist=values[allowlist.ALLOW])
