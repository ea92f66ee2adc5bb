"""The watched folders as they stand on the disk: which are there, which are missing, how each is followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_NOWHERE = (0, 0)


@dataclass(slots=True)
class Root:
    """A watched folder. `watch` is whatever the system gave for following it, None where it gave nothing."""

    id: int
    path: str
    watch: object = None
    identity: tuple[int, int] = _NOWHERE  # device and inode the watch was put on
    is_missing: bool = False
    is_polled: bool = False
    is_scanned: bool = False  # at least once since the start
    is_put_off: bool = False  # a person stopped its scan: the rest waits for the next start


class Roots:
    """Keeps the watches in line with the library's folders and with what is on disk. Used by one thread."""

    def __init__(self, watch: Callable[[str], object], unwatch: Callable[[object], None]) -> None:
        """`watch` begins to follow a folder and raises OSError where the system has no watch left."""
        self._watch = watch
        self._unwatch = unwatch
        self._roots: dict[int, Root] = {}

    def reconcile(self, folders: Mapping[int, str]) -> tuple[bool, bool]:
        """Follow these folders, by their ids, and no others; says whether to scan, and whether one went missing or came
        back."""
        for gone in self._roots.keys() - folders.keys():
            self._leave(self._roots.pop(gone))
        is_scan = has_flipped = False
        for id, path in folders.items():
            root = self._roots.get(id)
            if root is None:
                root = self._roots[id] = Root(id, path)
                is_scan = True
            identity = _identity(path)
            is_missing = identity == _NOWHERE
            if identity != root.identity or is_missing != root.is_missing:
                self._leave(root)
                has_flipped |= root.is_missing != is_missing
                root.is_missing, root.identity = is_missing, identity
                if not is_missing:
                    self._follow(root)
                    is_scan = True
        return is_scan, has_flipped

    def there(self) -> dict[int, str]:
        """The folders that are there, by their ids."""
        return {root.id: root.path for root in self._roots.values() if not root.is_missing}

    def to_scan(self) -> list[Root]:
        """Those of them whose scan nobody put off."""
        return [root for root in self._roots.values() if not (root.is_missing or root.is_put_off)]

    @property
    def are_polled(self) -> bool:
        """Whether one has to be looked at again and again, since the system does not say when it changes."""
        return any(root.is_polled for root in self._roots.values())

    def notice(self) -> str:
        """A sentence when following is not as good as it should be; else empty."""
        polled = [Path(root.path).name for root in self._roots.values() if root.is_polled]
        missing = [Path(root.path).name for root in self._roots.values() if root.is_missing]
        sentences = []
        if missing:
            sentences.append(f"{', '.join(missing)}: the folder is missing; it is followed again when it is back.")
        if any(root.is_put_off for root in self._roots.values()):
            sentences.append("Reading was stopped; the rest is read when Curator opens next.")
        if polled:
            sentences.append(f"{', '.join(polled)}: the system has no watch left; it is looked at every 5 seconds.")
        return " ".join(sentences)

    def _follow(self, root: Root) -> None:
        try:
            root.watch = self._watch(root.path)
            root.is_polled = False
        except OSError:  # no watches left (ENOSPC, EMFILE), or a file system that has none
            root.watch = None
            root.is_polled = True

    def _leave(self, root: Root) -> None:
        if root.watch is not None:
            self._unwatch(root.watch)
        root.watch = None


def _identity(path: str) -> tuple[int, int]:
    """Which folder stands at this path."""
    try:
        info = Path(path).stat()
        return (info.st_dev, info.st_ino) if Path(path).is_dir() else _NOWHERE
    except OSError:
        return _NOWHERE
