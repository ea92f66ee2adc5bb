"""Files on disk into the library: scan, parser processes, import, watched folders."""
