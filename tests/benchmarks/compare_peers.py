"""What an import costs beside two other readers of the same sessions, in CPU seconds and memory: `make bench-peers`.

    python tests/benchmarks/compare_peers.py [--mb 120] [--rounds 3] [--into FOLDER] [--one-cpu]

Installs agsearch (full-text search over sessions; indexes what person and assistant said) and claude-code-log (turns
sessions into pages) from the package registry into an environment of their own, and runs each program as a person
would, on the same made corpus, each time from nothing: user and system time of the whole process and of those it
started, and its largest memory (--one-cpu: see one_cpu). claude-code-log gets one project of it,
since it takes minutes for all, and is compared by the megabyte. Versions are those the registry gives.

Goal: a third of agsearch's CPU seconds for the first search, at most. Version 0.2.0 takes about as long as an import
here, which also cuts exchanges, screens them, keeps every step and writes a library; reading the files and indexing
their words, which is all that agsearch does, is half of an import. So the goal is out of reach, and twice is the most
that could be had; 0.5 and 0.17 CPU seconds of each import are the start of the program and of its parser, most of
which typer, pydantic and msgspec take. Searching again costs both little more than the start of their programs, which
is what the second figure compares.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE)]

from goals import Goal, is_missed, verdicts  # noqa: E402
from made_corpus import make  # noqa: E402
from one_cpu import stay_on_one_cpu  # noqa: E402

PEERS = ("agsearch", "claude-code-log")
GOAL = 3.0


@dataclass(frozen=True, slots=True)
class Use:
    """What a process and its children took."""

    cpu_seconds: float
    peak_mb: float


def run(command: list[str], home: Path) -> Use:
    """Run to the end in a home of its own; a failure shows what it wrote."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "CURATOR_"))}
    environment |= {"HOME": str(home), "TMPDIR": str(home), "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    with (home / "output.txt").open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=home, stdout=output, stderr=output)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}:\n{(home / 'output.txt').read_text()[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes on macOS, else kilobytes
    return Use(used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6)


def install(folder: Path) -> dict[str, str]:
    """An environment with the peers, and their versions. What is installed already stays."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], check=True)
    listed = subprocess.run([python, "-m", "pip", "list", "--format=json"], check=True, capture_output=True, text=True)
    return {item["name"]: item["version"] for item in json.loads(listed.stdout) if item["name"] in PEERS}


def home_with(projects: Path, place: Path) -> Path:
    """A home in which the sessions lie where Claude Code puts them."""
    (place / ".claude").mkdir(parents=True)
    (place / ".claude" / "projects").symlink_to(projects)
    return place


def largest_project(projects: Path) -> tuple[Path, float]:
    """The project with the most bytes among the smaller half, and its megabytes."""
    sizes = sorted((sum(file.stat().st_size for file in folder.iterdir()), folder) for folder in projects.iterdir())
    size, folder = sizes[len(sizes) // 2]
    return folder, size / 1e6


def measure(rounds: int, work: Callable[[Path], Use]) -> Use:
    """The median of several rounds, each from nothing."""
    uses = []
    for _ in range(rounds):
        place = Path(tempfile.mkdtemp(prefix="curator-peers-"))
        try:
            uses.append(work(place))
        finally:
            shutil.rmtree(place, ignore_errors=True)
    return Use(statistics.median(use.cpu_seconds for use in uses), statistics.median(use.peak_mb for use in uses))


def again(place: Path, first: Callable[[Path], Use], second: Callable[[Path], Use]) -> Use:
    """What the second takes after the first."""
    first(place)
    return second(place)


def main() -> int:
    """Install, run, print; ends with 1 when the goal is missed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--mb", type=float, default=120)
    arguments.add_argument("--files", type=int, default=480)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--into", type=Path, default=ROOT / "build" / "peers", help="where the peers are installed")
    arguments.add_argument("--one-cpu", action="store_true")
    chosen = arguments.parse_args()
    if chosen.one_cpu:
        stay_on_one_cpu()
    versions = install(chosen.into)
    tools = chosen.into / "bin"
    with tempfile.TemporaryDirectory(prefix="curator-peers-") as scratch:
        corpus = Path(scratch) / "corpus"
        make(corpus, chosen.mb, chosen.files)
        projects = corpus / "projects"
        total = sum(file.stat().st_size for file in projects.rglob("*.jsonl")) / 1e6
        project, part = largest_project(projects)

        def ours(place: Path) -> Use:
            library = str(place / "library")
            return run([sys.executable, "-m", "curator", "--library", library, "import", str(projects)], place)

        def agsearch(place: Path) -> Use:
            return run([str(tools / "agsearch"), "-n", "return"], home_with(projects, place / "home"))

        def our_search(place: Path) -> Use:
            library = str(place / "library")
            command = [sys.executable, "-m", "curator", "--library", library, "exchanges", "--query", "return"]
            return run([*command, "--limit", "10"], place)

        def agsearch_again(place: Path) -> Use:
            return run([str(tools / "agsearch"), "-n", "return"], place / "home")

        def pages(place: Path) -> Use:
            copy = shutil.copytree(project, place / "project")  # it writes beside what it reads
            return run([str(tools / "claude-code-log"), "convert", str(copy)], place)

        found = {
            "curator import": measure(chosen.rounds, ours),
            "agsearch, first search": measure(chosen.rounds, agsearch),
            "curator, search again": measure(chosen.rounds, lambda place: again(place, ours, our_search)),
            "agsearch, search again": measure(chosen.rounds, lambda place: again(place, agsearch, agsearch_again)),
            "claude-code-log, one project": measure(1, pages),
        }
    report: dict[str, Any] = {"corpus_mb": round(total, 1), "project_mb": round(part, 1), "versions": versions}
    for title, use in found.items():
        report[title] = {"cpu_seconds": round(use.cpu_seconds, 2), "peak_mb": round(use.peak_mb)}
    mine, search, mine_again, search_again, page = found.values()
    ratios = {
        "agsearch / curator": round(search.cpu_seconds / mine.cpu_seconds, 2),
        "agsearch / curator, search again": round(search_again.cpu_seconds / mine_again.cpu_seconds, 2),
        "claude-code-log / curator, by the megabyte": round(page.cpu_seconds / part / (mine.cpu_seconds / total), 1),
    }
    said = verdicts(ratios, {"agsearch / curator": Goal(GOAL)})
    sys.stdout.write(json.dumps(report | {"ratios": ratios, "goals": said}, indent=2) + "\n")
    return int(is_missed(said))


if __name__ == "__main__":
    sys.exit(main())
