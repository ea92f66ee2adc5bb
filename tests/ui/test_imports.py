"""What the window does to importing: nothing that PySide6 would do to it."""

from __future__ import annotations

import subprocess
import sys

_ASK = """
import builtins, linecache
import curator.ui.application
assert builtins.__import__ is not builtins.__feature_import__
from PySide6.QtCore import *
assert QRectF(0, 0, 2, 3).height() == 3
print(sum(name.endswith(".py") for name in linecache.cache))
"""


def test_no_source_is_read_for_a_module_that_is_imported() -> None:
    """In a process of its own: in this one pytest has replaced the import before."""
    done = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    read_by_qt_itself = 10  # while it is imported, before anything can be said against it
    assert int(done.stdout) <= read_by_qt_itself
