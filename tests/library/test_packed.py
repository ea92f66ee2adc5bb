from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest
from library_making import make_exchange, make_session, make_transcript

from curator.library.packed import PackedTranscript, content_hash, milliseconds, text_hash, unpack_steps


def test_what_is_packed_crosses_a_pipe_unchanged() -> None:
    exchange = make_exchange(1, signals=["secret"])
    packed = make_transcript(make_session([exchange]), problems=[(3, "not JSON")])
    arrived = msgspec.msgpack.decode(msgspec.msgpack.encode(packed), type=PackedTranscript)
    assert arrived == packed
    assert unpack_steps(arrived.sessions[0].exchanges[0].steps) == exchange.steps


def test_the_digest_is_the_same_in_every_process() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests/support')\n"
        "from library_making import make_exchange, make_session, make_transcript\n"
        "print(make_transcript(make_session([make_exchange(1)])).sessions[0].exchanges[0].digest.hex())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1


@pytest.mark.parametrize("change", [{"prompt": "Other?"}, {"response": "Other."}, {"signals": ["secret"]}])
def test_the_digest_follows_every_part(change: dict[str, object]) -> None:
    def digest(**parts: object) -> bytes:
        exchange = make_exchange(1, **parts)  # type: ignore[arg-type]
        return make_transcript(make_session([exchange])).sessions[0].exchanges[0].digest

    assert digest(**change) != digest()


def test_case_and_spacing_make_no_other_content_but_another_text() -> None:
    assert content_hash("Why  RETRY?", "Because\n") == content_hash("why retry?", " because")
    assert content_hash("Größe\x1f?", "Ja") == content_hash("GRÖSSE ?", "ja") != content_hash("Größe", "?Ja")
    assert content_hash("\u212a\u00a0", "x") == content_hash("k", "x\t") != content_hash("", "kx")
    assert text_hash("Why  RETRY?", "Because\n") != text_hash("why retry?", " because")
    assert text_hash("ab", "c") != text_hash("a", "bc")


def test_hashes_fit_into_the_integers_of_sqlite() -> None:
    for number in range(200):
        for value in (text_hash(str(number), ""), content_hash(str(number), "")):
            assert -(2**63) <= value < 2**63


def test_half_of_a_surrogate_pair_does_no_harm() -> None:
    assert text_hash("\ud800", "") == text_hash("\ud800", "")
    assert content_hash("\udfff", "x") != content_hash("y", "x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-01-01T00:00:00Z", 1_735_689_600_000),
        ("2025-01-01T01:00:00.250+01:00", 1_735_689_600_250),
        ("2025-01-01T00:00:00", 1_735_689_600_000),
        ("", 0),
        ("yesterday", 0),
        ("2025-13-45T00:00:00Z", 0),
    ],
)
def test_times_are_read_or_counted_as_unknown(text: str, expected: int) -> None:
    assert milliseconds(text) == expected
