"""Moments as programs record them, numbers or text, put into ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime

_MILLISECONDS = 1e11
"""Numbers above are milliseconds: as seconds they would lie after the year 5000."""


def iso(moment: float | str | None) -> str:
    """A recorded moment in ISO 8601: text stays as it is, numbers are seconds or milliseconds since 1970.

    Empty for what is no moment.
    """
    if isinstance(moment, str):
        return moment
    if moment is None:
        return ""
    try:
        seconds = moment / 1000 if abs(moment) >= _MILLISECONDS else moment
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return ""
