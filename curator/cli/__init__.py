"""The command line: the same verbs as the window, for people who script."""
