"""The workflows are well-formed, call what exists here, and hold to what keeps a release trustworthy."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"^actions/[a-z-]+@[0-9a-f]{40}$")


def read(path: Path) -> dict[str, Any]:
    workflow: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    workflow["on"] = workflow.pop(True)  # YAML 1.1 reads the word "on" so
    return workflow


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return [(f"{path.stem}/{name}", job) for path in WORKFLOWS for name, job in read(path)["jobs"].items()]


def steps() -> list[dict[str, Any]]:
    return [step for _, job in jobs() for step in job["steps"]]


def test_the_tests_run_on_all_three_systems_and_from_the_oldest_python_on() -> None:
    tests = read(ROOT / ".github/workflows/tests.yml")["jobs"]
    matrix = tests["test"]["strategy"]["matrix"]["include"]
    systems = {entry["os"].partition("-")[0] for entry in matrix} | {tests["windows"]["runs-on"].partition("-")[0]}
    assert systems == {"ubuntu", "macos", "windows"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f">={min(entry['python'] for entry in matrix)}" == project["requires-python"]


def test_every_package_is_built_and_all_of_them_are_in_the_release() -> None:
    packages = read(ROOT / ".github/workflows/packages.yml")["jobs"]
    release = packages["release"]
    assert set(release["needs"]) == set(packages) - {"release"} == {"linux", "macos", "windows"}
    uploaded = {
        step["with"]["name"]: step["with"]["path"]
        for _, job in jobs()
        for step in job["steps"]
        if step.get("uses", "").startswith("actions/upload-artifact@")
    }
    for name, endings in {"linux": (".deb", ".tar.xz"), "macos": (".dmg",), "windows": (".exe", ".zip")}.items():
        assert re.findall(r"\*(\.\S+)", uploaded[name]) == list(endings)
    assert "sha256sum" in "".join(step.get("run", "") for step in release["steps"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_may_write_but_the_release(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    writing = [name for name, job in workflow["jobs"].items() if "permissions" in job]
    assert writing == (["release"] if path.name == "packages.yml" else [])


def test_every_action_is_github_s_own_at_one_commit() -> None:
    used = {step["uses"] for step in steps() if "uses" in step}
    assert used and [name for name in used if not PINNED.match(name)] == []


def test_no_script_has_words_from_outside_put_into_it() -> None:
    """A title such as `"; rm -rf /` would be run; what a script needs comes through its environment."""
    assert [step["run"] for step in steps() if "${{" in step.get("run", "")] == []


def test_no_job_runs_for_hours() -> None:
    assert {name: job.get("timeout-minutes", 360) for name, job in jobs() if job.get("timeout-minutes", 360) > 60} == {}


def test_what_the_scripts_call_is_here() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    runs = " ".join(step.get("run", "") for step in steps())
    for target in re.findall(r"\bmake ([a-z-]+)", runs):
        assert target in targets
    for path in re.findall(r"\b(?:packaging|tests)/[\w./-]+", runs):
        assert (ROOT / path).exists(), path


def test_windows_gets_the_tests_transcripts_as_they_are() -> None:
    """git would end their lines in two characters there, and a recorded reading is that of the bytes."""
    rules = (ROOT / "tests/.gitattributes").read_text(encoding="utf-8").splitlines()
    assert [rule for rule in rules if not rule.startswith("#")] == ["* -text"]
