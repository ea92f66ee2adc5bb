"""The program `curator` as one typer application; a page a family of verbs."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from curator import __version__
from curator.cli.verbs import VERBS, first_word


def build(verbs: Iterable[str]) -> typer.Typer:
    """The application with these verbs."""
    app = typer.Typer(
        name="curator",
        help="Turn your own AI sessions into a small model of your own. Without a verb, the window opens.",
        no_args_is_help=False,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(main)
    for verb in verbs:
        page, name = VERBS[verb].split(":")
        found = getattr(import_module(f"curator.cli.{page}"), name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=verb)
        else:
            app.command(verb)(found)
    return app


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"curator {__version__}")
        raise typer.Exit


def main(
    library: Annotated[Path | None, typer.Option(help="Another library than the platform's own.")] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Turn your own AI sessions into a small model of your own. Without a verb, the window opens."""
    from curator.cli.session import choose_library

    choose_library(library)


def run(args: list[str]) -> int:
    """Run one verb. Returns 0 done, 1 the work failed, 2 wrong usage, 3 stopped on request."""
    from curator.cli.output import STOPPED, WRONG_USAGE, suit_terminal, tell
    from curator.core.errors import CuratorError

    suit_terminal()
    verb = first_word(args)
    if verb and verb not in VERBS and not verb.startswith("-"):
        near = get_close_matches(verb, VERBS, 1)
        tell(
            f"There is no verb and no file called “{verb}”. {f'Is it “{near[0]}”? ' if near else ''}"
            "See all verbs with: curator --help"
        )
        return WRONG_USAGE
    # What stands until the end need not be searched for cycles then: that was a tenth of what a short verb costs.
    atexit.register(gc.freeze)
    try:
        # Not its `main`, which makes an end with 130 and without a word of ^C.
        command = typer.main.get_command(build([verb] if verb in VERBS else VERBS))
        with command.make_context("curator", args) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except CuratorError as error:
        tell(str(error))
        return 1
    except KeyboardInterrupt:
        tell("Stopped.")
        return STOPPED
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except typer.TyperException as error:  # wrong usage: typer's own errors know how to show themselves
        if isinstance(error, typer.BadParameter):
            error.message = error.message.replace("Value error, ", "")  # what a wrong choice is called by pydantic
        show = getattr(error, "show", None)
        show() if show else tell(str(error))
        return int(getattr(error, "exit_code", 2))
    return 0
