"""`curator runtimes`: places are added, listed, checked and removed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from curator.cli import machines, session
from curator.cli.training import chosen_place
from curator.core.errors import JobError, NotFoundError

runner = CliRunner()


@pytest.fixture(autouse=True)
def library(library_folder: Path) -> None:
    session.choose_library(library_folder)


def say(*words: str) -> list[dict[str, Any]]:
    """What the verb prints as JSON; it has to end well."""
    said = runner.invoke(machines.app, list(words), catch_exceptions=False)
    assert said.exit_code == 0, said.output
    return [json.loads(line) for line in said.stdout.splitlines() if line.startswith("{")]


def test_places_are_added_listed_and_removed() -> None:
    say("add", "other", "--python", sys.executable)
    say("add", "studio", "--ssh", "me@studio.local", "--python", "venv/bin/python", "--ssh-option", "-4")
    say("add", "both", "--ring", "127.0.0.1", "--ring", "127.0.0.1")
    here, other, studio, both = say("list", "--json")
    assert (here["name"], here["kind"]) == ("", "bundled")
    assert (other["kind"], other["python"]) == ("python", sys.executable)
    assert (studio["kind"], studio["host"], studio["options"]) == ("ssh", "me@studio.local", ["-4"])
    assert (both["kind"], len(both["hosts"])) == ("ring", 2)
    assert [place["name"] for place in say("--json")] == ["", "other", "studio", "both"]
    say("remove", "studio")
    assert [place["name"] for place in say("list", "--json")] == ["", "other", "both"]


def test_a_run_takes_the_usual_place_unless_another_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    say("add", "other", "--python", sys.executable)
    assert [place["is_usual"] for place in say("--json")] == [True, False]
    say("use", "other")
    assert "other" in runner.invoke(machines.app, ["list"]).stdout.split("\n")[1]
    assert [place["is_usual"] for place in say("--json")] == [False, True]
    with session.workspace() as ws:
        assert chosen_place(ws, None) == "other" and "“other”, the usual place" in capsys.readouterr().err
        assert chosen_place(ws, "") == "" and chosen_place(ws, "studio") == "studio"
        assert capsys.readouterr().err == "", "what the person said need not be told"
    say("use", "")
    with session.workspace() as ws:
        assert chosen_place(ws, None) == ""
    with pytest.raises(NotFoundError):
        runner.invoke(machines.app, ["use", "nowhere"], catch_exceptions=False)


def test_a_check_says_what_was_found_and_ends_with_its_verdict(tmp_path: Path) -> None:
    say("add", "other", "--python", sys.executable)
    found = say("check", "other", "--json")
    assert [finding["subject"] for finding in found] == ["python", "mlx", "disk"]
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    say("add", "broken", "--python", str(broken))
    said = runner.invoke(machines.app, ["check", "broken"])
    assert said.exit_code == 1 and "NO" in said.stdout


def test_what_is_not_a_place_is_refused() -> None:
    assert runner.invoke(machines.app, ["add", "nothing"]).exit_code == 2
    with pytest.raises(JobError, match="names no computer"):
        runner.invoke(machines.app, ["add", "odd", "--ssh", "a b"], catch_exceptions=False)
    with pytest.raises(NotFoundError):
        runner.invoke(machines.app, ["remove", "nobody"], catch_exceptions=False)
