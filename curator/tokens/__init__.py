"""Token counting and chat templates: the one place that knows tokenizers, and never mlx."""
