"""`curator sessions`, `exchanges` and `show` of transcripts that would like to talk to the terminal."""

from __future__ import annotations

import json
from pathlib import Path

from verbs import curator

RED, BELL, HOME = "\x1b[31m", "\x07", "\x1b[H"
FAMILY = "👩\u200d👧"


def test_a_title_with_line_breaks_and_controls_stays_on_its_line_and_moves_no_cursor(tmp_path: Path) -> None:
    export = tmp_path / f"con{RED}versations.json"
    texts = (f"Who is {FAMILY}?{BELL}\nAnd why?", f"A family.{HOME}\nThat is why.")
    turns = [
        {"uuid": str(at), "sender": sender, "text": text, "content": [{"type": "text", "text": text}]}
        for at, (sender, text) in enumerate(zip(("human", "assistant"), texts, strict=True))
    ]
    export.write_text(json.dumps([{"uuid": "a", "name": f"one\r\ntwo{RED}\nthree", "chat_messages": turns}]))
    library = tmp_path / "library"
    assert curator(library, "import", export).code == 0
    (exchange,) = curator(library, "exchanges", "--json").lines
    assert FAMILY in str(exchange["prompt"]) and BELL in str(exchange["prompt"])

    listed = curator(library, "sessions").out
    assert listed.count("\n") == 1 and "one two·[31m three" in listed
    assert curator(library, "mark", str(exchange["id"]), "clean").code == 0
    for words in (("sessions",), ("exchanges",), ("rows",), ("archive", "list"), ("show", str(exchange["id"]))):
        out = curator(library, *words).out
        assert out and not {"\x1b", BELL, "\r"} & set(out), words
    whole = curator(library, "show", str(exchange["id"])).out
    assert f"Who is {FAMILY}?·\nAnd why?" in whole and "A family.·[H\nThat is why." in whole


def test_an_import_names_a_file_of_any_name_on_one_line(tmp_path: Path) -> None:
    odd = tmp_path / f"no{RED}\ntranscript.bin"
    odd.write_bytes(b"\x00\x01\x02")
    out = curator(tmp_path / "library", "import", odd).out
    assert "\x1b" not in out and "no·[31m transcript.bin: " in out
