"""What the status line says of the library: rows, tokens, budget, watching, and how long ago something changed."""

from __future__ import annotations

from curator.core.budget import BudgetSummary
from curator.core.query import WatchedFolder
from curator.ui.views.status_line import Fact


def library_facts(
    summary: BudgetSummary | None, watched: list[WatchedFolder], seconds_ago: float | None, is_wide: bool
) -> list[Fact]:
    """The facts in the order of their weight; a narrow window leaves out what can be looked up elsewhere."""
    facts = []
    if summary is None:
        facts.append(Fact("Counting rows…"))
    elif not summary.rows:
        facts.append(Fact("No rows yet"))
    else:
        about = "≈ " if summary.is_estimate else ""
        facts.append(Fact(f"{summary.rows:,} row{'s' * (summary.rows != 1)}", "text", "queue:clean"))
        facts.append(Fact(f"{about}{summary.tokens:,} tokens"))
        if is_wide:
            facts.append(Fact(f"longest {about}{summary.longest:,} of {summary.limit:,}"))
        if summary.over:
            facts.append(Fact(f"{summary.over:,} over budget", "bad", "go_dataset"))
        if summary.refused:
            facts.append(Fact(f"{summary.refused:,} cannot be trained", "bad", "go_dataset"))
    facts.append(Fact(watching_words(watched), "text2", "settings"))
    if seconds_ago is not None and is_wide:
        facts.append(Fact(f"last change {ago_words(seconds_ago)}"))
    return facts


def watching_words(watched: list[WatchedFolder]) -> str:
    """“watching 3 folders, 1 missing”."""
    if not watched:
        return "nothing is watched"
    missing = sum(f.is_missing for f in watched)
    words = f"watching {len(watched)} folder{'s' * (len(watched) != 1)}"
    return f"{words}, {missing} missing" if missing else words


def ago_words(seconds: float) -> str:
    """“4 s ago”, “3 min ago”, “2 h ago”."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s ago"
    return f"{round(seconds / 60)} min ago" if seconds < 3600 else f"{round(seconds / 3600)} h ago"
