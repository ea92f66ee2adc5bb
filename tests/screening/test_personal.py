"""Personal data: what names a person, and what only looks like it."""

from __future__ import annotations

import pytest

from curator.screening.personal import personal_data


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Write to dana.meyer@posteo.de today", "e-mail address"),
        ("meyer@posteo.de", "e-mail address"),
        ("Open /Users/dana/notes.md", "home folder"),
        ("C:\\Users\\dana\\notes.md", "home folder"),
        ("Call +49 170 1234567 tomorrow", "phone number"),
        ("Card 4539 1488 0343 6467, please", "card number"),
        ("Pay to DE89 3704 0044 0532 0130 00", "bank account"),
        ("The server is at 85.214.132.117", "network address"),
    ],
)
def test_what_names_a_person_is_found(text: str, kind: str) -> None:
    found = personal_data(text)
    assert found is not None
    assert found[1] == kind
    assert found[0] in text


@pytest.mark.parametrize(
    "text",
    [
        "Write to user@example.com or noreply@github.com",
        "git@github.com:dana/shop.git",
        "@dataclass\nclass A: ...",
        "/home/runner/work and /Users/Shared/x",
        "127.0.0.1, 192.168.1.20, 10.0.0.1, 203.0.113.9 and version 1.2.3.4",
        "Order 1234 5678 9012 3456 of 2026",
        "0xDEADBEEF 3.14159265358979 1700000000000",
        "pip install numpy==1.26.4",
    ],
)
def test_placeholders_and_numbers_of_other_kinds_are_not(text: str) -> None:
    assert personal_data(text) is None
