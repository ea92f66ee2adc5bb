"""The estimate: about right, offline, and calm whatever text it meets."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
import tiktoken

from curator.tokens import estimate
from curator.tokens.estimate import EstimateCounter


@pytest.fixture(scope="module")
def counter() -> EstimateCounter:
    return EstimateCounter()


class WatchedEncoding:
    """The encoding, and how long each text was that it was given."""

    def __init__(self, encoding: tiktoken.Encoding) -> None:
        self._encoding = encoding
        self.lengths: list[int] = []

    def encode_ordinary(self, text: str) -> list[int]:
        self.lengths.append(len(text))
        return self._encoding.encode_ordinary(text)


@pytest.fixture
def watched(counter: EstimateCounter, monkeypatch: pytest.MonkeyPatch) -> WatchedEncoding:
    watched = WatchedEncoding(counter._loaded())
    monkeypatch.setattr(EstimateCounter, "_encoding", watched)
    return watched


def test_it_wears_that_it_is_an_estimate(counter: EstimateCounter) -> None:
    usage = counter.usage("What is a token?", "A piece of text.")
    assert usage.is_estimate and counter.is_estimate
    assert (usage.prompt, usage.response) == (13, 7)


def test_an_empty_side_counts_nothing(counter: EstimateCounter) -> None:
    assert counter.usage("", "").total == 0
    assert counter.usage("a", " \n").response == 0


def test_a_system_message_is_part_of_the_prompt_with_its_own_marks(counter: EstimateCounter) -> None:
    plain = counter.usage("What is a token?", "A piece of text.")
    told = counter.usage("What is a token?", "A piece of text.", "You are terse.")
    assert told.prompt == plain.prompt + counter.count("You are terse.") + 5 and told.response == plain.response
    assert counter.usage("What is a token?", "A piece of text.", " \n") == plain
    assert counter.usage("", "A piece of text.", "You are terse.").prompt == 0
    rows = [("What is a token?", "A piece of text.", "You are terse."), ("", "", "")]
    assert counter.usages(rows) == [told, counter.usage("", "")]


def test_it_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object) -> None:
        raise AssertionError("it asked the network")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(EstimateCounter, "_encoding", None)
    assert EstimateCounter().count("hello world") == 2


def test_the_wheel_with_the_vocabulary_is_not_imported() -> None:
    code = "import sys; from curator.tokens.estimate import EstimateCounter as E; E().count('a'); "
    code += "sys.exit('bpe_openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0


@pytest.mark.parametrize("character", [" ", "\t", "\n", "a", "0", "=", "é", "日", "🙂", "\u0301"])
def test_a_million_of_one_character_is_counted_in_pieces(
    counter: EstimateCounter, watched: WatchedEncoding, character: str
) -> None:
    """One call on all of it would fail or take minutes; bench_reader.py tells what the pieces take."""
    assert 0 < counter.count(character * 1_000_000) <= 4_000_000
    assert sum(watched.lengths) == 1_000_000
    assert max(watched.lengths) <= estimate._HARD


def test_pieces_err_by_a_thousandth_at_most(counter: EstimateCounter) -> None:
    text = "".join(f"def function_{n}(value: int) -> int:\n    return value + {n}\n\n" for n in range(3_000))
    encoding = EstimateCounter._loaded()
    assert isinstance(encoding, tiktoken.Encoding)
    whole = len(encoding.encode_ordinary(text))
    assert abs(counter.count(text) - whole) <= whole / 1_000


def test_special_tokens_in_a_text_are_text(counter: EstimateCounter) -> None:
    assert counter.count("<|endoftext|>") > 1


def test_half_a_surrogate_pair_counts(counter: EstimateCounter) -> None:
    assert counter.usage("\ud83d", "x").prompt > 0


def test_base64_is_counted_in_pieces_though_it_has_no_line(counter: EstimateCounter, watched: WatchedEncoding) -> None:
    assert counter.count("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0" * 30_000) > 100_000
    assert max(watched.lengths) <= estimate._HARD


def test_pieces_end_at_lines_where_there_are_any(counter: EstimateCounter, watched: WatchedEncoding) -> None:
    line = "x = 1  # a line of a program\n"
    counter.count(line * 10_000)
    assert all(length % len(line) == 0 for length in watched.lengths)
    assert max(watched.lengths) < estimate._SOFT + len(line)
