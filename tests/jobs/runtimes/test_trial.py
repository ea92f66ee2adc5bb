from __future__ import annotations

import sys
from pathlib import Path

import pytest

from curator.core.errors import JobError
from curator.core.machine import RuntimeSpec, Weight
from curator.jobs.runtimes import place_of, try_out
from curator.jobs.runtimes.trial import explained

ENDED = JobError("The training process ended without a word.", "Try again.")


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("RuntimeError: Failed to load the default metallib.", "graphics processor does not suit this Mac"),
        ("Fatal Python error: Illegal instruction", "lacks instructions"),
        ("ImportError: /lib/libc.so.6: version `GLIBC_2.38' not found", "do not suit this system"),
        ("ModuleNotFoundError: No module named 'mlx'", "not in this package"),
        ("", "ended without a word"),
    ],
)
def test_a_runtime_that_fails_is_explained_and_another_way_is_named(log: str, reason: str) -> None:
    found = explained(ENDED, log, is_packaged=True)
    assert found.message.startswith("This program cannot train here.") and reason in found.message
    assert "Python environment" in found.hint


def test_outside_the_package_the_next_step_is_the_one_the_failure_names() -> None:
    assert explained(ENDED, "", is_packaged=False).hint == "Try again."


def test_this_program_is_tried_by_training_with_it() -> None:
    told = try_out()
    assert told["losses"][-1] < told["losses"][0] and told["device"] and told["blas"]


def test_a_worker_that_cannot_start_is_a_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "curator"
    broken.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'mlx'\"\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(broken))
    findings = list(place_of(RuntimeSpec("")).check())
    assert [finding.weight for finding in findings] == [Weight.FINE, Weight.STOP]
    assert findings[1].sentence == "This program cannot train here. The part that trains is not in this package."
