"""Reads the command line and nothing else: jobs go to the engine, words to the CLI, files or nothing to the window."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main(argv: list[str] | None = None) -> int:
    """Start the part of Curator that the arguments ask for, importing only that part. Returns the exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036  on another computer it may be, where no installer has looked
        sys.stderr.write(f"Curator needs Python 3.11 or newer; this one is {sys.version.split()[0]}.\n")
        return 2
    args = list(sys.argv[1:] if argv is None else argv)
    if args and args[0] in _PARTS:
        return _begin_part(args[0], args[1:])
    if _has_words(args):
        from curator.cli.verbs import is_command

        if is_command(args):
            from curator.cli.app import run

            return run(args)
    try:
        from curator.ui.application import run_window
    except ImportError as error:
        return _tell_missing(error)
    return run_window(args)


_PARTS = {
    "--worker": ("curator.engine.watching", "run_job"),
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


def _tell_missing(error: ImportError) -> int:
    """Qt asks the system for some libraries, which a server or a container may lack."""
    import re

    missing = re.match(r"(\S+): cannot open shared object file", str(error))
    if missing is None:
        raise error
    sys.stderr.write(
        f"The window cannot be opened: this system has no {missing[1]}. On Debian and Ubuntu: apt install {_FOR_QT}\n"
        "Every verb also works without a window: curator --help\n"
    )
    return 1


_FOR_QT = "libglib2.0-0 libgl1 libegl1 libfontconfig1 libdbus-1-3 libxkbcommon-x11-0"
"""What is missing where no desktop is installed (tried one by one in a bare Debian 12); the rest comes with these."""


def _has_words(args: list[str]) -> bool:
    """Whether there is anything but the library to open: if not, the window need not wait for the command line."""
    return bool(args) and not (len(args) == 2 and args[0] == "--library")


if __name__ == "__main__":
    sys.exit(main())
