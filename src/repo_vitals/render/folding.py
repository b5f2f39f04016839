"""Long tables: some rows in sight, more of them folded, the rest counted. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.render.markdown import Markdown, table

if TYPE_CHECKING:
    from collections.abc import Sequence

IN_SIGHT = 15       # rows: what follows should not be a walk away
MOST = 100          # rows, the folded ones with them; beyond that nobody reads on, and the JSON report has all


def folded_table(
    headers: Sequence[str], rows: Sequence[Sequence[Markdown]], *, in_sight: int = IN_SIGHT, total: int | None = None,
    numeric: Sequence[int] = (),
) -> str:
    """The first `in_sight` rows as a table and the others as a folded one. Of `total`, what is not among `rows` is
    counted in words."""
    first, folded = rows[:in_sight], rows[in_sight:]
    left_out = (len(rows) if total is None else total) - len(rows)
    more = f"{left_out:,} more {'is' if left_out == 1 else 'are'} in the JSON report.\n" if left_out > 0 else ""
    shown = table(headers, first, numeric=numeric) if first else ""
    if folded:
        inside = table(headers, folded, numeric=numeric) + (f"\n{more}" if more else "")
        fold = folded_part(Markdown(f"{len(folded) + max(left_out, 0):,} more"), inside)
        return f"{shown}\n{fold}" if shown else fold
    return f"{shown}\n{more}" if shown and more else shown + more


def folded_part(title: Markdown, inside: str) -> str:
    """Something to unfold. GitHub reads no Markdown in the title, so that it can only be words of our own."""
    return f"<details><summary>{title}</summary>\n\n{inside}\n</details>\n"


def used_columns(
    headers: Sequence[str], rows: Sequence[Sequence[Markdown]], *, always: Sequence[int] = (0, 1),
) -> tuple[list[int], list[str], list[tuple[Markdown, ...]]]:
    """Positions, headers and rows without the columns that no row fills: they say nothing."""
    used = [column for column in range(len(headers)) if column in always or any(row[column] for row in rows)]
    return used, [headers[column] for column in used], [tuple(row[column] for column in used) for row in rows]
