"""`curator demo` goes the whole way on the samples: read, mark, freeze, train, compare."""

from __future__ import annotations

from pathlib import Path

import pytest
from verbs import curator_process


@pytest.mark.starter
def test_the_demo_ends_with_a_lower_loss_and_two_answers(
    starter_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATOR_MODELS", str(starter_models))
    said = curator_process(tmp_path / "never-used", "demo", "--iterations", "5", "--json")
    assert said.code == 0, said.err
    *events, last = said.lines
    assert (events[0]["event"], events[-1]["event"]) == ("started", "done")
    assert events[0]["blas"]
    assert last["loss_after"] < last["loss_before"]
    assert last["base"] and last["tuned"]
    assert "47 exchanges in 6 sessions" in said.err
    assert "--keep FOLDER" in said.err
    assert not (tmp_path / "never-used").exists(), "the demo has a library of its own"
