"""What a scan reads: nothing twice, and everything that the library does not hold as it stands on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from claude_sessions import ClaudeSession

from curator.ingest import selecting
from curator.ingest.importer import Importer
from curator.library.library import Library


@pytest.fixture
def sessions(tmp_path: Path) -> list[ClaudeSession]:
    made = [ClaudeSession(tmp_path / "projects" / f"-{n // 2}" / f"{n}.jsonl", seed=n + 1) for n in range(4)]
    for session in made:
        session.exchange("Why?", "So.", tools=0)
    return made


def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are compared with what is known of them, from now on."""
    seen: list[str] = []
    is_unchanged = selecting._is_unchanged

    def noted(file: selecting.Found, record: selecting.SourceRecord) -> bool:
        seen.append(file.path)
        return is_unchanged(file, record)

    monkeypatch.setattr(selecting, "_is_unchanged", noted)
    return seen


def test_a_folder_whose_files_are_all_here_is_settled_until_one_of_them_changes(
    tmp_path: Path, sessions: list[ClaudeSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library.open(tmp_path / "library")
    with Importer(library) as importer:

        def scan() -> int:
            report, _ = importer.run([tmp_path / "projects"], is_scan=True)
            assert report.files == 4
            return report.new

        assert scan() == 4
        assert scan() == 0
        seen = looked_at(monkeypatch)
        assert scan() == 0 and seen == []
        sessions[0].exchange("And now?", "Now too.", tools=0)
        assert scan() == 1
        assert {Path(path).parent.name for path in seen} == {"-0"}
        importer.forget_known()
        seen.clear()
        assert scan() == 0 and len(seen) == 4
        library.add_watched(str(tmp_path / "projects"))
        assert scan() == 0
        assert {record.root for record in library.sources()} == {1}
    library.close()
