"""Rows frozen into snapshots: splits, digest and the files that stock mlx-lm reads."""
