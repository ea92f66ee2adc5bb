"""The scripts of packaging/ are run, not installed: here they are importable as they are to one another."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))
