"""What the tools' own configuration files tell them to overlook: deny.toml, audit.toml, osv-scanner.toml. Pure.

Each function takes a file's text and gives what it says, or raises Unreadable with what is wrong. An id is an
advisory's, `yanked` for a version that was withdrawn, or EVERY for all that is said of a package.
"""
from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.security_summary.facts import Package, ToolIgnore
from repo_vitals.concerns.security_summary.identity import ecosystem_of, id_key, name_in, version_in
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from repo_vitals.concerns.security_summary.merge import Entry

EVERY = "*"
_MOST = 10_000      # entries of one list


@dataclass(frozen=True, kw_only=True)
class ToolRules:
    """What one file says."""

    ignores: tuple[ToolIgnore, ...] = ()
    notes: tuple[str, ...] = ()         # checks that it turns off as a whole, in words of ours
    thresholds: tuple[tuple[str, str], ...] = ()    # (format of the tool, what it shows no less than), as written


def covers(ignore: ToolIgnore, entry: Entry) -> bool:
    """Whether an ignore is about an entry, its time aside."""
    if ignore.concern != "vulnerability":
        return False
    if ignore.id != EVERY and id_key(ignore.id) not in {*entry.id_keys, id_key(entry.label)}:
        return False
    if ignore.ecosystem and ignore.ecosystem != entry.key[0]:
        return False
    if ignore.package is not None and name_in(entry.ecosystem, ignore.package) != entry.key[1]:
        return False
    return ignore.version is None or version_in(entry.ecosystem, ignore.version) == entry.version


def cargo_deny(text: str, where: str) -> ToolRules:
    """cargo-deny's deny.toml: ignored advisories and yanked crates, exceptions and clarifications of licences, skipped
    bans, and checks that are turned off."""
    tables = _toml(text)
    advisories, licenses, bans = (_table(tables, name) for name in ("advisories", "licenses", "bans"))
    notes = [f"{where} has cargo-deny overlook {what}" for key, values, what in (
        ("unmaintained", ("none", "allow"), "crates that are unmaintained"),
        ("unsound", ("none", "allow"), "crates that are unsound"),
        ("yanked", ("allow",), "crates that were yanked"),
        ("vulnerability", ("allow", "warn"), "vulnerabilities, or only warn of them"),
    ) if advisories.get(key) in values]
    threshold = advisories.get("severity-threshold")
    if isinstance(threshold, str) and threshold.lower() != "none":
        notes.append(f"{where} has cargo-deny overlook vulnerabilities below a severity")
    silent = advisories.get("vulnerability") in ("allow", "warn")
    if _table(licenses, "private", "licenses.private").get("ignore") is True:
        notes.append(f"{where} has cargo-deny overlook the licences of crates that are not published")
    return ToolRules(ignores=(*_denied_advisories(advisories, where), *_denied_licenses(licenses, where),
                              *_denied_bans(bans, where)), notes=tuple(notes),
                     thresholds=_threshold("cargo-deny", "vulnerability" if silent else threshold))


def _threshold(tool: str, given: object) -> tuple[tuple[str, str], ...]:
    word = given.strip().lower()[:20] if isinstance(given, str) else ""
    return ((tool, word),) if word not in ("", "none") else ()


def _denied_advisories(table: Mapping[str, Any], where: str) -> Iterator[ToolIgnore]:
    for one in _list(table, "ignore", "advisories.ignore"):
        entry = {"id": one} if isinstance(one, str) else one
        if not isinstance(entry, dict):
            raise Unreadable("holds something in advisories.ignore that is neither text nor a table")
        spec = entry.get("crate", entry.get("id", entry.get("name")))
        if not isinstance(spec, str) or not spec.strip():
            raise Unreadable("holds an entry in advisories.ignore without an id")
        reason = _text(entry, "reason")
        if "crate" in entry or "name" in entry or not _is_id(spec):
            package, version = _spec(spec, entry)
            yield ToolIgnore(id="yanked", where=where, reason=reason, package=package, version=version)
        else:
            yield ToolIgnore(id=spec.strip(), where=where, reason=reason)


def _is_id(text: str) -> bool:
    """Whether a text names an advisory and not a crate: `RUSTSEC-2024-0001`, `CVE-…`, `GHSA-…`."""
    first, dash, _ = text.strip().partition("-")
    return bool(dash) and first.isupper() and "@" not in text


def _denied_licenses(table: Mapping[str, Any], where: str) -> Iterator[ToolIgnore]:
    for one in _tables(table, "exceptions", "licenses.exceptions"):
        package, version = _spec(_named(one, "licenses.exceptions"), one)
        for name in _list(one, "allow", "licenses.exceptions.allow"):
            yield ToolIgnore(id=_said(name, "licenses.exceptions.allow"), where=where, package=package, version=version,
                             reason=_text(one, "reason"), concern="license")
    for one in _tables(table, "clarify", "licenses.clarify"):
        package, version = _spec(_named(one, "licenses.clarify"), one)
        yield ToolIgnore(id=_said(one.get("expression"), "licenses.clarify.expression"), where=where, package=package,
                         version=version, reason="stated by hand", concern="license")


def _denied_bans(table: Mapping[str, Any], where: str) -> Iterator[ToolIgnore]:
    for key in ("skip", "skip-tree"):
        for one in _list(table, key, f"bans.{key}"):
            entry = {"crate": one} if isinstance(one, str) else one
            if not isinstance(entry, dict):
                raise Unreadable(f"holds something in bans.{key} that is neither text nor a table")
            package, version = _spec(_named(entry, f"bans.{key}"), entry)
            yield ToolIgnore(id=key, where=where, package=package, version=version, reason=_text(entry, "reason"),
                             concern="ban")


def _named(entry: Mapping[str, Any], place: str) -> str:
    spec = entry.get("crate", entry.get("name"))
    if not isinstance(spec, str) or not spec.strip():
        raise Unreadable(f"holds an entry in {place} without a crate")
    return spec


def _spec(spec: str, entry: Mapping[str, Any]) -> tuple[str, str | None]:
    """cargo-deny's package spec: `name`, `name@1.2.3`, `name:1.2.3`, or name and version by themselves. A range of
    versions, which is not judged here, stands for no version in particular only where it is `*`."""
    for sign in ("@", ":"):
        name, found, version = spec.strip().partition(sign)
        if found:
            break
    given = version if found else entry.get("version")
    plain = given.strip().removeprefix("=").strip() if isinstance(given, str) else ""
    return name.strip(), plain if plain not in ("", "*") else None


def cargo_audit(text: str, where: str) -> ToolRules:
    """cargo-audit's audit.toml: ignored advisories, and a threshold below which it is silent."""
    table = _table(_toml(text), "advisories")
    notes = []
    if isinstance(table.get("severity_threshold"), str) and table["severity_threshold"].lower() not in ("none", "low"):
        notes.append(f"{where} has cargo-audit overlook vulnerabilities below a severity")
    return ToolRules(
        notes=tuple(notes), thresholds=_threshold("cargo-audit", table.get("severity_threshold")),
        ignores=tuple(ToolIgnore(id=_said(one, "advisories.ignore"), where=where)
                      for one in _list(table, "ignore", "advisories.ignore")))


def osv_scanner(text: str, where: str) -> ToolRules:
    """osv-scanner's osv-scanner.toml: ignored vulnerabilities until a time, and packages that are overlooked or whose
    licence is stated."""
    tables = _toml(text)
    ignores = [ToolIgnore(id=_said(one.get("id"), "IgnoredVulns.id"), where=where, reason=_text(one, "reason"),
                          until=_until(one, "ignoreUntil"))
               for one in _tables(tables, "IgnoredVulns", "IgnoredVulns")]
    notes = []
    for one in _tables(tables, "PackageOverrides", "PackageOverrides"):
        package, version = _text(one, "name") or None, _text(one, "version") or None
        license_ = _table(one, "license")
        silent = one.get("ignore") is True or _table(one, "vulnerability").get("ignore") is True
        # No report says of which group of dependencies a package is, so what holds for one group alone holds nowhere.
        if package is None or _text(one, "group"):
            if silent:
                which = "that it does not name" if package is None else "of one group of dependencies"
                notes.append(f"{where} has osv-scanner overlook packages {which}; they count here")
            continue
        override = ToolIgnore(
            id=EVERY, where=where, reason=_text(one, "reason"), until=_until(one, "effectiveUntil"), package=package,
            version=version, ecosystem=ecosystem_of(Package(name=package, ecosystem=_text(one, "ecosystem"))))
        if silent:
            ignores.append(override)
        if license_.get("ignore") is True:
            ignores.append(replace(override, concern="license"))
        ignores += [replace(override, id=_said(name, "license.override"), concern="license")
                    for name in _list(license_, "override", "license.override")]
    return ToolRules(ignores=tuple(ignores), notes=tuple(dict.fromkeys(notes)))


# Where each tool looks by itself, seen from the working folder, and what its file may be about.
DEFAULT_FILES: tuple[tuple[str, Callable[[str, str], ToolRules], frozenset[str]], ...] = (
    ("deny.toml", cargo_deny, frozenset({"vulnerabilities", "licenses", "bans"})),
    (".deny.toml", cargo_deny, frozenset({"vulnerabilities", "licenses", "bans"})),
    (".cargo/deny.toml", cargo_deny, frozenset({"vulnerabilities", "licenses", "bans"})),
    (".cargo/audit.toml", cargo_audit, frozenset({"vulnerabilities"})),
    ("osv-scanner.toml", osv_scanner, frozenset({"vulnerabilities", "licenses"})),
)


def _toml(text: str) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(text.replace("\r\n", "\n"))
    except RecursionError:
        raise Unreadable("is nested too deeply") from None
    except ValueError as error:         # TOMLDecodeError is one, a number of too many digits another
        raise Unreadable(f"is not TOML: {quotable(str(error).splitlines()[0], limit=160)}") from None


def _table(tables: Mapping[str, Any], key: str, shown: str | None = None) -> dict[str, Any]:
    found = tables.get(key, {})
    if not isinstance(found, dict):
        raise Unreadable(f"has {shown or key}, which is no table")
    return found


def _list(table: Mapping[str, Any], key: str, shown: str) -> list[Any]:
    found = table.get(key, [])
    if not isinstance(found, list):
        raise Unreadable(f"has {shown}, which is no list")
    if len(found) > _MOST:
        raise Unreadable(f"has {shown} with more than {_MOST:,} entries")
    return found


def _tables(table: Mapping[str, Any], key: str, shown: str) -> list[dict[str, Any]]:
    found = _list(table, key, shown)
    if not all(isinstance(one, dict) for one in found):
        raise Unreadable(f"has {shown}, which is no list of tables")
    return found


def _said(value: object, shown: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Unreadable(f"holds something in {shown} that is no text")
    return value.strip()


def _text(table: Mapping[str, Any], key: str) -> str:
    found = table.get(key, "")
    if not isinstance(found, str):
        raise Unreadable(f"has {key}, which is no text")
    return found.strip()


def _until(table: Mapping[str, Any], key: str) -> datetime | None:
    """When an ignore ends. A day ends it when it begins, in UTC, as in the tool itself."""
    found = table.get(key)
    if found is None:
        return None
    try:
        if isinstance(found, datetime):
            zoned = found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)
            return zoned.astimezone(timezone.utc)
        if isinstance(found, date):
            return datetime(found.year, found.month, found.day, tzinfo=timezone.utc)
        if isinstance(found, str):
            return parse_instant(found.strip())
    except (ValueError, OverflowError):
        pass
    raise Unreadable(f"has {key}, which is no date such as 2027-01-31")
