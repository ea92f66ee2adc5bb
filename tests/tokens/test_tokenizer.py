"""A tokenizer as the files of its model mean it: its control tokens, and what cutting at them must not change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from chat_templates import FAMILIES
from model_folders import byte_level, write_model_folder
from tokenizers import AddedToken, normalizers

from curator.core.errors import ModelError
from curator.tokens.tokenizer import ModelTokenizer, chat_template_source

BRACKETED = "{{ bos_token }}{% for m in messages %}[ASK] {{ m['content'] }}{% endfor %}"


def folder_with(folder: Path, *tokens: AddedToken, template: str | None = BRACKETED, **about: Any) -> Path:
    """A model folder whose tokenizer has these tokens besides its own."""
    tokenizer = byte_level()
    for token in tokens:
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
    return write_model_folder(folder, template=template, tokenizer=tokenizer, tokenizer_config=about)


@pytest.mark.parametrize(
    ("token", "is_control"),
    [
        ("</s>", True),  # named: the end of text, which this template does not write
        ("[ASK]", True),  # written by the template
        ("<|tool|>", True),  # shaped like one
        ("<｜tool｜>", True),  # as DeepSeek shapes them
        ("<think>", False),  # special, but neither named, written nor shaped
        ("    ", False),  # blanks that are one token (Phi, StarCoder) are in every text
        ("<filename>", False),
    ],
)
def test_a_control_token_is_one_that_is_named_or_written_or_shaped_so(
    tmp_path: Path, token: str, is_control: bool
) -> None:
    tokens = [AddedToken(text, special=True) for text in ("</s>", "[ASK]", "<|tool|>", "<｜tool｜>", "<think>", "    ")]
    tokenizer = ModelTokenizer(folder_with(tmp_path / "model", *tokens, eos_token="</s>"))
    assert tokenizer.control_token_in(f"Before {token} after.") == (token if is_control else None)
    assert tokenizer.control_token_in("Before and after.") is None


def test_a_special_token_is_named_by_a_text_or_with_how_it_is_read(tmp_path: Path) -> None:
    about = {"eos_token": {"content": "<|im_end|>", "lstrip": False}, "pad_token": None, "image_token": "<img>"}
    tokens = ModelTokenizer(write_model_folder(tmp_path / "model", tokenizer_config=about)).special_tokens
    assert tokens == {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "image_token": "<img>"}


def test_the_older_list_of_special_tokens_counts_where_the_newer_is_missing(tmp_path: Path) -> None:
    older = json.dumps({"bos_token": "<|endoftext|>"})
    newer = {"added_tokens_decoder": {"1": {"content": "<|im_start|>", "special": True}}}
    found = []
    for name, about in (("old", {}), ("new", newer)):
        folder = folder_with(tmp_path / name, **about)
        (folder / "special_tokens_map.json").write_text(older, encoding="utf-8")
        tokenizer = ModelTokenizer(folder)
        found.append((tokenizer.special_tokens["bos_token"], tokenizer.template.render([])))
    assert found == [("<|endoftext|>", "<|endoftext|>"), ("<|im_start|>", "<|im_start|>")]


@pytest.mark.parametrize(
    "token",
    [
        AddedToken("<|mark|>", special=True, rstrip=True),  # as Phi-3's are: they take the blanks behind them along
        AddedToken("<|mark|>", special=True, lstrip=True),
        AddedToken("<|mark|>", special=True, single_word=True),
        AddedToken("<|mark|>", special=True, normalized=True),
        AddedToken("<|mark|>", special=False),
        AddedToken("to<|im_start", special=False),  # lies across the beginning of another
        AddedToken("<|im", special=False),
    ],
)
def test_cut_into_pieces_a_text_has_the_tokens_of_the_whole(tmp_path: Path, token: AddedToken) -> None:
    folder = folder_with(tmp_path / "model", token, template=FAMILIES["smollm"])
    tokenizer = ModelTokenizer(folder)
    for text in (
        f"Hello  {token.content}  to<|im_start|>user\nand{token.content}on<|im_end|> \n<|im_start|>",
        f"{token.content}{token.content} <|im_end|>",
    ):
        whole = tokenizer._tokenizer.encode(text, add_special_tokens=False).ids
        assert tokenizer.ids(text) == whole and whole


def test_a_normalizer_does_not_reach_across_a_cut(tmp_path: Path) -> None:
    plain = byte_level()
    plain.normalizer = normalizers.Prepend("_")
    tokenizer = ModelTokenizer(write_model_folder(tmp_path / "model", tokenizer=plain))
    text = "one<|im_start|>two<|im_end|>"
    assert tokenizer.ids(text) == tokenizer._tokenizer.encode(text, add_special_tokens=False).ids


def test_a_template_is_looked_for_where_transformers_does(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "model", template=None)
    assert chat_template_source(folder) is None
    (folder / "chat_template.json").write_text('{"chat_template": "of the processor"}', encoding="utf-8")
    assert chat_template_source(folder) == "of the processor"
    about = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    (folder / "tokenizer_config.json").write_text(json.dumps(about | {"chat_template": {"default": "named"}}))
    assert chat_template_source(folder) == "named"
    (folder / "chat_template.jinja").write_text("of its own", encoding="utf-8")
    assert chat_template_source(folder) == "of its own"


@pytest.mark.parametrize("template", ["", " \n", {"tool_use": "t"}, [{"name": "rag", "template": "t"}]])
def test_a_template_of_nothing_is_none(tmp_path: Path, template: object) -> None:
    folder = folder_with(tmp_path / "base", template=None, chat_template=template)
    with pytest.raises(ModelError, match="“base” has no chat template"):
        ModelTokenizer(folder)


@pytest.mark.parametrize(
    ("content", "words"), [(b'{"a": ', "is not JSON"), (b'{"a": "\xff"}', "is not UTF-8"), (b"[]", "no chat template")]
)
def test_a_damaged_configuration_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    folder = folder_with(tmp_path / "mine")
    (folder / "tokenizer_config.json").write_bytes(content)
    with pytest.raises(ModelError, match=words) as caught:
        ModelTokenizer(folder)
    assert "“mine”" in caught.value.message and caught.value.hint
