"""Rows of one text: cut at the marks of the template that made it, and left alone where there are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curator.core.exchange import EventKind, Origin
from curator.formats.head import Head
from curator.formats.reader import read_transcript
from curator.formats.sniff import sniff

TWO = [("What is tea?", "A drink."), ("Hot?", "Yes.")]


def rows(*texts: str) -> bytes:
    return b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nWhat is tea?<|im_end|>\n<|im_start|>assistant\n"
        "A drink.<|im_end|>\n<|im_start|>user\nHot?<|im_end|>\n<|im_start|>assistant\nYes.<|im_end|>\n",
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nWhat is tea?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nA drink.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nHot?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nYes.<|eot_id|>",
        "<bos><start_of_turn>user\nWhat is tea?<end_of_turn>\n<start_of_turn>model\nA drink.<end_of_turn>\n"
        "<start_of_turn>user\nHot?<end_of_turn>\n<start_of_turn>model\nYes.<end_of_turn>\n",
        "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nWhat is tea? [/INST] A drink. </s><s>[INST] Hot? [/INST] Yes. </s>",
        "<|system|>\nBe kind.</s>\n<|user|>\nWhat is tea?</s>\n<|assistant|>\nA drink.</s>\n<|user|>\nHot?</s>\n"
        "<|assistant|>\nYes.</s>",
        "<|start|>system<|message|>Be kind.<|end|><|start|>user<|message|>What is tea?<|end|>"
        "<|start|>assistant<|channel|>final<|message|>A drink.<|end|><|start|>user<|message|>Hot?<|end|>"
        "<|start|>assistant<|channel|>final<|message|>Yes.<|return|>",
        "<｜begin▁of▁sentence｜><｜User｜>What is tea?<｜Assistant｜>A drink.<｜end▁of▁sentence｜>"
        "<｜User｜>Hot?<｜Assistant｜>Yes.<｜end▁of▁sentence｜>",
        "Be kind. USER: What is tea? ASSISTANT: A drink.</s>USER: Hot? ASSISTANT: Yes.</s>",
        "### Human: What is tea?\n### Assistant: A drink.\n### Human: Hot?\n### Assistant: Yes.",
        "\n\nHuman: What is tea?\n\nAssistant: A drink.\n\nHuman: Hot?\n\nAssistant: Yes.",
        "Q: What is tea?\nA: A drink.\nQ: Hot?\nA: Yes.",
    ],
)
def test_each_template_gives_its_turns_back(text: str) -> None:
    for data in (rows(text), json.dumps([{"text": text}]).encode()):
        transcript = read_transcript(data)
        assert transcript.format == "text-rows"
        [session] = transcript.sessions
        assert [(e.prompt, e.response) for e in session.exchanges] == TWO
        assert session.origin is Origin.DATASET
        system = [s.text for s in session.exchanges[0].steps if s.kind is EventKind.SYSTEM]
        assert system == (["Be kind."] if "Be kind." in text else [])


def test_alpacas_input_belongs_to_its_instruction() -> None:
    text = "Below is an instruction.\n\n### Instruction:\nTranslate\n\n### Input:\ntea\n\n### Response:\nTee"
    [session] = read_transcript(rows(text)).sessions
    [only] = session.exchanges
    assert (only.prompt, only.response) == ("Translate\n\ntea", "Tee")
    assert only.steps[0].text == "Below is an instruction."


def test_what_stands_before_a_question_is_asked_about() -> None:
    [session] = read_transcript(rows("table: tea\ncolumns: cup\nQ: How many?\nA: Two")).sessions
    assert session.exchanges[0].prompt == "table: tea\ncolumns: cup\nHow many?"


def test_thoughts_in_a_channel_or_in_tags_are_steps() -> None:
    harmony = "<|start|>user<|message|>Tea?<|end|><|start|>assistant<|channel|>analysis<|message|>Leaves.<|end|>"
    harmony += "<|start|>assistant<|channel|>final<|message|>Yes.<|return|>"
    tags = "<|im_start|>user\nTea?<|im_end|>\n<|im_start|>assistant\n<think>\nLeaves.\n</think>\n\nYes.<|im_end|>"
    for text in (harmony, tags):
        [only] = read_transcript(rows(text)).sessions[0].exchanges
        assert only.response == "Yes."
        assert [(s.kind, s.text) for s in only.steps] == [(EventKind.THINKING, "Leaves.")]


@pytest.mark.parametrize(
    "text", ["Tea is a drink.", "Assistant: Yes.\nHuman: No.", "Q: only a question", "<|im_start|>user\nTea?<|im_end|>"]
)
def test_plain_text_is_left_alone(text: str) -> None:
    assert sniff(Head(rows(text))) is None


def test_a_row_without_marks_among_others_is_counted() -> None:
    text = "Q: Tea?\nA: Yes."
    transcript = read_transcript(rows(text, "nothing", text))
    assert len(transcript.sessions) == 2 and transcript.unknown == {"row without a prompt": 1}


@pytest.mark.corpus
def test_every_row_of_mlxs_own_examples_is_an_exchange(corpus: Path) -> None:
    name = "text-rows/mlx-lora-valid.jsonl"
    transcript = read_transcript((corpus / name).read_bytes())
    exchanges = [e for s in transcript.sessions for e in s.exchanges]
    assert len(exchanges) == json.loads((corpus / "expected.json").read_text())[name]["rows"]
    assert all("columns:" in e.prompt and e.response.startswith("SELECT") for e in exchanges)
