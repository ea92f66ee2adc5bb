"""Another Python on this computer: it runs the engine of this program, and says what it lacks."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from job_running import events_of, wait_for_end
from tiny_model import build_tiny_model, write_snapshot

import curator
from curator.core.errors import JobError
from curator.core.job import JobState
from curator.core.machine import RuntimeKind, RuntimeSpec, Weight
from curator.core.settings import TrainSettings
from curator.jobs import supervisor
from curator.jobs.folder import read_job, write_job
from curator.jobs.runtimes import from_order, place_of, to_order
from curator.jobs.runtimes.probe import PROBE, answer_in, findings
from curator.jobs.runtimes.source import make_zip

PACKAGE = Path(curator.__file__).parent


@pytest.fixture
def python_here(tmp_path: Path) -> RuntimeSpec:
    """An interpreter that has the packages but knows nothing of this project's folder."""
    python = tmp_path / "env" / "python"
    python.parent.mkdir()
    site = next(path for path in sys.path if path.endswith("site-packages"))
    python.write_text(f'#!/bin/sh\ncd /\nexport PYTHONPATH="$PYTHONPATH:{site}"\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return RuntimeSpec("other", RuntimeKind.PYTHON, python=str(python))


def test_the_zip_is_the_same_each_time_and_holds_the_engine_alone(tmp_path: Path) -> None:
    first, second = make_zip(PACKAGE, tmp_path / "a"), make_zip(PACKAGE, tmp_path / "b")
    assert first.name == second.name and first.read_bytes() == second.read_bytes()
    names = zipfile.ZipFile(first).namelist()
    assert "curator/engine/worker.py" in names and "curator/__main__.py" in names
    assert not [name for name in names if name.startswith(("curator/ui", "curator/services", "curator/library"))]


def test_the_engine_starts_out_of_the_zip(tmp_path: Path) -> None:
    code = "import curator, curator.engine.worker, curator.jobs.supervisor; print(curator.__file__)"
    source = make_zip(PACKAGE, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(source)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip().startswith(str(source))


def test_a_run_is_trained_by_another_python(tmp_path: Path, python_here: RuntimeSpec) -> None:
    model, data = build_tiny_model(tmp_path / "model"), write_snapshot(tmp_path / "data")
    settings = {"passes": TrainSettings().passes, "batch_size": 4}
    order = {"kind": "train", "model": str(model), "data": str(data), "settings": settings}
    write_job(tmp_path / "run", order | {"runtime": to_order(python_here)})
    supervisor.start(tmp_path / "run")
    assert wait_for_end(tmp_path / "run") is JobState.DONE, (tmp_path / "run" / "worker.log").read_text()
    assert len(events_of(tmp_path / "run", "train")) == 9
    assert (tmp_path / "run" / "adapters.safetensors").is_file()


def test_it_is_found_fit(python_here: RuntimeSpec) -> None:
    found = list(place_of(python_here).check())
    assert [finding.subject for finding in found] == ["python", "mlx", "disk"], found
    assert found[0].weight is Weight.FINE and found[1].weight is Weight.FINE and "mlx 0." in found[1].sentence


def test_what_it_lacks_comes_with_the_line_to_type() -> None:
    told = {"python": "3.12.4", "missing": ["mlx", "mlx-lm"], "free": 1}
    found = list(findings(told, "/opt/python"))
    assert [finding.weight for finding in found] == [Weight.FINE, Weight.STOP, Weight.WARNING]
    old = list(findings(told | {"python": "3.10.4"}, "/opt/python"))
    assert [finding.subject for finding in old] == ["python", "disk"] and old[0].weight is Weight.STOP
    assert found[1].hint == "Type there: /opt/python -m pip install mlx mlx-lm"
    (broken,) = [f for f in findings({"python": "3.12.1", "problem": "no Metal", "free": 10**12}, "p") if f.hint]
    assert "no Metal" in broken.sentence and broken.hint.endswith("--force-reinstall mlx")


def test_on_linux_the_line_to_type_names_the_build_of_mlx_that_has_its_library() -> None:
    told = {"python": "3.11.2", "missing": ["mlx", "psutil"], "free": 10**12, "build": "cpu", "is_environment": True}
    (lacking,) = [finding for finding in findings(told, "~/env/bin/python") if finding.hint]
    assert lacking.hint == 'Type there: ~/env/bin/python -m pip install "mlx[cpu]" psutil'
    told = {"python": "3.11.2", "problem": "ImportError: libmlx.so: cannot open", "free": 10**12, "build": "cuda13"}
    (broken,) = [finding for finding in findings(told, "python3") if finding.hint]
    assert broken.hint.endswith('"mlx[cuda13]"')


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has several builds of mlx")
@pytest.mark.parametrize(
    ("says", "build"), [("580.65.06", "cuda13"), ("535.104.05", "cuda12"), ("470.1", "cpu"), ("no devices", "cpu")]
)
def test_the_build_goes_by_the_driver_that_is_there(tmp_path: Path, says: str, build: str) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    asked = [sys.executable, "-S", "-c", PROBE, str(tmp_path)]
    told = subprocess.run(asked, env={"PATH": f"{tmp_path}:/bin:/usr/bin"}, capture_output=True, text=True, check=True)
    answer = answer_in(told.stdout)
    assert answer is not None and answer["build"] == build


def test_a_python_of_the_system_is_asked_for_an_environment_first() -> None:
    told = {"python": "3.11.2", "missing": ["mlx-lm"], "free": 10**12, "is_environment": False}
    (lacking,) = [finding for finding in findings(told, "python3") if finding.hint]
    assert lacking.hint == (
        "Type there: python3 -m venv ~/curator-python && ~/curator-python/bin/pip install mlx-lm."
        " Then name ~/curator-python/bin/python as its Python."
    )


def test_an_empty_environment_says_what_it_lacks(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')  # without its packages
    python.chmod(0o755)
    found = list(place_of(RuntimeSpec("bare", RuntimeKind.PYTHON, python=str(python))).check())
    (packages,) = [finding for finding in found if finding.subject == "packages"]
    assert packages.weight is Weight.STOP and "pip install" in packages.hint and str(python) in packages.hint


def test_something_that_is_no_python_is_told(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho nonsense >&2\nexit 3\n")
    program.chmod(0o755)
    (found,) = place_of(RuntimeSpec("odd", RuntimeKind.PYTHON, python=str(program))).check()
    assert found.weight is Weight.STOP and "nonsense" in found.sentence
    assert answer_in("curator-probe {") is None and answer_in("") is None
    (found,) = place_of(RuntimeSpec("gone", RuntimeKind.PYTHON, python="/nowhere/python")).check()
    assert found.weight is Weight.STOP
    with pytest.raises(JobError, match="no Python at /nowhere"):
        place_of(RuntimeSpec("gone", RuntimeKind.PYTHON, python="/nowhere/python")).runtime()


def test_a_place_comes_back_out_of_an_order_as_it_went_in(tmp_path: Path) -> None:
    spec = RuntimeSpec("studio", RuntimeKind.SSH, "python3", "me@studio", "jobs", (), ("-p", "2222"))
    write_job(tmp_path / "job", {"kind": "train", "runtime": to_order(spec)})
    assert from_order(read_job(tmp_path / "job")["runtime"]) == spec
    assert from_order(None) == RuntimeSpec("")
    for nonsense in ("ssh", {"kind": "ssh"}, {"name": "x", "kind": "teleport"}):
        with pytest.raises(JobError):
            from_order(nonsense)
