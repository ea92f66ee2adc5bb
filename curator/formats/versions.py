"""Which way of reading a file was read in: one that was read in another is read again, though nothing in it changed."""

from __future__ import annotations

READING = 1
"""Raise it whenever the same events give other exchanges or signals: by the exchange builder, by screening, by what is
kept of a step. Every transcript is read again by the next scan; what was decided about its exchanges stays."""
OF_FORMAT: dict[str, int] = {
    "chatgpt": 1,
    "claude-ai": 1,
    "claude-code": 2,
    "codex": 2,
    "csv-rows": 1,
    "cursor": 1,
    "openai-messages": 1,
    "specstory": 2,
    "text": 1,
    "vscode-chat": 1,
}
"""Raise a format's number (0 where there is none) whenever its adapter gives other events: only its files are read
again. `tests/formats/test_versions.py` says when, and what to do then."""
_FORMATS_AT_MOST = 1_000


def version_of(format: str) -> int:
    """The present way of reading a format; 0 is what libraries say of files that were read before there were any."""
    return READING * _FORMATS_AT_MOST + OF_FORMAT.get(format, 0)
