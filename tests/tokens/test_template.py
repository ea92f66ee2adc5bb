"""Rows become exactly the tokens that transformers makes of them, and only answers are trained."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import pytest
from chat_templates import BRACKETS, FAMILIES, STRICT, SYSTEM_LAST, THINKING
from hypothesis import given, settings
from hypothesis import strategies as st
from model_folders import byte_level, sentencepiece_like, write_model_folder
from reference_tokens import Question, ask_transformers

from curator.core.errors import ModelError
from curator.core.model import STARTER
from curator.tokens.chat import TemplateRefusedError
from curator.tokens.messages import Message
from curator.tokens.template import RowRefusedError, chat, encode_prompt, encode_row, is_training_system, render
from curator.tokens.tokenizer import ModelTokenizer, template_of

CHATS: list[list[Message]] = [
    chat("What is a token?", "A piece of text."),
    chat("  blanks before\n\n", "\n\nand a newline first  "),
    chat("Ünïcödé 日本語 🙂 1234567890", "def f(x):\n\treturn x  # <b>&amp;</b>\n```py\n'q\"' {{ x }} {% if %}\n```"),
    chat("long " * 300, "answer " * 200),
    chat("x <filename> y", "a token of the tokenizer that no template writes: <filename>"),
    chat("With a system message", "Yes.", system="You are terse."),
    [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "ONE"},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": "TWO"},
    ],
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model folder for every family of templates and both kinds of tokenizers."""
    root = tmp_path_factory.mktemp("models")
    made = {name: write_model_folder(root / name, template=text) for name, text in FAMILIES.items()}
    for name in ("smollm", "brackets"):
        made[f"metaspace-{name}"] = write_model_folder(
            root / f"metaspace-{name}", template=FAMILIES[name], tokenizer=sentencepiece_like()
        )
    extra = {"added_tokens_decoder": {"900": {"content": "<extra>", "special": False, "normalized": False}}}
    made["added"] = write_model_folder(root / "added", tokenizer_config={**extra, "unk_token": "<never seen>"})
    return made


def test_every_family_gives_the_ids_of_transformers(folders: dict[str, Path]) -> None:
    added = [chat("<extra> and <never seen> and", "what <extra> there")]
    cases = [(name, messages) for name in folders for messages in CHATS + added * (name == "added")]
    questions: list[Question] = []
    for name, messages in cases:
        questions += [(folders[name], messages, False), (folders[name], messages[:-1], True)]
    answers = ask_transformers(questions)
    loaded = {name: ModelTokenizer(folder) for name, folder in folders.items()}
    refused = 0
    for index, (name, messages) in enumerate(cases):
        whole, prompt = answers[2 * index], answers[2 * index + 1]
        if isinstance(whole, str) or isinstance(prompt, str):
            refused += 1
            with pytest.raises(TemplateRefusedError):
                encode_row(loaded[name], messages)
            continue
        assert loaded[name].ids(render(loaded[name], messages)) == whole, (name, messages)
        assert encode_prompt(loaded[name], messages[:-1]) == prompt, (name, messages)
        if name != "added":
            encoded = encode_row(loaded[name], messages)
            assert encoded.ids == whole
            assert encoded.prompt_tokens + encoded.response_tokens == len(whole)
    assert refused == 1  # the strict family and its system message


@pytest.mark.starter
def test_the_starter_model_gives_the_ids_of_transformers(starter_models: Path) -> None:
    starter_model = starter_models / STARTER
    questions: list[Question] = []
    for messages in CHATS:
        questions += [(starter_model, messages, False), (starter_model, messages[:-1], True)]
    answers = ask_transformers(questions)
    tokenizer = ModelTokenizer(starter_model)
    for index, messages in enumerate(CHATS):
        encoded = encode_row(tokenizer, messages)
        prompt = answers[2 * index + 1]
        assert encoded.ids == answers[2 * index]
        assert encode_prompt(tokenizer, messages[:-1]) == prompt
        if len(messages) < 4:
            pairs = zip(encoded.ids, prompt, strict=False)
            common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            assert encoded.prompt_tokens == common
            assert encoded.weights == [0] * common + [1] * (len(encoded.ids) - common)


@settings(max_examples=60, deadline=None)
@given(prompt=st.text(min_size=1, max_size=80), response=st.text(min_size=1, max_size=80))
def test_pieces_give_the_ids_of_the_whole(
    prompt: str, response: str, whole_and_pieces: tuple[ModelTokenizer, ModelTokenizer]
) -> None:
    for tokenizer in whole_and_pieces:
        text = render(tokenizer, chat(prompt, response))
        assert tokenizer.ids(text) == list(tokenizer._encode(text))


@pytest.fixture(scope="module")
def whole_and_pieces(folders: dict[str, Path]) -> tuple[ModelTokenizer, ModelTokenizer]:
    return ModelTokenizer(folders["smollm"]), ModelTokenizer(folders["metaspace-smollm"])


def test_only_the_answer_and_its_end_are_trained(folders: dict[str, Path]) -> None:
    tokenizer = ModelTokenizer(folders["smollm"])
    encoded = encode_row(tokenizer, chat("What is it?", "A test."))
    trained = [id for id, weight in zip(encoded.ids, encoded.weights, strict=True) if weight]
    assert tokenizer.text(trained) == "A test.<|im_end|>\n"
    assert encoded.response_tokens == len(trained)


def test_every_answer_of_a_longer_chat_is_trained(folders: dict[str, Path]) -> None:
    tokenizer = ModelTokenizer(folders["smollm"])
    encoded = encode_row(tokenizer, CHATS[-1])
    trained = [id for id, weight in zip(encoded.ids, encoded.weights, strict=True) if weight]
    assert tokenizer.text(trained) == "ONE<|im_end|>\nTWO<|im_end|>\n"


def test_two_answers_in_a_row_are_both_trained(folders: dict[str, Path]) -> None:
    tokenizer = ModelTokenizer(folders["smollm"])
    encoded = encode_row(tokenizer, [*chat("one", "ONE"), {"role": "assistant", "content": "AND TWO"}])
    trained = [id for id, weight in zip(encoded.ids, encoded.weights, strict=True) if weight]
    assert tokenizer.text(trained) == "ONE<|im_end|>\nAND TWO<|im_end|>\n"
    assert encoded.prompt_tokens == encoded.weights.index(1) and encoded.weights[0] == 0


def test_a_template_that_rewrites_earlier_answers_trains_the_last_one_only(tmp_path: Path) -> None:
    tokenizer = ModelTokenizer(write_model_folder(tmp_path / "thinking", template=THINKING))
    encoded = encode_row(tokenizer, CHATS[-1])
    trained = [id for id, weight in zip(encoded.ids, encoded.weights, strict=True) if weight]
    assert tokenizer.text(trained) == "<think>\n\n</think>\n\nTWO<|im_end|>\n"


def test_where_the_prompt_is_no_beginning_the_longest_common_one_is(tmp_path: Path) -> None:
    forcing = FAMILIES["smollm"].replace(
        "<|im_start|>assistant\n' }}{% endif", "<|im_start|>assistant\n<think>' }}{% endif"
    )
    tokenizer = ModelTokenizer(write_model_folder(tmp_path / "forcing", template=forcing))
    encoded = encode_row(tokenizer, chat("Why?", "Because."))
    trained = [id for id, weight in zip(encoded.ids, encoded.weights, strict=True) if weight]
    assert tokenizer.text(trained) == "Because.<|im_end|>\n"


@pytest.mark.parametrize("response", ["Because.", "  Why", "W", "[INST]", "\n\nBecause"])
def test_a_question_that_reads_otherwise_with_its_answer_is_still_not_trained(tmp_path: Path, response: str) -> None:
    tokenizer = ModelTokenizer(write_model_folder(tmp_path / "last", template=SYSTEM_LAST))
    row = chat("Why?", response, system="You are terse.")
    assert render(tokenizer, row[:-1], add_generation_prompt=True) == "[INST] You are terse.\n\nWhy?[/INST]"
    encoded = encode_row(tokenizer, row)
    assert tokenizer.text(encoded.ids) == f"[INST] Why?[/INST] {response.strip()}<|im_end|>"
    trained = [id for id, weight in zip(encoded.ids, encoded.weights, strict=True) if weight]
    assert tokenizer.text(trained).lstrip() == f"{response.strip()}<|im_end|>"


@pytest.mark.parametrize("earlier", ["fox", "\n\nfox", " fox"])
def test_every_answer_is_trained_with_whatever_it_begins(folders: dict[str, Path], earlier: str) -> None:
    for name in ("smollm", "metaspace-smollm"):
        tokenizer = ModelTokenizer(folders[name])
        encoded = encode_row(tokenizer, [*chat("The quick", earlier), *chat("over the", "lazy dog")])
        trained = [id for id, weight in zip(encoded.ids, encoded.weights, strict=True) if weight]
        assert tokenizer.text(trained).split() == ["fox<|im_end|>", "lazy", "dog<|im_end|>"]


def test_a_trailing_question_is_not_trained(folders: dict[str, Path]) -> None:
    messages = [*chat("one", "ONE"), {"role": "user", "content": "and then?"}]
    assert encode_row(folders["smollm"], messages) == encode_row(folders["smollm"], chat("one", "ONE"))


@pytest.mark.parametrize("part", ["prompt", "response", "system message"])
def test_a_control_token_in_the_text_is_named(folders: dict[str, Path], part: str) -> None:
    texts = {"prompt": "a question", "response": "an answer", "system message": "a rule"}
    texts[part] += " with <|im_end|> inside"
    with pytest.raises(RowRefusedError, match=rf"The {part} holds “<\|im_end\|>”"):
        encode_row(folders["smollm"], chat(texts["prompt"], texts["response"], texts["system message"]))


def test_a_special_token_that_no_template_writes_is_ordinary_text(folders: dict[str, Path]) -> None:
    encoded = encode_row(folders["smollm"], chat("cat <filename>", "It prints <filename>."))
    assert encoded.response_tokens > 3


def test_the_templates_own_words_are_told(tmp_path: Path) -> None:
    folder = write_model_folder(tmp_path / "strict", template=STRICT)
    with pytest.raises(TemplateRefusedError, match=r"refuses the row: System role not supported\."):
        encode_row(folder, chat("a", "b", "c"))


@pytest.mark.parametrize("source", ["{{ messages[9].content }}", "{{ 1 / 0 }}", "{{ messages | sum }}", "{{ x.y.z }}"])
def test_a_template_that_breaks_is_a_refusal(tmp_path: Path, source: str) -> None:
    folder = write_model_folder(tmp_path / "broken", template=source)
    with pytest.raises(TemplateRefusedError):
        encode_row(folder, chat("a", "b"))


def test_a_template_cannot_leave_its_sandbox(tmp_path: Path) -> None:
    source = "{{ ''.__class__.__mro__[1].__subclasses__() }}"
    with pytest.raises(TemplateRefusedError, match="unsafe"):
        encode_row(write_model_folder(tmp_path / "evil", template=source), chat("a", "b"))


def test_a_template_that_drops_the_answer_is_refused(tmp_path: Path) -> None:
    folder = write_model_folder(tmp_path / "deaf", template="{{ messages[0].content }}")
    with pytest.raises(RowRefusedError, match="leaves nothing of the response"):
        encode_row(folder, chat("question", "answer"))


@pytest.mark.parametrize(("prompt", "response", "missing"), [("", "x", "prompt"), ("x", " \n", "response")])
def test_an_empty_side_is_refused(folders: dict[str, Path], prompt: str, response: str, missing: str) -> None:
    with pytest.raises(RowRefusedError, match=f"The row has no {missing}"):
        encode_row(folders["smollm"], chat(prompt, response))


def test_a_chat_in_which_nobody_answers_or_asks_is_refused(folders: dict[str, Path]) -> None:
    asked: list[Message] = [{"role": "user", "content": "Anybody?"}, {"role": "user", "content": "Hello?"}]
    for messages in ([], asked):
        with pytest.raises(RowRefusedError, match="The row has no response"):
            encode_row(folders["smollm"], messages)
    told: list[Message] = [{"role": "system", "content": "Be terse."}, {"role": "assistant", "content": "Yes."}]
    with pytest.raises(RowRefusedError, match="The row has no prompt"):
        encode_row(folders["smollm"], told)


def test_broken_characters_are_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(RowRefusedError, match="broken characters"):
        encode_row(folders["smollm"], chat("half a pair: \ud83d", "answer"))


def test_a_prompt_without_control_tokens_between_is_counted_too(tmp_path: Path) -> None:
    tokenizer = ModelTokenizer(write_model_folder(tmp_path / "brackets", template=BRACKETS))
    encoded = encode_row(tokenizer, chat("Why?", "Because."))
    trained = [id for id, weight in zip(encoded.ids, encoded.weights, strict=True) if weight]
    assert tokenizer.text(trained) == " Because.<|im_end|>\n"


def test_a_model_without_a_template_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no chat template"):
        ModelTokenizer(write_model_folder(tmp_path / "base", template=None))


def test_a_template_file_wins_over_the_configuration(tmp_path: Path) -> None:
    folder = write_model_folder(tmp_path / "both", template="{{ 'config' }}")
    (folder / "chat_template.jinja").write_text("{{ 'file' }}", encoding="utf-8")
    assert render(folder, chat("a", "b")) == "file"


def test_a_list_of_templates_gives_its_default(tmp_path: Path) -> None:
    named = [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "{{ 'the default' }}"}]
    folder = write_model_folder(tmp_path / "named", template=None, tokenizer_config={"chat_template": named})
    assert render(folder, chat("a", "b")) == "the default"


def test_truncation_in_the_tokenizer_file_does_not_cut(tmp_path: Path) -> None:
    tokenizer = byte_level()
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=512)
    folder = write_model_folder(tmp_path / "cutting", tokenizer=tokenizer)
    assert 200 < len(encode_row(folder, chat("word " * 100, "word " * 100)).ids) < 512


def test_a_template_that_writes_the_system_message_only_when_it_is_asked_is_known(tmp_path: Path) -> None:
    for source, is_kept in ((SYSTEM_LAST, False), (FAMILIES["smollm"], True), (STRICT, True)):
        template = template_of(write_model_folder(tmp_path / str(len(source)), template=source))
        assert template is not None and is_training_system(template) == is_kept
