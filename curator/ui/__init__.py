"""The window: PySide6, and the only place that imports it."""

import builtins

import PySide6.QtCore  # noqa: F401 — first, since it puts a function of its own in the place of Python's import

if builtins.__import__ is getattr(builtins, "__feature_import__", None):
    # PySide6's reads the source of every module that is imported after it, as it would have to know which of them use
    # Qt if `from __feature__ import snake_case` were said anywhere: a tenth of the time of all imports, and hundreds of
    # sources kept in memory (napari/napari issue 8584).
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
