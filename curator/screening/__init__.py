"""Screening: what to warn about in an exchange or a row before a person reads it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curator.screening.session import screen_session, screen_text

__all__ = ["screen_session", "screen_text"]


def __getattr__(name: str) -> object:
    """The window needs `secrets` alone to open: the rest is imported when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from curator.screening import session

    return getattr(session, name)
