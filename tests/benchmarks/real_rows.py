"""Real exchanges for benchmarks: one person's chat history with a coding agent, read where it lies and never copied.

The history is Aider's own, published with its source (Apache-2.0): `aider/aider-chat-history.md` in the corpus, which
`--corpus` or `CURATOR_CORPUS` names. Its answers are in one voice, as those of a person's agent are.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from curator.core.budget import Verdict
from curator.core.row import Row
from curator.datasets.freeze import freeze
from curator.tokens.exact import ModelCounter

HISTORY = Path("aider") / "aider-chat-history.md"
ROWS = 91
_SESSION = "# aider chat started at"
_PERSON, _TOOL = "####", ">"
_LEAST_PROMPT, _LEAST_RESPONSE = 3, 8  # words


def corpus_folder(given: Path | None = None) -> Path:
    """The corpus: as given, else `CURATOR_CORPUS`. Ends the program with a sentence where it is not there."""
    folder = given or Path(os.environ.get("CURATOR_CORPUS", ""))
    if not (folder / HISTORY).is_file():
        raise SystemExit(f"There is no {HISTORY} in “{folder}”: name the corpus with --corpus or CURATOR_CORPUS.")
    return folder


def exchanges(text: str) -> Iterator[tuple[int, str, str]]:
    """(session, prompt, response) in order. `####` lines are the person's, `>` the tool's, others the answer."""
    session = 0
    prompt: list[str] = []
    answer: list[str] = []
    was_prompt = False
    for line in [*text.splitlines(), _SESSION]:
        is_prompt, is_session = line.startswith(_PERSON), line.startswith(_SESSION)
        if is_session or (is_prompt and not was_prompt):
            if prompt and answer:
                yield session, _joined(prompt), _joined(answer)
            prompt, answer = [], []
            session += is_session
        if is_prompt:
            prompt.append(line.removeprefix(_PERSON).strip())
        elif prompt and not line.startswith((_TOOL, _SESSION)):
            answer.append(line)
        was_prompt = is_prompt


def real_rows(corpus: Path, model: Path, count: int, most_tokens: int) -> list[Row]:
    """`count` rows of at most so many tokens of this model, drawn by what they say: the same everywhere.

    Commands, pasted output, answers of a few words and answers given before are left out, as a person would when
    marking.
    """
    text = (corpus / HISTORY).read_text(encoding="utf-8", errors="replace")
    counter = ModelCounter.load(model)
    found: dict[str, Row] = {}
    for number, (session, prompt, response) in enumerate(exchanges(text), 1):
        is_asked = prompt[:1].isalpha() and len(prompt.split()) >= _LEAST_PROMPT
        if not is_asked or response in found or len(response.split()) < _LEAST_RESPONSE:
            continue
        if counter.usage(prompt, response).verdict(most_tokens) is Verdict.FITS:
            found[response] = Row(number, session, prompt, response)
    if len(found) < count:
        raise SystemExit(f"Only {len(found)} rows have at most {most_tokens} tokens, and {count} are wanted.")
    return sorted(found.values(), key=lambda row: hashlib.sha256(f"{row.prompt}\0{row.response}".encode()).digest())[
        :count
    ]


def real_snapshot(corpus: Path, model: Path, folder: Path, count: int, most_tokens: int) -> Path:
    """Freeze the real rows into `folder`, split by session as the app splits. Returns the snapshot's folder."""
    counter = ModelCounter.load(model)
    rows = real_rows(corpus, model, count, most_tokens)
    usages = {row.id: counter.usage(row.prompt, row.response) for row in rows}
    folder.mkdir(parents=True, exist_ok=True)
    snapshot, _ = freeze(rows, usages, folder, model=str(model), max_tokens=most_tokens, name=f"{count} real rows")
    return Path(snapshot.path)


def _joined(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()
