"""Sniffing: content decides, whatever the file is called."""

from __future__ import annotations

import json

import pytest
from claude_lines import asked

from curator.formats.head import Head
from curator.formats.reader import read_transcript
from curator.formats.sniff import sniff


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (b"", None),
        (b"   \n", None),
        (b"not-json\n" + asked("p", "Hi"), "claude-code"),
        (b'{"type":"summary","summary":"x","leafUuid":"l"}\n', "claude-code"),
        (b'{"type":"mode","mode":"normal","sessionId":"s"}\n', "claude-code"),
        (b'{"timestamp":"t","type":"session_meta","payload":{"id":"s"}}\n', "codex"),
        (b'{"id":"s","timestamp":"t","instructions":null,"git":{}}\n', "codex"),
        (b'[{"title":"x","mapping":{"a":{}}}]', "chatgpt"),
        (b'[{"title":"' + b"x" * 70_000, None),
        (b'[{"conversations":[{"from":"human","value":"hi"}]}]', "sharegpt"),
        (b'{"messages":[{"role":"user","content":"hi"}]}\n', "openai-messages"),
        (b'\xef\xbb\xbf{"messages":[{"role":"user","content":"hi"}]}\r\n', "openai-messages"),
        (b'{"prompt":"a","completion":"b"}', "prompt-completion"),
        (b'{"text":"a raw row"}', None),
        (b'{"type":"session","version":3}\n{"type":"message","message":{"role":"user"}}\n', None),
        (b"SQLite format 3\x00" + b"\x00" * 80, None),
        (b"\x89PNG\r\n\x1a\n\x00\x00", None),
    ],
)
def test_the_content_decides(head: bytes, format: str | None) -> None:
    assert sniff(Head(head, "conversations.json")) == format


def test_a_first_record_longer_than_the_head_is_told_by_its_keys() -> None:
    meta = {"timestamp": "t", "type": "session_meta", "payload": {"base_instructions": "x" * 100_000}}
    assert sniff(Head(json.dumps(meta).encode()[: 64 << 10])) == "codex"
    assert sniff(Head(asked("p", "x" * 100_000)[:4_000])) in ("claude-code", None)
    long = json.dumps([{"mapping": {"n": {"message": None, "x": "y" * 100_000}}}]).encode()
    assert sniff(Head(long[: 64 << 10])) == "chatgpt"


def test_what_stands_on_one_line_of_a_document_is_no_record_of_its_own() -> None:
    turns = [{"type": "message", "id": "m", "role": role, "content": "Why?"} for role in ("user", "assistant")]
    inside = ",\n".join(f"    {json.dumps(turn)}" for turn in turns)
    assert sniff(Head(f'{{\n  "history": [\n{inside}\n  ]\n}}\n'.encode())) is None
    assert sniff(Head(f'{{"history": [\n{inside}\n'.encode())) is None, "also where the head ends before the document"
    assert sniff(Head(f'{{"model": "x",\n"messages": [\n{inside}\n]}}'.encode())) == "openai-messages"
    assert sniff(Head(b'{"timestamp":"t","type":"sess\n' + b'{"prompt":"a","completion":"b"}\n')) == "prompt-completion"


@pytest.mark.parametrize("key", ["type", "kind", "role", "message_type", "messages", "payload", "source"])
@pytest.mark.parametrize("value", [{}, [], [[]], [{}], 5, None])
def test_a_key_that_holds_something_else_is_nobodys_file(key: str, value: object) -> None:
    for document in ({key: value}, [{key: value}]):
        assert sniff(Head(json.dumps(document).encode())) is None


@pytest.mark.parametrize(
    ("start", "words"),
    [(b"PAR1\x15\x04", "JSON Lines or CSV"), (b"\x1f\x8b\x08", "Unpack it"), (b"%PDF-1.7\n", "Save its text")],
)
def test_a_file_that_is_another_thing_is_told_what_to_do_with_it(start: bytes, words: str) -> None:
    [problem] = read_transcript(start + b"\x00" * 100).problems
    assert words in problem.reason


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("0a1b.pb", bytes(range(256)), "Windsurf"),
        ("database.db", bytes(range(255, -1, -1)), "encrypted"),
        ("notes.pb", b"only text", "No transcript format"),
        ("image.png", bytes(range(256)), "No transcript format"),
    ],
)
def test_a_file_that_only_its_own_program_can_open_is_told_so(name: str, data: bytes, words: str) -> None:
    [problem] = read_transcript(data, name).problems
    assert words in problem.reason
