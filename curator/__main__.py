"""Reads the command line and nothing else: jobs go to the engine, words to the CLI, files or nothing to the window."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main(argv: list[str] | None = None) -> int:
    """Start the part of Curator that the arguments ask for, importing only that part. Returns the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    if args and args[0] in _PARTS:
        return _begin_part(args[0], args[1:])
    if _has_words(args):
        from curator.cli.verbs import is_command

        if is_command(args):
            from curator.cli.app import run

            return run(args)
    from curator.ui.application import run_window

    return run_window(args)


_PARTS = {
    "--worker": ("curator.engine.worker", "run_job"),
    "--rank": ("curator.engine.rank", "work_as_rank"),
    "--ring": ("curator.jobs.ring.agent", "attend"),
    "--away": ("curator.jobs.away.agent", "attend"),
    "--home": ("curator.jobs.away.home", "come_home"),
    "--far": ("curator.jobs.away.far", "main"),
    "--parser": ("curator.ingest.parser", "serve"),
    "--counter": ("curator.tokens.counting", "serve"),
}
"""The processes that Curator starts of itself: the words that ask for them, and the function that does the work. The
first five work in the folder they are given, the far side of an ssh line takes words, the last two nothing."""


def _begin_part(name: str, words: list[str]) -> int:
    module, function = _PARTS[name]
    work = getattr(import_module(module), function)
    if name == "--far":
        return int(work(words))
    return int(work(Path(words[0])) if words else work())


def _has_words(args: list[str]) -> bool:
    """Whether there is anything but the library to open: if not, the window need not wait for the command line."""
    return bool(args) and not (len(args) == 2 and args[0] == "--library")


if __name__ == "__main__":
    sys.exit(main())
