"""Base models on this computer: what they are, whether they can be trained, and what training them costs."""
