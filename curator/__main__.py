"""Reads the command line and nothing else: jobs go to the engine, words to the CLI, files or nothing to the window."""

from __future__ import annotations

import sys
from pathlib import Path


def main(argv: list[str] | None = None) -> int:
    """Start the part of Curator that the arguments ask for, importing only that part. Returns the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    if args[:1] == ["--worker"]:
        from curator.engine.worker import run_job

        return run_job(Path(args[1]))
    if args[:1] == ["--rank"]:
        from curator.engine.distributed import work_as_rank

        return work_as_rank(Path(args[1]))
    if args[:1] == ["--ring"]:
        from curator.jobs.ring.agent import attend as attend_ring

        return attend_ring(Path(args[1]))
    if args[:1] == ["--away"]:
        from curator.jobs.away.agent import attend

        return attend(Path(args[1]))
    if args[:1] == ["--home"]:
        from curator.jobs.away.home import come_home

        return come_home(Path(args[1]))
    if args[:1] == ["--far"]:
        from curator.jobs.away.far import main as answer

        return answer(args[1:])
    if args[:1] == ["--parser"]:
        from curator.ingest.parser import serve

        return serve()
    if _has_words(args):
        from curator.cli.app import is_command, run

        if is_command(args):
            return run(args)
    from curator.ui.application import run_window

    return run_window(args)


def _has_words(args: list[str]) -> bool:
    """Whether there is anything but the library to open: if not, the window need not wait for the command line."""
    return bool(args) and not (len(args) == 2 and args[0] == "--library")


if __name__ == "__main__":
    sys.exit(main())
