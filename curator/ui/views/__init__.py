"""What is painted: one widget a module."""
