from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from curator.jobs.runtimes import Runtime, bundled, find_openblas, openblas_in


def test_the_worker_is_this_program_and_stays_off_the_network() -> None:
    runtime = bundled()
    assert runtime.command[0] == sys.executable
    assert runtime.environment["HF_HUB_OFFLINE"] == "1" and runtime.environment["TOKENIZERS_PARALLELISM"] == "false"


@pytest.mark.skipif(find_openblas() is None, reason="no OpenBLAS is installed here")
def test_an_openblas_of_this_linux_is_put_in_front() -> None:
    runtime = bundled()
    code = "print('openblas' in open('/proc/self/maps').read())"
    out = subprocess.run(
        [sys.executable, "-c", code], env=runtime.environ({}), capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "True" and out.stderr == ""


def test_what_the_person_set_is_left_as_it_is() -> None:
    runtime = Runtime(("x",), {"LD_PRELOAD": "/b.so", "OMP_NUM_THREADS": "8", "HF_HUB_OFFLINE": "1"})
    merged = runtime.environ({"LD_PRELOAD": "/a.so", "OMP_NUM_THREADS": "2", "HF_HUB_OFFLINE": "0", "HOME": "/h"})
    assert merged == {"LD_PRELOAD": "/b.so:/a.so", "OMP_NUM_THREADS": "2", "HF_HUB_OFFLINE": "1", "HOME": "/h"}
    assert runtime.environ(merged)["LD_PRELOAD"] == "/b.so:/a.so"


def test_the_packaged_app_brings_its_own_openblas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    library = tmp_path / "blas" / "libopenblas.so.0"
    library.parent.mkdir()
    library.touch()
    assert find_openblas.__wrapped__() == library
    library.unlink()
    assert find_openblas.__wrapped__() != library


def test_an_openblas_is_found_in_the_linkers_list(tmp_path: Path) -> None:
    library = tmp_path / "libopenblas.so.0"
    library.touch()
    listing = f"""
\tlibopenblas64.so.0 (libc6,x86-64) => {tmp_path}/gone.so
\tlibopenblas.so.0 (libc6,x86-64) => {library}
\tlibblas.so.3 (libc6,x86-64) => /lib/libblas.so.3
"""
    assert openblas_in(listing) == library
    assert openblas_in("") is None
