"""Where the mathematics runs: processes that can be killed. Knows no HTTP and no mathematics."""
