"""The house stands as it was drawn: arrows, lazy imports, and a PySide6 that keeps its references."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def modules_after(code: str) -> set[str]:
    """The top-level packages that a fresh Python has loaded after some code."""
    script = f"{code}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_the_services_need_no_window_and_no_engine() -> None:
    services = [p.stem for p in (ROOT / "curator" / "services").glob("*.py") if p.stem != "__init__"]
    assert services
    loaded = modules_after("\n".join(f"import curator.services.{name}" for name in services))
    assert loaded.isdisjoint({"PySide6", "mlx", "mlx_lm", "transformers", "pyqtgraph"})


def test_the_command_line_starts_without_window_engine_or_tokenizers() -> None:
    loaded = modules_after("import curator.__main__\nfrom curator.cli.app import VERBS, build\nbuild(VERBS)")
    assert "typer" in loaded and loaded.isdisjoint({"PySide6", "mlx", "mlx_lm", "transformers", "huggingface_hub"})


def test_a_file_that_is_opened_waits_for_no_verb() -> None:
    loaded = modules_after("from curator.cli.verbs import is_command\nassert not is_command(['notes.jsonl'])")
    assert loaded.isdisjoint({"typer", "pydantic", "rich"})


def test_the_engine_never_imports_the_app() -> None:
    loaded = modules_after("import curator.engine.watching, curator.engine.worker")
    assert "PySide6" not in loaded and "sqlmodel" not in loaded


def test_void_qt_calls_keep_the_references_to_none() -> None:
    """PySide6 6.12.0 on Python 3.11 gives one away with each call and aborts after about 5,000."""
    from PySide6.QtCore import QObject

    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(1000):
        thing.setObjectName("x")
    assert abs(sys.getrefcount(None) - before) < 100


def test_the_locks_name_no_host_and_pin_by_hash() -> None:
    locks = sorted((ROOT / "packaging" / "requirements").glob("*.txt"))
    assert {lock.name for lock in locks} >= {"run.txt", "dev.txt", "build.txt", "starter.txt"}
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text and not re.search(r"^-", text, re.M)  # an option would say where to look
        pins = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==", text, re.M | re.I)
        hashed = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==[^\n]*\\\n    --hash=sha256:", text, re.M | re.I)
        assert pins and len(pins) == len(hashed)


def test_nothing_else_stands_at_the_top() -> None:
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=False, cwd=ROOT)
    if tracked.returncode:
        return  # an unpacked archive has no index to ask
    top = {line.split("/")[0] for line in tracked.stdout.splitlines()}
    assert top <= {
        "pyproject.toml", "curator", "resources", "tests", "packaging", "README.md", "LICENSE", "CONTRIBUTING.md",
        "CHANGELOG.md", "Makefile", ".ci", ".github", ".gitignore", "SECURITY.md",
    }  # fmt: skip
