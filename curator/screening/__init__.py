"""Screening: what to warn about in an exchange or a row before a person reads it. Pure."""

from curator.screening.session import screen_session, screen_text

__all__ = ["screen_session", "screen_text"]
