"""A worker that needs no mlx: a small Python program that keeps the protocol, where only the supervision is tested."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

from curator.jobs.folder import write_job
from curator.jobs.runtimes import Runtime

WORKER = """
import json, os, sys, time
from pathlib import Path
import psutil
folder = Path(sys.argv[2])
(folder / "worker.json").write_text(json.dumps({"pid": os.getpid(), "created": psutil.Process().create_time()}))
def tell(kind, **figures):
    with (folder / "events.jsonl").open("a") as stream:
        stream.write(json.dumps({"event": kind, "t": time.time(), **figures}) + "\\n")
tell("started", session=os.getsid(0), parent=os.getppid(), preload=os.environ.get("LD_PRELOAD", ""))
print("working")
while not (folder / "stop").exists():
    time.sleep(0.02)
tell("stopped", message="Stopped.", discarded=(folder / "stop").read_text() == "discard")
"""


@pytest.fixture
def waiting_worker(tmp_path: Path) -> Runtime:
    program = tmp_path / "waiting_worker.py"
    program.write_text(WORKER)
    return Runtime((sys.executable, str(program)))


@pytest.fixture
def job(tmp_path: Path) -> Path:
    folder = tmp_path / "job"
    write_job(folder, {"kind": "wait"})
    return folder
