"""A sitting at the real window that ends by a kill: `sitting.py deciding|reading|importing LIBRARY FOLDER PATHS…`.

It says in FOLDER/<sitting>.json what there is to be found again, and then stands still until its end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "journeys"))

from main_job import edit_one, mark_one
from person import Person

from curator.services import browsing
from curator.ui.views.library_place import LibraryPlace

LETTERS = "Not yet saved: "


def deciding(person: Person, paths: list[Path]) -> None:
    """Import, mark 3, edit one, and type into another one without saving it."""
    library = place(person)
    person.until(lambda: library.first_start.isVisible(), "the first start is offered")
    person.drop(*paths)
    person.until(lambda: library.table.rowCount() > 30, "what was dropped is in the list")
    person.until(lambda: library.list.current, "an exchange is open")
    marked = []
    for number in range(1, 4):
        marked.append(library.list.current)
        mark_one(person, library, number)
    edit_one(person, library, 1)
    edited = library.list.current
    person.press("j")
    person.until(lambda: library.desk.view is not None and library.desk.view.id != edited, "the next one is open")
    typed = library.list.current
    person.until(lambda: library.desk.view is not None and library.desk.view.id == typed, "its row is in the editor")
    person.press("e")
    person.until(library.editor.is_editing, "the editor has the keyboard")
    person.type(LETTERS)
    draft = library.editor.texts()[0]
    person.until(lambda: on_disk(person, typed) == draft, "the draft is on the disk")
    tell(person, {"marked": marked, "edited": edited, "typed": typed, "draft": draft})


def reading(person: Person, _paths: list[Path]) -> None:
    """Open again, go to the one that was typed into, and say what its editor shows."""
    library = place(person)
    before = json.loads((person.pictures / "deciding.json").read_text(encoding="utf-8"))
    person.until(lambda: library.counts.clean == 3, "the marks are still there")
    person.until(lambda: library.list.current, "an exchange is open")
    library.show_exchange(before["typed"])
    person.until(lambda: library.desk.view is not None and library.desk.view.id == before["typed"], "the row is open")
    person.picture("reading")
    said = {"prompt": library.editor.texts()[0], "said": library.editor._summary.text(), "notice": person.notice()}
    tell(person, said)


def importing(person: Person, paths: list[Path]) -> None:
    """Drop a folder, and say so when some hundred exchanges of it are in the library."""
    library = place(person)
    person.until(lambda: library.first_start.isVisible(), "the first start is offered")
    person.drop(*paths)
    person.until(lambda: library.table.rowCount() > 0, "the first exchanges are in the list")
    assert person.window.opened is not None
    workspace = person.window.opened.workspace
    person.until(lambda: browsing.counts(workspace).total >= 400, "more are in the library")
    tell(person, {"exchanges": browsing.counts(workspace).total})


def place(person: Person) -> LibraryPlace:
    assert person.window.library is not None
    return person.window.library


def on_disk(person: Person, id: int) -> str | None:
    """The draft that whoever opens the library now would find."""
    assert person.window.opened is not None
    return browsing.exchange(person.window.opened.workspace, id).draft_prompt


def tell(person: Person, found: dict[str, object]) -> NoReturn:
    """Say it in one rename, and stand still until the kill: nothing that is under way may come to its end."""
    name = sys.argv[1]
    half = person.pictures / f"{name}.part"
    half.write_text(json.dumps(found), encoding="utf-8")
    half.rename(person.pictures / f"{name}.json")
    os.kill(os.getpid(), signal.SIGSTOP)
    raise SystemExit("it was woken, and should have been killed")


if __name__ == "__main__":
    sitting, library_folder, folder, *given = sys.argv[1:]
    sittings: dict[str, Callable[[Person, list[Path]], None]] = {
        "deciding": deciding,
        "reading": reading,
        "importing": importing,
    }
    sittings[sitting](Person(Path(library_folder), Path(folder)), [Path(path) for path in given])
