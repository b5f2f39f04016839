"""Facts about documents, in few words, for what is measured and judged of them."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.facts import (
    Age,
    Change,
    CheckedLink,
    Citation,
    Document,
    Facts,
    Required,
    Site,
    VersionMention,
)
from repo_vitals.concerns.docs_freshness.judge import judge
from repo_vitals.concerns.docs_freshness.measure import measure
from repo_vitals.concerns.docs_freshness.policy import Policy
from repo_vitals.config.allowlist import read as read_allowlist

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.report.model import Judgement

NOW = datetime(2026, 1, 31, 6, 0, tzinfo=timezone.utc)


def changed(days: float) -> Age:
    """Last changed so many days ago."""
    return Age(changed=Change(commit="a" * 40, at=NOW - timedelta(days=days)))


def unknown(why: str = "the checkout is shallow") -> Age:
    return Age(changed=None, why_unknown=why)


def link(target: str = "gone.md", *, state: Any = "broken", file: str = "docs/a.md", line: int = 3,
         external: bool = False, **more: Any) -> CheckedLink:
    return CheckedLink(file=file, line=line, target=target, state=state, is_external=external,
                       reason=more.pop("reason", "is not there"), **more)


def version(*, agrees: bool = True, source: Any = "snippet", file: str = "README.md", line: int = 3,
            found: str = "1.3.0") -> VersionMention:
    return VersionMention(file=file, line=line, found=found, source=source, package="widget", agrees=agrees,
                          expected="1.4.0")


def cited(file: str = "docs/a.md", what: Any = "vanished") -> Citation:
    return Citation(file=file, line=7, cited="src/old.py", kind="file", what=what, commit="b" * 40,
                    at=NOW - timedelta(days=2))


def site(state: Any = "ok", name: str = "docs.rs") -> Site:
    return Site(name=name, url="https://docs.rs/widget", state=state, version="1.3.0", expected="1.4.0")


def facts(ages: Mapping[str, Age] | None = None, *, links: Sequence[CheckedLink] = (),
          versions: Sequence[VersionMention] = (), citations: Sequence[Citation] = (), sites: Sequence[Site] = (),
          required: Sequence[Required] = (), classes: Mapping[str, Any] | None = None, **more: Any) -> Facts:
    """Documents by path and age; one a day old where nothing is said."""
    held = {"docs/a.md": changed(1)} if ages is None else ages
    return Facts(repository="acme/widget", now=NOW, head_sha="c" * 40, ages=held,
                 documents={path: Document(path=path, format="markdown") for path in held},
                 classes=dict(classes or {}), links=tuple(links), versions=tuple(versions), citations=tuple(citations),
                 sites=tuple(sites), required=tuple(required), **more)


def judged(known: Facts | None = None, *, allow: Sequence[Mapping[str, Any]] = (), **policy: Any) -> Judgement:
    chosen = Policy(allowlist=read_allowlist([{"reason": "known", **one} for one in allow]), **policy)
    given = facts() if known is None else known
    return judge(measure(given, chosen), given, chosen)


def values(judgement: Judgement) -> dict[str, float | None]:
    """The figures by name and label."""
    return {" ".join([metric.name, *metric.labels.values()]): metric.value for metric in judgement.metrics}
