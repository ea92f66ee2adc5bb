"""Runs first in the packaged app: gives the environment back as the person has it.

PyInstaller's starter puts the app's libraries before the system's for every program that is started from here, and
keeps what was there in LD_LIBRARY_PATH_ORIG (its manual, "Launching external programs from the frozen application").
The loader of this process has read the variable already. ssh, xdg-open or Ollama would load our libcrypto and refuse
it; our own processes are started by the same starter, which sets it again once its own words are gone too.
"""

import os

_before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
os.environ.pop("LD_LIBRARY_PATH", None)
if _before is not None:
    os.environ["LD_LIBRARY_PATH"] = _before
for _name in [name for name in os.environ if name.startswith("_PYI_")]:
    del os.environ[_name]
