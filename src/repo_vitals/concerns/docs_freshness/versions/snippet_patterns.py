"""How install instructions name a version, by what reads them. Pure.

No pattern of these can run away: each has bounded repeats, or repeats of one class of characters.
"""
from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Literal

from repo_vitals import late
from repo_vitals.concerns.docs_freshness.versions.numbers import parse
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from repo_vitals.concerns.docs_freshness.versions.packages import Ecosystem, Package

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}"
_V = r"[vV]?\d[0-9A-Za-z.+*-]{0,60}"
_PEP_508 = late.regex(rf"(?<![\w.@/-])({_NAME}?)(?:\[[\w,\s.-]{{0,100}}\])?\s{{0,3}}"
                      rf"((?:===?|~=|!=|[<>]=)\s{{0,3}}{_V}(?:\s{{0,2}},\s{{0,2}}(?:[=~!<>]=?=?)\s{{0,3}}{_V}){{0,5}})")
_AT = late.regex(rf"(?<![\w.@-])((?:@{_NAME}/)?{_NAME}(?:/[\w.~-]{{1,100}}){{0,10}})@((?:\^|~|=|>=|<=)?{_V})")
_TOML = re.compile(rf"""^[ \t]*["']?({_NAME})["']?[ \t]*=[ \t]*"""
                   r"""(?:["']([^"'\n]{1,100})["'][ \t]*(?:\#.*)?$|\{([^\n]{1,500})\})""", re.MULTILINE)
_TOML_TABLE = late.regex(rf"^[ \t]*\[[\w.-]{{0,100}}dependencies\.[\"']?({_NAME})[\"']?\][ \t]*\n"
                         r"((?:[^\[\n][^\n]*\n?){0,20})", re.MULTILINE)
_INNER = late.regex(r"""(?<![\w-])(version|tag)[ \t]*=[ \t]*["']([^"'\n]{1,100})["']""")
_JSON = late.regex(r'"((?:@[\w.-]{1,100}/)?[\w.-]{1,100})"\s{0,5}:\s{0,5}(?:(\{)|"([^"\n]{0,100})")|([{}])')
_JSON_VERSION = late.regex(r"[~^<>=v\d]")
# Tables of package.json that say what something needs, and not what to install.
_JSON_OTHER = frozenset({"engines", "devEngines", "overrides", "resolutions"})
_MAVEN = late.regex(r"(?:<groupId>\s*([\w.-]{1,200})\s*</groupId>\s*)?<artifactId>\s*([\w.-]{1,200})\s*</artifactId>\s*"
                    r"<version>\s*([^<\s$]{1,100})\s*</version>")
_GRADLE = late.regex(r"""["']([\w.-]{1,200}):([\w.-]{1,200}):([vV]?\d[\w.+-]{0,60})["'@]""")
_USES = late.regex(r"""\buses:[ \t]{1,5}["']?([\w.-]{1,100}/[\w.-]{1,100})(?:/[\w./-]{1,200})?@([\w./-]{1,200})["']?"""
                   r"""(?:[ \t]{1,5}\#[ \t]{0,5}([vV]?\d[\w.+-]{0,60}))?""")
_IMAGE = late.regex(r"(?<![\w@/.-])((?:[\w.-]{1,100}(?::\d{1,5})?/)?[\w.-]{1,100}/[\w.-]{1,100}):([vV]?\d[\w.-]{0,60})")
_DOWNLOAD = late.regex(r"https?://github\.com/([\w.-]{1,100}/[\w.-]{1,100})/"
                       r"(?:releases/download/|archive/refs/tags/|archive/)([\w.@-]{1,100}?)(?:/|\.tar\.gz|\.zip)")
_CLONE = late.regex(r"git clone\b(?=[^\n]{0,300}github\.com[:/]([\w.-]{1,100}/[\w.-]{1,100}))[^\n]{0,300}?"
                    r"(?:-b|--branch)[ =]([\w.@/-]{1,100})")
_PRE_COMMIT = late.regex(r"repo:[ \t]{1,5}[\"']?https?://github\.com/([\w.-]{1,100}/[\w.-]{1,100}?)(?:\.git)?/?"
                         r"[\"']?[ \t]*\n[ \t]*rev:[ \t]*[\"']?([\w.@/-]{1,100})")
_CARGO = late.regex(r"\bcargo(?:[ \t]+\+[\w.-]+)?[ \t]+(install|add|binstall)[ \t]+([^\n|;&]{1,500})")
_INSTALLS = late.regex(r"\bcargo(?:[ \t]+\+[\w.-]+)?[ \t]+(?:install|binstall)\b[^\n|;&]*$")
_LONGEST_BEFORE = 200   # characters of a command, before what it installs
_CARGO_VERSION = late.regex(r"(?:--version|--vers)[ =][\"']?([=^~<>]{0,2}[ ]?[vV]?\d[\w.+-]{0,60})")
_BADGE = late.regex(r"https?://(?:img\.shields\.io/badge/|badgen\.net/badge/)"
                    r"(?:version|release|latest|stable|crates\.io|pypi|npm|tag)[-/]"
                    r"([vV]?\d[\w.-]{0,60}?)[-/][A-Za-z0-9]{3,20}(?:\.svg|\?|$)", re.IGNORECASE)
_GIT_URL = late.regex(r"git\+https://github\.com/([\w.-]{1,100}/[\w.-]{1,100}?)(?:\.git)?@([\w.@/-]{1,100})")
_GIT_TAG = late.regex(r"--git[ =][\"']?https://github\.com/([\w.-]{1,100}/[\w.-]{1,100})[\"']?[^\n]{0,200}?"
                      r"--tag[ =]([\w.@/-]{1,100})")
_TOML_LANGUAGES = frozenset({"", "toml", "ini", "text", "txt", "conf", "plain", "plaintext"})
_ADDRESSED = late.regex(r"(?:uses:\s*[\"']?|git\+https://|pkg:\S*)$")
_SHA = late.regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FLAVOUR = late.regex(r"([vV]?\d+(?:\.\d+)*)(?:-(?!rc|alpha|beta|pre|dev|snapshot)[\w.-]+)?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A version in a text. `place` is where, in characters."""

    place: int
    version: str
    how: Literal["range", "exact", "prefix", "ref"]
    ecosystem: Ecosystem | None = None
    name: str = ""


class Own:
    """The names that are the project's own."""

    def __init__(self, packages: Sequence[Package], repository: str) -> None:
        self.repository = repository.lower()
        self._by_name = {(package.ecosystem, _key(package.ecosystem, package.name)): package.name
                         for package in packages}
        self._modules = sorted((package.name for package in packages if package.ecosystem == "go"), key=len,
                               reverse=True)
        self._artifacts = {package.name.partition(":")[2]: package.name for package in packages
                           if package.ecosystem == "maven"}
        self.ecosystems = frozenset(package.ecosystem for package in packages)

    def package(self, ecosystem: Ecosystem, name: str) -> str | None:
        """The own package of that name, as its manifest spells it."""
        return self._by_name.get((ecosystem, _key(ecosystem, name)))

    def module(self, path: str) -> str | None:
        """The own module that a path of Go lies in."""
        return next((module for module in self._modules if path == module or path.startswith(f"{module}/")), None)

    def artifact(self, group: str | None, name: str) -> str | None:
        """The own artifact of Maven."""
        found = self._artifacts.get(name)
        return found if found is not None and (not group or found.startswith(f"{group}:")) else None


def find(text: str, language: str, own: Own) -> Iterator[Found]:
    """Every version of the project that a piece of code names."""
    for name, pattern in _FINDERS:
        if name in text:
            yield from pattern(text, own)
    if own.ecosystems & {"cargo", "pypi"} and "=" in text and language.lower() in _TOML_LANGUAGES:
        yield from _toml(text, own)
    if "npm" in own.ecosystems and language.lower() in ("", "json", "jsonc", "json5", "js", "javascript"):
        yield from _json(text, own)


def badge(address: str) -> str | None:
    """The version that a badge of fixed text shows."""
    match = _BADGE.match(address)
    version = None if match is None else match[1].replace("--", "-")
    return version if version is not None and _is_version(version) else None


def _pep_508(text: str, own: Own) -> Iterator[Found]:
    for match in _PEP_508.finditer(text):
        name = own.package("pypi", match[1])
        if name is not None:
            yield Found(place=match.start(1), version=match[2].strip(), how="range", ecosystem="pypi", name=name)


def _at(text: str, own: Own) -> Iterator[Found]:
    for match in _AT.finditer(text):
        path, version = match[1], match[2]
        before = text[max(0, match.start() - 20):match.start()]
        if _ADDRESSED.search(before) is not None:
            continue        # looked at by their addresses; a package URL says what something is made of
        if match.start() == 0 and match.end() == len(text):
            continue        # `widget@2` alone is how people say since when something is so
        if (module := own.module(path)) is not None:
            yield Found(place=match.start(), version=version, how="prefix", ecosystem="go", name=module)
            continue
        if path.startswith("github.com/"):
            continue        # a repository at a tag, which is looked at by its address
        bare = path.split("/")
        name = "/".join(bare[:2]) if path.startswith("@") else bare[-1]
        if (npm := own.package("npm", name)) is not None:
            yield Found(place=match.start(), version=version, how="range", ecosystem="npm", name=npm)
        elif "/" in path:
            continue        # an address at a network that delivers npm's packages, of which one has the same name
        elif (crate := own.package("cargo", name)) is not None:
            installs = _INSTALLS.search(text[max(0, match.start() - _LONGEST_BEFORE):match.start()]) is not None
            yield Found(place=match.start(), version=version, how=_of_cargo(version, installs=installs),
                        ecosystem="cargo", name=crate)
        elif (project := own.package("pypi", name)) is not None:
            yield Found(place=match.start(), version=version, how="prefix", ecosystem="pypi", name=project)


def _cargo(text: str, own: Own) -> Iterator[Found]:
    for match in _CARGO.finditer(text):
        version = _CARGO_VERSION.search(match[2])
        names = [name for word in match[2].split() if (name := own.package("cargo", word.strip("\"'"))) is not None]
        if version is not None and names:
            yield Found(place=match.start(2) + version.start(1), version=version[1],
                        how=_of_cargo(version[1], installs=match[1] != "add"), ecosystem="cargo", name=names[0])


def _of_cargo(version: str, *, installs: bool) -> Literal["exact", "range"]:
    """`cargo install` takes three bare numbers as that version alone, behind `--version` as behind `@`."""
    plain = parse(version)
    return "exact" if installs and plain is not None and plain.width >= 3 else "range"


def _toml(text: str, own: Own) -> Iterator[Found]:
    for match in (*_TOML.finditer(text), *_TOML_TABLE.finditer(text)):
        ecosystem: Ecosystem
        for ecosystem in ("cargo", "pypi"):
            name = own.package(ecosystem, match[1])
            if name is None:
                continue
            is_plain = match.re is _TOML and match[2] is not None
            inner = [("version", match[2])] if is_plain else \
                _INNER.findall(match[3] if match.re is _TOML else match[2])
            for key, version in inner:
                if key == "tag":
                    yield Found(place=text.find(version, match.start()), version=version, how="exact")
                elif re.match(r"[\^~=<>v\s]*\d", version):
                    yield Found(place=text.find(version, match.start()), version=version, how="range",
                                ecosystem=ecosystem, name=name)
            break


@dataclass
class _Table:
    """A table of JSON: how many texts stand in it, and which of them are the project's versions."""

    name: str
    texts: int = 0
    found: list[Found] = field(default_factory=list)

    @property
    def counts(self) -> bool:
        """Whether it tells what to install: a list of mostly other packages is a sample."""
        return self.name not in _JSON_OTHER and 2 * len(self.found) >= self.texts


def _json(text: str, own: Own) -> Iterator[Found]:
    tables = [_Table("")]
    for match in _JSON.finditer(text):
        key, opens, version, brace = match.groups()
        if opens or brace == "{":
            tables.append(_Table(key or ""))
        elif brace == "}":
            ended = tables.pop() if len(tables) > 1 else _Table("")
            yield from ended.found if ended.counts else ()
        else:
            tables[-1].texts += 1
            name = own.package("npm", key)
            if name is not None and _JSON_VERSION.match(version) is not None:
                tables[-1].found.append(Found(place=match.start(), version=version.strip(), how="range",
                                              ecosystem="npm", name=name))
    for table in tables:
        yield from table.found if table.counts else ()


def _maven(text: str, own: Own) -> Iterator[Found]:
    for match in _MAVEN.finditer(text):
        name = own.artifact(match[1], match[2])
        if name is not None and _is_version(match[3]):
            yield Found(place=match.start(3), version=match[3], how="exact", ecosystem="maven", name=name)


def _gradle(text: str, own: Own) -> Iterator[Found]:
    for match in _GRADLE.finditer(text):
        name = own.artifact(match[1], match[2])
        if name is not None and _is_version(match[3]):
            yield Found(place=match.start(3), version=match[3], how="exact", ecosystem="maven", name=name)


def _uses(text: str, own: Own) -> Iterator[Found]:
    for match in _USES.finditer(text):
        if match[1].lower() != own.repository:
            continue
        if _SHA.fullmatch(match[2]):
            if match[3] and _is_version(match[3]):
                yield Found(place=match.start(3), version=match[3], how="ref")
        elif _is_version(match[2]):
            yield Found(place=match.start(2), version=match[2], how="ref")


def _image(text: str, own: Own) -> Iterator[Found]:
    for match in _IMAGE.finditer(text):
        if "/".join(match[1].lower().split("/")[-2:]) != own.repository:
            continue
        flavour = _FLAVOUR.fullmatch(match[2])
        version = flavour[1] if flavour else match[2]
        # A bare number may be a port or a line.
        if _is_version(version) and ("." in version or version[0] in "vV"):
            yield Found(place=match.start(2), version=version, how="prefix")


def _by_address(pattern: re.Pattern[str]) -> Callable[[str, Own], Iterator[Found]]:
    def find_in(text: str, own: Own) -> Iterator[Found]:
        for match in pattern.finditer(text):
            if match[1].removesuffix(".git").lower() == own.repository and _is_version(match[2]):
                yield Found(place=match.start(2), version=match[2], how="exact")
    return find_in


def _is_version(text: str) -> bool:
    return parse(text) is not None


def _key(ecosystem: Ecosystem, name: str) -> str:
    if ecosystem == "pypi":
        return re.sub(r"[-_.]+", "-", name).lower()
    return name.replace("_", "-") if ecosystem == "cargo" else name


# Each with what its text can't be without, so that most blocks are looked at once.
_FINDERS: tuple[tuple[str, Callable[[str, Own], Iterator[Found]]], ...] = (
    ("=", _pep_508), ("@", _at), ("cargo", _cargo), ("<artifactId>", _maven), (":", _gradle), ("uses:", _uses),
    (":", _image), ("github.com", _by_address(_DOWNLOAD)), ("git clone", _by_address(_CLONE)),
    ("git+https", _by_address(_GIT_URL)), ("--git", _by_address(_GIT_TAG)), ("rev:", _by_address(_PRE_COMMIT)),
)
