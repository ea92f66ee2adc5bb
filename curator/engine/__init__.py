"""The worker's side of a job, and the only place that imports mlx. It never imports the app."""
