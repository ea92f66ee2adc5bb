"""Makes a picture of the window small: 256 colours instead of millions, which no eye tells apart in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

COLOURS = 256
_EXACT = 128  # the commonest ones are kept as they are: planes, inks, the accent


def save_small(image: QImage, path: Path) -> None:
    """Write it as a PNG with a palette."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    width, height = image.width(), image.height()
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(height, width) & 0xFFFFFF
    found, place, count = np.unique(pixels, return_inverse=True, return_counts=True)
    chosen = _palette(found, count)
    nearest = _nearest(found, chosen)
    stride = -(-width // 4) * 4
    indices = np.zeros((height, stride), np.uint8)
    indices[:, :width] = nearest[place].reshape(height, width)
    small = QImage(indices.tobytes(), width, height, stride, QImage.Format.Format_Indexed8)
    small.setColorTable([int(colour) | 0xFF000000 for colour in chosen])
    if not small.save(str(path), "PNG", 0):
        raise OSError(f"{path} could not be written")


def _palette(found: np.ndarray, count: np.ndarray) -> np.ndarray:
    """The commonest colours, and for the rest the means of a median cut: boxes halved where most pixels are spread."""
    if len(found) <= COLOURS:
        return found
    order = np.argsort(-count, kind="stable")
    exact, rest = found[order[:_EXACT]], order[_EXACT:]
    boxes = [(_channels(found[rest]), count[rest].astype(float))]
    while len(boxes) < COLOURS - _EXACT:
        spread = [float(np.ptp(c, axis=0).max()) * w.sum() ** 0.5 if len(c) > 1 else 0.0 for c, w in boxes]
        at = int(np.argmax(spread))
        if not spread[at]:
            break
        colours, weights = boxes.pop(at)
        along = np.argsort(colours[:, int(np.ptp(colours, axis=0).argmax())], kind="stable")
        summed = np.cumsum(weights[along])
        half = int(np.clip(np.searchsorted(summed, summed[-1] / 2), 1, len(along) - 1))
        boxes += [(colours[part], weights[part]) for part in (along[:half], along[half:])]
    means = np.array([np.average(c, axis=0, weights=w) for c, w in boxes]).round().astype(np.uint32)
    return np.concatenate([exact, means[:, 0] << 16 | means[:, 1] << 8 | means[:, 2]])


def _nearest(found: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """For each colour the place of the nearest of the palette."""
    palette = _channels(chosen)
    nearest = np.empty(len(found), np.uint8)
    for start in range(0, len(found), 4096):
        part = _channels(found[start : start + 4096])
        nearest[start : start + 4096] = ((part[:, None, :] - palette[None]) ** 2).sum(axis=2).argmin(axis=1)
    return nearest


def _channels(packed: np.ndarray) -> np.ndarray:
    """Red, green and blue of packed colours, as floats."""
    return np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=1).astype(np.float32)
