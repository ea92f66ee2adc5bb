"""What is left out of words that may be sent to somebody."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from curator.services.redaction import Redactor

KEY = "sk-ant-" + "api03-Zk4vQ9xW2mT7rB1nL6pY8sD3"


@pytest.fixture
def redactor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Redactor:
    home = tmp_path / "dana.miller"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    environment = {"USER": "dana.miller", "HF_TOKEN": "plain-looking-value", "MY_KEY": "1234567890", "PATH": "/usr/bin"}
    return Redactor.of_this_computer(home / "libraries" / "mine", environment)


def test_folders_of_the_person_are_named_by_a_sign(redactor: Redactor) -> None:
    home = Path.home()
    assert redactor.text(f"in {home}/libraries/mine/library.db") == "in <library>/library.db"
    assert redactor.text(f"{home}/notes.txt and {home}") == "~/notes.txt and ~"
    assert redactor.text("/Users/erika/x, C:\\Users\\erika\\y, %2Fhome%2Ferika%2Fz") == "~/x, ~\\y, ~%2Fz"
    assert redactor.text("-home-Dana.Miller-shop") == "-home-<person>-shop"
    assert redactor.text("/usr/lib/python3") == "/usr/lib/python3"


def test_secrets_and_addresses_are_left_out(redactor: Redactor) -> None:
    told = redactor.text(f"with {KEY}, plain-looking-value, dana@mac.local and erika@shop.example")
    assert told == "with [Anthropic key], [from the environment], <address> and <address>"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("refused (password: correct horse battery, user: x)", "refused (password: [password], user: x)"),
        ("{'DB_Password': 'a, \\'b', 'model': 'q'}", "{'DB_Password': [password], 'model': 'q'}"),
        ('{\\"passwd\\": \\"hunter2\\"}', '{\\"passwd\\": [password]'),
        ("passphrase='never closed", "passphrase=[password]"),
        ("Kennwort: “mein Hund”; user: x", "Kennwort: [password]; user: x"),
        ("the password is wrong: line 4", "the password is wrong: line 4"),
        ("password:\nTraceback (most recent call last):", "password:\nTraceback (most recent call last):"),
    ],
)
def test_a_password_is_left_out_however_plain_it_is(redactor: Redactor, words: str, told: str) -> None:
    assert redactor.text(words) == told


def test_what_a_message_quotes_is_left_out_but_for_names(redactor: Redactor) -> None:
    assert redactor.sentence("“My prompt about love” has no response.") == "“…” has no response."
    assert redactor.sentence("/Volumes/Divorce/x.db and D:\\Divorce\\x in ~/divorce/y") == "/… and D:/… in ~/…"
    assert redactor.sentence("/opt/curator/curator, 3/4, and/or") == "/opt/curator/curator, 3/4, and/or"
    assert redactor.sentence("in /Volumes/My Disk/Acme Secret/app, 3 of 4") == "in /…, 3 of 4"
    assert redactor.sentence("Linux, ~/our divorce/last will.txt: not read") == "Linux, ~/…: not read"
    assert redactor.sentence("C:\\Our Divorce\\a b\\x.db is locked and closed.") == "C:/… is locked and closed."
    assert redactor.sentence("'str' object has no attribute 'title'") == "'str' object has no attribute 'title'"


def test_a_word_without_end_is_gone_through_once(redactor: Redactor) -> None:
    """Such a word, as of a file in base 64, took minutes: its letters were gone through once for each of them."""
    word = "b.c-d+" * 30_000
    began = time.process_time()
    assert redactor.sentence(f"OSError: {word}, dana@mac.local") == f"OSError: {word}, <address>"
    assert time.process_time() - began < 5


LOG = """2026-11-22 16:02:05,123 INFO curator.ui.tasks: work failed
Traceback (most recent call last):
  File "/opt/curator/x.py", line 12, in work
    raise ValueError(prompt)
          ^^^^^^^^^^^^^^^^^^
ValueError: tell me about my divorce
2026-11-22 16:02:06,123 ERROR curator.ui.main_window: told “a b” to the person
Traceback (most recent call last):
  File "/opt/curator/y.py", line 3, in read
    open(path)
FileNotFoundError: [Errno 2] No such file or directory: '/srv/divorce papers.txt'
and a second line of a prompt
with a third one
Fatal Python error: Segmentation fault

Current thread 0x00007f0a (most recent call first):
  File "/opt/curator/z.py", line 7 in paint
my divorce
"""


def test_only_lines_of_a_known_shape_stay_in_a_log(redactor: Redactor) -> None:
    told = redactor.log(LOG)
    assert "divorce" not in told and "prompt\n" not in told
    for kept in (
        "INFO curator.ui.tasks: work failed",
        'File "/opt/curator/x.py", line 12, in work',
        "    raise ValueError(prompt)",
        "ValueError: (its message is left out)",
        "FileNotFoundError: [Errno 2] No such file or directory: '…'\n(2 lines of unknown shape left out)\nFatal",
        "Current thread 0x00007f0a (most recent call first):\n  File",
    ):
        assert kept in told
    assert told.endswith("line 7 in paint\n(1 line of unknown shape left out)")
