"""What a message to OpenClaw says without the gateway's own words: envelopes, metadata blocks, heartbeats."""

from __future__ import annotations

import re

import msgspec

from curator.formats.adapters.pi_prompts import Heard

_MARK = "⟦openclaw:ctx⟧"
"""Stands at the end of a context block's heading since mid-2026; before that the heading said `(untrusted …):`."""
_HEADING = re.compile(rf"[^\n]{{1,120}}(?:\(untrusted[^)\n]*\):?|:\s*{_MARK})[ \t]*(?:\n|\Z)")
_FENCED = re.compile(r"\s*```(?:json)?[ \t]*\n(.*?)(?:\n```[ \t]*(?:\n|\Z)|\Z)", re.S)
_PROSE = re.compile(r"(?:[^\n]*\S[^\n]*(?:\n|\Z))*")
_ENVELOPE = re.compile(r"\[[^\]\n]{0,200}\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}[^\]\n]{0,40}\][ \t]*")
_SYSTEM = re.compile(r"System: [^\n]*(?:\n|\Z)")
_MEDIA = re.compile(r"\[media attached[^\n]*(?:\n|\Z)(?:To send an image back,[^\n]*(?:\n|\Z))?")
_MEMORY = re.compile(r"(?:Context:\s*)?<active_memory_plugin>.*?(?:</active_memory_plugin>|\Z)", re.S)
_TAIL = re.compile(
    rf"\s*(?:\n\[message_id: [^\]\n]*\]|(?:\A|\n)(?:Untrusted context \(metadata|Context: {_MARK}).*)\s*\Z", re.S
)
_LEADING = (_ENVELOPE, _SYSTEM, _MEDIA, _MEMORY)

_SILENT = (
    (
        re.compile(r"\[OpenClaw heartbeat poll\]|Read HEARTBEAT\.md|(?=.*HEARTBEAT\.md)(?=.*HEARTBEAT_OK)", re.S),
        "heartbeat",
    ),
    (re.compile(r"A new session was started via /new or /reset"), "harness"),
    (re.compile(r"Pre-compaction memory flush"), "harness"),
)
"""Messages that only keep the agent going: what it does then answers nobody."""
_NOT_HUMAN = re.compile(
    r"\[cron:|\[Inter-session message\]|\[Subagent (?:Context|Task)\]|\[System Message\]|<<<BEGIN_OPENCLAW_INTERNAL"
)
"""How messages begin that another session, a timer or the gateway wrote."""
_OWN_ENDS = frozenset(["openclaw-control-ui", "openclaw-tui", "gateway-client", "webchat", "cli"])
"""Senders that are the owner's own windows, not people."""


class Listener:
    """Hears the messages of one session. The first sender with a name of its own is taken for the owner."""

    def __init__(self) -> None:
        self._owner = ""

    def __call__(self, text: str) -> Heard:
        """The person's words, the wrapping, and whether anybody asked at all."""
        rest = text.strip()
        flags: set[str] = set()
        while True:
            heading = _HEADING.match(rest)
            if heading is not None:
                block = _FENCED.match(rest, heading.end()) or _PROSE.match(rest, heading.end())
                if block is not None and block.re is _FENCED:
                    flags |= self._sender(heading[0], block[1])
                rest = rest[block.end() if block is not None else heading.end() :].lstrip()
                continue
            found = next((m for pattern in _LEADING if (m := pattern.match(rest)) is not None), None)
            if found is None:
                break
            if found.re is _MEDIA and "image/" in found[0]:
                flags.add("image")
            rest = rest[found.end() :].lstrip()
        rest = _TAIL.sub("", rest).strip()
        if not rest and "image" not in flags:
            return Heard("", silent="notification")
        silent = next((reason for pattern, reason in _SILENT if pattern.match(rest)), "")
        if silent:
            return Heard("", silent=silent)
        if _NOT_HUMAN.match(rest):
            flags.add("not_human")
        at = text.rfind(rest) if rest else len(text)
        return Heard(rest, frozenset(flags), text[:at].strip() if at > 0 else "")

    def _sender(self, heading: str, block: str) -> set[str]:
        """Whether the metadata name a person who is not the owner."""
        try:
            told = msgspec.json.decode(block.encode("utf-8", "replace"))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return set()
        if not isinstance(told, dict):
            return set()
        who = told.get("id") if heading.startswith("Sender") else told.get("sender_id")
        if not isinstance(who, str) or not who or who in _OWN_ENDS:
            return set()
        self._owner = self._owner or who
        return {"other_sender"} if who != self._owner else set()
