"""The inputs of package-adoption."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.package_adoption.facts import REGISTRIES, Package
from repo_vitals.config.common import monitor_inputs
from repo_vitals.config.declare import BOOLEAN, LIST, TEXT, Input, Kind, integer, ratio
from repo_vitals.config.file import closest
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.deps_dev import ADDRESS as DEPS_DEV_ADDRESS
from repo_vitals.sources.mirrors import mirror
from repo_vitals.stats.week_baseline import Span

if TYPE_CHECKING:
    from repo_vitals.concerns.package_adoption.facts import Registry
    from repo_vitals.config.declare import Values

MOST_PACKAGES = 100
RELEASES = "github"
# What a registry lets a name be; npm's oldest packages have capitals, and none of these is a step on a path.
_NAMES: dict[Registry, re.Pattern[str]] = {
    "crates": re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII),
    "pypi": re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?", re.ASCII),
    "npm": re.compile(r"(?:@[A-Za-z0-9~_-][A-Za-z0-9._~-]{0,100}/)?[A-Za-z0-9~_-][A-Za-z0-9._~-]{0,213}", re.ASCII),
}
_NONE = "none"


def parse_package(text: str) -> Package:
    """`crates:serde`, `pypi:requests`, `npm:@scope/name` or `github`. Raises ValueError."""
    shown = quotable(text, limit=80)
    if text == RELEASES:
        return Package("github", "")
    word, colon, name = text.partition(":")
    registry = next((one for one in REGISTRIES if one == word), None)
    if not colon or registry is None:
        hint = closest(word, [*REGISTRIES]) if colon else ""
        raise ValueError(f'holds "{shown}"{hint}, which is none of crates:NAME, pypi:NAME, npm:NAME and github')
    if registry == "github":
        raise ValueError(f'holds "{shown}"; `github` alone stands for the releases of the repository')
    if _NAMES[registry].fullmatch(name) is None:
        raise ValueError(f'holds "{shown}", which can\'t be the name of a package there')
    # PEP 503: PyPI knows one package by all these spellings, its statistics by this one alone.
    return Package(registry, re.sub(r"[-_.]+", "-", name).lower() if registry == "pypi" else name)


def _packages(entries: tuple[str, ...]) -> tuple[Package, ...]:
    found = tuple(dict.fromkeys(parse_package(entry) for entry in entries))
    if len(found) > MOST_PACKAGES:
        raise ValueError(f"holds {len(found)} packages; {MOST_PACKAGES} are the most")
    return found


def _shown(package: Package) -> str:
    return RELEASES if package.registry == "github" else str(package)


def _patterns(entries: tuple[str, ...]) -> tuple[str, ...]:
    for entry in entries:
        if len(entry) > 200 or "/" in entry:
            raise ValueError(f'holds "{quotable(entry, limit=60)}"; patterns are of names of assets, such as *.tar.gz')
    if entries and all(entry.startswith("!") for entry in entries):
        raise ValueError("takes assets out (!) of nothing; begin with *")
    return entries


def _spans(entries: tuple[str, ...]) -> tuple[Span, ...]:
    return tuple(Span.parse(entry) for entry in entries)


def _place(name: str) -> Kind[str]:
    def read(text: str) -> str:
        return mirror(text, name=name, wanted="an https URL")
    return Kind("URL", lambda text: read(TEXT.parse(text)), lambda value: read(TEXT.from_toml(value)), str)


def _place_or_none(name: str) -> Kind[str | None]:
    def read(text: str) -> str | None:
        return None if text == _NONE else mirror(text, name=name, wanted="an https URL, nor none")
    return Kind("URL or none", lambda text: read(TEXT.parse(text)), lambda value: read(TEXT.from_toml(value)),
                lambda value: value or _NONE)


PACKAGES = Input(
    name="packages", default=(), default_text="none, so one has to be given",
    kind=Kind("list", lambda text: _packages(LIST.parse(text)), lambda value: _packages(LIST.from_toml(value)),
              lambda value: ", ".join(map(_shown, value))),
    help="Packages to measure: `crates:NAME`, `pypi:NAME`, `npm:NAME` or `npm:@SCOPE/NAME`, and `github` for the "
         "assets of the repository's releases",
)
# Checksums, signatures and SBOMs: each is fetched with the file that it is about.
ASSETS_LEFT_OUT = (
    "!*.sha1*", "!*.sha2*", "!*.sha384*", "!*.sha512*", "!*.md5*", "!*.b2", "!*.b3", "!*.blake[23]*",
    "!*sums", "!*sums.txt", "!*SUMS", "!*SUMS.txt", "!SHASUMS*", "!*sha[0-9]*sum", "!*sha[0-9]*sum.txt",
    "!*SHA[0-9]*SUM", "!*SHA[0-9]*SUM.txt", "!*md5sum", "!*md5sum.txt", "!*MD5SUM", "!*checksum*.txt", "!*checksum",
    "!*[Cc]hecksums*", "!*CHECKSUM", "!*CHECKSUM[S.]*", "!sha256.txt", "!sha512.txt",
    "!*.asc", "!*.sig", "!*.minisig", "!*.pem", "!*.crt", "!cosign.pub", "!*.sigstore", "!*.sigstore.json",
    "!*.intoto.jsonl", "!*.attestation*", "!*.provenance", "!*.provenance.json",
    "!*.sbom", "!*.sbom.*", "!*.spdx", "!*.spdx.json", "!*.cdx.json", "!*.cdx.xml", "!*cyclonedx.json",
    "!*cyclonedx.xml", "!bom.json", "!bom.xml", "!sbom.json", "!*.bom.json",
    "!*.blockmap", "!*.zsync", "!latest*.yml")
ASSETS = Input(
    name="assets", default=("*", *ASSETS_LEFT_OUT), default_text="all but checksums, signatures and SBOMs",
    kind=Kind("list", lambda text: _patterns(LIST.parse(text)), lambda value: _patterns(LIST.from_toml(value)),
              LIST.show),
    help="Assets of releases that count as downloads, as patterns of their names; `!` takes out what an earlier one "
         "let in",
)
TRAFFIC = Input(
    name="traffic", kind=BOOLEAN, default=True,
    help="Whether to read the repository's views, clones, referrers and popular paths, which takes the token of an App "
         "or a person with `administration: read`; with another they are unknown",
)
LARGEST_CHANGE = Input(
    name="largest-change", kind=ratio(), default=0.3,
    help="Share of its usual downloads by which a week may change without a finding, however sure the change is; from "
         "0 to 1",
)
BASELINE_WEEKS = Input(
    name="baseline-weeks", kind=integer(4, 26), default=8,
    help="Weeks that a package's usual downloads are taken from, each weekday by itself; with fewer than half of them "
         "the verdict is unknown",
)
QUIET_DAYS = Input(
    name="quiet-days", default=(Span.parse("12-20..01-06"),), default_text="12-20..01-06",
    kind=Kind("list", lambda text: _spans(LIST.parse(text)), lambda value: _spans(LIST.from_toml(value)),
              lambda value: ", ".join(map(str, value))),
    help="Days on which fewer downloads are usual, of each year as `MM-DD` or `MM-DD..MM-DD`, of one year as "
         "`YYYY-MM-DD` or `YYYY-MM-DD..YYYY-MM-DD`: they are no part of anybody's usual week, and a drop on them is no "
         "finding",
)
OLD_RATIO = Input(
    name="maximum-old-ratio", kind=ratio(), default=0.05,
    help="Largest share of downloads that may go to yanked versions, and the same of versions with known flaws; more "
         "warns",
)
CRATES_IO = Input(name="crates-io", kind=_place("crates-io"), default="https://crates.io",
                  help="Address of crates.io or of a mirror of its API")
PYPISTATS = Input(name="pypistats", kind=_place("pypistats"), default="https://pypistats.org",
                  help="Address of pypistats.org or of a mirror of its API")
NPM_DOWNLOADS = Input(name="npm-downloads", kind=_place("npm-downloads"), default="https://api.npmjs.org",
                      help="Address of npm's downloads API or of a mirror of it")
DEPS_DEV: Input[str | None] = Input(
    name="deps-dev", kind=_place_or_none("deps-dev"), default=DEPS_DEV_ADDRESS,
    help="Address of deps.dev or a mirror of its API, for versions in PyPI and npm and for known flaws; `none` leaves "
         "them out",
)
DEPS_DEV_REQUESTS = Input(
    name="deps-dev-requests", kind=integer(0, 10_000), default=100,
    help="Most requests to deps.dev in a run, the most downloaded versions first; with a history the next run goes on "
         "from there",
)

INPUTS = monitor_inputs(
    PACKAGES, ASSETS, TRAFFIC, LARGEST_CHANGE, BASELINE_WEEKS, QUIET_DAYS, OLD_RATIO, CRATES_IO, PYPISTATS,
    NPM_DOWNLOADS, DEPS_DEV, DEPS_DEV_REQUESTS,
)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What figures are held against."""

    change: float               # share of the usual week
    weeks: int
    quiet: tuple[Span, ...]
    old: float                  # share of downloads


def limits(values: Values) -> Limits:
    """The limits that the inputs give."""
    return Limits(change=values[LARGEST_CHANGE], weeks=values[BASELINE_WEEKS], quiet=values[QUIET_DAYS],
                  old=values[OLD_RATIO])
