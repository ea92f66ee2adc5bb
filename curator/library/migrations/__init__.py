"""The way from each version of the library's tables to the next."""
