"""Fuzzes the reading of transcripts with atheris, which is installed beside the project and never needed by it.

    python tests/fuzz/fuzz_formats.py [FORMAT ...] [--seconds 60]

It starts from the seeds of the formats and from every input that once broke something (`tests/fuzz/found`), and follows
the coverage of Curator's own modules. What breaks the contract is written to `found/` and the exit code is not 0; a
crash becomes a test by staying there (`tests/formats/test_properties.py` reads them all).
"""

# ruff: noqa: E402 — run as a script, it first has to say where the project lies

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOUND = Path(__file__).resolve().parent / "found"
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

import atheris

with atheris.instrument_imports(include=["curator"]):
    from curator.core.format import FORMATS
    from curator.formats.sniff import adapter

    for name in FORMATS:
        adapter(name)
    from reading_contract import keeps
    from seeds import SEEDS


def main() -> None:
    """Fuzz until the time is over or something breaks."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("formats", nargs="*", choices=[*FORMATS, []], help="default: all")
    arguments.add_argument("--seconds", type=int, default=60)
    chosen = arguments.parse_args()
    FOUND.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="curator-fuzz-") as scratch:
        for number, (name, seed) in enumerate(SEEDS):
            if not chosen.formats or name in chosen.formats:
                (Path(scratch) / f"{name}-{number}").write_bytes(seed)
        options = [f"-max_total_time={chosen.seconds}", "-max_len=8192", "-timeout=10", "-rss_limit_mb=2048"]
        atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={FOUND}/", scratch, str(FOUND)], keeps)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
