"""Files of editors and stores whose first record is longer than the head that is looked at."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curator.formats.reader import read_transcript

LONG = "How long? " * 30_000
T = 1_767_225_600_000

SAID = {"role": "assistant", "message": {"content": [{"type": "text", "text": "Two."}]}}
HISTORY = {
    "currentId": "a",
    "messages": {
        "u": {"id": "u", "parentId": None, "role": "user", "content": LONG},
        "a": {"id": "a", "parentId": "u", "role": "assistant", "content": "Two."},
    },
}
REQUEST = {"requestId": "r", "message": {"text": LONG, "parts": []}, "response": [{"value": "Two."}]}
DOCUMENTS: dict[str, list[Any]] = {
    "opencode": [
        {
            "info": {"id": "s", "title": "Tea"},
            "messages": [
                {"info": {"id": "u", "role": "user"}, "parts": [{"type": "text", "text": LONG}]},
                {
                    "info": {"id": "a", "role": "assistant", "parentID": "u"},
                    "parts": [{"type": "text", "text": "Two."}],
                },
            ],
        }
    ],
    "open-webui": [[{"id": "c", "title": "Tea", "chat": {"models": ["m"], "history": HISTORY}}]],
    "lm-studio": [
        {
            "name": "Tea",
            "createdAt": T,
            "messages": [
                {
                    "versions": [{"type": "singleStep", "role": "user", "content": [{"type": "text", "text": LONG}]}],
                    "currentlySelected": 0,
                },
                {
                    "versions": [
                        {
                            "type": "multiStep",
                            "role": "assistant",
                            "steps": [{"type": "contentBlock", "content": [{"type": "text", "text": "Two."}]}],
                        }
                    ],
                    "currentlySelected": 0,
                },
            ],
        }
    ],
    "vscode-chat": [
        {"version": 3, "responderUsername": "GitHub Copilot", "sessionId": "s", "requests": [REQUEST]},
        {"kind": 0, "v": {"version": 3, "sessionId": "s", "requests": [REQUEST]}},
    ],
    "cline": [
        [
            {"ts": T, "type": "say", "say": "text", "text": LONG},
            {"ts": T + 1, "type": "say", "say": "completion_result", "text": "Two."},
        ],
        [
            {"role": "user", "content": [{"type": "text", "text": f"<task>{LONG}</task>"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "Two."}]},
        ],
        {
            "version": 1,
            "agent": "lead",
            "sessionId": "s",
            "messages": [
                {"id": "u", "role": "user", "content": [{"type": "text", "text": LONG}]},
                {"id": "a", "role": "assistant", "content": [{"type": "text", "text": "Two."}]},
            ],
        },
    ],
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    ("format", "document"), [(format, document) for format, documents in DOCUMENTS.items() for document in documents]
)
def test_a_document_with_a_long_first_prompt_is_told_and_read(format: str, document: Any, indent: int | None) -> None:
    found = read_transcript(json.dumps(document, indent=indent).encode(), "name.json")
    assert found.format == format
    assert [(e.prompt, e.response) for s in found.sessions for e in s.exchanges] == [(LONG.strip(), "Two.")]


def test_a_transcript_of_cursor_with_a_long_first_prompt_is_told_and_read() -> None:
    asked = {"role": "user", "message": {"content": [{"type": "text", "text": LONG}]}}
    found = read_transcript(b"".join(json.dumps(record).encode() + b"\n" for record in (asked, SAID)), "name.jsonl")
    assert found.format == "cursor"
    assert [(e.prompt, e.response) for s in found.sessions for e in s.exchanges] == [(LONG.strip(), "Two.")]
