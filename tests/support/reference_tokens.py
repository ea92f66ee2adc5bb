"""Asks transformers, in a process of its own, for the ids of conversations: the truth that counting is held to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_SCRIPT = """
import json, sys
from transformers import AutoTokenizer
loaded, answers = {}, []
for folder, messages, generation in json.load(sys.stdin):
    tokenizer = loaded.get(folder) or loaded.setdefault(folder, AutoTokenizer.from_pretrained(folder))
    try:
        ids = tokenizer.apply_chat_template(messages, add_generation_prompt=generation, return_dict=False)
    except Exception as error:
        ids = str(error)
    answers.append(ids)
json.dump(answers, sys.stdout)
"""

Question = tuple[Path, Sequence[Any], bool]
"""A model folder, the messages, and whether the generation prompt follows."""


def ask_transformers(questions: Sequence[Question]) -> list[list[int] | str]:
    """The ids of every question, or the message of the error."""
    asked = json.dumps([(str(folder), list(messages), generation) for folder, messages, generation in questions])
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], input=asked, capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.returncode == 0, done.stderr
    answers: list[list[int] | str] = json.loads(done.stdout)
    return answers
