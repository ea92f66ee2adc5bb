"""What goes into the diagnostics: enough to help, and nothing of the person. Secrets are planted everywhere."""

from __future__ import annotations

import json
import os
import platform
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from row_workspaces import store_sessions

from curator.core.job import JobState
from curator.core.machine import RuntimeKind, RuntimeSpec
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.jobs.folder import append_event, write_job
from curator.services import crashes, diagnostics, runtimes, settings
from curator.services.doctor import Finding
from curator.services.lifetime import crash_folder
from curator.services.logs import log_file
from curator.services.workspace import Workspace

KEYS = (
    "sk-ant-" + "api03-Zk4vQ9xW2mT7rB1nL6pY8sD3",
    "ghp_" + "Zk4vQ9xW2mT7rB1nL6pY8sD3aB5cD7eF9g",
    "hf_" + "Zk4vQ9xW2mTarBbnLcpYdsDeaBfcDgeFhgi",
)
NAME = "annegret.schmitt"
PROMPT = "Should I tell my brother about the house in Lisbon?"
RESPONSE = "Tell him before the lawyer does, and bring the letter."
RUN, TAG, PROJECT = "lisbon-letters-run", "brother", "lisbon-house"
HOST = "annegrets-imac"
PLANTED = (*KEYS, NAME, PROMPT, RESPONSE, RUN, PROJECT, HOST, "Lisbon", "lawyer", "brother", "plainly-secret-value")


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home full of what must not leave it; the answer is the library's folder."""
    home = tmp_path / NAME
    for name, value in {
        "HOME": str(home),
        "USER": NAME,
        "HF_TOKEN": "plainly-secret-value",
        "XDG_STATE_HOME": str(home / "state"),
        "OLLAMA_HOST": "127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(platform, "node", lambda: f"{HOST}.local")
    folder = home / PROJECT / "library"
    with Workspace.open(folder) as ws:
        store_sessions(ws, [[(PROMPT, RESPONSE), (f"use {KEYS[0]}", KEYS[1])]])
        ws.library.set_setting("model", PROJECT)
        ws.library.set_setting("max_tokens", "1024")
        ws.library.set_setting("window.train", json.dumps({"preset": "quick", "changed": {"probe": PROMPT}}))
        ws.library.set_setting("somebody.elses", KEYS[2])
        runtimes.add(ws, RuntimeSpec(RUN, RuntimeKind.SSH, host=f"{NAME}@{HOST}.local", python=f"/Users/{NAME}/py"))
        _plant_run(ws, home)
    _plant_logs(home)
    return folder


def _plant_run(ws: Workspace, home: Path) -> None:
    job = home / PROJECT / "job"
    draft = Run(
        id=0,
        name=RUN,
        snapshot=1,
        model=PROJECT,
        preset="quick",
        settings=TrainSettings(probe=PROMPT),
        state=JobState.FAILED,
        path=str(job),
        created="2026-11-22T08:00:00+00:00",
        message=f"It ended with an unexpected error: {PROMPT}",
        note=f"for my brother, {KEYS[0]}",
        sweep=RUN,
        runtime=RUN,
    )
    added = ws.library.add_run(draft)
    ws.library.change_run(added.id, lambda run: replace(run, state=JobState.FAILED, path=str(job)))
    write_job(job, {"kind": "train", "probe": PROMPT, "model": str(home), "key": KEYS[1]})
    append_event(job, "started", rows=3, source=str(home), device=f"cpu of {HOST}")
    append_event(job, "sample", prompt=PROMPT, text=RESPONSE, loss=1.0)
    append_event(job, "note", text=f"{PROMPT} {KEYS[2]}")
    append_event(job, "failed", message=f"“{RUN}”: {PROMPT}", hint=f"Look at {home}/x", cause="other", iteration=7)
    (job / "worker.log").write_text(
        f"{PROMPT}\n{KEYS[0]}\nTraceback (most recent call last):\n"
        f'  File "{home}/engine/train.py", line 3, in step\n    loss = step(rows)\nKeyError: {PROMPT!r}\n{RESPONSE}\n'
    )


def _plant_logs(home: Path) -> None:
    log_file().parent.mkdir(parents=True, exist_ok=True)
    line = "2026-11-22 08:00:00,000 ERROR curator.ui.main_window: told to the person"
    log_file().write_text(
        f"{line}\n{PROMPT}\nTraceback (most recent call last):\n"
        f'  File "{home}/x.py", line 1, in read\n    read(path)\n'
        f"sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) [parameters: ({PROMPT!r}, {KEYS[0]!r})]\n"
        f"curator.core.errors.LibraryError: “{PROMPT}” in {home}/{PROJECT}-x and /Volumes/Lisbon cannot be stored"
        f" with {KEYS[1]} by {NAME}\n"
        f"{line} for {NAME}@{HOST}.local, HF_TOKEN=plainly-secret-value, api_key='{KEYS[2]}'\n"
    )
    crash_folder().mkdir(parents=True, exist_ok=True)
    (crash_folder() / "2026-11-22 08.00.00.txt").write_text(f"Curator ended unexpectedly.\n{home} {KEYS[0]} {HOST}\n")


def test_nothing_planted_is_found_in_the_zip(planted: Path, tmp_path: Path) -> None:
    with Workspace.open(planted) as ws:
        file = diagnostics.write(diagnostics.gather(ws), tmp_path / diagnostics.suggested_name())
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    whole = "\n".join([*texts, *texts.values()])
    assert [secret for secret in PLANTED if secret.lower() in whole.lower()] == []
    assert str(tmp_path) not in whole or "~" in whole


def test_what_helps_is_there(planted: Path) -> None:
    with Workspace.open(planted) as ws:
        files = diagnostics.contents(ws, [])
        about, (job,) = json.loads(files["about.json"]), json.loads(files["jobs.json"])
    assert about["settings"]["max_tokens"] == "1024" and about["settings"]["model"] == "set"
    assert about["places_to_train"] == {"bundled": 1, "ssh": 1} and about["runs"] == {"failed": 1}
    assert (job["state"], job["message"]) == ("failed", "It ended with an unexpected error: …")
    assert job["events"] == {"started": 1, "sample": 1, "note": 1, "failed": 1}
    assert job["told"][1]["iteration"] == 7 and job["told"][1]["cause"] == "other"
    assert "KeyError: (its message is left out)" in files["logs/worker-1.log"]
    assert "ERROR curator.ui.main_window: told to the person" in files["logs/curator.log"]
    assert "crashes/2026-11-22 08.00.00.txt" in files


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(diagnostics.DiagnosticsError, match="cannot be written there"):
        diagnostics.write({"README.txt": "x"}, tmp_path / "nowhere" / "x.zip")
    assert not (tmp_path / "nowhere").exists()


def test_what_the_person_opened_is_not_named_in_a_crash_report(planted: Path) -> None:
    (crash_folder() / "1-1.mark").write_text("torn")
    report = crashes.look_back(boot=0)
    assert report is not None
    text = crashes.read(report.path)
    assert [secret for secret in PLANTED if secret.lower() in text.lower()] == []
    assert "The end of the log" in text and os.sep in text


def test_settings_are_reset_and_come_back(planted: Path) -> None:
    with Workspace.open(planted) as ws:
        before, told = settings.chosen(ws), []
        ws.subscribe(told.append)
        file = settings.reset(ws, {"geometry": "AAEC"})
        assert settings.chosen(ws) == {} and told[0].settings and file.parent == planted
        assert [spec.name for spec in runtimes.runtimes(ws)] == ["", RUN], "places to train are no choice"
        settings.put(ws, "window.appearance", "dark")
        assert settings.restore(ws, file) == {"geometry": "AAEC"}
        assert settings.chosen(ws) == before


def test_a_doctor_that_fails_is_a_finding(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def examine(_ws: Workspace, *, self_test: bool) -> Iterator[Finding]:
        yield Finding("versions", True, "Curator 0")
        raise KeyError(PROMPT)

    monkeypatch.setattr(diagnostics, "examine", examine)
    with Workspace.open(planted) as ws:
        files = diagnostics.gather(ws)
    findings = files["findings.txt"]
    assert "ok  versions     Curator 0" in findings and "KeyError: (its message is left out)" in findings
    assert "jobs.json" in files and PROMPT not in findings


def test_without_a_library_the_logs_and_reports_are_there(planted: Path) -> None:
    files = diagnostics.gather(None)
    assert {"README.txt", "findings.txt", "about.json", "logs/curator.log"} < files.keys()
    assert "jobs.json" not in files and "is not open" in files["findings.txt"]
    whole = "\n".join(files.values()).lower()
    assert [secret for secret in PLANTED if secret.lower() in whole] == []
