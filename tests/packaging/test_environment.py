"""The packaged app's first act: the environment is the person's again."""

from __future__ import annotations

import json
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
