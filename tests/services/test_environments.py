"""A Python environment is made with one call: by a real venv and a real pip, from wheels on the disk."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import threading
import time
import zipfile
from pathlib import Path

import pytest

from curator.core.machine import RuntimeKind
from curator.services import environment_plans, environments, interpreters, runtimes
from curator.services.environments import MakingError, Plan
from curator.services.installing import Reading, Stopped, follow
from curator.services.workspace import Workspace

MLX = """__version__ = "9.9"
float32, metal = None, None
def ones(n): return [1] * n
class _One(list):
    pass
def eval(_value): pass
def default_device(): return "Device(cpu, 0)"
def device_info(): return {"device_name": "a test"}
import builtins
_ones = ones
class _Array:
    def __add__(self, _other): return self
def ones(n): return _Array()
"""


def wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> None:
    """A wheel as pip takes it."""
    module, about = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    files = files or {f"{module}/__init__.py": ""}
    files |= {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{about}/RECORD"])
    with zipfile.ZipFile(folder / f"{module}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in (files | {f"{about}/RECORD": record}).items():
            archive.writestr(path, text)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Wheels of everything an environment needs, and a pip that looks nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in environment_plans._ALONG:
        wheel(folder, name, "9.9", {})
    wheel(folder, "mlx", "9.9", {"mlx/__init__.py": "", "mlx/core.py": MLX})
    wheel(folder, "mlx-lm", "9.9", {"mlx_lm/__init__.py": ""})
    for name in list(os.environ):
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def plan_for(folder: Path, *packages: str) -> Plan:
    packages = packages or ("mlx==9.9", "mlx-lm==9.9", *environment_plans._ALONG)
    return Plan(sys.executable, sys.executable, folder, packages, lends_pip=True)


def test_an_environment_is_made_tried_and_trained_in_from_then_on(ws: Workspace, shelf: Path, tmp_path: Path) -> None:
    told: list[environments.Making] = []
    spec = environments.make(ws, plan_for(tmp_path / "envs" / "1"), told.append)
    assert spec is not None and spec.kind is RuntimeKind.PYTHON
    assert spec.python == str(tmp_path / "envs" / "current" / "bin" / "python")
    assert runtimes.get(ws, environments.NAME) == spec and runtimes.usual(ws) == environments.NAME
    shares = [making.share for making in told]
    assert shares == sorted(shares) and shares[-1] == 1.0 and "Looking at mlx" in " ".join(m.words for m in told)

    shutil.rmtree(tmp_path / "envs" / "1" / "lib")  # the next one need not be real to take its place
    again = plan_for(tmp_path / "envs" / "2", "numpy==77")
    with pytest.raises(MakingError, match="numpy==77"):
        environments.make(ws, again)
    assert not (tmp_path / "envs" / "2").exists() and (tmp_path / "envs" / "1").is_dir(), "the one before stays"
    assert runtimes.get(ws, environments.NAME) == spec
    runtimes.remove(ws, environments.NAME)
    assert runtimes.usual(ws) == ""


def test_the_environments_before_the_last_one_go(ws: Workspace, tmp_path: Path) -> None:
    near = sysconfig.get_paths()["purelib"]
    tool = tmp_path / "uv"  # its environment finds the packages of the present one
    tool.write_text(
        f'#!/bin/sh\n[ "$1" = venv ] && {sys.executable} -m venv --without-pip "$5" || '
        f'echo "{near}" > "$(dirname $(dirname $4))/lib/python3.{sys.version_info[1]}/site-packages/near.pth"\n'
    )
    tool.chmod(0o755)
    for number in ("1", "2", "3"):
        folder = environment_plans._free_folder(tmp_path / "envs")
        assert folder.name == number
        made = environments.make(ws, Plan(str(tool), "", folder, ("mlx",)))
        assert made is not None and Path(made.python).resolve() == Path(sys.executable).resolve()
        assert (tmp_path / "envs" / "current").resolve().name == number
    assert sorted(path.name for path in (tmp_path / "envs").iterdir()) == ["2", "3", "current"]
    assert [spec.name for spec in runtimes.runtimes(ws)] == ["", environments.NAME]


def test_what_is_made_and_does_not_train_is_taken_away_again(ws: Workspace, tmp_path: Path) -> None:
    tool = tmp_path / "uv"  # it makes an environment, and installs nothing
    tool.write_text(f'#!/bin/sh\n[ "$1" = venv ] && {sys.executable} -m venv --without-pip "$5"; exit 0\n')
    tool.chmod(0o755)
    with pytest.raises(MakingError, match="does not train: It lacks mlx, mlx-lm"):
        environments.make(ws, Plan(str(tool), "", tmp_path / "env", ()))
    assert not (tmp_path / "env").exists() and runtimes.runtimes(ws) == [runtimes.HERE]


def test_it_stops_when_it_is_asked_to_and_leaves_nothing(ws: Workspace, tmp_path: Path) -> None:
    tool = tmp_path / "uv"
    tool.write_text('#!/bin/sh\nmkdir -p "$5" && echo "Downloading mlx (40.0MiB)" && sleep 60 & wait\n')
    tool.chmod(0o755)
    stop, begun = threading.Event(), time.monotonic()

    def heard(making: environments.Making) -> None:
        if "Fetching" in making.words:
            stop.set()

    assert environments.make(ws, Plan(str(tool), "", tmp_path / "env", ()), heard, stop) is None
    assert time.monotonic() - begun < 30 and not (tmp_path / "env").exists()
    assert runtimes.runtimes(ws) == [runtimes.HERE]


def test_the_plan_names_the_tool_and_the_versions_of_this_program(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(interpreters, "_USUAL_FOLDERS", ())
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    monkeypatch.setenv("PATH", str(bin_))
    with pytest.raises(MakingError, match="neither uv nor a Python"):
        environments.plan(tmp_path / "envs")
    (bin_ / "python3.12").write_text("#!/bin/sh\necho 3 9\n")
    (bin_ / "python3").write_text("#!/bin/sh\necho 3 11 23 2\n")
    (bin_ / "python3").chmod(0o755)
    (bin_ / "python3.12").chmod(0o755)
    made = environments.plan(tmp_path / "envs")
    assert (made.tool, made.folder) == (str(bin_ / "python3"), tmp_path / "envs" / "1")
    assert made.lends_pip and not made.is_uv
    names = {package.partition("==")[0].partition("[")[0]: package.partition("==")[2] for package in made.packages}
    assert all(names.values()) and {"mlx", "mlx-lm", "transformers"} <= names.keys()
    (bin_ / "uv").write_text("#!/bin/sh\n")
    (bin_ / "uv").chmod(0o755)
    assert environments.plan(tmp_path / "envs").is_uv


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Error: the ensurepip module is not available", "a package apart"),
        ("error: Failed to fetch\n  dns error: failed to lookup address", "could not be fetched"),
        ("ERROR: No matching distribution found for mlx==9.9", "made: No matching distribution found for mlx==9.9."),
    ],
)
def test_what_a_tool_says_becomes_a_sentence(tmp_path: Path, said: str, told: str) -> None:
    (tmp_path / "said").write_text(said)
    command = [sys.executable, "-c", "import sys; print(open(sys.argv[1]).read()); sys.exit(1)", str(tmp_path / "said")]
    with pytest.raises(MakingError, match=told):
        list(follow(command, threading.Event(), environments._problem))


def test_a_tool_that_is_not_there_is_told() -> None:
    with pytest.raises(MakingError, match="cannot be started"):
        list(follow(["/nowhere/uv"], threading.Event(), environments._problem))
    asked = threading.Event()
    asked.set()
    with pytest.raises(Stopped):
        list(follow([sys.executable, "-c", "import time; time.sleep(60)"], asked, environments._problem))


def test_what_uv_says_is_read_as_megabytes() -> None:
    reading = Reading()
    lines = ["Resolved 30 packages in 1s", "Downloading mlx (30.0MiB)", "Downloading numpy (10.0MiB)"]
    told = [
        reading.take(line) for line in [*lines, " Downloaded numpy", " Downloaded mlx", "Prepared 30 packages in 9s"]
    ]
    assert told[0] is None
    words, shares = zip(*told[1:], strict=True)
    assert words[0] == "Fetching mlx, 31 MB…" and words[2] == "Fetched 10 of 42 MB."
    assert shares == tuple(sorted(shares)) and shares[2] == pytest.approx(0.2) and shares[-1] == 0.85
