"""Facts with their labels by our names, and what those labels contradict each other in. Pure."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.community_metrics.labels import contradicts
from repo_vitals.concerns.community_metrics.responses import closed_at

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.facts import Facts
    from repo_vitals.concerns.community_metrics.labels import Aliases
    from repo_vitals.concerns.community_metrics.responses import Policy
    from repo_vitals.report.model import Window

_NAMED = 5      # items in the note


def relabelled(facts: Facts, aliases: Aliases, policy: Policy, window: Window) -> Facts:
    """The facts with aliases in place of labels, and a note where labels name two priorities or two types.

    Looked at is, of the items that take part, what is open at the window's end, and what was opened in it.
    """
    items = tuple(map(aliases.item, facts.items))
    end = window.end
    torn = sorted(item.number for item in items
                  if item.created_at < end and contradicts(item.labels) and not policy.leaves_out(item)
                  and (item.created_at in window or closed_at(item, as_of=end) is None))
    notes = facts.notes
    if torn:
        some = ", ".join(f"#{number}" for number in torn[:_NAMED]) + (" and others" if len(torn) > _NAMED else "")
        who = f"{len(torn)} items have" if len(torn) > 1 else "1 item has"
        notes = (*notes, f"{who} labels of two priorities or two types ({some}); the most urgent counts")
    return replace(facts, items=items, notes=notes)
