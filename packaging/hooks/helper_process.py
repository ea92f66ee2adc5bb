"""Runs second in the packaged app: does what Python's multiprocessing asks of the helper it starts.

A lock of tqdm's, made when a model is downloaded, starts this program with "-c" and a line of Python, as it would start
an interpreter; without this a window would open. PyInstaller's own hook imports all of multiprocessing at every start.
"""

import sys

if (
    len(sys.argv) > 2
    and sys.argv[-2] == "-c"
    and sys.argv[-1].startswith("from multiprocessing.resource_tracker import")
):
    from multiprocessing import resource_tracker

    resource_tracker.main(int(sys.argv[-1].partition("main(")[2].partition(")")[0]))
    sys.exit()
