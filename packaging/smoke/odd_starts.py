"""Starts as they go wrong elsewhere: no screen, a home that is not there or cannot be written, a plain locale."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from smoke.account import Account, SmokeError
from smoke.stage import Stage
from smoke.visitor import Visitor

MISSING, LOCKED = "/nonexistent", "/home/locked"


def in_a_terminal(account: Account, put_up: Stage) -> None:
    """What a person sees who types the name of the app."""
    for display, words in ((None, "There is no screen here"), (":987", "does not answer")):
        with account.step(f"with DISPLAY={display or ''} it says in a sentence what is wrong and ends with 1") as step:
            ended = put_up.run(DISPLAY=display)
            sentence = ended.stderr.strip()
            if ended.returncode != 1 or "Traceback" in sentence or words not in sentence:
                raise SmokeError(f"it ended with {ended.returncode}: {sentence[-800:]}")
            step.seen.append(sentence)
    with account.step("the doctor trains one step and says on what") as step:
        ended = put_up.run("doctor", "--json", seconds=300)
        findings = [json.loads(line) for line in ended.stdout.splitlines()]
        if ended.returncode != 0 or not findings:
            raise SmokeError(f"it ended with {ended.returncode}: {ended.stderr.strip()[-800:]} {ended.stdout[-800:]}")
        step.seen += [json.dumps(one, ensure_ascii=False)[:300] for one in findings]
    with account.step("in a plain locale (LANG=C) it reads paths with any letters") as step:
        ended = put_up.run("import", f"{put_up.system.resident.home}/Downloads", "--json", LANG="C")
        if ended.returncode != 0:
            raise SmokeError(f"it ended with {ended.returncode}: {ended.stderr.strip()[-800:]}")
        step.seen.append(ended.stdout.strip()[-300:])


def from_an_archive(account: Account, put_up: Stage, archive: Path) -> None:
    """The .tar.xz, unpacked where a person can write: it is the same program in any folder."""
    with account.step(f"{archive.name} runs where it is unpacked") as step:
        folder = f"{put_up.system.resident.home}/Downloads/Programme für mich"
        with tarfile.open(archive) as packed:
            packed.extractall(put_up.system.outside(folder), filter="data")
        version, told = (put_up.run(*words, program=f"{folder}/curator/curator") for words in (["--version"], ["runs"]))
        for ended in (version, told):
            if ended.returncode != 0:
                raise SmokeError(f"it ended with {ended.returncode}: {ended.stderr.strip()[-800:]}")
        step.seen.append(f"{version.stdout.strip()}; {told.stdout.strip()[:200]}")


def odd_homes(account: Account, visitor: Visitor) -> None:
    """Homes that cannot be used: a sentence in the window and in the terminal, never a crash."""
    put_up = visitor.stage
    locked = put_up.system.outside(LOCKED)
    locked.mkdir()
    locked.chmod(0o755)  # root's, so that the resident can look and not write
    for name, home in (("that is not there", MISSING), ("that cannot be written", LOCKED)):
        with account.step(f"with a home {name} a verb says so in a sentence and ends with 1") as step:
            ended = put_up.run("sessions", HOME=home)
            sentence = ended.stderr.strip()
            if ended.returncode != 1 or "cannot be used" not in sentence or "Traceback" in sentence:
                raise SmokeError(f"it ended with {ended.returncode}: {sentence[-800:]}")
            step.seen.append(sentence.splitlines()[-1])
        with account.step(f"with a home {name} the window says so, offers another folder, and quits well") as step:
            visitor.open(HOME=home)
            visitor.eyes.until(lambda: visitor.eyes.find("Choose a folder…"), "another folder is offered")
            said = visitor.eyes.reads(r".*cannot be used.*")
            visitor.eyes.picture(f"9-home{home.replace('/', '-')}")
            visitor.leave(has_log=False)
            if said is None:
                raise SmokeError("the window does not say what is wrong")
            step.seen.append(said.group())
    with account.step("without HOME and without a session's folder it finds its library all the same") as step:
        ended = put_up.run("sessions", "--json", HOME=None, XDG_RUNTIME_DIR=None)
        count = len(ended.stdout.splitlines())
        if ended.returncode != 0 or count == 0:
            raise SmokeError(f"it ended with {ended.returncode} and {count} sessions: {ended.stderr.strip()[-800:]}")
        step.seen.append(f"{count} sessions")
