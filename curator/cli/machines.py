"""`curator runtimes`: the places where a run can be trained, and whether they are fit for it."""

from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from typing import Annotated

import typer

from curator.cli.importing import Json
from curator.cli.output import STOPPED, answer, emit, on_line, tell
from curator.cli.session import workspace
from curator.core.machine import RuntimeKind, RuntimeSpec, Weight
from curator.services import environments, runtimes

app = typer.Typer(help="Places to train: here, another Python, another computer.", invoke_without_command=True)
Name = Annotated[str, typer.Argument(help="What the place is called.")]
_SIGNS = {Weight.FINE: "ok ", Weight.WARNING: "!  ", Weight.STOP: "NO "}


@app.callback()
def main(ctx: typer.Context, json: Json = False) -> None:
    """List the places."""
    if not ctx.invoked_subcommand:
        list_(json)


@app.command("list")
def list_(json: Json = False) -> None:
    """List the places; the one without a name is this computer."""
    with workspace() as ws:
        usual = runtimes.usual(ws)
        for spec in runtimes.runtimes(ws):
            if json:
                emit(asdict(spec) | {"is_usual": spec.name == usual})
            else:
                typer.echo(f"{runtimes.title(spec)}{'  (the usual place)' if spec.name == usual else ''}")


@app.command("add")
def add(
    name: Name,
    python: Annotated[
        str, typer.Option(help="The Python to train with: a path here, or with --ssh or --ring a path over there.")
    ] = "",
    ssh: Annotated[
        str, typer.Option(metavar="HOST", help="Another computer, as ssh knows it: name, user@name, ssh://name:port.")
    ] = "",
    folder: Annotated[str, typer.Option(help="With --ssh: where jobs are kept there.")] = "",
    ssh_option: Annotated[
        list[str] | None, typer.Option(help="A further word for the ssh program, such as -i; repeat it for more.")
    ] = None,
    ring: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="A member of a ring (experimental); repeat it. 127.0.0.1 is this computer."),
    ] = None,
) -> None:
    """Remember a place. It is another Python here, another computer over ssh, or several together."""
    kind = RuntimeKind.RING if ring else RuntimeKind.SSH if ssh else RuntimeKind.PYTHON
    if kind is RuntimeKind.PYTHON and not python:
        raise typer.BadParameter("say where it is, with --python, --ssh or --ring")
    spec = RuntimeSpec(name, kind, python, ssh, folder, tuple(ring or ()), tuple(ssh_option or ()))
    with workspace() as ws:
        runtimes.add(ws, spec)
    tell(f"Added {name}. See whether it is fit with: curator runtimes check {name}")


@app.command("make")
def make(json: Json = False) -> None:
    """Make a Python environment with mlx-lm of its own. Here, and trained in from then on; ^C stops."""
    how = environments.plan()
    tell(f"With {how.words}, into {how.folder}: {', '.join(how.packages)}")
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        with workspace() as ws:
            spec = environments.make(ws, how, lambda making: tell(f"{100 * making.share:3.0f} %  {making.words}"), stop)
    finally:
        signal.signal(signal.SIGINT, before)
    if spec is None:
        tell("Stopped. Nothing is left of it.")
        raise typer.Exit(STOPPED)
    answer(asdict(spec), spec.name, json)


@app.command("use")
def use(name: Annotated[str, typer.Argument(help='What the place is called; "" is the program\'s own.')]) -> None:
    """Train there from now on. The window does too, unless another place is named."""
    with workspace() as ws:
        runtimes.make_usual(ws, name)
        tell(f"The next run is trained here: {runtimes.title(runtimes.get(ws, name))}.")


@app.command("remove")
def remove(name: Name) -> None:
    """Forget a place; nothing on it is touched."""
    with workspace() as ws:
        runtimes.remove(ws, name)
    tell(f"Removed {name}.")


@app.command("check")
def check(name: Annotated[str, typer.Argument(help="What the place is called.")] = "", json: Json = False) -> None:
    """Look whether one can train there. Its Python, packages, device and disk are asked."""
    is_unfit = False
    with workspace() as ws:
        for finding in runtimes.check(ws, name):
            is_unfit = is_unfit or finding.weight is Weight.STOP
            if json:
                emit(asdict(finding))
            else:
                words = " ".join(part for part in (finding.sentence, finding.hint) if part)
                typer.echo(f"{_SIGNS[finding.weight]} {finding.subject:<12} {on_line(words)}")
    if is_unfit:
        raise typer.Exit(1)
