"""A `qtbot` that gives a busy machine time: what comes at all is waited for, what never comes fails a minute later."""

from __future__ import annotations

from typing import Any

from pytestqt.qtbot import QtBot

PATIENCE = 60_000  # ms; a ceiling that only a broken window reaches, so no test names a shorter one


class PatientBot(QtBot):  # type: ignore[misc]
    """Every wait may take as long as on the slowest machine; pytest-qt's five seconds are passed by a busy one."""

    def waitUntil(self, callback: Any, *, timeout: int = PATIENCE) -> None:
        super().waitUntil(callback, timeout=max(timeout, PATIENCE))

    def waitSignal(self, signal: Any, *, timeout: int = PATIENCE, **more: Any) -> Any:
        is_wanted = more.get("raising") is not False  # assertNotEmitted waits for what shall not come
        return super().waitSignal(signal, timeout=max(timeout, PATIENCE) if is_wanted else timeout, **more)

    def waitSignals(self, signals: Any, *, timeout: int = PATIENCE, **more: Any) -> Any:
        return super().waitSignals(signals, timeout=max(timeout, PATIENCE), **more)

    def waitExposed(self, widget: Any, *, timeout: int = PATIENCE) -> Any:
        return super().waitExposed(widget, timeout=max(timeout, PATIENCE))

    def waitActive(self, widget: Any, *, timeout: int = PATIENCE) -> Any:
        return super().waitActive(widget, timeout=max(timeout, PATIENCE))
