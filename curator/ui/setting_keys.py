"""Under which keys the window keeps its own choices in the library's settings."""

from __future__ import annotations

APPEARANCE_KEY = "window.appearance"
KEYS_KEY = "window.keys"
PLACE_KEY = "window.library"
"""Where the person was: source, search, order, exchange."""
TRAIN_KEY = "window.train"
"""What the Train panel stands at: a preset, and the numbers that differ."""
GUIDE_KEY = "window.guide"
"""Whether the first steps are gone, and from which run on."""
