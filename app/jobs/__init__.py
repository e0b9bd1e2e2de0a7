"""Worker processes that can be killed, and the pool that gives them jobs."""
