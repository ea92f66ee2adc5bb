"""The SQLite library: transcripts as they were read, what a person made of them, and the runs trained from that."""
