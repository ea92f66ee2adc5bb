"""The verbs a person does, in plain Python; the window and the command line call only these."""
