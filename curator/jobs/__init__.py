"""Long work outside the app's process: a job folder with job.json in, events.jsonl out, a stop request, a result."""
