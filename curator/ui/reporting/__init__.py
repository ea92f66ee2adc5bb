"""What is kept of an end or an error that nobody expected, and what the person can do with it."""
