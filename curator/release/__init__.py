"""From a run to a named model, and the client of the program that serves it."""
