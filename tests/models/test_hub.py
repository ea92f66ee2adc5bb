"""Downloads over real HTTP from a hub on loopback: what is fetched, what is refused, and how a broken one goes on."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest
from hub_server import HubServer
from model_folders import write_model_folder

from curator.core.errors import ModelError
from curator.models import hub
from curator.models.describe import describe

REPO = "someone/Tiny-1M"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """The files of a good repository, and some that nobody needs."""
    folder = write_model_folder(
        tmp_path / "source",
        tensors={"model.embed_tokens.weight": ("F32", (400, 1600)), "model.norm.weight": ("F32", (64,))},
    )
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    found |= {"README.md": b"# Tiny", "pytorch_model.bin": b"pickle", "onnx/model.onnx": b"onnx", ".gitattributes": b""}
    return found


@pytest.fixture
def server(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub that serves them; the client is pointed at it as `HF_ENDPOINT` would."""
    with HubServer(REPO, files) as running:
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", running.url)
        monkeypatch.setattr(
            huggingface_hub.constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            running.url + "/{repo_id}/resolve/{revision}/{filename}",
        )
        monkeypatch.setattr(hub, "_PAUSE", 0.0)
        yield running


def test_a_download_is_a_model_that_can_be_trained(server: HubServer, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    folder = hub.download(REPO, tmp_path / "models" / "tiny", lambda done, total: told.append((done, total)))
    assert describe(folder).is_ready
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1] == sum(len(server.files[path.name]) for path in folder.iterdir())
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert os.listdir(tmp_path / "models") == ["tiny"]


def test_only_safetensors_and_texts_are_asked_for(server: HubServer, tmp_path: Path) -> None:
    hub.download(REPO, tmp_path / "tiny")
    assert set(server.fetched) == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}


def test_a_connection_that_breaks_is_taken_up_where_it_broke(server: HubServer, tmp_path: Path) -> None:
    server.cut_after, server.cuts = 1_000_000, 2
    folder = hub.download(REPO, tmp_path / "tiny")
    assert (folder / "model.safetensors").read_bytes() == server.files["model.safetensors"]
    ranges = [begin for path, begin in server.requests if path.endswith("model.safetensors")]
    assert ranges == ["", "bytes=1000000-", "bytes=2000000-"]


def test_a_download_goes_on_after_the_program_ended(server: HubServer, tmp_path: Path) -> None:
    cancel = threading.Event()

    def stop_late(done: int, total: int) -> None:
        if done > total - len(server.files["model.safetensors"]) + 900_000:
            cancel.set()

    with pytest.raises(ModelError, match="download was stopped"):
        hub.download(REPO, tmp_path / "tiny", stop_late, cancel)
    assert not (tmp_path / "tiny").exists()
    there = (tmp_path / ".tiny.part" / "model.safetensors.part").stat().st_size
    assert there >= 900_000
    server.requests.clear()
    told: list[int] = []
    folder = hub.download(REPO, tmp_path / "tiny", lambda done, total: told.append(done))
    assert (folder / "model.safetensors").read_bytes() == server.files["model.safetensors"]
    assert server.fetched == ["model.safetensors"]
    assert next(begin for path, begin in server.requests if "safetensors" in path) == f"bytes={there}-"
    assert told[-1] == sum(path.stat().st_size for path in folder.iterdir())


def test_parts_of_an_older_version_are_thrown_away(server: HubServer, tmp_path: Path) -> None:
    cancel = threading.Event()
    with pytest.raises(ModelError, match="stopped"):
        hub.download(REPO, tmp_path / "tiny", lambda done, _: cancel.set() if done else None, cancel)
    server.commit = "f" * 40
    server.requests.clear()
    hub.download(REPO, tmp_path / "tiny")
    assert len(server.fetched) == 4


def test_a_second_download_of_the_same_model_asks_nobody(server: HubServer, tmp_path: Path) -> None:
    hub.download(REPO, tmp_path / "tiny")
    server.requests.clear()
    assert hub.download(REPO, tmp_path / "tiny") == tmp_path / "tiny"
    assert server.requests == []


def test_damaged_weights_are_found_and_thrown_away(server: HubServer, tmp_path: Path) -> None:
    server.wrong_hash = True
    with pytest.raises(ModelError, match=r"model\.safetensors arrived damaged"):
        hub.download(REPO, tmp_path / "tiny")
    assert not (tmp_path / "tiny").exists()
    server.wrong_hash = False
    assert describe(hub.download(REPO, tmp_path / "tiny")).is_ready


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("pytorch_model.bin", "pickle files only, which can run code"),
        ("tiny.Q4_K_M.gguf", "GGUF files only"),
        ("notes.md", "holds no weights that can be trained"),
    ],
)
def test_a_repository_without_safetensors_is_refused_unfetched(
    server: HubServer, tmp_path: Path, name: str, sentence: str
) -> None:
    server.files = {"config.json": b"{}", name: b"x"}
    with pytest.raises(ModelError, match=sentence):
        hub.download(REPO, tmp_path / "tiny")
    assert server.fetched == []


def test_an_unknown_name_is_told(server: HubServer, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model “someone/else” on the hub"):
        hub.download("someone/else", tmp_path / "tiny")
    with pytest.raises(ModelError, match="is not a name on the hub"):
        hub.download("a b//c", tmp_path / "tiny")


def test_a_gated_model_says_where_to_accept(server: HubServer, tmp_path: Path) -> None:
    server.is_gated = True
    with pytest.raises(ModelError, match=rf"accepted its terms\. Accept them at https://huggingface\.co/{REPO}"):
        hub.download(REPO, tmp_path / "tiny")


def test_a_hub_in_trouble_is_told(server: HubServer, tmp_path: Path) -> None:
    server.error = 500
    with pytest.raises(ModelError, match="The hub answered with 500"):
        hub.download(REPO, tmp_path / "tiny")


def test_no_network_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="The hub cannot be reached"):
        hub.download(REPO, tmp_path / "tiny")


def test_a_network_that_stays_away_is_a_sentence_and_keeps_what_is_there(server: HubServer, tmp_path: Path) -> None:
    server.cut_after, server.cuts = 1_000, 1
    server.is_dying = True
    with pytest.raises(ModelError, match=r"cannot be reached.*what is there is kept"):
        hub.download(REPO, tmp_path / "tiny")
    assert (tmp_path / ".tiny.part" / "model.safetensors.part").stat().st_size == 1_000


def test_downloads_that_are_switched_off_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set"):
        hub.download(REPO, tmp_path / "tiny")


def test_no_room_is_told_before_anything_is_fetched(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        free = 10

    monkeypatch.setattr(hub.shutil, "disk_usage", lambda _: Full)
    with pytest.raises(ModelError, match="There is not enough room"):
        hub.download(REPO, tmp_path / "tiny")
    assert server.fetched == []
