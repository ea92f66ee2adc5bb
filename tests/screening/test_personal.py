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


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("+49 170 12", None),  # seven digits
        ("+1 2 34 56 or +49 170 1234567", "+49 170 1234567"),
        ("+123 1234 1234 1234", "+123 1234 1234 1234"),  # fifteen digits, as many as there are
        ("+123 1234 1234 12345", None),
        ("4539 1488 0343 6467", "4539 1488 0343 6467"),
        ("4539 1488 0343 6468", None),  # the check digit is another
        ("3782 8224 6310 005", "3782 8224 6310 005"),
        ("5555 5555 5555 4444", None),  # two digits only: somebody filled in a form
        ("4716 1203 5648 7", "4716 1203 5648 7"),  # thirteen digits
        ("GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 32"),
        ("GB83 WEST 1234 5698 7654 32", None),
        ("NL91ABNA0417164300", "NL91ABNA0417164300"),
    ],
)
def test_a_number_counts_by_its_length_and_its_check_digit(text: str, piece: str | None) -> None:
    found = personal_data(f"It is {text}, as I said")
    assert (found and found[0]) == piece


@pytest.mark.parametrize(
    "address",
    ["172.15.0.1", "172.32.0.1", "169.253.1.9", "192.167.1.20", "223.1.1.1", "11.1.1.1", "9.25.3.1", "1.2.30.4"],
)
def test_an_address_that_anybody_can_reach_is_told(address: str) -> None:
    assert personal_data(f"It runs at {address} now") == (address, "network address")


@pytest.mark.parametrize(
    "address",
    [
        "0.25.0.30", "10.25.0.30", "127.25.0.30", "224.0.0.30", "172.16.0.1", "172.31.255.1", "169.254.1.9",
        "192.168.1.20", "192.0.2.33", "198.51.100.7", "203.0.113.9", "8.8.8.8", "8.8.4.4", "1.1.1.1", "9.19.19.4",
        "85.256.132.117", "85.214.132.117.9", "v85.214.132.117",
    ],
)  # fmt: skip
def test_an_address_of_a_house_a_manual_or_a_version_is_not(address: str) -> None:
    assert personal_data(f"It runs at {address} now") is None
