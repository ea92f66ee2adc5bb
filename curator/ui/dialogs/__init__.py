"""The few sheets and dialogs."""
