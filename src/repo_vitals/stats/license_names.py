"""Names and old short forms of licences that mean one SPDX licence alone, in small letters. Pure.

"Apache License", "BSD" and "GPL" are not among them: they have several versions. A version of the GPL that is named
without "or later" is taken for that version alone, which grants less.
"""
from __future__ import annotations

_GNU = {"gpl": "general", "lgpl": "lesser general", "agpl": "affero general"}


def _gnu() -> dict[str, str]:
    found = {}
    for short, long in _GNU.items():
        for version in {"gpl": ("2", "3"), "lgpl": ("2.1", "3"), "agpl": ("3",)}[short]:
            stem = f"{short.upper()}-{version if '.' in version else version + '.0'}"
            full = version if "." in version else f"{version}.0"
            for name in (f"{short}v{version}", f"{short} v{version}", f"{short} {version}", f"{short}-{version}",
                         f"gnu {short} v{version}", f"gnu {short} {version}", f"gnu {short}v{version}",
                         f"gnu {long} public license v{version}", f"gnu {long} public license v{full}",
                         f"gnu {long} public license v{full} only",
                         f"gnu {long} public license version {version}",
                         f"gnu {long} public license, version {version}",
                         f"gnu {long} public license v{version} ({short}v{version})"):
                found[name] = f"{stem}-only"
            for name in (f"{short}v{version}+", f"{short} v{version}+", f"{short}-{version}+",
                         f"gnu {short} v{version}+",
                         f"gnu {long} public license v{full} or later",
                         f"gnu {long} public license v{version} or later",
                         f"gnu {long} public license v{version} or later ({short}v{version}+)"):
                found[name] = f"{stem}-or-later"
    return found


_BY_LICENSE: dict[str, tuple[str, ...]] = {
    "MIT": ("mit license", "the mit license", "the mit license (mit)", "mit license (mit)", "expat", "expat license",
            "mit/expat"),
    "Apache-2.0": (
        "apache 2.0", "apache 2", "apache-2", "apache2", "apache2.0", "apache v2", "apache v2.0", "apache license 2.0",
        "apache license v2", "apache license v2.0", "apache license version 2.0", "apache license, version 2.0",
        "the apache license, version 2.0", "apache software license 2.0", "apache software license, version 2.0",
        "apache software license - version 2.0", "the apache software license, version 2.0", "asl 2.0",
        "http://www.apache.org/licenses/license-2.0", "http://www.apache.org/licenses/license-2.0.txt",
        "https://www.apache.org/licenses/license-2.0", "https://www.apache.org/licenses/license-2.0.txt",
        "http://www.apache.org/licenses/license-2.0.html", "https://www.apache.org/licenses/license-2.0.html",
    ),
    "BSD-3-Clause": (
        "bsd-3", "bsd 3-clause", "bsd 3 clause", "3-clause bsd", "bsd 3-clause license", "3-clause bsd license",
        "the 3-clause bsd license", "bsd-3-clause license", "new bsd license", "the new bsd license", "new bsd",
        "modified bsd license", "revised bsd license", "modified bsd", 'bsd 3-clause "new" or "revised" license',
        "bsd license 3", "the bsd 3-clause license",
    ),
    "BSD-2-Clause": (
        "bsd-2", "bsd 2-clause", "bsd 2 clause", "2-clause bsd", "bsd 2-clause license", "2-clause bsd license",
        "the 2-clause bsd license", "bsd-2-clause license", "simplified bsd license", "simplified bsd",
        'bsd 2-clause "simplified" license', "the bsd 2-clause license",
    ),
    "ISC": ("isc license", "isc license (iscl)", "the isc license"),
    "MPL-2.0": ("mpl 2.0", "mpl 2", "mpl2", "mozilla public license 2.0", "mozilla public license 2.0 (mpl 2.0)",
                "mozilla public license version 2.0", "mozilla public license, version 2.0"),
    "Unlicense": ("the unlicense", "the unlicense (unlicense)"),
    "CC0-1.0": ("cc0", "cc0 1.0", "cc0 1.0 universal", "cc0 1.0 universal (cc0 1.0) public domain dedication",
                "creative commons zero v1.0 universal"),
    "Zlib": ("zlib license", "the zlib license"),
    "BSL-1.0": ("boost software license 1.0", "boost software license 1.0 (bsl-1.0)",
                "boost software license - version 1.0"),
    "EPL-2.0": ("eclipse public license 2.0", "eclipse public license 2.0 (epl-2.0)", "eclipse public license - v 2.0",
                "eclipse public license v2.0", "epl 2.0"),
    "EPL-1.0": ("eclipse public license 1.0", "eclipse public license 1.0 (epl-1.0)", "eclipse public license - v 1.0",
                "epl 1.0"),
    "0BSD": ("zero-clause bsd", "bsd zero clause license"),
    "Unicode-3.0": ("unicode license v3",),
}
NAMES: dict[str, str] = {**{name: identifier for identifier, names in _BY_LICENSE.items() for name in names}, **_gnu()}
