"""A person's whole way at the real window: drop, search, mark, edit, undo, train, close, open again, done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from screen import screen

HERE = Path(__file__).resolve().parent


def sit(sitting: str, library: Path, pictures: Path, corpus: Path, display: str) -> None:
    """One sitting at the window, in a process of its own; its words are shown when it fails."""
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": str(library.parent)}
    done = subprocess.run(
        [sys.executable, str(HERE / "main_job.py"), sitting, str(library), str(pictures), str(corpus)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, f"{sitting} sitting\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    assert "Traceback" not in done.stderr, done.stderr[-4000:]


@pytest.mark.corpus
@pytest.mark.starter
@pytest.mark.window
def test_from_a_drop_to_an_adapter_with_the_window_closed_in_between(
    tmp_path: Path, corpus: Path, starter_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATOR_MODELS", str(starter_models))
    library, pictures = tmp_path / "library", Path(os.environ.get("CURATOR_PICTURES", str(tmp_path / "pictures")))
    pictures.mkdir(parents=True, exist_ok=True)
    with screen() as display:
        sit("first", library, pictures, corpus, display)
        sit("second", library, pictures, corpus, display)
    told = json.loads((pictures / "told.json").read_text(encoding="utf-8"))
    assert told["state"] == "done"
    assert min(told["valid"]) < told["valid"][0]
    third = len(told["train"]) // 3
    assert sum(told["train"][-third:]) < sum(told["train"][:third])
    adapter = Path(told["path"]) / "adapters.safetensors"
    assert adapter.stat().st_size > 100_000
    assert (adapter.parent / "adapter_config.json").is_file()
    assert all((pictures / f"{name}.png").stat().st_size > 10_000 for name in ("4-marked", "7-training", "8-done"))
