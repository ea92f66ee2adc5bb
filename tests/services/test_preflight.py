"""The look before a run, on this computer as it is, with a real library and a real model folder."""

from __future__ import annotations

import fcntl
import http.server
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from chat_templates import SYSTEM_LAST
from row_workspaces import store_sessions
from safetensors.numpy import load_file, save_file
from tiny_model import build_tiny_model

from curator import paths
from curator.core.budget import Usage
from curator.core.job import JobState
from curator.core.machine import Finding, RuntimeKind, RuntimeSpec, Weight
from curator.core.row import Row
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.core.snapshot import Snapshot, Split
from curator.datasets.freeze import freeze as write_snapshot
from curator.datasets.frozen import read_frozen
from curator.jobs import machine
from curator.jobs.claim import claim
from curator.jobs.folder import append_event
from curator.models.describe import describe
from curator.models.estimate import memory_gb
from curator.services import budgets, datasets, runtimes
from curator.services.lengths import lengths_of
from curator.services.preflight import act, act_for, preflight
from curator.services.workspace import Workspace

ROWS = [(f"What does tool {n} mean?", "It means: " + "look into the log. " * (1 + n % 5)) for n in range(30)]


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def ws(library_folder: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")  # nobody's port: a person's own Ollama is left alone
    with Workspace.open(library_folder) as made:
        made.shelf.add_folder(tiny_model)
        yield made


@pytest.fixture
def snapshot(ws: Workspace) -> Snapshot:
    store_sessions(ws, [ROWS[start : start + 3] for start in range(0, len(ROWS), 3)])
    return datasets.freeze(ws, "tiny", 2048)


def subjects(found: list[Finding], *weights: Weight) -> list[str]:
    return [one.subject for one in found if not weights or one.weight in weights]


def said(found: list[Finding], subject: str) -> str:
    return " ".join(f"{one.sentence} {one.hint}" for one in found if one.subject == subject)


def test_it_says_what_is_well_too_and_takes_no_time(ws: Workspace, snapshot: Snapshot) -> None:
    began = time.process_time()
    found = preflight(ws, "tiny", TrainSettings(), snapshot.id)
    assert time.process_time() - began < 0.3
    assert {"memory", "disk"} <= set(subjects(found))
    assert "model" not in subjects(found) and "ollama" not in subjects(found)
    assert all(one.sentence.endswith(".") for one in found)
    weights = [list(Weight).index(one.weight) for one in found]
    assert weights == sorted(weights, reverse=True)


def test_what_cannot_fit_stops_it_and_says_what_would(
    ws: Workspace, snapshot: Snapshot, tiny_model: Path, tmp_path: Path
) -> None:
    deep = Path(shutil.copytree(tiny_model, tmp_path / "deep"))
    config = json.loads((deep / "config.json").read_text(encoding="utf-8"))
    needed, lengths = 0.0, lengths_of(ws, snapshot.id)
    while needed < 3 * machine.memory().total / 1e9:
        config["num_hidden_layers"] *= 2
        (deep / "config.json").write_text(json.dumps(config), encoding="utf-8")
        needed = memory_gb(describe(deep), TrainSettings(), lengths.longest, lengths.response_share) or 0.0
    ws.shelf.add_folder(deep)
    found = preflight(ws, "deep", TrainSettings(), snapshot.id)
    assert subjects(found, Weight.STOP)[0] == "memory"
    assert "Spare memory" in said(found, "memory")


def test_a_mixture_of_experts_in_16_bits_is_told_before_it_fails(
    ws: Workspace, snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, bits in (("whole", 0), ("half", 0), ("quantised", 4)):
        folder = build_tiny_model(tmp_path / name, "mixtral", bits=bits)
        if name == "half":
            weights = load_file(folder / "model.safetensors")
            save_file({key: value.astype("float16") for key, value in weights.items()}, folder / "model.safetensors")
        ws.shelf.add_folder(folder)
    monkeypatch.setenv("PATH", str(tmp_path))  # no nvidia-smi, as on a computer without such a card
    told = {name: said(preflight(ws, name, TrainSettings(), snapshot.id), "model") for name in ("whole", "quantised")}
    assert told == {"whole": "", "quantised": ""}
    (half,) = (one for one in preflight(ws, "half", TrainSettings(), snapshot.id) if one.subject == "model")
    assert half.weight is Weight.STOP and "experts in 16 bits" in half.sentence
    card = tmp_path / "nvidia-smi"
    card.touch(0o755)
    assert not said(preflight(ws, "half", TrainSettings(), snapshot.id), "model")


def test_a_system_message_that_the_template_leaves_out_is_told_with_its_rows(
    ws: Workspace, tiny_model: Path, tmp_path: Path
) -> None:
    texts = [(7 + n, "Be short." if n % 2 else "", f"What does tool {n} mean?") for n in range(30)]
    rows = [Row(id, 1 + id, prompt, "Look into the log.", system=system) for id, system, prompt in texts]
    usages = {row.id: Usage(9, 5) for row in rows}
    made, kept = write_snapshot(rows, usages, tmp_path / "snapshots", model="tiny", max_tokens=512, name="told")
    frozen = ws.library.add_snapshot(made, kept)
    assert "system message" not in said(preflight(ws, "tiny", TrainSettings(), frozen.id), "rows")
    late = Path(shutil.copytree(tiny_model, tmp_path / "late"))
    (late / "chat_template.jinja").write_text(SYSTEM_LAST, encoding="utf-8")
    ws.shelf.add_folder(late)
    held_out = {one.row.id for one in read_frozen(Path(made.path)) if one.split is not Split.TRAIN}
    named = [row.id for row in rows if row.system and row.id not in held_out]
    words = said(preflight(ws, "late", TrainSettings(), frozen.id), "rows")
    assert f"{len(named)} rows begin with a system message" in words
    assert sum(f" {id}" in words.partition("(rows")[2] for id in named) >= 5


def test_a_batch_has_no_more_rows_than_there_are(ws: Workspace, snapshot: Snapshot) -> None:
    for frozen, rows in ((snapshot.id, snapshot.train), (None, len(ROWS))):
        asked = said(preflight(ws, "tiny", TrainSettings(batch_size=2_000_000), frozen), "memory")
        assert (
            asked.split(" of ")[0]
            == said(preflight(ws, "tiny", TrainSettings(batch_size=rows), frozen), "memory").split(" of ")[0]
        )


def test_rows_that_are_too_long_are_told_before_they_are_frozen(ws: Workspace, snapshot: Snapshot) -> None:
    long = store_sessions(ws, [[("Tell me all.", "look into the log. " * 200)]])
    budgets.row_budgets(ws, "tiny", 512)
    found = preflight(ws, "tiny", TrainSettings(max_tokens=512))
    assert len(long) == 1 and "1 row is longer than 512 tokens and is left out." in said(found, "over")
    assert not said(preflight(ws, "tiny", TrainSettings(max_tokens=8192)), "over")


def test_a_snapshot_for_another_model_or_without_held_out_rows_is_told(ws: Workspace, snapshot: Snapshot) -> None:
    few = ws.library.add_snapshot(replace(snapshot, id=0, digest="other", model="gemma", valid=0), [])
    words = said(preflight(ws, "tiny", TrainSettings(), few.id), "rows")
    assert "counted for another base model (gemma)" in words and "No row is held out" in words


def test_what_is_missing_or_damaged_is_a_finding(ws: Workspace, snapshot: Snapshot) -> None:
    (none,) = preflight(ws, "no such model", TrainSettings())
    assert none.weight is Weight.STOP and none.sentence
    (gone,) = preflight(ws, "tiny", TrainSettings(), 999)
    assert gone.weight is Weight.STOP
    (Path(snapshot.path) / "manifest.json").write_text("{")
    (damaged,) = preflight(ws, "tiny", TrainSettings(), snapshot.id)
    assert damaged.weight is Weight.STOP and "damaged" in damaged.sentence
    (nowhere,) = preflight(ws, "tiny", TrainSettings(), None, "no such place")
    assert nowhere.weight is Weight.STOP and "no such place" in nowhere.sentence


def test_another_training_is_told_here_and_in_another_library(ws: Workspace, snapshot: Snapshot) -> None:
    lock = paths.device_lock()
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert "another library" in said(preflight(ws, "tiny", TrainSettings(), snapshot.id), "queue")
    run = Run(0, "First", snapshot.id, "tiny", "", TrainSettings(), JobState.RUNNING, "", "2026-11-22T00:00:00+00:00")
    ws.library.add_run(run)
    assert "“First” is training" in said(preflight(ws, "tiny", TrainSettings(), snapshot.id), "queue")


def test_a_process_that_is_about_to_go_is_no_other_training(ws: Workspace, snapshot: Snapshot) -> None:
    run = Run(0, "First", snapshot.id, "tiny", "", TrainSettings(), JobState.STOPPED, "", "2026-11-22T00:00:00+00:00")
    folder = Path(ws.library.add_run(run).path)
    folder.mkdir(parents=True)
    lock = paths.device_lock()
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        claimed = claim(folder)
        assert claimed is not None
        assert not said(preflight(ws, "tiny", TrainSettings(), snapshot.id), "queue")
        os.close(claimed)
        assert "another library" in said(preflight(ws, "tiny", TrainSettings(), snapshot.id), "queue")


def test_what_the_run_before_it_holds_counts_as_free(ws: Workspace, snapshot: Snapshot) -> None:
    run = Run(0, "First", snapshot.id, "tiny", "", TrainSettings(), JobState.RUNNING, "", "2026-11-22T00:00:00+00:00")
    folder = Path(ws.library.add_run(run).path)
    folder.mkdir(parents=True)
    append_event(folder, "started", iterations=9, passes=3.0, rows=9)
    append_event(folder, "train", iteration=1, passes=0.1, loss=4.0, learning_rate=1e-4, memory_gb=1e6)
    whole = machine.memory().total / 1e9
    assert f"of {whole:.1f} that are free" in said(preflight(ws, "tiny", TrainSettings(), snapshot.id), "memory")


def test_elsewhere_this_computers_memory_does_not_matter(ws: Workspace, snapshot: Snapshot) -> None:
    runtimes.add(ws, RuntimeSpec("studio", RuntimeKind.SSH, host="studio.local"))
    found = preflight(ws, "tiny", TrainSettings(batch_size=2_000_000), snapshot.id, "studio")
    assert not {"memory", "battery", "ollama", "blas", "display"} & set(subjects(found))
    assert "studio" in said(found, "place")


class _Ollama(http.server.BaseHTTPRequestHandler):
    held = True

    def do_GET(self) -> None:
        models = [{"name": "gemma3:latest", "size": 3 * 10**9, "size_vram": 0}] if type(self).held else []
        self._reply({"models": models})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).held = False
        self._reply({"done": True, "done_reason": "unload"})

    def _reply(self, answer: object) -> None:
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def test_ollama_can_be_asked_to_let_go(ws: Workspace, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Ollama) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setitem(os.environ, "OLLAMA_HOST", f"127.0.0.1:{server.server_address[1]}")
        try:
            found = preflight(ws, "tiny", TrainSettings(), snapshot.id)
            (held,) = [one for one in found if one.subject == "ollama"]
            assert "gemma3:latest in memory (3.0 GB)" in held.sentence
            assert act_for(held) == "Let it go" and not any(act_for(one) for one in found if one is not held)
            after = act(ws, held)
            assert after.weight is Weight.FINE and not act_for(after)
            assert "ollama" not in subjects(preflight(ws, "tiny", TrainSettings(), snapshot.id))
        finally:
            server.shutdown()
            thread.join()
