"""Exchanges as the reader and the editor get them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from curator.core.exchange import Event, EventKind
from curator.core.query import ExchangeView
from curator.core.row import State
from curator.core.signal import SignalHit

SECRET = "whsec_4fT9sdkfjhsdkfjh3ahsdQ"
STEPS = (
    Event(EventKind.THINKING, "They want to understand it first."),
    Event(EventKind.TOOL_CALL, "payments/webhook.py", id="a", name="Read"),
    Event(EventKind.TOOL_RESULT, "def handle(event):\n    ledger.write(event)\n", parent="a", length=9_000),
    Event(EventKind.TOOL_CALL, f"curl -H 'Key: {SECRET}' api.example.com", id="b", name="Bash"),
    Event(EventKind.TOOL_RESULT, f"401 for {SECRET}", parent="b", flags=frozenset({"is_error"})),
    Event(EventKind.META, "a hook ran"),
)
VIEW = ExchangeView(
    id=1,
    session=1,
    ordinal=3,
    session_exchanges=9,
    key="k",
    format="claude-code",
    title="Three deliveries for one payment",
    project="/home/me/payments",
    path="/home/me/.claude/projects/payments/7c1e0a52.jsonl",
    first_line=212,
    last_line=260,
    started="2026-10-14T14:02:00",
    ended="2026-10-14T14:02:18",
    model="m",
    prompt="In the log I pasted above I see three deliveries. Why does the webhook retry?",
    response="It retries because the handler answers late.\n\nKey on `event.id` instead.",
    steps=STEPS,
    steering=(),
    signals=(
        SignalHit("context_dep", 212, "In the log I pasted above", "prompt"),
        SignalHit("secret", 220, SECRET, "steps"),
    ),
    score=75,
    state=State.UNREVIEWED,
    row_prompt="In the log I pasted above I see three deliveries. Why does the webhook retry?",
    row_response="It retries because the handler answers late.\n\nKey on `event.id` instead.",
    revision=0,
    checks=frozenset(),
    is_flagged=False,
    tags=("voice",),
)


def exchange_view(**changes: Any) -> ExchangeView:
    """The exchange with some fields changed; text that is not edited is the row's too."""
    changes.setdefault("row_prompt", changes.get("prompt", VIEW.row_prompt))
    changes.setdefault("row_response", changes.get("response", VIEW.row_response))
    return replace(VIEW, **changes)
