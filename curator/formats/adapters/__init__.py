"""One module for one format; each turns bytes into events and leaves the cutting to the exchange builder."""
