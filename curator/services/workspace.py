"""The open library with everything the verbs need, and the one place that tells the views what was touched."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from curator import paths
from curator.core.changes import Changes
from curator.core.signal import SignalHit
from curator.library.library import Library

if TYPE_CHECKING:
    from curator.models.shelf import Shelf
    from curator.tokens.apart import CountingProcess
    from curator.tokens.counter import Counter

Subscriber = Callable[[Changes], None]
T = TypeVar("T")


class Workspace:
    """What every service takes first: the library, the shelf of base models, the token counters and the subscribers.

    Any thread may call it. Counters and the shelf are made when first asked for, since tokenizers load slowly and
    a library can be read without them.
    """

    def __init__(self, library: Library, counts_apart: bool = False) -> None:
        """With `counts_apart` tokens are counted in another process: loading a tokenizer would hold up a window."""
        self.library = library
        self._counts_apart = counts_apart
        self._counting: CountingProcess | None = None
        self._subscribers: list[Subscriber] = []
        self._lock = threading.RLock()
        self._shelf: Shelf | None = None
        self._counters: dict[str, Counter] = {}
        self._counters_lock = threading.Lock()  # of their own: who loads a tokenizer holds up only who counts
        self._closing: list[Callable[[], None]] = []
        self._made: dict[str, Any] = {}
        self._is_stopped = self._is_closed = False

    @classmethod
    def open(cls, folder: Path | None = None, counts_apart: bool = False) -> Workspace:
        """Open the library in `folder`, or the person's own; raises LibraryError with what to do."""
        return cls(Library.open(folder if folder is not None else paths.default_library(), _screen), counts_apart)

    @property
    def folder(self) -> Path:
        """The folder of the library: snapshots and runs lie there too."""
        return self.library.folder

    @property
    def shelf(self) -> Shelf:
        """The base models on this computer."""
        with self._lock:
            if self._shelf is None:
                from curator.models.shelf import Shelf

                self._shelf = Shelf(paths.models_folder())
            return self._shelf

    def counter(self, model: str | None) -> Counter:
        """The token counter of a base model, loaded once; the estimate where no model is chosen.

        A model that was replaced on disk gets a new counter, because its fingerprint is part of the key.
        Raises ModelError when the model is unknown or has no tokenizer.
        """
        if model is None:
            return self._kept("", self._make_estimate)
        base = self.shelf.get(model)
        key = f"{base.path}\n{base.fingerprint}"
        return self._kept(key, lambda: self._make_exact(Path(base.path), key))

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with the Changes of every write, in the thread of the write; returns what ends that."""
        with self._lock:
            self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            with self._lock:
                if subscriber in self._subscribers:
                    self._subscribers.remove(subscriber)

        return unsubscribe

    def publish(self, changes: Changes) -> Changes:
        """Tell every subscriber; a write that touched nothing is not worth telling. Returns the changes."""
        if changes:
            with self._lock:
                told = tuple(self._subscribers)
            for subscriber in told:
                subscriber(changes)
        return changes

    def look_around(self) -> Changes:
        """Tell every subscriber where another process wrote into the library meanwhile. Returns the changes."""
        if not self.library.others_wrote():
            return Changes()
        return self.publish(
            Changes(lists=True, rows=True, tags=True, watched=True, archive=True, settings=True, others=True)
        )

    def take_notices(self) -> list[str]:
        """Sentences about what the library had to mend since this was asked last, each told once."""
        notices, taken = self.library.notices, []
        while notices:
            taken.append(notices.pop(0))
        return taken

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` makes, the first time that this name is asked for; the same from then on."""
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            made: T = self._made[name]
            return made

    def made(self, name: str) -> Any:
        """What was made under this name; None for nothing yet."""
        with self._lock:
            return self._made.get(name)

    def on_close(self, work: Callable[[], None]) -> None:
        """Have `work` done before the library closes, or now where what runs here was stopped: watching stops there."""
        with self._lock:
            if not self._is_stopped:
                self._closing.append(work)
                return
        work()

    def stop(self) -> None:
        """Stop what runs here: watching, copying, counting. The library stays open. Twice is fine."""
        with self._lock:
            self._is_stopped = True
            closing, self._closing = tuple(reversed(self._closing)), []
        for work in closing:
            work()

    def close(self) -> None:
        """Stop what runs here and close the library. Twice is fine."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        try:
            self.stop()
        finally:
            self.library.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _kept(self, key: str, make: Callable[[], Counter]) -> Counter:
        with self._counters_lock:
            counter = self._counters.get(key)
            if counter is None:
                counter = self._counters[key] = make()
            return counter

    def _make_estimate(self) -> Counter:
        if self._counts_apart:
            return self._make_apart("")
        from curator.tokens.estimate import EstimateCounter

        return EstimateCounter()

    def _make_exact(self, folder: Path, key: str) -> Counter:
        if self._counts_apart:
            return self._make_apart(str(folder), key)
        from curator.tokens.exact import ModelCounter

        return ModelCounter.load(folder)

    def _make_apart(self, folder: str, key: str = "") -> Counter:
        from curator.tokens.apart import ApartCounter, CountingProcess

        if self._counting is None:
            self._counting = CountingProcess()
            self.on_close(self._counting.close)
        return ApartCounter(self._counting, folder, key)


def _screen(prompt: str, response: str) -> tuple[SignalHit, ...]:
    """What speaks against an edited text. Its patterns are loaded with the first edit: most starts only read."""
    from curator.screening import screen_text

    return screen_text(prompt, response)
