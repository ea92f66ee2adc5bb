"""Bytes as a person says them, in one way everywhere."""

from __future__ import annotations

_UNITS = ("bytes", "KB", "MB", "GB")


def size_words(size: float) -> str:
    """“4.1 GB”: in decimal units, as macOS and most file managers count, with three digits at most below a
    thousand."""
    amount = float(size)
    for unit in _UNITS[:-1]:
        if round(amount) < 1000:
            return f"{amount:,.0f} {unit}" if unit in ("bytes", "KB") or amount >= 100 else f"{amount:,.1f} {unit}"
        amount /= 1000
    return f"{amount:,.0f} GB" if amount >= 100 else f"{amount:,.1f} GB"
