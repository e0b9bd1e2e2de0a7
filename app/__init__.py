"""The web app over backstep: HTTP, JSON, pages, and the processes that the mathematics runs in."""
