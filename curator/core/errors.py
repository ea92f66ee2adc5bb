"""What can go wrong, each with a sentence for the person and the next step."""

from __future__ import annotations


class CuratorError(Exception):
    """An expected failure: `message` says what happened, `hint` what to do about it.

    The cause, if any, travels as `__cause__` (use `raise … from error`) and is shown only under "Copy details".
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UnreadableFileError(CuratorError):
    """A file that cannot be opened, or that no adapter knows."""


class LibraryError(CuratorError):
    """The library cannot be opened, written or migrated."""


class LibraryClosedError(LibraryError):
    """It was asked for something after it was closed."""

    def __init__(self) -> None:
        super().__init__("The library is closed.", "Open it again.")


class NotFoundError(CuratorError):
    """An id, a name or a path that is not there."""


class ModelError(CuratorError):
    """A base model that is missing, incomplete, or cannot be used for training."""


class DatasetError(CuratorError):
    """Rows that cannot be frozen into a snapshot."""


class JobError(CuratorError):
    """A job that could not be started, or that ended badly."""
