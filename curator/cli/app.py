"""The program `curator` as one typer application; a page a family of verbs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from curator import __version__
from curator.cli import (
    curating,
    datasets,
    demonstrating,
    health,
    importing,
    looking,
    machines,
    modelling,
    queueing,
    running,
    sweeping,
    training,
    watching,
)
from curator.cli.output import STOPPED, tell
from curator.cli.session import choose_library
from curator.core.errors import CuratorError

app = typer.Typer(
    name="curator",
    help="Turn your own AI sessions into a small model of your own. Without a verb, the window opens.",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("import")(importing.import_)
_VERBS: tuple[Callable[..., None], ...] = (
    looking.sessions,
    looking.exchanges,
    looking.show,
    looking.rows,
    curating.mark,
    curating.edit,
    curating.undo,
    curating.redo,
    datasets.budget,
    datasets.freeze,
    training.train,
    training.resume,
    training.pause,
    training.stop,
    running.runs,
    running.note,
    running.repeat,
    running.csv,
    sweeping.rate,
)
_FAMILIES = {
    "watch": watching.app,
    "models": modelling.app,
    "queue": queueing.app,
    "sweep": sweeping.app,
    "trash": running.trash_app,
    "runtimes": machines.app,
}
for verb in _VERBS:
    app.command(verb.__name__)(verb)
for family, page in _FAMILIES.items():
    app.add_typer(page, name=family)
app.command("generate")(modelling.generate)
app.command("demo")(demonstrating.demo)
app.command("doctor")(health.doctor)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"curator {__version__}")
        raise typer.Exit


@app.callback()
def main(
    library: Annotated[Path | None, typer.Option(help="Another library than the platform's own.")] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Turn your own AI sessions into a small model of your own. Without a verb, the window opens."""
    choose_library(library)


def is_command(args: list[str]) -> bool:
    """Whether the arguments name a verb (or ask for help), and not files for the window."""
    words = iter(args)
    for word in words:
        if word in ("-h", "--help", "--version"):
            return True
        if word == "--library":
            next(words, None)
        elif not word.startswith("--library="):
            return word in _verbs()
    return False


def _verbs() -> set[str]:
    return {"import", *(verb.__name__ for verb in _VERBS), *_FAMILIES, "generate", "demo", "doctor"}


def run(args: list[str]) -> int:
    """Run one verb. Returns 0 done, 1 the work failed, 2 wrong usage, 3 stopped on request."""
    command = typer.main.get_command(app)
    try:
        code = command.main(args=args, prog_name="curator", standalone_mode=False)
    except CuratorError as error:
        tell(str(error))
        return 1
    except KeyboardInterrupt:
        tell("Stopped.")
        return STOPPED
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except typer.Abort:
        tell("Stopped.")
        return STOPPED
    except typer.TyperException as error:  # wrong usage: typer's own errors know how to show themselves
        show = getattr(error, "show", None)
        show() if show else tell(str(error))
        return int(getattr(error, "exit_code", 2))
    return code if isinstance(code, int) else 0
