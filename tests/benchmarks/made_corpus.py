"""A made corpus for benchmarks: sessions shaped like Claude Code's, with sizes as skewed as real ones.

The words are those of the running Python's own library, so that decoding, full-text search and screening see natural
text. One seed and one Python version give the same bytes. `python made_corpus.py OUT --mb 120`.
"""

from __future__ import annotations

import argparse
import base64
import json
import math
import random
import re
import sysconfig
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_ASKS = (
    "Can you fix",
    "Please refactor",
    "Why does this fail:",
    "Add a test for",
    "Explain",
    "Now",
    "ok,",
    "no, instead",
)


class Corpus:
    """Writes session after session from one random source."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.sources, self.sentences = _library_text()
        self.time = datetime(2026, 3, 1, tzinfo=UTC)
        self.asked: list[str] = []

    def write(self, out: Path, megabytes: float, files: int, projects: int = 40) -> int:
        """Write `files` sessions of together about `megabytes`; returns the bytes. A session ends with its turn, so it
        is a little more."""
        weights = [self.random.lognormvariate(0, 1.8) for _ in range(files)]
        share = megabytes * 1e6 / sum(weights)
        total = 0
        for weight in weights:
            slug = f"-home-u-proj-{int(projects * self.random.random() ** 2):02d}"
            key = self._uuid()
            is_side = self.random.random() < 0.15
            path = out / "projects" / slug / (f"agent-{key[:8]}.jsonl" if is_side else f"{key}.jsonl")
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                for line in _Session(self, slug, key, is_side).lines(max(800.0, weight * share)):
                    file.write(line)
                    total += len(line)
        return total

    def prose(self, median: int, spread: float, least: int, most: int) -> str:
        """Sentences, now and then a paragraph, a code block, another script."""
        size = self.size(median, spread, least, most)
        out: list[str] = []
        length = 0
        while length < size:
            out.append(self.random.choice(self.sentences))
            chance = self.random.random()
            if chance < 0.08:
                out.append("\n\n")
            elif chance < 0.11:
                out.append(f"\n```python\n{self.code(300, 0.6, 100, 800)}\n```\n")
            elif chance < 0.12:
                out.append("naïve café — 数据集 проверка 🚀")
            length += sum(map(len, out[-2:]))
        return " ".join(out)

    def code(self, median: int, spread: float, least: int, most: int) -> str:
        """A piece of a real source file, from the start of a line."""
        source = self.random.choice(self.sources)[1]
        size = self.size(median, spread, least, most)
        if len(source) <= size:
            return source
        at = source.rfind("\n", 0, self.random.randrange(len(source) - size)) + 1
        return source[at : at + size]

    def size(self, median: int, spread: float, least: int, most: int) -> int:
        """A log-normal length."""
        return int(min(most, max(least, self.random.lognormvariate(math.log(median), spread))))

    def prompt(self) -> str:
        """What a person might ask; one in eight is something asked before."""
        if self.asked and self.random.random() < 0.12:
            again = self.random.choice(self.asked)
            return again if self.random.random() < 0.5 else f"{again} {self.random.choice(self.sentences)[:30]}"
        text = f"{self.random.choice(_ASKS)} {self.prose(180, 1.1, 10, 20_000)}"
        if len(self.asked) < 5_000:
            self.asked.append(text)
        if self.random.random() < 0.004:
            text += "\nexport AWS_ACCESS_KEY_ID=AKIA" + "".join(
                self.random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16)
            )
        return text

    def tick(self) -> str:
        """The time, a little later."""
        self.time += timedelta(seconds=self.random.uniform(1, 60))
        return self.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))


class _Session:
    def __init__(self, corpus: Corpus, slug: str, key: str, is_side: bool) -> None:
        self.corpus = corpus
        self.random = corpus.random
        self.cwd = "/home/u/" + slug.strip("-")
        self.key = key
        self.is_side = is_side
        self.branch = self.random.choice(["main", "dev", "feat/x-1"])
        self.parent: str | None = None

    def lines(self, target: float) -> Iterator[bytes]:
        size = 0
        if not self.is_side:
            yield _line({"type": "summary", "summary": self.corpus.prose(40, 0.3, 20, 80)[:80], "leafUuid": self._id()})
        while size < target:
            for line in self._turn():
                size += len(line)
                yield line

    def _turn(self) -> Iterator[bytes]:
        yield self._record(type="user", message={"role": "user", "content": self.corpus.prompt()})
        for _ in range(self.corpus.size(4, 0.9, 1, 60)):
            yield from self._step()
        text = self.corpus.prose(500, 1.0, 20, 20_000)
        yield self._reply(self._hex("msg_01"), {"type": "text", "text": text}, "end_turn")
        if self.random.random() < 0.1:
            snapshot: dict[str, Any] = {"trackedFileBackups": {}}
            yield _line({"type": "file-history-snapshot", "messageId": self._id(), "snapshot": snapshot})

    def _step(self) -> Iterator[bytes]:
        message = self._hex("msg_01")
        if self.random.random() < 0.4:
            signature = base64.b64encode(self.random.randbytes(self.random.randint(200, 900))).decode()
            thought = self.corpus.prose(500, 0.9, 40, 12_000)
            yield self._reply(message, {"type": "thinking", "thinking": thought, "signature": signature})
        if self.random.random() < 0.5:
            yield self._reply(message, {"type": "text", "text": self.corpus.prose(220, 1.0, 10, 15_000)})
        name, given, output, extra = self._tool()
        id = self._hex("toolu_01")
        yield self._reply(message, {"type": "tool_use", "id": id, "name": name, "input": given}, "tool_use")
        result = {"tool_use_id": id, "type": "tool_result", "content": output, "is_error": self.random.random() < 0.05}
        more = {"toolUseResult": extra} if extra else {}
        yield self._record(type="user", message={"role": "user", "content": [result]}, **more)

    def _tool(self) -> tuple[str, dict[str, Any], Any, dict[str, Any] | None]:
        path, source = self.random.choice(self.corpus.sources)
        chance = self.random.random()
        if chance < 0.35:
            text = self.corpus.code(3_500, 1.2, 50, 60_000)
            output = "\n".join(f"{number:6d}→{line}" for number, line in enumerate(text.split("\n"), 1))
            return "Read", {"file_path": path}, output, {"type": "text", "file": {"filePath": path, "content": text}}
        if chance < 0.70:
            output = self.corpus.code(1_200, 1.5, 5, 120_000)
            command = {"command": f"cd {self.cwd} && python -m pytest -q", "description": "Run the tests"}
            return "Bash", command, output, {"stdout": output, "stderr": "", "interrupted": False}
        if chance < 0.88:
            old = self.corpus.code(500, 0.8, 20, 8_000)
            change = {"file_path": path, "old_string": old, "new_string": old.replace("self", "this")}
            extra = {"filePath": path, "oldString": old, "originalFile": source[:30_000], "structuredPatch": []}
            return "Edit", change, f"The file {path} has been updated.", extra
        if chance < 0.98:
            output = self.corpus.code(800, 1.0, 10, 30_000)
            return "Grep", {"pattern": r"def \w+", "path": self.cwd}, output, {"mode": "content", "content": output}
        data = base64.b64encode(self.random.randbytes(self.corpus.size(40_000, 0.8, 2_000, 900_000))).decode()
        image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}
        return "Read", {"file_path": f"{self.cwd}/shot.png"}, [image], None

    def _reply(self, message: str, block: dict[str, Any], stop: str | None = None) -> bytes:
        usage = {"input_tokens": 3, "cache_read_input_tokens": self.random.randint(0, 150_000), "output_tokens": 700}
        body = {
            "model": "claude-opus-4-5-20251101",
            "id": message,
            "type": "message",
            "role": "assistant",
            "content": [block],
            "stop_reason": stop,
            "stop_sequence": None,
            "usage": usage,
        }
        return self._record(type="assistant", requestId=message.replace("msg", "req"), message=body)

    def _record(self, **fields: Any) -> bytes:
        id = self._id()
        record = {
            "parentUuid": self.parent,
            "isSidechain": self.is_side,
            "userType": "external",
            "cwd": self.cwd,
            "sessionId": self.key,
            "version": "2.1.40",
            "gitBranch": self.branch,
            **fields,
            "uuid": id,
            "timestamp": self.corpus.tick(),
        }
        self.parent = id
        return _line(record)

    def _id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def _hex(self, start: str) -> str:
        return f"{start}{self.random.getrandbits(96):024x}"


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _library_text() -> tuple[list[tuple[str, str]], list[str]]:
    root = Path(sysconfig.get_paths()["stdlib"])
    files = sorted([*root.glob("*.py"), *root.glob("*/*.py")])
    sources: list[tuple[str, str]] = []
    sentences: set[str] = set()
    for file in [f for f in files if "site-packages" not in f.parts and "test" not in f.parts][:500]:
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if text:
            sources.append((str(file), text))
        for block in re.findall(r'"""(.*?)"""', text, re.DOTALL):
            words = re.sub(r"\s+", " ", block).strip()
            sentences.update(part for part in re.split(r"(?<=[.!?]) ", words) if 20 < len(part) < 400)
    return sources, sorted(sentences)


def make(out: Path, megabytes: float, files: int, seed: int = 7) -> int:
    """Write the corpus below `out` and return its bytes; the same arguments give the same files."""
    return Corpus(seed).write(out, megabytes, files)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--mb", type=float, default=120)
    arguments.add_argument("--files", type=int, default=0)
    arguments.add_argument("--seed", type=int, default=7)
    chosen = arguments.parse_args()
    written = make(chosen.out, chosen.mb, chosen.files or max(1, int(chosen.mb * 4)), chosen.seed)
    print(json.dumps({"bytes": written}))  # noqa: T201 — the result of a script
