"""A made data export of ChatGPT: conversations as trees of messages, with a branch now and then and sizes as skewed as
real ones. `python made_export.py OUT.json --mb 60`."""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from made_corpus import Corpus

_LONGEST = 5_000_000
_BEGAN = 1_700_000_000.0


def make(path: Path, megabytes: float, seed: int = 1) -> int:
    """Write an export of about so many megabytes; returns how many conversations it holds. The second of them alone
    takes five megabytes: a person who never opens a new chat has one of that kind."""
    corpus = Corpus(seed)
    written, count = 0, 0
    with path.open("w", encoding="utf-8") as file:
        while written < megabytes * 1e6:
            size = _LONGEST if count == 1 else corpus.size(12_000, 1.4, 500, _LONGEST)
            conversation = json.dumps(_conversation(corpus, size), ensure_ascii=False)
            written += file.write(("[" if not count else ",\n") + conversation)
            count += 1
        file.write("]")
    return count


def _conversation(corpus: Corpus, size: int) -> dict[str, Any]:
    random = corpus.random
    began = _BEGAN + random.random() * 6e7
    mapping: dict[str, Any] = {}
    last = _put(mapping, "", None, random)
    length = 0
    for turn in _turns(corpus, size):
        for role, text in turn:
            again = _put(mapping, last, _message(role, text, began + len(mapping) * 20), random)
            if role == "assistant" and random.random() < 0.05:  # regenerated: the first answer is left behind
                again = _put(mapping, last, _message(role, corpus.prose(700, 1.0, 20, 20_000), began), random)
            last = again
            length += len(text)
    return {
        "title": corpus.prose(30, 0.3, 10, 60)[:60],
        "create_time": began,
        "update_time": began + len(mapping) * 20,
        "mapping": mapping,
        "moderation_results": [],
        "current_node": last,
        "conversation_id": _id(random),
        "default_model_slug": "gpt-4o",
        "is_archived": False,
    }


def _turns(corpus: Corpus, size: int) -> Iterator[list[tuple[str, str]]]:
    length = 0
    while length < size:
        turn = [("user", corpus.prompt()), ("assistant", corpus.prose(900, 1.0, 20, 20_000))]
        length += sum(len(text) + 700 for _, text in turn)
        yield turn


def _put(mapping: dict[str, Any], parent: str, message: dict[str, Any] | None, random: Any) -> str:
    id = message["id"] if message is not None else _id(random)
    mapping[id] = {"id": id, "message": message, "parent": parent or None, "children": []}
    if parent:
        mapping[parent]["children"].append(id)
    return str(id)


def _message(role: str, text: str, at: float) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{at}{text[:200]}{len(text)}")),
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": at,
        "update_time": None,
        "content": {"content_type": "text", "parts": [text]},
        "status": "finished_successfully",
        "end_turn": role == "assistant",
        "weight": 1.0,
        "metadata": {"model_slug": "gpt-4o", "timestamp_": "absolute"} if role == "assistant" else {},
        "recipient": "all",
        "channel": None,
    }


def _id(random: Any) -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--mb", type=float, default=60)
    chosen = arguments.parse_args()
    sys.stdout.write(f"{make(chosen.out, chosen.mb):,} conversations\n")
