"""What GitHub asks for a minute of its standard runners. Data, with its date; the sums are in cost.py."""
from __future__ import annotations

AS_OF = "2026-01-01"
SOURCE = 'GitHub Docs, "Actions runner pricing", rates from 1 January 2026 onward, US dollars, before any free minutes'

# By runner label, US dollars a minute. The same page has larger runners under names of an organisation's own, so that
# a label does not tell their size: they are unknown here.
_LINUX, _LINUX_SLIM, _LINUX_ARM = 0.006, 0.002, 0.005
_WINDOWS, _MACOS = 0.010, 0.062

PER_MINUTE: dict[str, float] = {
    "ubuntu-slim": _LINUX_SLIM,
    **dict.fromkeys(("ubuntu-latest", "ubuntu-20.04", "ubuntu-22.04", "ubuntu-24.04", "ubuntu-26.04"), _LINUX),
    **dict.fromkeys(("ubuntu-22.04-arm", "ubuntu-24.04-arm"), _LINUX_ARM),
    **dict.fromkeys(("windows-latest", "windows-2019", "windows-2022", "windows-2025"), _WINDOWS),
    **dict.fromkeys(("macos-latest", "macos-13", "macos-14", "macos-15", "macos-26"), _MACOS),
}
SELF_HOSTED = "self-hosted"
