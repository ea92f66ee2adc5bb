"""`curator watch run`: what it tells of the folders that it follows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from claude_sessions import ClaudeSession
from verbs import curator


def test_a_file_that_goes_away_is_told_as_gone(tmp_path: Path) -> None:
    library, folder = tmp_path / "library", tmp_path / "sessions"
    folder.mkdir()
    session = ClaudeSession(folder / "s.jsonl")
    session.write(session.lines("Why?", "Because.", tools=0))
    assert curator(library, "watch", "add", folder).code == 0
    command = [sys.executable, "-m", "curator", "--library", str(library), "watch", "run"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as following:
        assert following.stderr is not None
        try:
            told = ""
            while "1 new" not in told:
                told = following.stderr.readline()
                assert told
            session.path.unlink()
            assert following.stderr.readline() == "1 file is gone. What came from it stays.\n"
        finally:
            following.terminate()
    assert len(curator(library, "exchanges", "--json").lines) == 1
