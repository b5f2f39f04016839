"""The licence of every package, from all sources, and what the policy says of it. Pure.

One verdict for each package and installed version:

    allowed    every source that names a licence names one that the policy takes (of a choice, one that it takes)
    denied     a source names one that it does not take, or a tool rejects it by a policy of its own
    excepted   it would not be allowed, but an exception of the policy or of the allowlist covers it
    unknown    no source names a licence, or one names what nobody can judge; never compliant
    listed     there is no policy to judge it by
"""
from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.security_summary.allowing import Uses, is_package
from repo_vitals.concerns.security_summary.identity import ecosystem_of, name_in, version_in
from repo_vitals.concerns.security_summary.license_policy import UNKNOWN, LicensePolicy
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import one_line
from repo_vitals.stats.license_expressions import canonical, licenses, met, parse, says_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.security_summary.facts import LicensedPackage, Report
    from repo_vitals.config.allowlist import Allowlist
    from repo_vitals.stats.license_expressions import License, Truth

State = Literal["allowed", "denied", "excepted", "unknown", "listed"]
STATES: tuple[State, ...] = ("denied", "unknown", "excepted", "allowed", "listed")
_MOST_NAMED = 5
_LONGEST = 2000         # characters of what a source says


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A package with what every source says of its licence, and the verdict."""

    name: str                           # as a source writes it
    ecosystem: str                      # as OSV spells it; empty: nobody says
    version: str | None
    licenses: tuple[str, ...]           # what was said, each once, as SPDX spells it where it is an expression
    sources: tuple[str, ...]            # the readers that tell of the package
    state: State
    why: str                            # in words of ours, with names of licences from the reports
    by: str = ""                        # what the verdict rests on: "policy", "allowlist", a tool; empty: nothing
    disagree: bool = False              # sources name different licences
    reason: str = ""                    # of the allowlist, why it is excepted
    file: str | None = None             # lock file or manifest, as a tool wrote it
    line: int | None = None

    @property
    def subject(self) -> str:
        """What tells it from every other package, the same in every run."""
        parts = self.ecosystem, name_in(self.ecosystem, self.name), self.version or "?"
        return " ".join(part for part in parts if part)

    @property
    def license(self) -> str | None:
        """What is known of its licence, on one line; None: nothing."""
        return "; ".join(self.licenses) or None


@dataclass(frozen=True, kw_only=True)
class Licensing:
    """All packages, and what is to be said of the policy itself."""

    packages: tuple[Judged, ...]        # by ecosystem, name and version
    unused: tuple[str, ...] = ()        # exceptions of the policy that cover nothing, as they are written there

    def number(self, state: State) -> int:
        """How many packages have a verdict."""
        return sum(one.state == state for one in self.packages)

    @property
    def disagreeing(self) -> int:
        """Of how many packages the sources name different licences."""
        return sum(one.disagree for one in self.packages)


def judge_licenses(
    reports: Iterable[Report], policy: LicensePolicy | None, allowlist: Allowlist = (), *, now: datetime, uses: Uses,
) -> Licensing:
    """The verdict on every package that a report names with or without a licence.

    The order of the reports makes no difference. `uses` learns which tables of the allowlist were needed.
    """
    judge = _Judge(policy, allowlist, now, uses)
    packages = tuple(judge.verdict(ecosystem, name, version, said)
                     for (ecosystem, name, version), said in sorted(_by_package(reports).items(), key=_place))
    return Licensing(packages=packages, unused=judge.unused())


_Key = tuple[str, str, "str | None"]


def _place(item: tuple[_Key, object]) -> tuple[str, str, str]:
    (ecosystem, name, version), _ = item
    return ecosystem, name, version or ""


def _by_package(reports: Iterable[Report]) -> dict[_Key, list[LicensedPackage]]:
    """What is said of each package. One whose ecosystem nobody says joins the only one of its name and version that has
    one; one without a version joins the versions that there are."""
    said = [one for report in reports for one in report.licenses]
    versions: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    known: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
    for one in said:
        if ecosystem := ecosystem_of(one.package):
            known[ecosystem].add((name_in(ecosystem, one.package.name), version_in(ecosystem, one.package.version)))
    keys = []
    for one in said:
        ecosystem = ecosystem_of(one.package) or _taken_for(one, known)
        key = ecosystem, name_in(ecosystem, one.package.name)
        version = version_in(ecosystem, one.package.version)
        versions[key].add(version)
        keys.append((key, version))
    found: dict[_Key, list[LicensedPackage]] = defaultdict(list)
    for one, (key, version) in zip(said, keys, strict=True):
        for each in ([version] if version is not None else sorted(versions[key] - {None}, key=str) or [None]):
            found[key[0], key[1], each].append(one)
    return found


def _taken_for(one: LicensedPackage, known: Mapping[str, Collection[tuple[str, str | None]]]) -> str:
    candidates = [ecosystem for ecosystem, packages in known.items()
                  if (name_in(ecosystem, one.package.name), version_in(ecosystem, one.package.version)) in packages]
    return candidates[0] if len(candidates) == 1 else ""


class _Judge:
    """A policy and an allowlist, with a memory of what of them was needed."""

    def __init__(self, policy: LicensePolicy | None, allowlist: Allowlist, now: datetime, uses: Uses) -> None:
        self._policy, self._uses = policy, uses
        self._allowed = [one for one in allowlist if one.concern == "license" and not one.expired(now)]
        self._used: set[str] = set()

    def unused(self) -> tuple[str, ...]:
        """The exceptions that covered nothing."""
        exceptions = () if self._policy is None else self._policy.exceptions
        return tuple(one.shown for one in exceptions if one.shown not in self._used)

    def verdict(self, ecosystem: str, name: str, version: str | None, said: Sequence[LicensedPackage]) -> Judged:
        statements = sorted({found for one in said if (found := _statement(one.license)) is not None})
        rejections = sorted({(one.source, one.rejected.strip()) for one in said if one.rejected is not None})
        state, why, by = self._plainly(statements, rejections)
        reason = ""
        if state in ("denied", "unknown"):
            covered = self._covered(ecosystem, name, version, statements)
            if covered is not None:
                state, (by, reason) = "excepted", covered
        file, line = _where(said)
        return Judged(
            name=min(one.package.name.strip() for one in said) or name, ecosystem=ecosystem,
            version=min((given for one in said if (given := (one.package.version or "").strip())), default=version),
            licenses=tuple(statements), sources=tuple(sorted({one.source for one in said})), state=state, why=why,
            by=by,
            disagree=len(statements) > 1, reason=reason, file=file, line=line,
        )

    def _plainly(self, statements: Sequence[str], rejections: Sequence[tuple[str, str]]) -> tuple[State, str, str]:
        """The verdict without exceptions: of what the sources say, the worst counts."""
        if rejections:
            source, why = rejections[0]
            return "denied", why or "rejected by its policy", source
        if self._policy is None:
            return ("listed", "there is no policy", "") if statements else ("unknown", "no source names a licence", "")
        if not statements:
            return "unknown", "no source names a licence", "policy"
        found = [(_met(one, self._policy.takes), one) for one in statements]
        for verdict, one in found:
            if verdict is False:
                return "denied", f"the policy does not take {_some(self._not(one, taken=False))}", "policy"
        for verdict, one in found:
            if verdict is None:
                unknown = self._not(one, taken=None)
                return "unknown", (f"nobody knows what {_some(unknown)} asks for" if unknown
                                   else f"{one} is no licence expression"), "policy"
        return "allowed", "the policy takes it", "policy"

    def _not(self, statement: str, *, taken: Truth) -> list[str]:
        tree = parse(statement)
        if tree is None or self._policy is None:
            return []
        return list(dict.fromkeys(str(one) for one in licenses(tree) if self._policy.takes(one) is taken))

    def _covered(self, ecosystem: str, name: str, version: str | None,
                 statements: Sequence[str]) -> tuple[str, str] | None:
        """By what a package is excepted, and the reason given."""
        taken: set[str] = set()
        grants = [] if self._policy is None else [
            one for one in self._policy.exceptions if name_in(ecosystem, one.package) == name
            and (one.version is None or version_in(ecosystem, one.version) == version)]
        for grant in grants:
            taken |= {one.casefold() for one in grant.licenses}
            if self._with(taken, statements):
                self._used.add(grant.shown)
                return "policy", ""
        for one in self._allowed:
            if is_package(one, ecosystem, name, version):
                tree = parse(one.what)
                taken |= {one.what.casefold(), *(() if tree is None else (canonical(tree).casefold(),))}
                if self._with(taken, statements):
                    waiver = self._uses.hit(one)
                    return waiver.by, waiver.reason
        return None

    def _with(self, taken: set[str], statements: Sequence[str]) -> bool:
        """Whether the package is fine once some licences are taken besides those of the policy."""
        def takes(one: License) -> Truth:
            if str(one).casefold() in taken or (one.has_known_exception and one.id.casefold() in taken):
                return True
            return None if self._policy is None else self._policy.takes(one)
        if not statements:
            return UNKNOWN in taken
        return all(statement.casefold() in taken or (verdict := _met(statement, takes)) is True
                   or (verdict is None and UNKNOWN in taken) for statement in statements)


def _statement(text: str | None) -> str | None:
    """What a source says, as SPDX spells it where it can be told; None for nothing."""
    plain = one_line(text or "", limit=_LONGEST)
    if says_nothing(plain):
        return None
    tree = parse(plain)
    return plain if tree is None else canonical(tree)


def _met(statement: str, takes: Callable[[License], Truth]) -> Truth:
    tree = parse(statement)
    return None if tree is None else met(tree, takes)


def _where(said: Sequence[LicensedPackage]) -> tuple[str | None, int | None]:
    """The lock file or manifest, and the line where one is given."""
    places = sorted({(one.package.file, one.package.line or 0) for one in said if one.package.file},
                    key=lambda place: (place[1] == 0, place))
    return (places[0][0], places[0][1] or None) if places else (None, None)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
