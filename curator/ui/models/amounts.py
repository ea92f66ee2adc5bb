"""Amounts as a person says them: passes, rows, lengths of time."""

from __future__ import annotations

import math

_FRACTIONS = {0.0: "", 0.25: "¼", 0.5: "½", 0.75: "¾"}


def passes_words(passes: float) -> str:
    """A place in the run as a person says it: 4.25 is "4¼", 5.2 stays "5.2", 3.0 is "3", 1474.1 is "1,474"."""
    if not math.isfinite(passes) or passes < 0:
        return "–"
    if passes >= 1000:
        return f"{int(passes):,}"
    quarter = round(passes * 4) / 4
    if abs(passes - quarter) < 0.03:
        whole = int(quarter)
        part = _FRACTIONS[quarter - whole]
        return f"{whole or ''}{part}" if part else str(whole)
    return f"{passes:.1f}"


def count_words(passes: float) -> str:
    """ "1 pass", "3 passes", "¼ pass"."""
    return f"{passes_words(passes)} {'pass' if passes <= 1 else 'passes'}"


def rows_words(count: int) -> str:
    """ "1 row", "1,204 rows"."""
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def runs_words(count: int) -> str:
    """ "1 run", "1,013 runs"."""
    return f"{count:,} {'run' if count == 1 else 'runs'}"


def duration(seconds: float) -> str:
    """A length of time with at most two units: "38 s", "4 min 12 s", "2 h 5 min"."""
    total = max(0, round(seconds))
    if total < 60:
        return f"{total} s"
    minutes, rest = divmod(total, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def rough_duration(seconds: float) -> str:
    """An estimate, which wears "≈" and one unit: "≈ 40 s", "≈ 3 min", "≈ 1½ h"."""
    if seconds < 10:
        return "≈ 10 s"
    if seconds < 55:
        return f"≈ {round(seconds / 10) * 10} s"
    if seconds < 55 * 60:
        return f"≈ {max(1, round(seconds / 60))} min"
    halves = max(2, round(seconds / 1800))
    return f"≈ {passes_words(halves / 2)} h"
