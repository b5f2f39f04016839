"""Which licences a project takes: the input `licenses`, and what it says of one licence. Pure.

In the configuration, a name of a preset or a table; as text, the same keys line by line:

    [security-summary.licenses]                         licenses: |
    preset = "bsd-3-clause-compatible"                    preset = bsd-3-clause-compatible
    allow = ["MPL-2.0"]                                   allow = MPL-2.0
    deny = ["CC0-1.0"]                                    deny = CC0-1.0
    unknown = "warn"                                      unknown = warn
    [security-summary.licenses.exceptions]
    ring = ["OpenSSL"]                                    exceptions.ring = OpenSSL
    "left-pad 1.3.0" = ["unknown"]                        exceptions.left-pad 1.3.0 = unknown
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.config.declare import LINES, LIST, Input, Kind
from repo_vitals.config.file import closest, near, quoted
from repo_vitals.frozen import dataclass
from repo_vitals.stats.license_expressions import License, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.stats.license_expressions import Truth

# Licences that ask nothing of who passes the work on but to keep notices (and, some of them, not to sue over patents):
# a project under BSD-3-Clause can depend on them and stay what it is.
_NOTICE_ONLY = (
    "0BSD", "AFL-3.0", "Apache-2.0", "BlueOak-1.0.0", "BSD-1-Clause", "BSD-2-Clause",
    "BSD-2-Clause-Patent", "BSD-2-Clause-Views", "BSD-3-Clause", "BSD-3-Clause-Clear", "BSD-Source-Code", "BSL-1.0",
    "bzip2-1.0.6", "CC0-1.0", "curl", "FTL", "HPND", "ICU", "IJG", "ISC", "libpng-2.0", "Libpng", "MIT", "MIT-0",
    "MIT-CMU", "MIT-Modern-Variant", "NCSA", "PostgreSQL", "PSF-2.0", "Python-2.0", "TCL", "Unicode-3.0",
    "Unicode-DFS-2015", "Unicode-DFS-2016", "Unlicense", "UPL-1.0", "W3C", "WTFPL", "X11", "Zlib",
    "zlib-acknowledgement", "ZPL-2.1",
)
# Besides those, licences that ask for the source of changed files or of the library alone.
_WEAK_COPYLEFT = (
    "CDDL-1.0", "CDDL-1.1", "CPL-1.0", "EPL-1.0", "EPL-2.0", "LGPL-2.0-only", "LGPL-2.0-or-later", "LGPL-2.1-only",
    "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-1.1", "MPL-2.0",
    "GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0",
    "GPL-3.0-or-later WITH GCC-exception-3.1",
)
PRESETS: Mapping[str, tuple[str, ...]] = {
    "bsd-3-clause-compatible": _NOTICE_ONLY,
    "weak-copyleft": (*_NOTICE_ONLY, *_WEAK_COPYLEFT),
}
UNKNOWN = "unknown"                     # among a package's exceptions: its licence need not be known
_KEYS = ("preset", "allow", "deny", "exceptions", "unknown")
_MOST = 10_000                          # licences or packages in one list
Unknowns = Literal["fail", "warn"]


@dataclass(frozen=True, kw_only=True)
class PackageGrant:
    """What is taken of one package besides."""

    package: str                        # as its registry or the tools write it; compared as the registry does
    version: str | None                 # None: any
    licenses: tuple[str, ...]           # as SPDX spells them, or UNKNOWN

    @property
    def shown(self) -> str:
        """As it is written in the configuration."""
        return self.package if self.version is None else f"{self.package} {self.version}"


@dataclass(frozen=True, kw_only=True)
class LicensePolicy:
    """Which licences are taken. Names are as SPDX spells them today: `GPL-2.0` was read as `GPL-2.0-only`."""

    allow: frozenset[str] = frozenset()     # those of the preset too; empty: all that are known and not denied
    deny: frozenset[str] = frozenset()
    exceptions: tuple[PackageGrant, ...] = ()
    preset: str | None = None
    unknown: Unknowns = "fail"          # what a package does whose licence is not known

    def takes(self, one: License) -> Truth:
        """Whether a licence is taken; None where that can't be said.

        What is said of the whole `X WITH Y` goes before what is said of X, and a denial before a permission. "Or any
        later version" is taken where the version itself is. One's own references (`LicenseRef-`) are taken where they
        are listed; without a list of what is allowed nobody knows what they ask for. What SPDX does not list as an
        exception may take rights away ("MIT WITH Commons-Clause"): that X is allowed says nothing of the two together.
        """
        for name in _names(one):
            if name in self._denied:
                return False
            if name in self._allowed and (one.has_known_exception or " with " in name):
                return True
        if one.kind == "unknown" or not one.has_known_exception:
            return None
        if self.allow:
            return False
        return True if one.kind == "known" else None

    @property
    def _denied(self) -> frozenset[str]:
        return _folded(self.deny)

    @property
    def _allowed(self) -> frozenset[str]:
        return _folded(self.allow)


@lru_cache(maxsize=16)
def _folded(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _names(one: License) -> Iterable[str]:
    """What a licence is listed as, the most exact first."""
    versions = dict.fromkeys((one.id, one.version))
    if one.exception is not None:
        yield from (f"{version} WITH {one.exception}".casefold() for version in versions)
    yield from (version.casefold() for version in versions)


def read_policy(table: Mapping[str, Any]) -> LicensePolicy:
    """The policy of a TOML table. Raises ValueError saying which key is wrong, and in what."""
    for key in table:
        if key not in _KEYS:
            raise ValueError(f"has an unknown key {quoted(str(key))}{closest(str(key), _KEYS)}")
    preset = table.get("preset")
    if preset is not None and (not isinstance(preset, str) or preset not in PRESETS):
        raise ValueError(f"preset: {quoted(str(preset))} is none{closest(str(preset), PRESETS)}")
    unknown = table.get("unknown", "fail")
    if unknown not in ("fail", "warn"):
        raise ValueError("unknown: is not one of fail, warn")
    allow = _licenses("allow", table.get("allow", []))
    deny = _licenses("deny", table.get("deny", []))
    twice = sorted(set(allow) & set(deny))
    if twice:
        raise ValueError(f"{quoted(twice[0])} is both allowed and denied")
    if not (preset or allow or deny):
        raise ValueError("names no licence; give a preset, allow or deny")
    return LicensePolicy(
        preset=preset, allow=frozenset(allow) | (frozenset(PRESETS[preset]) if preset else frozenset()),
        deny=frozenset(deny), exceptions=_exceptions(table.get("exceptions", {})),
        unknown="warn" if unknown == "warn" else "fail",
    )


def _licenses(key: str, value: Any, *, also: tuple[str, ...] = ()) -> tuple[str, ...]:
    try:
        names = (value,) if isinstance(value, str) and also else LIST.from_toml(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None
    if len(names) > _MOST:
        raise ValueError(f"{key}: holds more than {_MOST:,} licences")
    return tuple(dict.fromkeys(name if name in also else _spelled(key, name) for name in names))


def _spelled(key: str, name: str) -> str:
    tree = parse(name)
    if isinstance(tree, License) and tree.kind != "unknown":
        return str(tree)
    if tree is not None and not isinstance(tree, License):
        raise ValueError(f"{key}: {quoted(name)} is an expression; name each licence by itself")
    raise ValueError(f"{key}: {quoted(name)} is no licence that SPDX knows{near(name, _known_names())}")


def _known_names() -> tuple[str, ...]:
    return PRESETS["weak-copyleft"] + ("GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later",
                                       "AGPL-3.0-only", "AGPL-3.0-or-later")


def _exceptions(value: Any) -> tuple[PackageGrant, ...]:
    if not isinstance(value, Mapping):
        raise ValueError('exceptions: needs a table of packages, such as { ring = ["OpenSSL"] }')
    if len(value) > _MOST:
        raise ValueError(f"exceptions: holds more than {_MOST:,} packages")
    found = []
    for name, given in value.items():
        package, _, version = str(name).strip().rpartition(" ")
        if not package:
            package, version = version, ""
        if not package:
            raise ValueError("exceptions: has a package without a name")
        licenses = _licenses(f"exceptions: {quoted(str(name))}", given, also=(UNKNOWN,))
        if not licenses:
            raise ValueError(f"exceptions: {quoted(str(name))} names no licence")
        found.append(PackageGrant(package=package.strip(), version=version or None, licenses=licenses))
    return tuple(found)


def _parse(text: str) -> LicensePolicy | None:
    lines = LINES.parse(text)
    if lines == ("none",):
        return None
    if len(lines) == 1 and "=" not in lines[0]:
        return read_policy({"preset": lines[0]})
    table: dict[str, Any] = {}
    exceptions: dict[str, Any] = {}
    for line in lines:
        key, equals, value = (part.strip() for part in _split(line))
        if not equals or not value:
            raise ValueError(f'has the line {quoted(line)}; needed is `key = value`, such as `allow = MIT, ISC`')
        into, name = (exceptions, key[11:].strip().strip('"')) if key.startswith("exceptions.") else (table, key)
        if name in into:
            raise ValueError(f"has {quoted(key)} twice")
        into[name] = value if into is table and key in ("preset", "unknown") else list(LIST.parse(value))
    if exceptions:
        if "exceptions" in table:
            raise ValueError("has both exceptions and exceptions.NAME; write exceptions.NAME for each package")
        table["exceptions"] = exceptions
    return read_policy(table)


def _split(line: str) -> tuple[str, str, str]:
    """A key, the equals sign, and a value; a name in quotes may hold the sign itself."""
    match = re.fullmatch(r'(exceptions\."[^"]*"|[^=]*)\s*(=)(.*)', line)
    return (line, "", "") if match is None else (match[1], match[2], match[3])


def _from_toml(value: Any) -> LicensePolicy | None:
    if isinstance(value, Mapping):
        return read_policy(value)
    if isinstance(value, str):
        return _parse(value)
    raise ValueError("needs the name of a preset in quotes, or a table")


_KIND: Kind[LicensePolicy | None] = Kind("preset or lines", _parse, _from_toml, lambda _: "", quotable=False)
LICENSES: Input[LicensePolicy | None] = Input(
    name="licenses", kind=_KIND, default=None, default_text="none: only what the tools themselves reject counts",
    help="Which licences dependencies may have: a preset (" + ", ".join(PRESETS) + "), or lines `preset = NAME`, "
         "`allow = MIT, ISC`, `deny = GPL-3.0-only`, `unknown = fail` or `warn`, and `exceptions.PACKAGE = OpenSSL`; "
         "in the configuration a table with these keys",
)
