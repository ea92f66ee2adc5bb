"""One run on several processes or computers together: a small process here starts the ranks and watches their pulse."""
