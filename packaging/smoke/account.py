"""The account of a smoke test: every step with what was seen and how long it took, in words and as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path


class SmokeError(Exception):
    """What was waited for and did not come, or came and should not have."""


@dataclass
class Step:
    """One thing that was tried."""

    name: str
    is_good: bool = False
    seconds: float = 0.0
    seen: list[str] = field(default_factory=list)


class Account:
    """Keeps the steps, says each as it ends, and writes them beside the pictures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steps: list[Step] = []
        self.figures: dict[str, float] = {}
        folder.mkdir(parents=True, exist_ok=True)
        if self._file.exists():  # another process has begun it
            told = json.loads(self._file.read_text(encoding="utf-8"))
            self.steps, self.figures = [Step(**one) for one in told["steps"]], told["figures"]

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Try one thing; a `SmokeError` or a failed assertion ends it, and the test goes on with the next."""
        step = Step(name)
        self.steps.append(step)
        begun = time.monotonic()
        try:
            yield step
            step.is_good = True
        except (SmokeError, AssertionError) as error:
            step.seen.append(str(error))
        finally:
            step.seconds = round(time.monotonic() - begun, 2)
            mark = "✓" if step.is_good else "✗"
            sys.stdout.write(f"{mark} {name} ({step.seconds:.1f} s)\n")
            for words in step.seen:
                sys.stdout.write(f"    {words}\n")
            sys.stdout.flush()
            self.write()

    @property
    def failed(self) -> list[str]:
        """The names of the steps that did not go well."""
        return [step.name for step in self.steps if not step.is_good]

    def write(self) -> None:
        """Write what is known so far."""
        told = {"figures": self.figures, "failed": self.failed, "steps": [asdict(step) for step in self.steps]}
        text = json.dumps(told, ensure_ascii=False, indent=1)
        self._file.write_text(text, encoding="utf-8")

    @property
    def _file(self) -> Path:
        return self.folder / "account.json"
