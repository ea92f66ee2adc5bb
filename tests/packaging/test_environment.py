"""The packaged app's first act: the environment is the person's again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HOOK = Path(__file__).resolve().parents[2] / "packaging" / "hooks" / "restore_environment.py"


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"LD_LIBRARY_PATH": "/opt/curator/_internal", "LD_LIBRARY_PATH_ORIG": "/cuda"}, {"LD_LIBRARY_PATH": "/cuda"}),
        ({"LD_LIBRARY_PATH": "/opt/curator/_internal"}, {}),
        ({"_PYI_ARCHIVE_FILE": "/opt/curator/curator", "_PYI_PARENT_PROCESS_LEVEL": "1", "KEPT": "1"}, {"KEPT": "1"}),
    ],
)
def test_programs_that_are_started_find_the_systems_libraries(given: dict[str, str], left: dict[str, str]) -> None:
    code = "import json, os, runpy, subprocess, sys; runpy.run_path(sys.argv[1])\n"
    code += "child = [sys.executable, '-c', 'import json, os; print(json.dumps(dict(os.environ)))']\n"
    code += "print(subprocess.run(child, capture_output=True, text=True).stdout)"
    done = subprocess.run([sys.executable, "-c", code, HOOK], env=given, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert {name: told[name] for name in told if name in left or name.startswith(("LD_", "_PYI"))} == left


def test_a_helper_of_multiprocessing_does_its_work_and_opens_no_window() -> None:
    read, write = os.pipe()
    command = f"from multiprocessing.resource_tracker import main;main({read})"
    code = "import runpy, sys; hook = sys.argv.pop(1); runpy.run_path(hook); print('the app')"
    argv = [sys.executable, "-c", code, str(HOOK.with_name("helper_process.py")), "-c", command]
    with subprocess.Popen(argv, pass_fds=[read], stdout=subprocess.PIPE, text=True) as helper:
        os.close(read)
        os.write(write, b"PROBE:0:noop\n")
        assert helper.poll() is None  # it waits for more, as long as somebody could write
        os.close(write)
        out, _ = helper.communicate(timeout=120)
    assert helper.returncode == 0 and out == ""


def test_every_other_start_is_the_apps() -> None:
    code = "import runpy, sys; hook = sys.argv.pop(1); runpy.run_path(hook); print('the app')"
    argv = [sys.executable, "-c", code, str(HOOK.with_name("helper_process.py")), "--library", "-c"]
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout == "the app\n"
