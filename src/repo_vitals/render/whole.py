"""Several monitors in one summary: a table of all, the worst first, and each one's own summary below. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass
from repo_vitals.render import figures
from repo_vitals.render.markdown import Markdown, cut_to_bytes, link, safe_url, table, text
from repo_vitals.render.summary import CUT_NOTE
from repo_vitals.report.status import worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.report.model import Cost, Status

_NOT_MEASURED = "not measured"
_SIGNS = {**figures.STATUS_SIGNS, _NOT_MEASURED: "🚫"}
_ORDER = ("fail", _NOT_MEASURED, "unknown", "warn", "pass")


@dataclass(frozen=True, kw_only=True)
class Part:
    """What came of one monitor."""

    title: str              # the monitor's, in our words
    status: Status | None   # None: it could not be measured
    findings: int
    said: str               # in one line: its summary, or why there is none
    markdown: str           # its own summary, safe to show; empty where it has none


def whole_markdown(parts: Sequence[Part], cost: Cost, *, run_url: str | None = None, remarks: Sequence[str] = (),
                   limit_bytes: int = 1_000_000) -> str:
    """All monitors as GitHub-flavoured Markdown of at most `limit_bytes` bytes of UTF-8.

    What a long summary does not leave to the others is shared out anew: each gets its part of what is left, the worst
    first, so that none is pushed out.
    """
    ordered = sorted(parts, key=lambda part: _ORDER.index(part.status or _NOT_MEASURED))
    head = "\n".join([_heading(ordered, run_url), _table(ordered), *(f"⚠️ {text(said)}\n" for said in remarks),
                      f"<sub>Cost of all: {figures.cost_in_words(cost)}.</sub>\n"])
    shown = [part.markdown for part in ordered if part.markdown]
    left = limit_bytes - len(head.encode("utf-8", "replace")) - 2 * len(shown)
    cut = _shared_out([len(markdown.encode("utf-8", "replace")) for markdown in shown], left)
    pieces = [cut_to_bytes(Markdown(markdown), size, CUT_NOTE) for markdown, size in zip(shown, cut, strict=True)]
    return cut_to_bytes(Markdown("\n".join([head, *pieces])), limit_bytes, CUT_NOTE)


def _shared_out(sizes: Sequence[int], room: int) -> list[int]:
    """As much of `room` for each as it needs, and for those that need more than their share an equal part."""
    granted = [0] * len(sizes)
    left = room
    waiting = sorted(range(len(sizes)), key=lambda place: sizes[place])
    for passed, place in enumerate(waiting):
        granted[place] = min(sizes[place], max(left, 0) // (len(waiting) - passed))
        left -= granted[place]
    return granted


def _heading(parts: Sequence[Part], run_url: str | None) -> str:
    status = worst(part.status or "unknown" for part in parts)
    where = f"\n{link('workflow run', run_url)}\n" if run_url is not None and safe_url(run_url) is not None else ""
    return f"## {figures.STATUS_SIGNS[status]} Vital signs: {status}\n{where}"


def _table(parts: Sequence[Part]) -> str:
    rows = [(text(part.title), Markdown(f"{_SIGNS[part.status or _NOT_MEASURED]} {part.status or _NOT_MEASURED}"),
             Markdown(f"{part.findings:,}"), text(part.said, limit=400)) for part in parts]
    return table(("Monitor", "Status", "Findings", "In one line"), rows, numeric=[2])
