"""Models from the Hugging Face hub: safetensors and text files only, resumed where a download broke off."""

from __future__ import annotations

import errno
import hashlib
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from huggingface_hub import HfApi, get_session, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status  # type: ignore[attr-defined]  # public, not re-exported by name

from curator.core.errors import ModelError
from curator.core.sizes import size_words

_TEXTS = (".json", ".txt", ".jinja")
_STEP = 1 << 18  # bytes between two words about the progress
_TRIES = 4  # a connection that breaks is taken up again where it broke, as long as it brings something
_TIMEOUT = 30.0  # seconds without a byte
_PAUSE = 0.5  # seconds before the second try, twice as long before each other

# The hub's client has changed its HTTP library before (requests, httpx, httpx2). Whatever it is, its errors have this
# base, and the hub's own error is one of them.
_HTTPError: type[BaseException] = HfHubHTTPError.__bases__[0]


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file to fetch: its size in bytes, and its SHA-256 where the hub knows it (the weights)."""

    name: str
    size: int
    sha256: str = ""


@dataclass(slots=True)
class _Meter:
    """Counts bytes over all files, tells them, and stops when asked to."""

    total: int
    progress: Callable[[int, int], None] | None
    cancel: threading.Event | None
    done: int = 0
    told: int = -_STEP

    def add(self, count: int) -> None:
        self.done += count
        if self.progress is not None and (abs(self.done - self.told) >= _STEP or self.done == self.total):
            self.told = self.done
            self.progress(self.done, self.total)
        if self.cancel is not None and self.cancel.is_set():
            raise ModelError("The download was stopped.", "Start it again to go on where it stopped.")


def download(
    repo_id: str,
    into: Path,
    progress: Callable[[int, int], None] | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Fetch the model `repo_id` into the folder `into` and return it; `progress(bytes done, bytes in all)`.

    It grows in a hidden folder beside `into` and is renamed when whole; a broken download goes on where it broke.
    Raises `ModelError`: not found, gated, not trainable (pickle or GGUF only), no room, no network, stopped.
    """
    if into.is_dir():
        return into
    with _sentences(repo_id):
        info = HfApi().model_info(repo_id, files_metadata=True)
        commit = str(info.sha)
        files = wanted_files(_listed(info), repo_id)
        scratch = into.with_name(f".{into.name}.part")
        _prepare(scratch, commit)
        meter = _Meter(sum(file.size for file in files), progress, cancel)
        _check_room(scratch, files)
        meter.add(0)
        for file in files:
            url = hf_hub_url(repo_id, file.name, revision=commit)
            _fetch(url, file, scratch / file.name, meter)
        (scratch / ".commit").unlink(missing_ok=True)
        scratch.rename(into)
    return into


def wanted_files(files: list[RemoteFile], repo_id: str) -> list[RemoteFile]:
    """What of a repository is needed: the weights that mlx-lm loads and text files at its top, smallest first.

    Raises `ModelError` when there is nothing to train.
    """
    top = [file for file in files if PurePosixPath(file.name).name == file.name and not file.name.startswith(".")]
    weights = [f for f in top if f.name.startswith("model") and f.name.endswith(".safetensors")]
    if not weights:
        kinds = {PurePosixPath(file.name).suffix for file in files}
        if ".gguf" in kinds:
            raise ModelError(
                f"“{repo_id}” holds GGUF files only, made for running, not for training.",
                "Choose the version with safetensors.",
            )
        if kinds & {".bin", ".pt", ".pth", ".ckpt"}:
            raise ModelError(
                f"“{repo_id}” holds its weights as pickle files only, which can run code when they are opened.",
                "Choose a version with safetensors.",
            )
        raise ModelError(f"“{repo_id}” holds no weights that can be trained.", "Choose a model with safetensors.")
    texts = [file for file in top if file.name.endswith(_TEXTS)]
    return sorted(texts + weights, key=lambda file: file.size)


def _listed(info: Any) -> list[RemoteFile]:
    found = []
    for sibling in info.siblings or ():
        sha256 = getattr(sibling.lfs, "sha256", "") if sibling.lfs is not None else ""
        found.append(RemoteFile(sibling.rfilename, sibling.size or 0, sha256 or ""))
    return found


def _prepare(scratch: Path, commit: str) -> None:
    """The folder a download grows in; parts of an older version of the model are thrown away."""
    mark = scratch / ".commit"
    if scratch.is_dir() and (not mark.is_file() or mark.read_text(encoding="utf-8") != commit):
        shutil.rmtree(scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    mark.write_text(commit, encoding="utf-8")


def _check_room(scratch: Path, files: list[RemoteFile]) -> None:
    there = sum(path.stat().st_size for path in scratch.iterdir() if path.is_file())
    needed = sum(file.size for file in files) - there
    free = shutil.disk_usage(scratch).free
    if needed > free:
        raise ModelError(
            f"There is not enough room: {size_words(needed)} are needed and {size_words(free)} are free.",
            "Free some space, then start the download again.",
        )


def _fetch(url: str, file: RemoteFile, path: Path, meter: _Meter) -> None:
    """One file, whole and checked, at `path`; a part that is there from before is gone on with."""
    if path.is_file():
        meter.add(file.size)
        return
    part = path.with_name(path.name + ".part")
    start = meter.done
    tries = 0
    while True:
        before = part.stat().st_size if part.is_file() else 0
        meter.done = start + before
        try:
            _stream(url, part, before, meter)
            break
        except _HTTPError as error:
            if isinstance(error, HfHubHTTPError):
                raise
            brought = part.is_file() and part.stat().st_size > before
            tries = 0 if brought else tries + 1
            if tries >= _TRIES:
                raise
            time.sleep(_PAUSE * 2**tries)
    _check(part, file)
    part.rename(path)


def _stream(url: str, part: Path, have: int, meter: _Meter) -> None:
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with get_session().stream("GET", url, headers=headers, timeout=_TIMEOUT, follow_redirects=True) as response:
        if response.status_code == 416:  # everything was there already
            return
        hf_raise_for_status(response)
        is_resumed = response.status_code == 206
        if have and not is_resumed:
            meter.done -= have
        with part.open("ab" if is_resumed else "wb") as stream:
            for chunk in response.iter_bytes():
                stream.write(chunk)
                meter.add(len(chunk))


def _check(part: Path, file: RemoteFile) -> None:
    """Compare size and SHA-256 with what the hub says; a part that differs is thrown away."""
    size = part.stat().st_size
    is_right = size == file.size or not file.size
    if is_right and file.sha256:
        with part.open("rb") as stream:
            is_right = hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
    if not is_right:
        part.unlink()
        raise ModelError(f"{file.name} arrived damaged.", "Start the download again.")


@contextmanager
def _sentences(repo_id: str) -> Iterator[None]:
    """Every way a download can fail, in the person's words."""
    try:
        yield
    except HFValidationError as error:
        raise ModelError(f"“{repo_id}” is not a name on the hub.", "Names look like owner/model.") from error
    except GatedRepoError as error:
        raise ModelError(
            f"“{repo_id}” is only given to people who accepted its terms.",
            f"Accept them at https://huggingface.co/{repo_id}, then log in with: hf auth login",
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"There is no model “{repo_id}” on the hub, or it is private.",
            "Check the name; a private one needs a login.",
        ) from error
    except OfflineModeIsEnabled as error:
        raise ModelError("Downloads are switched off (HF_HUB_OFFLINE is set).", "Unset it, or add a folder.") from error
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", "an error")
        raise ModelError(f"The hub answered with {status}.", "Try again in a few minutes.") from error
    except _HTTPError as error:
        raise ModelError(
            "The hub cannot be reached.", "Check the network and start again; what is there is kept."
        ) from error
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        words = "The disk is full." if is_full else f"The model cannot be saved: {error.strerror or error}."
        raise ModelError(words, "Free some space and start again; what is there is kept.") from error
