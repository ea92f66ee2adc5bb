"""The exact counter: what it counts is what is trained, and it never fails for a text."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
import tokenizers
from chat_templates import DATED, STRICT
from model_folders import write_model_folder

from curator.core.budget import Usage, Verdict
from curator.core.errors import ModelError
from curator.tokens.exact import ModelCounter
from curator.tokens.template import chat, encode_row
from curator.tokens.tokenizer import fingerprint


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> ModelCounter:
    return ModelCounter.load(write_model_folder(tmp_path_factory.mktemp("models") / "tiny"))


def test_the_budget_is_what_is_trained(counter: ModelCounter) -> None:
    usage = counter.usage("What is it?", "A test.")
    encoded = encode_row(counter.tokenizer, chat("What is it?", "A test."))
    assert usage == Usage(encoded.prompt_tokens, encoded.response_tokens)
    assert usage.total == len(encoded.ids)
    assert not counter.is_estimate


def test_a_counter_is_called_as_its_folder_or_as_it_was_named(counter: ModelCounter) -> None:
    assert counter.name == "tiny"
    assert ModelCounter.load(counter.tokenizer.folder, "Tiny 1B").name == "Tiny 1B"


def test_a_row_being_written_shows_the_side_that_is_there(counter: ModelCounter) -> None:
    whole = counter.usage("What is it?", "A test.")
    assert counter.usage("What is it?", "") == Usage(whole.prompt, 0)
    assert counter.usage("  ", "A test.") == Usage(0, whole.response)
    assert counter.usage("", "").verdict(100) is Verdict.EMPTY


def test_a_refused_row_says_why(counter: ModelCounter) -> None:
    usage = counter.usage("Look: <|im_start|>", "Yes.")
    assert usage.verdict(100) is Verdict.REFUSED
    assert "“<|im_start|>”" in usage.refusal


def test_a_template_that_refuses_says_why(tmp_path: Path) -> None:
    counter = ModelCounter.load(write_model_folder(tmp_path / "strict", template=STRICT))
    assert "System role not supported" in counter.usage("a", "b", "c").refusal
    assert counter.usage("a", "b").refusal == ""


@pytest.mark.parametrize("text", ["\ud83d", "\0", "\u200b", " " * 50_000, "a" * 50_000, "\n" * 9_999 + "x"])
def test_no_text_makes_it_fail(counter: ModelCounter, text: str) -> None:
    usage = counter.usage("prompt", text)
    assert usage.refusal or usage.verdict(10**9) in (Verdict.FITS, Verdict.EMPTY)


def test_the_fingerprint_follows_template_tokenizer_and_config(tmp_path: Path) -> None:
    folder = write_model_folder(tmp_path / "model")
    seen = {ModelCounter.load(folder).fingerprint}
    for name in ("tokenizer_config.json", "config.json", "tokenizer.json"):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
        seen.add(ModelCounter.load(folder).fingerprint)
    assert len(seen) == 4
    (folder / "README.md").write_text("not counted", encoding="utf-8")
    assert ModelCounter.load(folder).fingerprint in seen


def test_files_of_the_same_length_and_files_that_were_exchanged_are_other_files(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    contents = {"tokenizer.json": b"one", "config.json": b"two", "chat_template.jinja": b""}
    seen = set()
    for change in ({}, {"config.json": b"owt"}, {"tokenizer.json": b"two", "config.json": b"one"}):
        for name, data in (contents | change).items():
            (folder / name).write_bytes(data)
        seen.add(fingerprint(folder))
    (folder / "chat_template.jinja").unlink()
    seen.add(fingerprint(folder))
    (folder / "tokenizer.json").write_bytes(b"twoone")
    (folder / "config.json").write_bytes(b"")
    seen.add(fingerprint(folder))
    assert len(seen) == 5


def test_a_template_with_a_date_is_counted_anew_each_day(tmp_path: Path) -> None:
    counter = ModelCounter.load(write_model_folder(tmp_path / "dated", template=DATED))
    assert counter.fingerprint.endswith(f"@{date.today().isoformat()}")


def test_threads_count_alike(counter: ModelCounter) -> None:
    texts = [(f"question {n}", f"answer {n} " * (n % 7 + 1)) for n in range(200)]
    alone = [counter.usage(*text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: counter.usage(*text), texts))
    assert together == alone


class WatchedTokenizer:
    """The library's tokenizer, and the texts that it was given."""

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.texts: list[str] = []

    def encode(self, text: str, add_special_tokens: bool) -> tokenizers.Encoding:
        self.texts.append(text)
        return self._tokenizer.encode(text, add_special_tokens=add_special_tokens)


def test_a_row_is_tokenized_once_for_the_whole_and_its_prompt(tmp_path: Path) -> None:
    counter = ModelCounter.load(write_model_folder(tmp_path / "tiny"))
    watched = WatchedTokenizer(counter.tokenizer._tokenizer)
    counter.tokenizer._tokenizer = watched  # type: ignore[assignment]
    counter.usage("The first row", "makes the marks known.")
    for n in range(20):
        watched.texts.clear()
        prompt, response = f"{n} The quick brown fox jumps over" * 9, f"{n} the lazy dog, and the parser reads" * 9
        counter.usage(prompt, response)
        assert sum(prompt in text for text in watched.texts) == sum(response in text for text in watched.texts) == 1
        assert sum(map(len, watched.texts)) < len(prompt) + len(response) + 100


@pytest.mark.parametrize("content", ["", "{", "[]", '{"model": {}}'])
def test_a_damaged_tokenizer_is_named(tmp_path: Path, content: str) -> None:
    folder = write_model_folder(tmp_path / "damaged")
    (folder / "tokenizer.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"tokenizer\.json of “damaged” cannot be read"):
        ModelCounter.load(folder)


def test_a_missing_tokenizer_is_named(tmp_path: Path) -> None:
    folder = write_model_folder(tmp_path / "without")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"“without” has no tokenizer\.json"):
        ModelCounter.load(folder)


def test_a_broken_template_is_named_with_its_line(tmp_path: Path) -> None:
    folder = write_model_folder(tmp_path / "broken", template="{{ messages }}\n{% for %}")
    with pytest.raises(ModelError, match=r"chat template is broken: .* \(line 2\)"):
        ModelCounter.load(folder)
