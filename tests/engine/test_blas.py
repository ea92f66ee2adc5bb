from __future__ import annotations

import sys
from pathlib import Path

import pytest

from curator.engine.blas import blas_name, device_name, versions


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS always has Accelerate")
@pytest.mark.parametrize(
    ("mapped", "name"),
    [
        ("7f00 r-xp /usr/lib/openblas-pthread/libopenblasp-r0.3.21.so", "OpenBLAS"),
        ("7f00 r-xp /x/mlx_cpu.libs/libblas-bd8a282c.so.3.10.0", "mlx's own (slow)"),
    ],
)
def test_the_blas_is_told_from_what_is_mapped(tmp_path: Path, mapped: str, name: str) -> None:
    (tmp_path / "maps").write_text(mapped)
    assert blas_name(tmp_path / "maps") == name


def test_versions_and_device_are_told() -> None:
    assert versions()["mlx"][0].isdigit() and versions()["mlx-lm"][0].isdigit()
    assert device_name()
