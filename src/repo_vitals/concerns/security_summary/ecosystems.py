"""What tools call the ecosystem of a package, in OSV's spelling (ossf.github.io/osv-schema, "Defined Ecosystems")."""
from __future__ import annotations

import re

from repo_vitals.concerns.security_summary.facts import Package

_OSV: dict[str, str] = {}
for _osv, _words in {
    "crates.io": "cargo rust rust-crate rustbinary rust-binary crates.io crates cratesio",
    "npm": "npm node node-pkg nodejs javascript js yarn pnpm bun npmjs",
    "PyPI": "pypi pip pipenv poetry python python-pkg uv pylock conda-pip",
    "Go": "go golang gomod gobinary go-module gomodules",
    "Maven": "maven java java-archive jar pom gradle sbt jenkins-plugin",
    "NuGet": "nuget dotnet dotnet-core dotnet-deps packages-props .net",
    "Packagist": "packagist composer composer-vendor php-composer php",
    "RubyGems": "rubygems gem gemspec bundler ruby",
    "Pub": "pub dart dart-pub",
    "Hex": "hex erlang elixir mix hex-package",
    "SwiftURL": "swift swifturl swift-package",
    "CocoaPods": "cocoapods pod",
    "GitHub Actions": "githubactions github-actions github-action github-action-workflow actions",
    "ConanCenter": "conancenter conan",
    "Hackage": "hackage haskell",
    "CRAN": "cran r r-package",
    "Julia": "julia",
    "Conda": "conda conda-pkg conda-environment",
    "Alpine": "alpine",
    "Debian": "debian",
    "Ubuntu": "ubuntu",
    "Red Hat": "redhat rhel",
    "Rocky Linux": "rocky",
    "AlmaLinux": "alma almalinux",
    "Wolfi": "wolfi",
    "Chainguard": "chainguard",
    "SUSE": "suse sles suse-linux-enterprise-server",
    "openSUSE": "opensuse opensuse-leap opensuse-tumbleweed",
    "Amazon Linux": "amazon",
    "Oracle Linux": "oracle ol",
    "Photon OS": "photon",
    "CentOS": "centos",
    "Fedora": "fedora",
    "Bitnami": "bitnami",
    "Linux": "linux linux-kernel",
}.items():
    for _word in (*_words.split(), _osv.lower()):
        _OSV[_word] = _osv


# In these a package URL says what it means as it stands: nothing is encoded, and no rule of its type changes it.
_PLAIN = re.compile(r"pkg:(cargo|composer|gem|golang|maven|npm|nuget|pypi)/((?:[a-z0-9.~-]+/)*)([a-z0-9.-]+)@"
                    r"([A-Za-z0-9.-]+)")


def ecosystem(word: str) -> str:
    """A tool's word for an ecosystem as OSV spells it, a distribution's release left out; unknown words as they are."""
    bare = word.strip()
    return _OSV.get(bare.lower()) or _OSV.get(bare.partition(":")[0].strip().lower()) or bare


def from_purl(purl: str) -> Package | None:
    """The package that a package URL names; None for what is none.

    Maven's group and artifact are joined by a colon, as OSV names them; the namespaces of other ecosystems by a slash.
    """
    plain = _PLAIN.fullmatch(purl)
    if plain is not None:
        return _named(plain[1], (plain[2] or "").rstrip("/"), plain[3], plain[4])
    if not purl.startswith("pkg:"):
        return None
    from packageurl import PackageURL

    try:
        parsed = PackageURL.from_string(purl)
    except (ValueError, AttributeError, TypeError):
        return None
    return _named(parsed.type, parsed.namespace or "", parsed.name, parsed.version)


def _named(kind: str, space: str, name: str, version: str | None) -> Package:
    if kind in ("deb", "apk", "rpm", "alpm"):       # the namespace is the distribution there, and no part of the name
        return Package(name=name, version=version, ecosystem=ecosystem(space or kind))
    joined = name if not space else f"{space}:{name}" if kind == "maven" else f"{space}/{name}"
    if kind == "swift":
        joined = f"https://{joined}"
    return Package(name=joined, version=version, ecosystem=ecosystem(kind))
