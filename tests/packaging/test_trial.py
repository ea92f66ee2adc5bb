"""The trial of a packaged app passes on one that works, and says what fails on one that does not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from trial import TrialError, environment, try_verbs

ROOT = Path(__file__).resolve().parents[2]
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="stands in for the program with a shell script")


def program(folder: Path, script: str) -> Path:
    path = folder / "curator"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@posix_only
def test_the_whole_way_is_gone_by_verbs(tmp_path: Path, starter_models: Path) -> None:
    home = tmp_path / "a home é"
    home.mkdir()
    prepared = f'export CURATOR_MODELS="{starter_models}"'
    curator = program(tmp_path, f'{prepared}; cd "{ROOT}" && exec "{sys.executable}" -m curator "$@"')
    told = try_verbs(curator, home, can_train=True)
    assert told[0].startswith("curator ") and " new, 0 already here" in told[1]
    assert told[2] == "6 clean rows"
    assert told[3].startswith("Snapshot 1: ") and "tokens" in told[3]
    assert told[4].startswith("ok  training")
    assert (home / "a library").is_dir()


@posix_only
def test_a_program_that_fails_is_told_with_its_own_words(tmp_path: Path) -> None:
    broken = program(tmp_path, 'echo "libmlx is missing" >&2; exit 3')
    with pytest.raises(TrialError, match=r"--version ended with code 3:\s+libmlx is missing"):
        try_verbs(broken, tmp_path, can_train=False)


def test_nothing_of_this_python_reaches_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/here")
    monkeypatch.setenv("CURATOR_DEVICE_LOCK", "/here")
    given = environment(tmp_path)
    assert not any(name.startswith("PYTHON") for name in given)
    assert {name for name in given if name.startswith("CURATOR")} == {"CURATOR_LIBRARY", "CURATOR_MODELS"}
    assert given["HOME"] == given["LOCALAPPDATA"] == str(tmp_path)
