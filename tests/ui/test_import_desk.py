"""What an import says, in the words of the experience."""

from __future__ import annotations

from pathlib import Path

import pytest

from curator.core.errors import LibraryError
from curator.core.notes import REPLACED_IN_LINE, WINDOWS, nobody_asked
from curator.core.query import ImportProgress, ImportReport
from curator.ui.import_desk import (
    ImportDesk,
    note_words,
    progress_share,
    progress_words,
    report_words,
    stopped_words,
)
from curator.ui.tasks import Tasks
from curator.ui.views.drop_target import carried_words


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (ImportReport(new=21, repeats=21, sessions=7), ("Nothing new, 21 repeat what is here.", "")),
        (ImportReport(new=6, repeats=1, sessions=2), ("5 new exchanges, 1 repeats what is here.", "")),
        (ImportReport(new=12, unchanged=3, problems=(("/a.jsonl", 48, "not JSON"),)),
         ("12 new exchanges, 3 already here.", "1 unreadable: line 48.")),
        (ImportReport(new=47), ("47 new exchanges.", "")),
        (ImportReport(new=1, documents=2), ("1 new exchange, 2 documents.", "")),
        (ImportReport(documents=1), ("1 document, no exchange in it.", "")),
        (ImportReport(problems=(("/a.csv", 0, "x"),)), ("No exchange in it.", "1 unreadable: a.csv.")),
        (ImportReport(left=1), ("Nothing was read.", "")),
        (ImportReport(problems=(("/a/Customer tickets of the second quarter, cleaned and merged.csv", 0, "x"),)),
         ("No exchange in it.", "1 unreadable: Customer tickets of the s…and merged.csv.")),
        (ImportReport(new=0, unchanged=47), ("Nothing new, 47 already here.", "")),
        (ImportReport(new=1, updated=2), ("1 new exchange, 2 grown.", "")),
        (ImportReport(new=1, problems=(("/b/a.jsonl", 0, "no permission"),)),
         ("1 new exchange.", "1 unreadable: a.jsonl.")),
        (ImportReport(new=1, problems=tuple(("/b/a.jsonl", n, "x") for n in range(1, 6))),
         ("1 new exchange.", "5 unreadable: lines 1, 2, 3 ….")),
        (ImportReport(new=1, problems=tuple((f"/b/{n}.jsonl", 1, "x") for n in range(5))),
         ("1 new exchange.", "5 unreadable: 0.jsonl, 1.jsonl and 3 more.")),
    ],
)  # fmt: skip
def test_a_report_is_one_sentence(report: ImportReport, words: tuple[str, str]) -> None:
    assert report_words(report) == words


def test_a_file_that_was_read_is_not_called_unreadable() -> None:
    odd, line = ("/b/odd.csv", 0, WINDOWS), ("/b/a.jsonl", 48, REPLACED_IN_LINE)
    one = ImportReport(new=1, problems=(odd,))
    assert (report_words(one), note_words(one)) == (("1 new exchange.", ""), f"odd.csv: {WINDOWS}")
    assert note_words(ImportReport(problems=(line,))) == f"a.jsonl, line 48: {REPLACED_IN_LINE}"
    silent = ("/b/c.jsonl", 0, nobody_asked("Codex"))
    both = ImportReport(new=2, problems=(odd, line, silent, ("/b/d.jsonl", 3, "not JSON")))
    assert report_words(both) == ("2 new exchanges.", "1 unreadable: line 3.")
    assert note_words(both) == "3 notes: odd.csv, a.jsonl and 1 more."
    assert note_words(ImportReport(new=1)) == ""


def test_progress_is_told_in_files_and_measured_in_bytes() -> None:
    progress = ImportProgress(files=120, total=318, bytes=900, total_bytes=1000, new=4210)
    assert progress_words(progress) == "120 of 318 files · 4,210 new"
    large = ImportProgress(120, 318, 410_000_000, 1_020_000_000, new=4210, problems=2, seconds_left=41.0)
    assert progress_words(large) == "120 of 318 files · ≈ 40 s left · 410 of 1,020 MB · 4,210 new · 2 unreadable"
    assert progress_share(progress) == 0.9
    assert progress_words(ImportProgress()) == "Looking for transcripts"
    assert progress_share(ImportProgress()) == 0.0


def test_what_waits_is_told_and_what_stopping_left_unread() -> None:
    progress = ImportProgress(files=120, total=318, new=4)
    assert progress_words(progress, waiting=2) == "120 of 318 files · 4 new · 2 more to come"
    assert stopped_words(ImportReport(left=1_200), False) == "Stopped: 1,200 files are not read."
    assert stopped_words(ImportReport(left=1), True) == "Stopped: 1 file is not read, nor what was dropped after that."
    assert stopped_words(ImportReport(), True) == "Stopped: what was dropped after it is not read."
    assert stopped_words(ImportReport(), False) == ""


def test_what_was_stopped_is_read_when_it_is_asked_for(open_main_window, library_folder, tmp_path, qtbot) -> None:
    row = '{{"messages":[{{"role":"user","content":"Why {0}?"}},{{"role":"assistant","content":"Because of {0}."}}]}}\n'
    many, more = tmp_path / "many", tmp_path / "more"
    for folder, count in ((many, 300), (more, 3)):
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.jsonl").write_text(row.format(f"{folder.name} {number}"))
    window = open_main_window(library_folder)
    imports = window.opened.intake.imports
    stop = Stopper(imports)
    window.read([many])
    window.read([more])
    assert imports.waiting == 1
    qtbot.waitUntil(lambda: "Read the rest" in [b.text() for b in window.notice.buttons()], timeout=20_000)
    assert stop.words == ["1 more to come"]
    assert "files are not read, nor what was dropped after that." in window.notice.words
    with qtbot.waitSignal(imports.ended, timeout=60_000):
        next(b for b in window.notice.buttons() if b.text() == "Read the rest").click()
    assert len(window.opened.workspace.library.sources()) == 303


def test_an_import_that_fails_after_it_was_stopped_is_not_told_with_the_next(tmp_path: Path, qtbot) -> None:
    class Failing:
        def __getattr__(self, name: str) -> object:
            raise LibraryError("The library is gone.", "Open it again.")

    tasks = Tasks()
    desk = ImportDesk(Failing(), tasks)
    tasks.failed.connect(lambda _error: None)
    with qtbot.waitSignal(desk.ended):
        desk.read([tmp_path / "first"])
        desk.read([tmp_path / "second"])
        desk.stop()
    with qtbot.waitSignal(desk.ended):
        desk.read([tmp_path / "third"])
    assert desk.take_stopped(ImportReport()) == ("", [])
    tasks.shutdown()


class Stopper:
    """Presses stop as soon as something is read."""

    def __init__(self, imports: ImportDesk) -> None:
        self._imports = imports
        self.words: list[str] = []
        imports.progressed.connect(self._on_progressed)

    def _on_progressed(self, progress: ImportProgress) -> None:
        if progress.files and not self.words:
            self.words.append(progress_words(progress, self._imports.waiting).rpartition(" · ")[2])
            self._imports.stop()
            self._imports.stop()  # a doubled click


def test_the_drop_target_names_what_is_in_the_hand(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir()
    assert carried_words([Path("/a.jsonl"), Path("/b.zip"), folder]) == "2 transcripts and 1 folder"
    assert carried_words([Path("/a.png")]) == "1 other file"
    assert carried_words([]) == ""
