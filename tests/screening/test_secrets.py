"""Secrets: found by shape and by name, never in placeholders, and masked without leaving a trace."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.screening.secrets import entropy, find_secrets, mask

_RANDOM = random.Random(7)


def made_up(size: int, letters: str = string.ascii_letters + string.digits) -> str:
    """A value nobody ever used, so that no real key stands in this file."""
    return "".join(_RANDOM.choice(letters) for _ in range(size - 2)) + "q7"


HEX = "0123456789abcdef"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
PLANTED = {
    "sk-ant-" + "api03-" + made_up(80): "Anthropic key",
    "sk-ant-" + "oat01-" + made_up(60): "Anthropic key",
    "sk-or-" + "v1-" + made_up(64, HEX[:10]): "OpenRouter key",
    "sk-" + "proj-" + made_up(48): "OpenAI key",
    "sk-" + made_up(48): "OpenAI key",
    "ghp" + "_" + made_up(36): "GitHub token",
    "github_pat" + "_" + made_up(60): "GitHub token",
    "glpat" + "-" + made_up(20): "GitLab token",
    "AKIA" + "".join(_RANDOM.choice(BASE32) for _ in range(16)): "AWS key id",
    "AIza" + made_up(35): "Google key",
    "xoxb" + "-" + "".join(_RANDOM.choice(string.digits) for _ in range(12)) + "-" + made_up(24): "Slack token",
    "hf" + "_" + made_up(34): "Hugging Face token",
    "npm" + "_" + made_up(36): "npm token",
    "SG" + "." + made_up(22) + "." + made_up(43): "SendGrid key",
    "sk" + "_live_" + made_up(24): "Stripe key",
    "gsk" + "_" + made_up(52): "Groq key",
    "".join(_RANDOM.choice(string.digits[1:]) for _ in range(10)) + ":AA" + made_up(33): "Telegram bot token",
    "eyJ" + made_up(30) + ".eyJ" + made_up(60) + "." + made_up(43): "JSON web token",
}


@pytest.mark.parametrize(("secret", "kind"), PLANTED.items(), ids=list(PLANTED.values()))
@pytest.mark.parametrize("around", ["{}", "export KEY={} && run", '{{"k": "{}"}}', "It is `{}`, keep it.", "a\n{}\nb"])
def test_keys_are_found_wherever_they_stand(secret: str, kind: str, around: str) -> None:
    text = around.format(secret)
    found = find_secrets(text)
    assert [text[start:end] for start, end, _ in found] == [secret]
    assert found[0][2] == kind
    assert secret not in mask(text)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgres://app:h7!kPq2z@db.internal:5432/shop", "h7!kPq2z"),
        ("DB_PASSWORD=h7kPq2zW", "h7kPq2zW"),
        ('password: "correct-7-horse"', "correct-7-horse"),
        ('"api_key": "f3a9c1d47b2e88aa01cc"', "f3a9c1d47b2e88aa01cc"),
        ("client_secret = 'Zk3v9QpLw8sT1xYb'", "Zk3v9QpLw8sT1xYb"),
        ("api_key: f3a9c1d47b2e88aa01cc", "f3a9c1d47b2e88aa01cc"),
        ("Authorization: Bearer Zk3v9QpLw8sT1xYbR5mN", "Zk3v9QpLw8sT1xYbR5mN"),
    ],
)
def test_values_are_found_beside_words_that_name_them(text: str, secret: str) -> None:
    assert [text[start:end] for start, end, _ in find_secrets(text)] == [secret]


def test_a_password_is_seen_by_the_digits_of_any_script() -> None:
    secret = "Абв٣гдж٤з"
    assert [secret] == [f'password = "{secret}"'[start:end] for start, end, _ in find_secrets(f'password = "{secret}"')]


def test_a_name_in_capitals_is_seen_in_any_language() -> None:
    text = "İstanbul'da DB_PASSWORD=h7kPq2zW İzmir"
    assert mask(text) == "İstanbul'da DB_PASSWORD=[password] İzmir"


@pytest.mark.parametrize(
    ("value", "is_secret"),
    [
        ("Zk3v9QpLw8sT1xYb", True),
        ("Zk3v9QpLw8sT1xY", False),  # fifteen characters
        ("f3a9c1d47b2e88aa01cc", True),  # twenty of few kinds
        ("a1a2b1b2c3c4d5d5a1a2", True),
        ("a1a2b1b2c3c4d5d5", False),  # sixteen of few kinds
        ("48213907561029384756", False),  # digits alone: a number
        ("aB3/dE5/gH7/jK9mN1pQ2", True),
        ("/srv/app/keys/v2.pem/x9Q1", False),  # a path
        ("aaaaaaaaaaaaaaaaaaaaaaaB1", False),
    ],
)
def test_a_value_beside_a_telling_name_counts_by_its_length_and_how_mixed_it_is(value: str, is_secret: bool) -> None:
    assert [kind for _, _, kind in find_secrets(f"client_secret = '{value}'")] == ["key or token"] * is_secret


def test_a_bearer_of_few_letters_is_an_example() -> None:
    assert find_secrets("Authorization: Bearer aaaaaaaaaaaaaaaaaaaaaaaa") == []


def test_of_two_that_begin_together_the_longer_is_taken_out() -> None:
    longer = "ghp" + "_" + made_up(36) + "~" + made_up(12)
    text = f"client_secret = '{longer}'"
    assert [text[start:end] for start, end, _ in find_secrets(text)] == [longer]


def test_a_private_key_is_found_whole() -> None:
    body = "\n".join(made_up(64) for _ in range(4))
    text = f"Use this:\n-----BEGIN {'RSA'} PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\nand go."
    assert mask(text) == "Use this:\n[private key]\nand go."


@pytest.mark.parametrize(
    "text",
    [
        "Set OPENAI_API_KEY=sk-your-key-here-xxxxxxxxxxxxxxxx first.",
        "password = os.environ['DB_PASSWORD']",
        "api_key: ${API_KEY}",
        'token: "<your token>"',
        "const token = await getToken(user);",
        "The secret is: patience and practice",
        "password: str = Field(min_length=8)",
        "commit 3f2a9c1d47b2e88aa01cc3f2a9c1d47b2e88aa01",
        "postgres://user:password@localhost/db",
        "key: value, token: string, secret: boolean",
        "sk-learn is a library for machine-learning-in-python",
        "https://example.com/a/b?page=2&sort=asc",
        "max_tokens=4096, tokens: 128000",
        "uuid 550e8400-e29b-41d4-a716-446655440000",
        "The keyboard: mechanical-with-brown-switches",
        "tokenizer = AutoTokenizer.from_pretrained('bert-base-uncased')",
        "AKIAIOSFODNN7EXAMPLE",
        "self.access_token = response.json()['access_token']",
    ],
)
def test_placeholders_code_and_plain_words_are_no_secrets(text: str) -> None:
    assert find_secrets(text) == []
    assert mask(text) == text


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from([*PLANTED, "İstanbul", "password=", "a b", "://", ":x@", '"', "\n", " = "]), max_size=6)
)
def test_spans_are_in_order_apart_and_inside_the_text(parts: list[str]) -> None:
    text = " ".join(parts)
    found = find_secrets(text)
    edges = [edge for start, end, _ in found for edge in (start, end)]
    assert edges == sorted(edges)
    assert all(0 <= start < end <= len(text) for start, end, _ in found)
    assert not any(secret in mask(text) for secret in PLANTED)


def test_entropy_is_measured_in_bits_a_character() -> None:
    assert entropy("") == 0
    assert entropy("aaaa") == 0
    assert entropy("abab") == 1
    assert entropy("abcd") == 2
