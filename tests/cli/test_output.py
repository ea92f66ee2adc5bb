"""What is printed, whoever said it, and wherever it is printed to."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
from verbs import curator

from curator.__main__ import main
from curator.cli.output import answer, emit, tell

STEERING = "\x1b]0;mine\x07a model's answer\x1b[2J\r\nand more"
KEPT = "·]0;mine·a model's answer·[2J\nand more\n"


def test_no_sentence_and_no_answer_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    tell(STEERING)
    answer({"answer": STEERING}, STEERING, as_json=False)
    said = capsys.readouterr()
    assert (said.out, said.err) == (KEPT, KEPT)


def test_a_name_that_is_no_text_is_one_object_of_json_too() -> None:
    value = {"path": "/home/me/caf\udce9/CLAUDE.md", "id": 1}
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(out):
        emit(value)
    out.seek(0)
    assert json.loads(out.read()) == value


def test_what_the_encoding_of_the_output_lacks_is_a_question_mark(tmp_path: Path) -> None:
    row = {"messages": [{"role": "user", "content": "Why 日本?"}, {"role": "assistant", "content": "So – “thus”."}]}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row), encoding="utf-8")
    assert curator(tmp_path / "library", "import", tmp_path / "rows.jsonl").code == 0
    for words, shown in ((("exchanges",), "Why ??"), (("show", "1"), "So – “thus”.")):
        out = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")  # what a pipe has on a Windows of western Europe
        with contextlib.redirect_stdout(out):
            assert main(["--library", str(tmp_path / "library"), *words]) == 0
        out.seek(0)
        assert shown in out.read()
