"""The smoke test of the built app: a bare system, a person's hands and eyes, and an account of what was seen."""
