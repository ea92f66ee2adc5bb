"""`curator diagnostics` writes a zip; `curator runtimes make` makes an environment, and ^C takes it away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from verbs import curator

from curator.cli.output import STOPPED


def test_diagnostics_are_written_where_the_person_says(library_folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    said = curator(library_folder, "diagnostics", tmp_path / "given.zip", "--quick", "--json")
    assert said.code == 0 and said.only["path"] == str(tmp_path / "given.zip")
    with zipfile.ZipFile(tmp_path / "given.zip") as archive:
        assert archive.namelist() == said.only["files"] and "findings.txt" in archive.namelist()
    refused = curator(library_folder, "diagnostics", tmp_path / "nowhere" / "x.zip", "--quick")
    assert refused.code == 1 and "cannot be written there" in refused.err


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="the stand-in for uv is a script of Linux")
def test_an_environment_is_stopped_from_the_keyboard(library_folder: Path, tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "uv"
    tool.parent.mkdir()
    tool.write_text(
        '#!/bin/sh\nfor last; do :; done\nmkdir -p "$last"; echo "Downloading mlx (40.0MiB)"; sleep 60 & wait\n'
    )
    tool.chmod(0o755)
    path = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "curator", "--library", str(library_folder), "runtimes", "make"]
    environment = os.environ | {"PATH": path, "XDG_DATA_HOME": str(tmp_path / "data")}
    making = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert making.stderr is not None
        for line in making.stderr:
            if "Fetching mlx" in line:
                break
        assert (tmp_path / "data" / "Curator" / "python" / "1").is_dir()
        making.send_signal(signal.SIGINT)
        assert "Nothing is left of it" in making.stderr.read()
        assert making.wait(120) == STOPPED
    finally:
        making.kill()
        making.wait()
    assert not (tmp_path / "data" / "Curator" / "python" / "1").exists()
