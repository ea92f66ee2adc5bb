"""Sessions of many files: one source each, read as what their program would export, and read again when they change."""

from __future__ import annotations

import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from library_making import EVERYTHING

from curator.core.changes import Changes
from curator.core.errors import LibraryError
from curator.core.query import ImportReport
from curator.core.row import State
from curator.ingest import bundles
from curator.ingest.importer import Importer, import_files
from curator.ingest.scan import list_files
from curator.ingest.watch import Watcher
from curator.ingest.whole import whole
from curator.library.library import Library
from curator.services import archiving, browsing, curation, importing
from curator.services.workspace import Workspace

SEEDS = Path(__file__).parents[1] / "formats" / "seeds"


def event(folder: Path, number: int, kind: str, **fields: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"event-{number:05}-0000-4000.json"
    record = {"id": f"e{number}", "timestamp": f"2026-03-01T08:00:{number:02}", "kind": kind, **fields}
    file.write_text(json.dumps(record))
    return file


def asked(folder: Path, number: int, words: str, **more: Any) -> Path:
    message = {"role": "user", "content": [{"type": "text", "text": words}]}
    return event(folder, number, "MessageEvent", source="user", llm_message=message, **more)


def said(folder: Path, number: int, words: str) -> Path:
    message = {"role": "assistant", "content": [{"type": "text", "text": words}]}
    return event(folder, number, "MessageEvent", source="agent", llm_message=message)


def conversation(folder: Path) -> Path:
    """A conversation as OpenHands keeps it; the folder of its events."""
    events = folder / "events"
    asked(events, 1, "Which port?")
    said(events, 2, "Port 8080.")
    (folder / "base_state.json").write_text(json.dumps({"agent": {"llm": {"api_key": "no business of ours"}}}))
    cache = folder / "event_cache"
    cache.mkdir()
    (cache / "0-25.json").write_text("[" + ",".join(file.read_text() for file in sorted(events.iterdir())) + "]")
    return events


def tree(storage: Path) -> Path:
    """The seed of an export of OpenCode as it was kept before there was a database; the head of its session."""
    export = json.loads((SEEDS / "opencode.json").read_text())
    key = export["info"]["id"]

    def put(place: str, value: Any) -> Path:
        file = storage / f"{place}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value, indent=2))
        return file

    for message in export["messages"]:
        put(f"message/{key}/{message['info']['id']}", message["info"])
        for number, part in enumerate(message["parts"]):
            put(f"part/{message['info']['id']}/prt_{number}", part)
    put("project/p1", {"id": "p1", "worktree": "/home/ada/tea"})
    return put(f"session/p1/{key}", export["info"])


def told(library: Library) -> list[tuple[str, str]]:
    views = [library.exchange(id) for id in library.exchange_ids(EVERYTHING)]
    return [(view.prompt, view.response) for view in sorted(views, key=lambda view: view.id)]


def test_a_folder_of_events_is_one_conversation(library: Library, tmp_path: Path) -> None:
    events = conversation(tmp_path / "conversations" / "7f")
    report, _ = import_files(library, [tmp_path])
    assert (report.files, report.new, report.problems) == (1, 1, ())
    assert told(library) == [("Which port?", "Port 8080.")]
    assert [source.path for source in library.sources()] == [str(events)]
    again, changes = import_files(library, [tmp_path])
    assert (again.new, again.unchanged, bool(changes)) == (0, 1, False)


def test_one_event_that_is_named_means_its_conversation(library: Library, tmp_path: Path) -> None:
    events = conversation(tmp_path / "7f")
    report, _ = import_files(library, [next(events.iterdir())])
    assert (report.files, report.new, report.problems) == (1, 1, ())


def test_a_conversation_of_an_agent_of_its_own_is_told_as_one(library: Library, tmp_path: Path) -> None:
    conversation(tmp_path / "7f" / "subagents" / "8a")
    import_files(library, [tmp_path])
    assert [session.origin for session in library.sessions()] == ["agent"]


def test_what_the_program_says_in_the_persons_name_is_no_prompt(library: Library, tmp_path: Path) -> None:
    events = conversation(tmp_path / "7f")
    asked(events, 3, "Your last response did not include a function call or a message. Please use a tool.")
    asked(events, 4, "Help me.", sender="other agent")
    import_files(library, [tmp_path])
    assert [prompt for prompt, _ in told(library)] == ["Which port?"]


def test_a_session_in_three_trees_is_what_its_export_is(library: Library, tmp_path: Path) -> None:
    head = tree(tmp_path / "storage")
    report, _ = import_files(library, [tmp_path])
    assert (report.files, report.problems) == (1, ())
    before = told(library)
    assert before == [("How long does green tea draw?", "Two minutes.")]
    assert [source.path for source in library.sources()] == [str(head)]
    export, _ = import_files(library, [SEEDS / "opencode.json"])
    assert (export.new, export.repeats) == (1, 1)
    assert len(library.exchange_ids(EVERYTHING)) == 2


def test_a_part_that_is_half_written_is_left_out_and_named(library: Library, tmp_path: Path) -> None:
    head = tree(tmp_path / "storage")
    part = tmp_path / "storage" / "part" / "msg_2" / "prt_2.json"
    part.write_text(part.read_text()[:40])
    report, _ = import_files(library, [head])
    assert report.problems == ((str(head), 0, "prt_2.json is not readable; the rest of the session was read."),)
    assert told(library) == [("How long does green tea draw?", "Two minutes.")]


def test_a_session_that_grows_is_read_again(library: Library, tmp_path: Path) -> None:
    events = conversation(tmp_path / "7f")
    with Importer(library) as importer:
        importer.run([tmp_path], is_scan=True)
        (first,) = library.exchange_ids(EVERYTHING)
        library.set_state([first], State.CLEAN)
        asked(events, 3, "And the host?")
        said(events, 4, "Localhost.")
        importer.run([tmp_path], is_scan=True)
        assert told(library) == [("Which port?", "Port 8080."), ("And the host?", "Localhost.")]
        assert library.exchange(first).state is State.CLEAN
        (events / "event-00004-0000-4000.json").unlink()
        said(events, 4, "It runs on localhost.")
        importer.run([events / "event-00004-0000-4000.json"], is_scan=True)
    assert told(library)[1] == ("And the host?", "It runs on localhost.")


def test_messages_are_listed_with_their_session_and_never_by_themselves(tmp_path: Path) -> None:
    head = tree(tmp_path / "storage")
    [found] = list_files([tmp_path]).files
    assert found.name == str(head)
    message = tmp_path / "storage" / "message" / "ses_1" / "msg_2.json"
    assert [file.name for file in list_files([message], are_named=False).files] == [str(head)]
    before = found.stamp
    info = message.stat()
    os.utime(message, ns=(info.st_atime_ns, info.st_mtime_ns + 10**9))
    [found] = list_files([tmp_path]).files
    assert found.stamp != before


@pytest.mark.parametrize("name", ["events", "ses_1.json", "session/p/ses_1.json", "session/p/other.json"])
def test_other_files_and_folders_of_such_names_stand_for_themselves(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    if name == "events":
        place.mkdir()
        (place / "spring-party.md").touch()
    else:
        place.touch()
    assert not bundles.stands_for_many(str(place))
    assert bundles.standing_for(str(place)) == str(place)


def test_a_watched_conversation_is_followed_event_by_event(library: Library, tmp_path: Path) -> None:
    events = conversation(tmp_path / "home" / "7f")
    library.add_watched(str(tmp_path / "home"), "OpenHands")
    heard = threading.Condition()

    def hear(report: ImportReport, changes: Changes) -> None:
        with heard:
            heard.notify_all()

    watcher = Watcher(library, hear)
    watcher.start()
    try:
        with heard:
            assert heard.wait_for(lambda: len(told(library)) == 1, 30)
        asked(events, 3, "And the host?")
        said(events, 4, "Localhost.")
        with heard:
            assert heard.wait_for(lambda: told(library)[1:] == [("And the host?", "Localhost.")], 30)
    finally:
        watcher.stop()


def test_a_whole_copy_of_a_session_of_many_files_is_one_document(ws: Workspace, tmp_path: Path) -> None:
    events = conversation(tmp_path / "7f")
    importing.import_paths(ws, [events])
    curation.mark(ws, browsing.exchange_ids(ws, EVERYTHING), State.CLEAN)
    assert archiving.catch_up(ws) == []
    [copy] = archiving.copies(ws)
    restored = archiving.restore(ws, copy.id, tmp_path / "out")
    assert restored.name == "7f.json"
    with whole(str(events)) as file:
        assert isinstance(file, io.BytesIO)
        assert restored.read_bytes() == file.read()
    with pytest.raises(LibraryError, match="many files"):
        archiving.restore(ws, copy.id)
