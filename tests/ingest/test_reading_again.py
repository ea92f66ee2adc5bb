"""Files that did not change are read again when reading did, and what was decided about their exchanges stays."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from claude_sessions import ClaudeSession

from curator.core.exchange import Exchange, Session
from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.formats import versions
from curator.ingest.importer import Importer, import_files
from curator.library.library import Library
from curator.screening import session as screening


def shout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading gives other exchanges from now on, and says so."""
    pack = screening.with_following

    def louder(session: Session) -> list[tuple[Exchange, Exchange | None]]:
        return [(dataclasses.replace(one, response=one.response.upper()), after) for one, after in pack(session)]

    monkeypatch.setattr("curator.ingest.growing.with_following", louder)
    monkeypatch.setattr(versions, "READING", versions.READING + 1)


def test_a_scan_reads_again_what_was_read_in_another_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = ClaudeSession(tmp_path / "projects" / "s.jsonl")
    session.exchange("Why?", "So.", tools=0)
    session.exchange("And how?", "Thus.", tools=0)
    library = Library.open(tmp_path / "library")
    import_files(library, [session.path])
    first, second = sorted(one.id for one in library.cards(library.exchange_ids(ExchangeQuery(everything=True))))
    library.set_state([first], State.CLEAN)
    library.edit_row(second, "And how?", "My own words.")
    shout(monkeypatch)
    with Importer(library) as importer:
        reports = [importer.run([tmp_path / "projects"], is_scan=True)[0] for _ in range(3)]
    assert [(report.updated, report.new) for report in reports] == [(2, 0), (0, 0), (0, 0)]
    assert library.exchange(first).response == "SO." and library.row(first).state is State.CLEAN
    assert library.row(second).response == "My own words."
    library.close()


def test_what_was_read_in_the_present_way_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = ClaudeSession(tmp_path / "projects" / "s.jsonl")
    session.exchange("Why?", "So.", tools=0)
    library = Library.open(tmp_path / "library")
    import_files(library, [session.path])
    monkeypatch.setitem(versions.OF_FORMAT, "codex", 1)
    report, _ = import_files(library, [session.path])
    assert (report.updated, report.unchanged) == (0, 1)
    assert [record.reader for record in library.sources()] == [versions.version_of("claude-code")]
    library.close()


def test_a_library_of_before_is_read_again_once(tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "projects" / "s.jsonl")
    session.exchange("Why?", "So.", tools=0)
    library = Library.open(tmp_path / "library")
    import_files(library, [session.path])
    library._writer.run(lambda db: db.execute("UPDATE source SET reader = 0").rowcount)
    report, changes = import_files(library, [session.path])
    assert (report.new, report.updated, report.unchanged) == (0, 0, 1) and not changes.exchanges
    assert [record.reader for record in library.sources()] == [versions.version_of("claude-code")]
    library.close()
