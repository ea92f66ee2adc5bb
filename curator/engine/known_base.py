"""What the base model's fingerprint was when this run last began: its weights are not read anew for every segment."""

from __future__ import annotations

import json
from pathlib import Path

from curator.engine.files import write_text
from curator.tokens.identity import base_fingerprint, stamps_of

KNOWN_FILE = "base.json"


def fingerprint_of(run: Path, model: Path) -> str:
    """The fingerprint of the model folder, kept in the run's folder for as long as no file of the model is another, in
    size or time. Raises ModelError."""
    about = {"model": str(model.resolve()), "files": [list(stamp) for stamp in stamps_of(model)]}
    try:
        kept = json.loads((run / KNOWN_FILE).read_text(encoding="utf-8"))
        if kept["about"] == about:
            return str(kept["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none was kept, or none that can be read
    found = base_fingerprint(model)
    try:
        write_text(run / KNOWN_FILE, json.dumps({"about": about, "fingerprint": found}))
    except OSError:
        return found  # a full disk: then it is read again
    return found
