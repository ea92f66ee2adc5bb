"""How long the window's thread is away for the longest texts, and what counting costs.

    python tests/benchmarks/bench_reader.py

The longest turn of the event loop when an answer or a row of a megabyte in one line is shown (goal: 100 ms, so that
nobody feels it), a word diff of 100 KB, the estimate of a million spaces, hostile Markdown, and an exact count beside
one plain encode of the same text. CPU time of the thread, the best of some rounds: the machine may be busy with others.
"""

# ruff: noqa: E402 — run as a script, it first has to say where the project lies

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")  # a screen that is none complains of each resize
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from exchange_views import VIEW, exchange_view
from model_folders import write_model_folder
from PySide6.QtWidgets import QApplication

from curator.tokens.estimate import EstimateCounter
from curator.tokens.exact import ModelCounter
from curator.tokens.template import chat, render
from curator.ui.views.growing_prose import GrowingProse
from curator.ui.views.markdown import parse
from curator.ui.views.reader import Reader
from curator.ui.views.row_editor import RowEditor
from curator.ui.views.row_side import CHANGES, EDIT
from curator.ui.views.word_diff import changed_lines, word_diff

ROUNDS = 5
LINES = {"words": "word " * 200_000, "one_word": "x" * 1_000_000}
HOSTILE = ("**a ", "`", "[", "[a](", "_a ", "``` ", "|-", "> ", "* ", "![", "~~a ", "\\", "``a`")


def took(work: Callable[[], object]) -> float:
    """Milliseconds of this thread's own time."""
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1000


def best(work: Callable[[], object]) -> float:
    """The best of some rounds, in milliseconds."""
    return round(min(took(work) for _ in range(ROUNDS)), 2)


def reader_turns() -> dict[str, float]:
    """The longest turn while the reader sets a megabyte that stands in one line."""
    reader = Reader()
    reader.resize(816, 480)
    reader.show()
    longest = {}
    for name, text in LINES.items():
        rounds = []
        for _ in range(ROUNDS):
            reader.show_exchange(VIEW)
            QApplication.processEvents()
            turns = [took(lambda text=text: reader.show_exchange(exchange_view(id=2, response=text)))]  # type: ignore[misc]
            while not all(prose.is_whole for prose in reader.findChildren(GrowingProse)):
                turns.append(took(QApplication.processEvents))
            rounds.append(max(turns))
        longest[name] = round(min(rounds), 1)
    reader.close()
    return longest


def editor_turns() -> dict[str, float]:
    """The longest turn while the editor shows such a row, and pastes 190 KB, and compares 100 KB."""
    editor = RowEditor()
    editor.resize(816, 386)
    editor.show()

    def show(response: str, row_response: str | None = None) -> float:
        editor.show_exchange(VIEW)
        QApplication.processEvents()

        def turn() -> None:
            editor.show_exchange(exchange_view(id=2, response=response, row_response=row_response or response))
            QApplication.processEvents()

        return took(turn)

    def compare() -> float:
        editor.set_mode(EDIT)
        QApplication.processEvents()
        turns = [took(lambda: editor.set_mode(CHANGES))]
        while not editor.response.changes.is_whole:
            turns.append(took(QApplication.processEvents))
        return max(turns)

    longest = {name: round(min(show(text) for _ in range(ROUNDS)), 1) for name, text in LINES.items()}
    longest["editable_line_of_190_kb"] = round(min(show("word " * 38_000) for _ in range(ROUNDS)), 1)
    for between, name in (("\n\n", "row_of_100_kb"), (" ", "row_of_100_kb_in_one_line")):
        text = between.join(f"Paragraph {i} says that word{i % 977} stands before word{i % 89}." for i in range(1_700))
        edited = text.replace("says", "tells").replace("Paragraph 9", "Part 9")
        longest[name] = round(min(show(text, edited) for _ in range(ROUNDS)), 1)
        longest[f"{name}_its_changes"] = round(min(compare() for _ in range(ROUNDS)), 1)
    editor.close()
    return longest


def diffs() -> dict[str, float]:
    """Word diff and changed lines of about 100 KB, from kind to hostile."""
    chance = random.Random(7)
    few = [chance.choice(("the", "of", "a", "in", "to", "and", "is")) for _ in range(25_000)]
    many = [f"word{chance.randrange(3_000)}" for _ in range(13_000)]
    edited = ["XX" if i % 300 == 0 else word for i, word in enumerate(many)]
    pairs = {
        "a_word_in_300": (many, edited),
        "shuffled": (many, chance.sample(many, len(many))),
        "seven_words_reversed": (few, few[::-1]),
        "one_word": (["a"] * 50_000, ["a", "b"] * 25_000),
    }
    figures = {}
    for name, (before, after) in pairs.items():
        figures[name] = best(lambda before=before, after=after: word_diff(" ".join(before), " ".join(after)))  # type: ignore[misc]
        figures[f"{name}_in_lines"] = best(
            lambda before=before, after=after: changed_lines("\n".join(before), "\n".join(after))  # type: ignore[misc]
        )
    return figures


def hostile_markdown() -> dict[str, float]:
    """The slowest to read of the texts that are made of open marks, 64 KB each."""
    slowest = {unit: best(lambda unit=unit: parse(unit * (64_000 // len(unit)))) for unit in HOSTILE}  # type: ignore[misc]
    worst = max(slowest, key=lambda unit: slowest[unit])
    return {worst: slowest[worst]}


def exact_count() -> dict[str, float]:
    """What a row costs to count exactly, beside one plain encode of its rendered text by the same tokenizer."""
    rows = [(f"{n} The quick brown fox jumps over", f"{n} the lazy dog, and the parser reads") for n in range(300)]
    with tempfile.TemporaryDirectory(prefix="curator-bench-") as scratch:
        counter = ModelCounter.load(write_model_folder(Path(scratch) / "tiny"))
    whole = [render(counter.tokenizer, chat(*row)) for row in rows]
    counted = best(lambda: [counter.usage(*row) for row in rows]) * 1000 / len(rows)
    encoded = best(lambda: [counter.tokenizer._encode(text) for text in whole]) * 1000 / len(rows)
    return {
        "count_us_a_row": round(counted, 1),
        "encode_us_a_row": round(encoded, 1),
        "ratio": round(counted / encoded, 2),
    }


def main() -> int:
    """Print the figures; 1 when a megabyte in the reader holds the window longer than the goal."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    estimate = EstimateCounter()
    estimate.count("the vocabulary is loaded once")
    reader = reader_turns()
    figures = {
        "reader_longest_turn_ms": reader,
        "editor_longest_turn_ms": editor_turns(),
        "diff_100_kb_ms": diffs(),
        "slowest_hostile_markdown_ms": hostile_markdown(),
        "estimate_ms": {
            "a_million_spaces": best(lambda: estimate.count(" " * 1_000_000)),
            "a_million_letters": best(lambda: estimate.count("a" * 1_000_000)),
        },
        "exact": exact_count(),
    }
    sys.stdout.write(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    app.quit()
    return int(max(reader.values()) > 100)


if __name__ == "__main__":
    sys.exit(main())
