"""Whether what a tool found is a secret, which is counted and never described: its message may hold it. Pure."""
from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Tools that look for nothing else, by a part of their name without signs ("Nosey Parker", "gitleaks-action").
TOOLS = frozenset({
    "gitleaks", "betterleaks", "trufflehog", "detectsecrets", "gitsecrets", "ggshield", "gitguardian", "secretlint",
    "noseyparker", "kingfisher", "talisman", "whispers", "secretscanner",
})
# Tools whose rules have "secret" in their name for how secrets are handled: "secrets-inherit" finds none. That a rule
# finds one they say by its folder, a tag or a CWE.
_OF_HANDLING = frozenset({
    "zizmor", "codeql", "semgrep", "opengrep", "actionlint", "poutine", "octoscan", "trivy", "tfsec", "terrascan",
    "kics", "kubelinter", "kubescape", "polaris", "checkov",
})
_NAMED = re.compile(
    # "generic.secrets.security.detected-aws-key", and "hardcoded-jwt-secret".
    r"(?:^|[./])secrets?(?:[./]|$)|hard-?_?coded?[-_](?:[a-z0-9]+[-_]){0,3}(?:password|secret|credential|token)"
    r"|^CKV_SECRET|^B10[567]$", re.IGNORECASE)
_SIGNS = re.compile(r"[^a-z0-9]")
_MENTIONED = re.compile(r"(?:^|[._/-])secrets?(?:[._/-]|$)", re.IGNORECASE)
_TAGS = frozenset({"secret", "secrets"})
# Hard-coded credentials, passwords and keys: "CWE-798: Use of …", "external/cwe/cwe-259".
_CWE = re.compile(r"(?<![a-z0-9])cwe[-_: ]?0*(?:798|259|321)(?![0-9])", re.IGNORECASE)


def is_tool(name: str) -> bool:
    """Whether a tool looks for secrets and nothing else."""
    return _holds(name, TOOLS)


def finds_secrets(tool: str, rule: str, *, name: str = "", tags: Iterable[str] = ()) -> bool:
    """Whether what a rule finds is a secret. `tags`: also the rule's CWEs, as "CWE-798"."""
    if is_tool(tool) or _NAMED.search(rule) or _NAMED.search(name):
        return True
    if any(tag.lower() in _TAGS or _CWE.search(tag) for tag in tags):
        return True
    return bool(_MENTIONED.search(rule)) and not _holds(tool, _OF_HANDLING)


def mentions_secrets(rule: str) -> bool:
    """Whether a rule has to do with secrets, so that its message is better not repeated."""
    return bool(_MENTIONED.search(rule))


@lru_cache(maxsize=64)      # a tool is asked about for each of its results
def _holds(name: str, parts: frozenset[str]) -> bool:
    plain = _SIGNS.sub("", name.lower())
    return any(part in plain for part in parts)
