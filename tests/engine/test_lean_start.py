"""A worker starts without what mlx-lm imports and the engine never uses."""

from __future__ import annotations

import subprocess
import sys

WORK = """
from curator.engine.lean_start import start_lean
start_lean()
import curator.engine.generate, curator.engine.helping, curator.engine.rate_finder
import curator.engine.selftest, curator.engine.starter, curator.engine.train
from mlx_lm.models import gemma3_text, llama, mixtral, phi3, qwen3
import sys
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("transformers", "huggingface_hub")))
import transformers
try:
    transformers.AutoTokenizer()
except NotImplementedError as error:
    print(error)
"""
LOADED = """
import huggingface_hub
from curator.engine.lean_start import start_lean
start_lean()
print(huggingface_hub.__version__ == sys.modules["huggingface_hub"].__version__)
"""


def said(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", f"import sys\n{program}"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_all_that_a_worker_does_is_imported_with_stand_ins_alone() -> None:
    loaded, refused = said(WORK)
    assert loaded == "['huggingface_hub', 'transformers', 'transformers.tokenization_utils_base']"
    assert refused == "A worker is started without this."


def test_what_is_loaded_already_stays() -> None:
    assert said(LOADED) == ["True"]
