"""^C at a terminal: what is kept, what is said and how a verb ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from verbs import curator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no terminals of this kind")
if sys.platform != "win32":
    from terminals import at_terminal

FILES = 3_000
ROWS = 40_000


def verb(library: Path, *words: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "curator", "--library", library, *words]


def chat(number: int) -> str:
    turns = [{"role": "user", "content": f"What is {number}?"}, {"role": "assistant", "content": f"It is {number}."}]
    return json.dumps({"messages": turns}) + "\n"


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Many small transcripts."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number}.jsonl").write_text(chat(number))
    return folder


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """One long transcript, which is stored in many slices."""
    path = tmp_path / "long.jsonl"
    path.write_text("".join(map(chat, range(ROWS))))
    return path


def test_an_import_that_is_stopped_says_how_much_is_in_and_goes_on_next_time(tmp_path: Path, many: Path) -> None:
    library = tmp_path / "library"
    with at_terminal(verb(library, "import", "--json", many)) as at:
        at.wait_for(r"[1-9]\d*/3000 files")
        at.press("\x03")
        code, out = at.ended()
    assert code == 3
    report = json.loads(out)
    assert 0 < report["new"] < FILES
    assert report["new"] == report["files"] == FILES - report["left"]
    said = f"Stopped after {report['new']:,} of 3,000 files: {report['new']:,} new, 0 already here. That stays; "
    assert said + "the same line goes on with the rest." in " ".join(at.drawn.split())
    rest = curator(library, "import", "--json", many)
    assert rest.code == 0
    assert (rest.only["new"], rest.only["unchanged"], rest.only["left"]) == (report["left"], report["new"], 0)


def test_the_second_stop_does_not_wait_for_the_file_at_hand(tmp_path: Path, long: Path) -> None:
    library = tmp_path / "library"
    with at_terminal(verb(library, "import", "--json", long)) as at:
        at.wait_for("0/1 files 0 of 4 MB")  # the first slice is in
        at.press("\x03")
        at.wait_for("stopping")
        at.press("\x03")
        assert at.ended() == (3, "")
    said = "Stopped at once. What was in by then stays; the same line goes on with the rest."
    assert said in " ".join(at.drawn.split())
    assert "Traceback" not in at.drawn
    rest = curator(library, "import", "--json", long).only
    assert rest["new"] + rest["unchanged"] == ROWS
    assert rest["new"] > 0


def test_a_verb_that_keeps_nothing_says_that_it_was_stopped(tmp_path: Path) -> None:
    with at_terminal(verb(tmp_path / "library", "demo", "--iterations", "2000")) as at:
        at.wait_for("1  Reading the sample transcripts")
        at.press("\x03")
        assert at.ended() == (3, "")
    assert "Stopped" in at.drawn
    assert "The demo's library is gone again; your own was not touched." in " ".join(at.drawn.split())


def test_watching_that_is_stopped_has_done_what_it_was_asked_to(tmp_path: Path, many: Path) -> None:
    library = tmp_path / "library"
    assert curator(library, "watch", "add", many).code == 0
    with at_terminal(verb(library, "watch", "run")) as at:
        at.wait_for("ends it")
        at.press("\x03")
        assert at.ended()[0] == 0
    assert at.drawn.rstrip().endswith("Stopped watching.")
