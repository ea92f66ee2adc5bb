"""Files as Windows writes them: UTF-16 of PowerShell and Excel, Windows-1252 of older editors."""

from __future__ import annotations

import json

import pytest

from curator.core.mapping import Mapping
from curator.formats.encodings import REPLACED, WINDOWS, of_windows
from curator.formats.mapping import fields_of, read_mapped
from curator.formats.reader import read_transcript

ROWS = "\n".join(json.dumps({"prompt": f"Wie spät, {n}?", "completion": "Öfter."}, ensure_ascii=False) for n in (1, 2))
CHATS = '{"messages": [{"role": "user", "content": "Wie spät?"}, {"role": "assistant", "content": "Öfter."}]}\n'
TABLE = "prompt,completion\nWie spät?,Öfter.\n"
TALK = "User: Wie spät?\n\nAssistant: Öfter.\n\nUser: Grün?\n\nAssistant: Ja.\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
@pytest.mark.parametrize("text", [ROWS, TABLE, TALK], ids=["rows", "table", "talk"])
def test_utf_16_is_read_as_the_same_text_in_utf_8(text: str, encoding: str) -> None:
    data = text.encode(encoding) if encoding == "utf-16" else b"\xfe\xff" + text.encode(encoding)
    assert read_transcript(data) == read_transcript(text.encode())
    assert read_transcript(data).sessions


def test_lines_of_utf_8_behind_two_odd_bytes_are_lines_of_utf_8() -> None:
    found = read_transcript(b"\xff\xfe\n" + ROWS.encode())
    assert [e.prompt for s in found.sessions for e in s.exchanges] == ["Wie spät, 1?", "Wie spät, 2?"]


@pytest.mark.parametrize("text", [ROWS, TABLE, TALK], ids=["rows", "table", "talk"])
def test_carriage_returns_alone_end_lines(text: str) -> None:
    assert read_transcript(text.replace("\n", "\r").encode()) == read_transcript(text.encode())


@pytest.mark.parametrize("text", [CHATS, TABLE, TALK], ids=["chats", "table", "talk"])
def test_windows_letters_are_letters_and_it_is_said(text: str) -> None:
    found, plain = read_transcript(text.encode("cp1252")), read_transcript(text.encode())
    assert [s.exchanges for s in found.sessions] == [s.exchanges for s in plain.sessions] != []
    assert [problem.reason for problem in found.problems] == [WINDOWS]


def test_a_table_of_any_shape_is_mapped_in_either() -> None:
    text = "frage,antwort\nWie spät?,Öfter.\n"
    for encoding, said in (("utf-16", []), ("cp1252", [WINDOWS])):
        data = text.encode(encoding)
        assert [field.path for field in fields_of(data)] == ["frage", "antwort"]
        found = read_mapped(data, "a.csv", Mapping("frage", "antwort"))
        [exchange] = [e for s in found.sessions for e in s.exchanges]
        assert (exchange.prompt, exchange.response) == ("Wie spät?", "Öfter.")
        assert [problem.reason for problem in found.problems] == said


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"plain", ""),
        ("grün".encode(), ""),
        ("grün".encode() + b" \xff odd", REPLACED),
        ("ab é".encode()[:-1], ""),
        (b"gr\xfcn und sp\xe4t", WINDOWS),
    ],
)
def test_damage_and_what_is_being_written_are_no_other_encoding(raw: bytes, said: str) -> None:
    text, told = of_windows(raw)
    assert told == said
    assert text == {WINDOWS: "grün und spät".encode(), REPLACED: raw, "": raw.removesuffix(b"\xc3")}[said]


@pytest.mark.parametrize(
    ("start", "words"), [(b"{\\rtf1\\ansi Hello}", "rich text"), (b"\xd0\xcf\x11\xe0\xa1\xb1", "older Office")]
)
def test_a_document_says_what_to_save_it_as(start: bytes, words: str) -> None:
    [problem] = read_transcript(start + b"\x00" * 40).problems
    assert words in problem.reason
